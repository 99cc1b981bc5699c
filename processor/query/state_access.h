// Opens a state for reading and finds the basis of answers: clock, definitions, tenants, leads. A state of the live
// mode has a clock and definitions for each partition; answers use the latest clock and the definitions rolled out
// last.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "config/definitions.h"
#include "processor/base/ids.h"
#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/engine/partition_meta.h"
#include "processor/engine/stored_definitions.h"
#include "processor/query/leads/evaluated_lead.h"
#include "schemas/codec/published_change.h"
#include "state/lead/lead.h"
#include "state/store/lead_store.h"

namespace leadpulse::query {

// Callback for a warning to the user: a sentence without a full stop.
using Warn = std::function<void(const std::string& warning)>;

// Opens a state without changing its directory; a run may use it at the same time. Also fails if CheckEngine fails.
Result<std::unique_ptr<state::LeadStore>> OpenStateToRead(const std::string& directory, const Warn& warn);
// Opens a state likewise, whichever version of this program has evaluated it.
Result<std::unique_ptr<state::LeadStore>> OpenAnyStateToRead(const std::string& directory, const Warn& warn);
// Checks the engine's version. Fatal, with advice, if a later version of this program has evaluated the state: this one
// would give other answers.
Status CheckEngine(const state::LeadReader& store);

// Returns the partitions whose position is known, ascending and at least one; for a run on files all of them. Rejected,
// with advice, if there are none.
Result<std::vector<engine::LocalPartition>> PartitionsInState(const state::LeadReader& store);
// Returns the partitions that have leads and whose restore is not complete. `partitions`: PartitionsInState.
Result<std::vector<uint32_t>> PartitionsRestoring(const state::LeadReader& store,
                                                  const std::vector<engine::LocalPartition>& partitions);
// Returns `partition 3` or `partitions 1, 3`.
std::string SpellPartitions(const std::vector<uint32_t>& partitions);

// Returns the definitions that the state was built with. Warns about partitions of a live state that have other
// definitions or are being restored.
Result<std::shared_ptr<const config::Definitions>> DefinitionsInState(const state::LeadReader& store, const Warn& warn);

// The basis of a state's answers besides its leads.
struct AnswerBasis {
  std::shared_ptr<const config::Definitions> definitions;  // see DefinitionsInState; never null
  std::optional<Instant> clock;                            // see ClockIfAny
  StoredViews stored_views;                                // evaluated under `definitions`
};

// A cache that loads the definitions again only when they have changed. Thread-safe.
class DefinitionsCache {
 public:
  // Reads the basis. Errors and warnings are those of DefinitionsInState.
  Result<AnswerBasis> ReadBasis(const state::LeadReader& store, const Warn& warn);

 private:
  std::mutex mutex_;
  engine::StoredDefinitions of_;  // source of `loaded_`
  std::shared_ptr<const config::Definitions> loaded_;
};

// Returns the clock of the state's last commit; nullopt if no record was accepted yet. Rejected if no partition is
// restored.
Result<std::optional<Instant>> ClockIfAny(const state::LeadReader& store);
// Returns the clock; rejected if no record was accepted yet, or no partition is restored.
Result<Instant> ClockOfState(const state::LeadReader& store);

// Returns `at` if it is set, else the clock. Warns if `at` is before the clock: later events still count.
Result<Instant> AtOrClock(std::optional<Instant> at, const state::LeadReader& store, const Warn& warn);
// Returns the same for one lead: warns if an event of it happened after `at`.
Result<Instant> AtOrClock(std::optional<Instant> at, const state::LeadReader& store, const state::Lead& lead,
                          const Warn& warn);

// Returns the tenants that have leads, ascending.
Result<std::vector<std::string>> TenantsInState(const state::LeadReader& store);

// Returns the tenants of a query: `tenant`, or all if it is empty. Rejected, with the closest name, if neither the
// state nor the definitions know the tenant: it is a mistake, not an empty answer.
Result<std::vector<std::string>> TenantsAsked(const std::string& tenant, const state::LeadReader& store,
                                              const config::Definitions& definitions);
// Warns, with the closest name, if the state has leads but none of this tenant. For commands whose tenant may be new.
Status WarnIfNewTenant(const std::string& tenant, const state::LeadReader& store, const Warn& warn);

// Returns the number of threads for a scan over the leads: one for each processor, but no more than partitions, because
// one thread reads one partition.
size_t WorkersFor(const state::LeadReader& store);

// Reads a lead. Rejected if the state lacks it, whether it was erased or never existed. Looks in the partition of the
// key, and in a live state then in the others, where a trusted producer may have put it. Leaves Attribute::converted
// unset. An address finds the lead in any spelling. That of a mailbox that is no lead of its own finds the lead that
// uses it; rejected, with their names, if several do.
Result<state::Lead> ReadLead(const state::LeadReader& store, const LeadKey& key);
// Reads a lead; nullopt if the state lacks it.
Result<std::optional<state::Lead>> FindLead(const state::LeadReader& store, const LeadKey& key);
// Reads a row; mailboxes that are no leads of their own have rows, too.
Result<std::optional<state::Lead>> FindRow(const state::LeadReader& store, const LeadKey& key);
// Returns the row of the latest published changes of a lead, as far as runs stored them.
Result<std::string> FindPublishedRow(const state::LeadReader& store, const LeadKey& key);
// Reads these changes.
Result<std::vector<codec::PublishedChange>> FindPublished(const state::LeadReader& store, const LeadKey& key);
// Returns what is left of an erased lead that the state lacks; nullopt if it was not erased.
Result<std::optional<state::Erasure>> FindErasure(const state::LeadReader& store, const LeadKey& key);

// Returns the leads that use the mailbox, ascending.
std::vector<std::string> UsersOf(const state::Lead& mailbox);
inline constexpr size_t kMostUsersNamed = 8;
// Returns `7, 8`; at most kMostUsersNamed, and then `and others`.
std::string NameUsers(const std::vector<std::string>& users);
// Returns `used by 2 leads: 7, 8`.
std::string SpellUsers(const std::vector<std::string>& users);

}  // namespace leadpulse::query
