// What the subcommands that only look into a state share.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "config/definitions.h"
#include "processor/base/ids.h"
#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "state/lead.h"
#include "state/lead_store.h"

namespace leadpulse::tools {

// Nothing in the directory is changed; a run may be going on beside.
Result<std::unique_ptr<state::LeadStore>> OpenStateToRead(const std::string& directory);

// The definitions the state was built with.
Result<std::shared_ptr<const config::Definitions>> DefinitionsInState(const state::LeadStore& store);

// The clock of the state's last commit; rejected where no record was accepted yet.
Result<Instant> ClockOfState(const state::LeadStore& store);

// Nothing where the lead is not held. Attribute::converted is left unset.
Result<std::optional<state::Lead>> ReadLead(const state::LeadStore& store, const LeadKey& key);

}  // namespace leadpulse::tools
