// The page of leads: a table, and beside it the panel of the contact in the parameter `lead`.
#pragma once

#include <string_view>

#include "processor/http/handler.h"
#include "processor/serve/pages/api_reply.h"
#include "processor/serve/pages/page_request.h"
#include "processor/serve/pages/templates.h"

namespace leadpulse::serve {

// The fields of the form that adds a contact.
inline constexpr std::string_view kNewLeadFields[] = {"email", "first_name", "last_name", "phone", "company_name"};

// Parameters: `query` or `where`, `sort`, `cursor`, `lead`; `done`: `1` after a change was applied, `late` if it is
// durable but not applied yet.
http::Answer ShowLeads(const PageRequest& request);
// Shows the page with a message. `request` has the parameters of the page that the form was on.
http::Answer LeadsPage(const PageRequest& request, const PageNotice& notice);
// Goes from the filter panel to the leads of its rule.
http::Answer WriteFilter(const PageRequest& request);
// Send parts to the script: one row of the table, the counts above it, and how many leads the search finds now, with
// the ids of those on the page. 404 if the user sees no such contact.
http::Answer ShowFound(const PageRequest& request);
http::Answer ShowRow(const PageRequest& request);
http::Answer ShowCounts(const PageRequest& request);

// What the forms and links of lead_row.tpl and lead_detail.tpl need to come back to this page.
void AddForms(const PageRequest& request, PageData* data);

// Returns the parameters of the page of leads among `fields`, to come back to it; with_lead: and the open contact.
std::vector<webhooks::FormField> ListParameters(const std::vector<webhooks::FormField>& fields, bool with_lead);

}  // namespace leadpulse::serve
