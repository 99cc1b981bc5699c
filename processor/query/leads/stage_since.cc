#include "processor/query/leads/stage_since.h"

#include <cstdint>
#include <string>

#include "processor/query/state_access.h"
#include "schemas/codec/published_change.h"

namespace leadpulse::query {

Result<std::optional<Instant>> StageSince(Stage stage, const state::Lead& lead, std::string_view published) {
  uint64_t seq = lead.last_seq.value;  // a gap may hide a move
  std::optional<Instant> since;
  const auto is_before_move = [&](const codec::PublishedChange& one) {
    const codec::Change& change = one.change;
    if (change.seq.value != seq--) return false;
    const bool is_move = change.kind == codec::ChangeKind::kStageChanged;
    if (!is_move && change.kind != codec::ChangeKind::kLeadCreated) return true;
    const bool is_present = is_move ? change.to == StageName(stage) : stage == Stage::kNew;
    if (is_present) since = change.at;
    return false;
  };
  LP_RETURN_IF_ERROR(codec::VisitLatestChanges(lead.key, published, is_before_move));
  return since;
}

Result<std::optional<Instant>> ReadStageSince(const state::LeadReader& store, Stage stage, const state::Lead& lead) {
  LP_ASSIGN_OR_RETURN(const std::string published, FindPublishedRow(store, lead.key));
  return StageSince(stage, lead, published);
}

}  // namespace leadpulse::query
