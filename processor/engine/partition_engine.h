// One partition: timers, apply, view, diff, sequence.
//
// The unit of order and state. An engine knows neither files nor Kafka: it is given records with the clock at which
// they apply, changes leads in its write-back cache and appends changes to an output. Nothing is durable until the
// owner has committed what CollectWrites gives together with the output and the input position; after a failed epoch
// Abort makes the engine forget it. Owned by one worker at a time; all that engines share is the store, which they only
// read.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "processor/base/ids.h"
#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/engine/definitions_in_force.h"
#include "processor/engine/engine_output.h"
#include "processor/engine/partitioner.h"
#include "processor/engine/view_changes.h"
#include "processor/view/lead_evaluator.h"
#include "schemas/codec/records.h"
#include "state/cache/partition_leads.h"
#include "state/store/lead_store.h"

namespace leadpulse::engine {

// Bounds of one call that works on many leads. The call makes some progress, however small the bounds are.
struct StepBounds {
  size_t leads = 0;
  // Bytes of memory of all leads changed since the last commit. Leads are loaded in groups of about a quarter of it,
  // estimated from the sizes of earlier leads; the first group has 16 leads.
  size_t changed_bytes = 64 << 20;
  // Published by the call. Checked after each evaluation of a lead, so that the last one may exceed it.
  uint64_t changes = std::numeric_limits<uint64_t>::max();
};

class PartitionEngine {
 public:
  // `store` outlives the engine. `cache_bytes`: of decoded leads that stay in memory between epochs.
  PartitionEngine(PartitionId partition, state::LeadStore* store, size_t cache_bytes, DefinitionsInForce definitions);

  PartitionId partition() const { return leads_.partition(); }

  // Loads the leads of records that are about to be applied: see PartitionLeads.
  Result<size_t> Prefetch(std::span<const LeadKey* const> keys, size_t max_bytes = state::LeadStore::kAllRows) {
    return leads_.Prefetch(keys, max_bytes);
  }

  // Applies one record at `clock`, which never goes back: first the lead's timers due at or before it, each at its own
  // due time, then the record. Cheapest in the order announced to Prefetch. A rejection (final_stage,
  // too_many_attributes, lead_too_large; invalid_value where CheckCommand was not asked) goes to the dead letters and
  // leaves the lead as it was. An error is fatal: the store could not be read.
  Result<std::optional<codec::Rejection>> Apply(const codec::Event& event, Instant clock,
                                                const codec::SourcePosition& source, EngineOutput* output);
  Result<std::optional<codec::Rejection>> Apply(const codec::Command& command, Instant clock,
                                                const codec::SourcePosition& source, EngineOutput* output);

  // Delivers a message at its clock, which never goes back: first the lead's timers, then the message. A rejection is
  // that of a command.
  Result<std::optional<codec::Rejection>> Apply(const LeadMessage& message, EngineOutput* output);

  // How far a record reaches. Its lead was loaded by Prefetch.
  Result<RecordReach> ReachOf(const codec::Event& event);
  Result<RecordReach> ReachOf(const codec::Command& command);

  // Fires timers due at or before `clock`, within `bounds` and of a bounded number. True: more may be due, call again,
  // after a commit if the epoch shall stay small.
  Result<bool> FireDueTimers(Instant clock, const StepBounds& bounds, EngineOutput* output);

  // Brings leads that carry the previous definitions up to date, within `bounds`. True: call again. False: every lead
  // of the partition is up to date and, once that is committed, the previous definitions may be forgotten.
  Result<bool> RollOutDefinitions(const StepBounds& bounds, EngineOutput* output);

  // See PartitionLeads.
  size_t dirty_count() const { return leads_.dirty_count(); }
  size_t dirty_bytes() const { return leads_.dirty_bytes(); }
  size_t epoch_bytes() const { return leads_.epoch_bytes(); }
  void CollectWrites(state::EpochWrite* write) { leads_.CollectWrites(write); }
  // The same; `visit` sees each lead that is held, with the definitions that its last view belongs to.
  using LeadWriteVisitor = std::function<void(const state::Lead& lead, const config::TenantDefinitions& definitions,
                                              const state::LeadWrite& write)>;
  void CollectWrites(state::EpochWrite* write, const LeadWriteVisitor& visit);
  void Committed();
  void Abort();

 private:
  // The progress of scans over the store; an abort resets it to the last commit.
  struct Progress {
    Instant fired_before = Instant::DistantPast();  // every timer due before it has fired
    state::EncodedLeadKey rolled_out_until;         // the last key that RollOutDefinitions reached
  };

  const config::TenantDefinitions& DefinitionsOf(const state::Lead& lead);
  // The lead, brought up to date with definitions and time; null if it is not held.
  Result<state::Lead*> FindAt(const LeadKey& key, Instant clock, EngineOutput* output);
  // What an erasure left of a lead that is not held; a default one if it was never erased.
  Result<state::Erasure> FindErasure(const LeadKey& key);
  state::Lead* Create(const EvaluationCause& cause, const LeadKey& key, const state::Erasure& erasure,
                      EngineOutput* output);
  // An event of an erased life is dropped, but what it says of the address counts.
  void DropErased(const codec::Event& event, const EvaluationCause& cause, state::Lead* lead, state::Erasure erasure,
                  EngineOutput* output);
  void BringUpToDate(state::Lead* lead, EngineOutput* output);
  // Each at its own due time, at most `limit` of them, and none once `change_limit` (null: none) is reached.
  void FireLeadTimers(state::Lead* lead, Instant until, EngineOutput* output,
                      uint64_t limit = std::numeric_limits<uint64_t>::max(), const ChangeLimit* change_limit = nullptr);
  // Visits leads in groups that are loaded together, until `visit` is false or the epoch has become large. Returns how
  // many are done with, at least one unless `visit` refused the first.
  using VisitLead = std::function<Result<bool>(const LeadKey& key)>;
  Result<std::vector<LeadKey>> FetchGroup(std::span<const state::EncodedLeadKey> encoded);
  Result<size_t> VisitLeads(std::span<const state::EncodedLeadKey> keys, size_t changed_bytes,
                            const ChangeLimit& change_limit, const VisitLead& visit);
  // Evaluates a lead that has not changed since its last evaluation.
  void EvaluateLater(const EvaluationCause& cause, state::Lead* lead, EngineOutput* output);
  // After evaluator_.Begin and the change.
  void EvaluateAndPublish(const EvaluationCause& cause, const config::TenantDefinitions& definitions, state::Lead* lead,
                          EngineOutput* output);
  // `held` is null and `erasure` what an earlier erasure left, or `erasure` is a default one.
  void Erase(const codec::Command& command, const codec::Erase& erase, const EvaluationCause& cause,
             const state::Lead* held, state::Erasure erasure, EngineOutput* output);

  state::LeadStore* const store_;
  DefinitionsInForce definitions_;
  // The last result of DefinitionsOf: records of one tenant often come in a row.
  std::string last_tenant_;
  const config::TenantDefinitions* last_found_ = nullptr;
  state::PartitionLeads leads_;
  view::LeadEvaluator evaluator_;
  Progress progress_;
  Progress committed_progress_;
};

}  // namespace leadpulse::engine
