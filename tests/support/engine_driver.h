// The engine without files or brokers: JSON records in, changes out, over a store in memory.
//
// Deterministic: the clock is the `event` clock of runs on files, which records and AdvanceTo move.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/definitions.h"
#include "processor/base/instant.h"
#include "processor/engine/partition_engine.h"
#include "processor/view/explanation.h"
#include "schemas/codec/record_decoder.h"
#include "schemas/codec/records.h"
#include "state/store/lead_store.h"

namespace leadpulse::testing {

class EngineDriver {
 public:
  // Makes an engine with these definitions in YAML, or the built-in ones if empty. Prints their errors and ends the
  // test program. `keeps_numbers`: as DefinitionsInForce, except that another rollout of the same text, as after an
  // upgrade, evaluates all leads.
  explicit EngineDriver(std::string_view definitions = "", bool keeps_numbers = true);
  ~EngineDriver();

  // Applies one JSONL record. Appends its changes to changes(), or its rejection to rejections().
  void Feed(std::string_view json);
  // Moves the clock and fires due timers.
  void AdvanceTo(Instant time);
  // Fires the due timers of at most `leads` leads. Other due timers wait for another call, or for a record of their
  // lead.
  void AdvanceTo(Instant time, size_t leads);
  // Evaluates every lead under other definitions at the clock, as a run with changed definitions does. After that many
  // steps everything in memory is dropped, and the rollout begins again.
  void Redefine(std::string_view definitions, size_t killed_after = SIZE_MAX);
  // Begins a rollout as the live mode does: records may come between its steps. Each step commits.
  void BeginRollout(std::string_view definitions);
  // Evaluates at most that many leads. Returns false if the rollout has ended.
  bool StepRollout(size_t leads);
  // Writes the epoch to the store. Until then changes are only in the lead cache; results are the same.
  void Commit();
  // Commits, drops everything in memory and continues from the store, as a restart does.
  void Restart();
  // Commits, writes other rows to the store, and restarts.
  void Rewrite(const state::EpochWrite& write);

  Instant clock() const { return clock_; }
  const engine::ChangeList& changes() const { return output_.changes; }
  // Returns the updates of all commands.
  const std::vector<engine::LeadUpdate>& updates() const { return output_.updates; }
  const std::vector<codec::Rejection>& rejections() const { return rejections_; }
  const engine::EngineCounters& counters() const { return output_.counters; }
  const engine::DefinitionsInForce& in_force() const { return definitions_; }
  // Returns the rows written by commits so far, in their order.
  const std::vector<state::EncodedLeadKey>& written() const { return written_; }

  // Returns the store as of the last commit.
  const state::LeadStore& store() const { return *store_; }
  // Commits and returns the lead as stored; nothing if it is not stored.
  std::optional<state::Lead> FindLead(const LeadKey& key);
  // Returns the lead's row of leads.jsonl at the clock, without the line end; empty if it is not stored.
  std::string Row(const LeadKey& key);
  // Computes the lead's view at `at` from scratch.
  view::View ViewAt(const LeadKey& key, Instant at);
  const config::TenantDefinitions& DefinitionsFor(std::string_view tenant) const;
  // Returns every stored lead, in key order, without mailboxes that are no lead.
  std::vector<LeadKey> Leads();

 private:
  void MakeEngine();
  void DeliverMessages();
  // Evaluates every lead under the current definitions, in at most that many steps. Returns whether it is done.
  bool RollOut(size_t max_steps);

  std::unique_ptr<state::LeadStore> store_;
  const bool keeps_numbers_;
  engine::DefinitionsInForce definitions_;
  std::vector<state::EncodedLeadKey> written_;
  uint64_t commits_ = 0;
  engine::EngineOutput output_;
  std::unique_ptr<engine::PartitionEngine> engine_;
  std::unique_ptr<codec::RecordDecoder> decoder_;
  std::vector<codec::Rejection> rejections_;
  Instant clock_ = Instant::DistantPast();
};

}  // namespace leadpulse::testing
