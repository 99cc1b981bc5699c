// What the subcommands that only look into a state share.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/definitions.h"
#include "processor/base/ids.h"
#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "state/lead.h"
#include "state/lead_store.h"

namespace leadpulse::tools {

// `--at TIME`: RFC 3339 or a day in UTC. Nothing where the text is empty; rejected, with a sentence, where it is no
// time.
Result<std::optional<Instant>> ParseAt(const std::string& text);

// Nothing in the directory is changed; a run may be going on beside.
Result<std::unique_ptr<state::LeadStore>> OpenStateToRead(const std::string& directory);

// The definitions the state was built with.
Result<std::shared_ptr<const config::Definitions>> DefinitionsInState(const state::LeadStore& store);

// The clock of the state's last commit; rejected where no record was accepted yet.
Result<Instant> ClockOfState(const state::LeadStore& store);

// `at` where there is one, else the clock.
Result<Instant> AtOrClock(std::optional<Instant> at, const state::LeadStore& store);

// The tenants that have leads, ascending.
Result<std::vector<std::string>> TenantsInState(const state::LeadStore& store);

// Rejected where the lead is not held: erased ones are not told from those that never were. Attribute::converted is
// left unset.
Result<state::Lead> ReadLead(const state::LeadStore& store, const LeadKey& key);

}  // namespace leadpulse::tools
