// A lead as rows of lists show it, and everything that a state has about one, as messages (lead_record.proto) and as
// the JSON of the API and of `leadpulse lead`.
//
// A row holds a LeadProfile, as the topic lead.profiles has it, and a record holds a row. So there is one message for
// what a lead is: the run fills it, merges and pages read its members by their types, and JSON is printed from it
// alone, where an answer leaves the program. Only what a run writes for each change, in files and topics, is printed
// from the lead itself, with the same words (processor/engine/lead_row.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/definitions.h"
#include "leadpulse/v1/lead_record.pb.h"
#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/query/leads/evaluated_lead.h"
#include "state/lead/lead.h"
#include "state/store/lead_reader.h"

namespace leadpulse::query {

// Sets the message of the lead, without `cells`; `stage_since` only if the lead has it.
void SetRow(const EvaluatedLead& lead, v1::LeadRow* out);

// Returns everything about the lead. `also_using`: OtherUsers; nullopt: unknown. `users`: UsersOf the lead. Both
// contain only what the reader may see. Attributes must be converted (view::ConvertProfile). Has no events beyond
// `most_bytes`: the caller refuses a record of more.
v1::WholeRecord RecordOf(const state::Lead& lead, const std::optional<std::vector<std::string>>& also_using,
                         const std::vector<std::string>& users, const config::TenantDefinitions& definitions,
                         Instant at, size_t most_bytes = std::numeric_limits<size_t>::max());

// Returns the other leads that use this one's mailbox, ascending. nullopt: the store does not have the mailbox.
Result<std::optional<std::vector<std::string>>> OtherUsers(const state::LeadReader& store, const state::Lead& lead);

// ---- As JSON, without line ends (lead_json.cc) ----

// Appends a row: the lead's `id` before the members of leads.jsonl, and `email`, `created`, `updated`, `version` and
// the cells behind.
void AppendJson(const v1::LeadRow& row, std::string* out);
// Returns the size that a row counts for in the bounds of answers, which are about JSON: that of its JSON. A small row
// counts for the size of its message, whatever its JSON: 1,000 of those have 8 MiB at most.
size_t BoundedBytes(const v1::LeadRow& row);
// Returns the record as `leadpulse lead` prints it; members: tools/leadpulse/lead/README.md.
std::string RecordJson(const v1::WholeRecord& record);
// Returns the record as the API answers a contact: with `id`, `stage_since` and `updated`. The ids of its commands are
// internal.
enum class CommandIds : uint8_t { kShown, kLeftOut };
std::string ContactJson(const v1::WholeRecord& record, CommandIds command_ids);

// ---- Members ----

// Returns the attribute as it is shown; nullptr if it is not set.
const v1::ProfileValue* FindAttribute(const v1::LeadProfile& lead, std::string_view name);
// Returns a text as it is, and a number, time or day as JSON spells it; of all else nothing.
std::string TextOf(const v1::ProfileValue& value);
// Returns TextOf the attribute; empty if it is not set.
std::string AttributeText(const v1::LeadProfile& lead, std::string_view name);
// Returns when the last event of this type, named in lower case, occurred; nullopt if the lead has none.
std::optional<Instant> LastAt(const v1::LeadProfile& lead, std::string_view type);

}  // namespace leadpulse::query
