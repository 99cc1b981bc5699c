#include "processor/query/leads/stage_since.h"

#include <cstdint>
#include <vector>

#include "processor/query/state_access.h"

namespace leadpulse::query {

std::optional<Instant> StageSince(Stage stage, const state::Lead& lead,
                                  std::span<const codec::PublishedChange> published) {
  uint64_t seq = lead.last_seq.value;  // a gap may hide a move
  for (auto one = published.rbegin(); one != published.rend(); ++one) {
    const codec::Change& change = one->change;
    if (change.seq.value != seq--) return std::nullopt;
    const bool is_move = change.kind == codec::ChangeKind::kStageChanged;
    if (!is_move && change.kind != codec::ChangeKind::kLeadCreated) continue;
    const bool is_present = is_move ? change.to == StageName(stage) : stage == Stage::kNew;
    return is_present ? std::optional(change.at) : std::nullopt;
  }
  return std::nullopt;
}

Result<std::optional<Instant>> ReadStageSince(const state::LeadReader& store, Stage stage, const state::Lead& lead) {
  LP_ASSIGN_OR_RETURN(const std::vector<codec::PublishedChange> published, FindPublished(store, lead.key));
  return StageSince(stage, lead, published);
}

}  // namespace leadpulse::query
