// Which leads have stored the view that an evaluation would give, so that a query need not evaluate them.
//
// A run stores a view whenever it changes, by a record, by time or by new definitions. So it is right for the
// definitions with which it was stored, until the lead's next change by time.
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
  // Of none: every lead is evaluated.
  StoredViews() = default;
  // For answers under `definitions`, of a state with these partitions.
  StoredViews(const std::vector<engine::LocalPartition>& partitions, const engine::StoredDefinitions& definitions);

  // Where the view of a lead at `now` comes from.
  ViewFrom SourceOf(PartitionId partition, const state::Lead& lead, Instant now) const;

 private:
  // By partition: the number that its leads have which were evaluated under the definitions; nullopt: there is none.
  std::vector<std::optional<DefinitionsNumber>> numbers_;
  Instant clock_ = Instant::Never();  // of the state: no view was stored later
};

}  // namespace leadpulse::query
