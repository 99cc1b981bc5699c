// What the subcommands that only look into a state share. A state of the live mode has a clock and definitions for each
// partition; the answers are as of the latest clock and under the definitions that were adopted last.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/definitions.h"
#include "processor/base/ids.h"
#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/engine/partition_meta.h"
#include "state/lead.h"
#include "state/lead_store.h"

namespace leadpulse::tools {

// `--at TIME`: RFC 3339 or a day in UTC. Nothing where the text is empty; rejected, with a sentence, where it is no
// time.
Result<std::optional<Instant>> ParseAt(const std::string& text);

// Nothing in the directory is changed; a run may be going on beside. Fatal too where CheckEngine is.
Result<std::unique_ptr<state::LeadStore>> OpenStateToRead(const std::string& directory);
// The same, whichever version of this program has evaluated it.
Result<std::unique_ptr<state::LeadStore>> OpenAnyStateToRead(const std::string& directory);
// Fatal, with what to do, where a later version of this program has evaluated the state: this one would answer
// otherwise.
Status CheckEngine(const state::LeadStore& store);

// The partitions of a state of the live mode that have a position, ascending; nothing: a run on files made it.
Result<std::optional<std::vector<engine::LocalPartition>>> LivePartitions(const state::LeadStore& store);
// Rejected: what is said where there are none of them.
Status NothingRestoredYet();
// Those of the state that hold leads and whose restore is under way or was cut short. `partitions`: LivePartitions.
Result<std::vector<uint32_t>> PartitionsRestoring(const state::LeadStore& store,
                                                  const std::vector<engine::LocalPartition>& partitions);
// `partition 3`, `partitions 1, 3`.
std::string SpellPartitions(const std::vector<uint32_t>& partitions);

// The definitions the state was built with. Warns on standard error of what the answers then are not: of a live state,
// partitions under other definitions, and such as are being restored.
Result<std::shared_ptr<const config::Definitions>> DefinitionsInState(const state::LeadStore& store);

// The clock of the state's last commit; rejected where no record was accepted yet, or no partition is restored.
Result<Instant> ClockOfState(const state::LeadStore& store);

// `at` where there is one, else the clock. Warns where `at` is before the clock: only time is turned back.
Result<Instant> AtOrClock(std::optional<Instant> at, const state::LeadStore& store);
// The same for one lead: warns where something of it happened after `at`.
Result<Instant> AtOrClock(std::optional<Instant> at, const state::LeadStore& store, const state::Lead& lead);

// The tenants that have leads, ascending.
Result<std::vector<std::string>> TenantsInState(const state::LeadStore& store);

// Those a question is about: `tenant`, or all where it is empty. Rejected, with the nearest name, where neither the
// state nor the definitions know it: a tenant that nobody has heard of is a mistake, not an empty answer.
Result<std::vector<std::string>> TenantsAsked(const std::string& tenant, const state::LeadStore& store,
                                              const config::Definitions& definitions);

// Threads for a pass over the leads: one a processor, but no more than there are partitions, for each is passed over by
// one at a time.
size_t WorkersFor(const state::LeadStore& store);

// Rejected where the lead is not held: erased ones are not told from those that never were. Looked for in the partition
// of its key; in a live state then in the others, too, where a trusted producer may have put it. Attribute::converted
// is left unset.
Result<state::Lead> ReadLead(const state::LeadStore& store, const LeadKey& key);
// Nothing where the lead is not held; else the same.
Result<std::optional<state::Lead>> FindLead(const state::LeadStore& store, const LeadKey& key);

}  // namespace leadpulse::tools
