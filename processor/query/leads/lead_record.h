// All that a state holds of one lead, as JSON: what `leadpulse lead` prints and the API answers.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/definitions.h"
#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "state/lead/lead.h"
#include "state/store/lead_reader.h"

namespace leadpulse::query {

// One object without line ends; members: tools/leadpulse/lead/README.md. `also_using`: OtherUsers; nullopt: unknown.
// `users`: UsersOf the lead. Both only as far as the reader may know of them. Attributes must be converted
// (view::ConvertProfile).
std::string LeadRecordJson(const state::Lead& lead, const std::optional<std::vector<std::string>>& also_using,
                           const std::vector<std::string>& users, const config::TenantDefinitions& definitions,
                           Instant at);

// Parts of the record that other outputs have, too.
void AppendEvent(const state::Lead& lead, const state::JournalEntry& entry, std::string* out);
void AppendConsent(const state::ConsentEntry& entry, std::string* out);
void AppendStageSetting(const state::StageSetting& set, std::string* out);
// What is left of entries beyond the journal's bound; null if there are none.
void AppendFolded(const state::FoldedEntries& folded, std::string* out);

// The other leads that use the mailbox of this one, ascending. nullopt: the store does not have the mailbox.
Result<std::optional<std::vector<std::string>>> OtherUsers(const state::LeadReader& store, const state::Lead& lead);

}  // namespace leadpulse::query
