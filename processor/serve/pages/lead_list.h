// The page of leads: a table, and beside it the contact that the parameter `lead` names.
#pragma once

#include <string>

#include "processor/http/handler.h"
#include "processor/serve/pages/page_request.h"
#include "processor/serve/pages/templates.h"

namespace leadpulse::serve {

// What to say above the table.
struct LeadsNotice {
  unsigned int code = http::kOk;  // of the answer
  std::string problem;            // a sentence; empty: none
  // Of a stale save: `name`, `typed` and `now` of each attribute that both changed.
  PageData conflicts = EmptyList();
};

// Parameters: `query` or `where`, `sort`, `cursor`, `lead`; `done`: a change was applied, or is `late`.
http::Answer ShowLeads(const PageRequest& request, const PageParts& parts);
// The same with a notice. The parameters are those of the page that had the form.
http::Answer LeadsPage(const PageRequest& request, const PageParts& parts, const LeadsNotice& notice);
// From the filter panel to the leads of its rule.
http::Answer WriteFilter(const PageRequest& request, const PageParts& parts);
// Parts for the script: one row of the table, and the counts above it. 404 for a contact that is not there for the
// user.
http::Answer ShowRow(const PageRequest& request, const PageParts& parts);
http::Answer ShowCounts(const PageRequest& request, const PageParts& parts);

// The parameters of the page of leads in `query`, without others: to come back to it. `lead`: with the contact.
std::vector<webhooks::FormField> ListParameters(const std::vector<webhooks::FormField>& fields, bool with_lead);

}  // namespace leadpulse::serve
