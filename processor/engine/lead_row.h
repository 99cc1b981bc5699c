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

// Adds the members of the row, in the order of the page, to an open object.
void AppendLeadMembers(const state::Lead& lead, const view::View& view, const config::TenantDefinitions& definitions,
                       JsonObject* row);

// Appends one line with its line end. `view` is the lead's view at the instant of the row.
void AppendLeadRow(const state::Lead& lead, const view::View& view, const config::TenantDefinitions& definitions,
                   std::string* out);

// Appends a note, as other outputs have it, too.
void AppendNote(const state::Note& note, std::string* out);
// Returns the first spellings of names, in byte order.
std::vector<std::string_view> SortedSpellings(const state::NameSet& names);
// Appends counts by type.
void AppendCounts(const state::EngagementTotals& totals, std::string* out);

}  // namespace leadpulse::engine
