// Everything that a state has about one lead, as JSON: the output of `leadpulse lead` and of the API.
#pragma once

#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "config/definitions.h"
#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "state/lead/lead.h"
#include "state/store/lead_reader.h"

namespace leadpulse::query {

// Returns one object without line ends; members: tools/leadpulse/lead/README.md. `also_using`: OtherUsers; nullopt:
// unknown. `users`: UsersOf the lead. Both contain only what the reader may see. Attributes must be converted
// (view::ConvertProfile). Behind `most_bytes` events are null: the caller refuses a record of more.
std::string LeadRecordJson(const state::Lead& lead, const std::optional<std::vector<std::string>>& also_using,
                           const std::vector<std::string>& users, const config::TenantDefinitions& definitions,
                           Instant at, size_t most_bytes = std::numeric_limits<size_t>::max());

// Returns the other leads that use this one's mailbox, ascending. nullopt: the store does not have the mailbox.
Result<std::optional<std::vector<std::string>>> OtherUsers(const state::LeadReader& store, const state::Lead& lead);

}  // namespace leadpulse::query
