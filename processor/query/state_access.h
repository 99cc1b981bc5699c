// Opens a state for reading and finds what answers depend on: clock, definitions, tenants, leads. A state of the live
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

// Gets a warning for the user: a sentence without its end.
using Warn = std::function<void(const std::string& warning)>;

// Changes nothing in the directory; a run may use the state at the same time. Fails also if CheckEngine fails.
Result<std::unique_ptr<state::LeadStore>> OpenStateToRead(const std::string& directory, const Warn& warn);
// The same, whichever version of this program has evaluated it.
Result<std::unique_ptr<state::LeadStore>> OpenAnyStateToRead(const std::string& directory, const Warn& warn);
// Fatal, with advice, if a later version of this program has evaluated the state: this one would give other answers.
Status CheckEngine(const state::LeadReader& store);

// The partitions whose position is known, ascending and at least one; of a run on files all of them. Rejected, with
// advice, if there are none.
Result<std::vector<engine::LocalPartition>> PartitionsInState(const state::LeadReader& store);
// The partitions that hold leads and whose restore is not complete. `partitions`: PartitionsInState.
Result<std::vector<uint32_t>> PartitionsRestoring(const state::LeadReader& store,
                                                  const std::vector<engine::LocalPartition>& partitions);
// `partition 3`, `partitions 1, 3`.
std::string SpellPartitions(const std::vector<uint32_t>& partitions);

// The definitions the state was built with. Warns about partitions of a live state that have other definitions or are
// being restored.
Result<std::shared_ptr<const config::Definitions>> DefinitionsInState(const state::LeadReader& store, const Warn& warn);

// What the answers of a state depend on besides its leads.
struct AnswerBasis {
  std::shared_ptr<const config::Definitions> definitions;  // see DefinitionsInState; never null
  std::optional<Instant> clock;                            // see ClockIfAny
  StoredViews stored_views;                                // evaluated under `definitions`
};

// Loads the definitions again only when they have changed. Thread-safe.
class DefinitionsCache {
 public:
  // Errors and warnings are those of DefinitionsInState.
  Result<AnswerBasis> ReadBasis(const state::LeadReader& store, const Warn& warn);

 private:
  std::mutex mutex_;
  engine::StoredDefinitions of_;  // what `loaded_` was loaded from
  std::shared_ptr<const config::Definitions> loaded_;
};

// The clock of the state's last commit; nullopt if no record was accepted yet. Rejected if no partition is restored.
Result<std::optional<Instant>> ClockIfAny(const state::LeadReader& store);
// The same; rejected if no record was accepted yet, or no partition is restored.
Result<Instant> ClockOfState(const state::LeadReader& store);

// `at` if it is set, else the clock. Warns if `at` is before the clock: later events count all the same.
Result<Instant> AtOrClock(std::optional<Instant> at, const state::LeadReader& store, const Warn& warn);
// The same for one lead: warns if an event of it happened after `at`.
Result<Instant> AtOrClock(std::optional<Instant> at, const state::LeadReader& store, const state::Lead& lead,
                          const Warn& warn);

// The tenants that have leads, ascending.
Result<std::vector<std::string>> TenantsInState(const state::LeadReader& store);

// The tenants of a query: `tenant`, or all if it is empty. Rejected, with the nearest name, if neither the state nor
// the definitions know the tenant: it is a mistake, not an empty answer.
Result<std::vector<std::string>> TenantsAsked(const std::string& tenant, const state::LeadReader& store,
                                              const config::Definitions& definitions);
// Warns, with the nearest name, if the state has leads but none of this tenant. For commands whose tenant may be new.
Status WarnIfNewTenant(const std::string& tenant, const state::LeadReader& store, const Warn& warn);

// Threads for a pass over the leads: one for each processor, but no more than partitions, because one thread reads one
// partition.
size_t WorkersFor(const state::LeadReader& store);

// Rejected if the state lacks the lead, whether it was erased or never existed. Looks in the partition of the key, and
// in a live state then in the others, where a trusted producer may have put it. Leaves Attribute::converted unset.
// The address of a mailbox that is no lead of its own stands for the lead that uses it; rejected, with their names, if
// several do.
Result<state::Lead> ReadLead(const state::LeadReader& store, const LeadKey& key);
// The same, but nullopt if the state lacks the lead.
Result<std::optional<state::Lead>> FindLead(const state::LeadReader& store, const LeadKey& key);
// The same, with the rows of mailboxes that are no leads of their own.
Result<std::optional<state::Lead>> FindRow(const state::LeadReader& store, const LeadKey& key);
// The latest published changes of a lead, as far as runs kept them.
Result<std::vector<codec::PublishedChange>> FindPublished(const state::LeadReader& store, const LeadKey& key);
// What an erasure left of a lead that the state lacks; nullopt if it was not erased.
Result<std::optional<state::Erasure>> FindErasure(const state::LeadReader& store, const LeadKey& key);

// The leads that use the mailbox, ascending.
std::vector<std::string> UsersOf(const state::Lead& mailbox);
// `7, 8`; at most kMostUsersNamed, and then `and others`.
inline constexpr size_t kMostUsersNamed = 8;
std::string NameUsers(const std::vector<std::string>& users);
// `used by 2 leads: 7, 8`.
std::string SpellUsers(const std::vector<std::string>& users);

}  // namespace leadpulse::query
