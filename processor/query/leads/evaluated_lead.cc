#include "processor/query/leads/evaluated_lead.h"

#include <algorithm>
#include <utility>

#include "processor/engine/stored_definitions.h"

namespace leadpulse::query {

EvaluatedLead::EvaluatedLead(state::Lead lead, const config::TenantDefinitions& definitions, Instant now, ViewFrom from)
    : lead_(std::move(lead)), definitions_(definitions), totals_(lead_.journal.Totals()) {
  view::ConvertProfile(definitions, &lead_.profile);
  view_ = from == ViewFrom::kState ? view::StoredView(lead_, definitions) : view::EvaluateView(lead_, definitions, now);
  segments_.assign(definitions.segments.size(), 0);
  for (uint32_t index : view_.published.segments) segments_[index] = 1;
  facts_ = view::FactsOf(lead_, totals_, definitions, now);
  view::CompleteFacts(view_, definitions, &facts_);
  facts_.segments = segments_;
}

StoredViews::StoredViews(const std::vector<engine::LocalPartition>& partitions,
                         const engine::StoredDefinitions& definitions)
    : clock_(Instant::DistantPast()) {
  for (const engine::LocalPartition& one : partitions) {
    clock_ = std::max(clock_, one.local.position.clock);
    numbers_.resize(one.partition.value + 1);
    const bool are_used = one.definitions->text == definitions.text;
    // While a partition is restored its rows may be later than its clock.
    if (!are_used || !engine::HasSameViews(one.definitions->engine_version) || one.local.catching_up) continue;
    const bool keeps_numbers = engine::KeepsNumbers(one.definitions->engine_version) && !one.definitions->previous_text;
    numbers_.back() = {keeps_numbers ? DefinitionsNumber{0} : one.definitions->number, one.definitions->number};
  }
}

ViewFrom StoredViews::SourceOf(PartitionId partition, const state::Lead& lead, Instant now) const {
  const std::optional<Numbers> numbers =
      partition.value < numbers_.size() ? numbers_[partition.value] : std::optional<Numbers>();
  const bool is_known =
      numbers && numbers->first <= lead.definitions_number && lead.definitions_number <= numbers->last;
  const bool is_evaluated = lead.is_evaluated() && !lead.view_in_doubt;
  return is_known && is_evaluated && clock_ <= now && now < lead.next_change_at ? ViewFrom::kState : ViewFrom::kHistory;
}

}  // namespace leadpulse::query
