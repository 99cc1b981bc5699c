// The engine without files or brokers: JSON records in, changes out, over a store in memory.
//
// Deterministic: the clock is the `event` clock of the embedded mode, moved by records and by AdvanceTo.
#pragma once

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
#include "state/lead_store.h"

namespace leadpulse::testing {

class EngineDriver {
 public:
  // `definitions` as YAML; empty: the built-in defaults. Errors in it fail the test at once (they are printed).
  explicit EngineDriver(std::string_view definitions = "");
  ~EngineDriver();

  // One JSONL record. What it changed is appended to changes(), its rejection to rejections().
  void Feed(std::string_view json);
  // Moves the clock on and fires what is due.
  void AdvanceTo(Instant time);
  // The same, but of at most so many leads: what else is due waits for another call, or for a record of its lead.
  void AdvanceTo(Instant time, size_t leads);
  // Re-evaluates every lead under other definitions at the clock, as a run on changed definitions does.
  void Redefine(std::string_view definitions);
  // Writes the epoch to the store. Without it changes stay in the write-back cache; the answers are the same.
  void Commit();
  // Commits, forgets everything in memory and goes on from the store, as a restart does.
  void Restart();

  Instant clock() const { return clock_; }
  const engine::ChangeList& changes() const { return output_.changes; }
  const std::vector<codec::Rejection>& rejections() const { return rejections_; }
  const engine::EngineCounters& counters() const { return output_.counters; }

  // The lead as it is in the store after a commit; nothing where it is not held.
  std::optional<state::Lead> FindLead(const LeadKey& key);
  // Its row of leads.jsonl at the clock, without the line end; empty where it is not held.
  std::string Row(const LeadKey& key);
  // The same view, computed from scratch at `at`.
  view::View ViewAt(const LeadKey& key, Instant at);
  const config::TenantDefinitions& DefinitionsFor(std::string_view tenant) const;
  // Every lead held, in key order.
  std::vector<LeadKey> Leads();

 private:
  void MakeEngine();

  std::unique_ptr<state::LeadStore> store_;
  engine::DefinitionsInForce definitions_;
  std::unique_ptr<engine::PartitionEngine> engine_;
  std::unique_ptr<codec::RecordDecoder> decoder_;
  engine::EngineOutput output_;
  std::vector<codec::Rejection> rejections_;
  Instant clock_ = Instant::DistantPast();
};

}  // namespace leadpulse::testing
