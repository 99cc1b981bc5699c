// A lead with everything that a rule or a column may need, and whether its stored view is still right.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "config/definitions.h"
#include "processor/base/ids.h"
#include "processor/base/instant.h"
#include "processor/engine/partition_meta.h"
#include "processor/rules/evaluation/evaluator.h"
#include "processor/view/view.h"
#include "state/lead/lead.h"

namespace leadpulse::query {

enum class ViewFrom {
  kHistory,  // evaluated
  kState,    // as stored: view::StoredView
};

// A lead and its evaluation. Its parts refer to each other, so it cannot be moved. The definitions outlive it.
class EvaluatedLead {
 public:
  // Evaluates the lead. Attribute::converted need not be set. kState: the stored view must be that at `now`
  // (StoredViews).
  EvaluatedLead(state::Lead lead, const config::TenantDefinitions& definitions, Instant now,
                ViewFrom from = ViewFrom::kHistory);
  EvaluatedLead(const EvaluatedLead&) = delete;
  EvaluatedLead& operator=(const EvaluatedLead&) = delete;

  const state::Lead& lead() const { return lead_; }
  const state::EngagementTotals& totals() const { return totals_; }
  const view::View& view() const { return view_; }
  const config::TenantDefinitions& definitions() const { return definitions_; }
  // Returns complete facts, with segments: every rule can be evaluated.
  const rules::Facts& facts() const { return facts_; }
  // Returns what was set last: the instant of StageSince (stage_since.h); nullopt: unknown, or not read.
  std::optional<Instant> stage_since() const { return stage_since_; }
  void set_stage_since(std::optional<Instant> since) { stage_since_ = since; }

 private:
  state::Lead lead_;
  const config::TenantDefinitions& definitions_;
  state::EngagementTotals totals_;
  view::View view_;
  std::vector<uint8_t> segments_;  // by index: whether it holds
  rules::Facts facts_;
  std::optional<Instant> stage_since_;
};

// The leads for which a query can use the stored view instead of evaluating the lead again.
//
// A run stores a view whenever a record, time or new definitions change it. So a stored view is right under its
// definitions until the lead's next timer.
class StoredViews {
 public:
  // Uses no stored view: every lead is evaluated.
  StoredViews() = default;
  // Creates it for a query under `definitions` on a state with these partitions.
  StoredViews(const std::vector<engine::LocalPartition>& partitions, const engine::StoredDefinitions& definitions);

  // Returns where the view of a lead at `now` comes from.
  ViewFrom SourceOf(PartitionId partition, const state::Lead& lead, Instant now) const;

 private:
  // The numbers of leads that carry the query's definitions.
  struct Numbers {
    DefinitionsNumber first, last;
  };
  // By partition; nullopt: its leads must be evaluated.
  std::vector<std::optional<Numbers>> numbers_;
  Instant clock_ = Instant::Never();  // the state's latest clock
};

}  // namespace leadpulse::query
