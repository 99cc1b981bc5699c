// A lead as one JSON object, as in `leads.jsonl` (members: schemas/README.md, "Leads").
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/definitions.h"
#include "processor/base/engagement.h"
#include "processor/base/json_object.h"
#include "processor/view/view.h"
#include "state/lead/lead.h"

namespace leadpulse::engine {

// A view with its tier and segments by name. Valid as long as the lead and the definitions.
struct ShownView {
  view::View view;
  std::string_view tier;
  std::vector<std::string_view> segments;  // ids, ascending
};
// Returns the view with the names that these definitions give.
ShownView ShowView(view::View view, const config::TenantDefinitions& definitions);
// Returns the view that was published last. `definitions` are the lead's. A lead that waits for its mailbox is not
// sendable, whatever was published.
ShownView PublishedView(const state::Lead& lead, const config::TenantDefinitions& definitions);

enum class RowNotes : uint8_t { kShown, kLeftOut };

// Adds the members of the row, in the order of the page, to an open object.
void AppendLeadMembers(const state::Lead& lead, const ShownView& shown, const config::TenantDefinitions& definitions,
                       RowNotes notes, JsonObject* row);

// Appends one line with its line end. `view` is the lead's view at the instant of the row.
void AppendLeadRow(const state::Lead& lead, const view::View& view, const config::TenantDefinitions& definitions,
                   std::string* out);

// Appends the object of the attributes that are set.
void AppendAttributes(const state::Profile& profile, std::string* out);
// Appends a note, as other outputs have it, too.
void AppendNote(std::string_view text, Instant at, std::string_view actor, std::string* out);
// Returns consents in the order of the row.
std::vector<const state::Consent*> SortedConsents(const state::Profile& profile);
// Returns the first spellings of names, in byte order.
std::vector<std::string_view> SortedSpellings(const state::NameSet& names);

}  // namespace leadpulse::engine
