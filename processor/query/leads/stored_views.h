// Decides for which leads a query can use the stored view instead of evaluating the lead again.
//
// A run stores a view whenever a record, time or new definitions change it. So a stored view is right under its
// definitions until the lead's next timer.
#pragma once

#include <optional>
#include <vector>

#include "processor/base/ids.h"
#include "processor/base/instant.h"
#include "processor/engine/partition_meta.h"
#include "processor/query/leads/evaluated_lead.h"
#include "state/lead/lead.h"

namespace leadpulse::query {

class StoredViews {
 public:
  // Uses no stored view: every lead is evaluated.
  StoredViews() = default;
  // For a query under `definitions` on a state with these partitions.
  StoredViews(const std::vector<engine::LocalPartition>& partitions, const engine::StoredDefinitions& definitions);

  // Where the view of a lead at `now` comes from.
  ViewFrom SourceOf(PartitionId partition, const state::Lead& lead, Instant now) const;

 private:
  // By partition: the number of the query's definitions there; nullopt: its leads must be evaluated.
  std::vector<std::optional<DefinitionsNumber>> numbers_;
  Instant clock_ = Instant::Never();  // the state's latest clock
};

}  // namespace leadpulse::query
