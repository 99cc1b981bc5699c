// A lead as it is: the JSON object of a line of `leads.jsonl` (members: schemas/README.md, "Leads"), and the message
// with the same members (lead_profile.proto). The JSON is written from the lead itself, or from the message, in the
// same words: a run writes one for each change, and need not make a message for that.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "config/definitions.h"
#include "processor/base/engagement.h"
#include "processor/base/json_object.h"
#include "processor/view/view.h"
#include "state/lead/lead.h"

namespace leadpulse::v1 {
class LeadProfile;
}  // namespace leadpulse::v1

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

// Sets the message, except for `version`, which costs more than the rest. Counts are in the order of kCountedTypes.
enum class ZeroCounts : uint8_t { kShown, kLeftOut };
void SetLeadProfile(const state::Lead& lead, const ShownView& shown, const config::TenantDefinitions& definitions,
                    ZeroCounts zero_counts, v1::LeadProfile* out);

// Adds the members of the row that are not notes, in the order of the page, to an open object. `append_notes`, which
// may be null, adds those in their place.
using AppendNotes = std::function<void(JsonObject* row)>;
void AppendLeadMembers(const state::Lead& lead, const ShownView& shown, const config::TenantDefinitions& definitions,
                       const AppendNotes& append_notes, JsonObject* row);
// Adds the same from the message of SetLeadProfile.
void AppendLeadMembers(const v1::LeadProfile& lead, const AppendNotes& append_notes, JsonObject* row);

// Appends one line with its line end. `view` is the lead's view at the instant of the row.
void AppendLeadRow(const state::Lead& lead, const view::View& view, const config::TenantDefinitions& definitions,
                   std::string* out);

// Appends the object of the attributes that are set.
void AppendAttributes(const state::Profile& profile, std::string* out);
// Returns consents in the order of the row.
std::vector<const state::Consent*> SortedConsents(const state::Profile& profile);
// Returns the first spellings of names, in byte order.
std::vector<std::string_view> SortedSpellings(const state::NameSet& names);

}  // namespace leadpulse::engine
