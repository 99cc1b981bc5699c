#include "processor/query/leads/stored_views.h"

#include <algorithm>

#include "processor/engine/stored_definitions.h"

namespace leadpulse::query {

StoredViews::StoredViews(const std::vector<engine::LocalPartition>& partitions,
                         const engine::StoredDefinitions& definitions)
    : clock_(Instant::DistantPast()) {
  for (const engine::LocalPartition& one : partitions) {
    clock_ = std::max(clock_, one.local.position.clock);
    numbers_.resize(one.partition.value + 1);
    const bool are_used = one.definitions->text == definitions.text;
    // While a partition is restored its rows may be later than its clock.
    if (!are_used || one.definitions->engine_version != engine::kEngineVersion || one.local.catching_up) continue;
    numbers_.back() = one.definitions->number;
  }
}

ViewFrom StoredViews::SourceOf(PartitionId partition, const state::Lead& lead, Instant now) const {
  const bool is_known = partition.value < numbers_.size() && numbers_[partition.value] == lead.definitions_number;
  const bool is_evaluated = lead.is_evaluated() && !lead.view_in_doubt;
  return is_known && is_evaluated && clock_ <= now && now < lead.next_change_at ? ViewFrom::kState : ViewFrom::kHistory;
}

}  // namespace leadpulse::query
