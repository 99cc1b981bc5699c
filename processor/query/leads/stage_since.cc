#include "processor/query/leads/stage_since.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "processor/query/state_access.h"
#include "schemas/codec/published_change.h"

namespace leadpulse::query {

namespace {

// Returns when a command moved the lead into the stage, from the profile alone; nullopt for stages that leads also come
// to without a command, because it may have been there before.
std::optional<Instant> SetSince(Stage stage, const state::Lead& lead) {
  const auto& set = lead.profile.set_stage;
  const bool comes_by_itself =
      stage == Stage::kNew || stage == Stage::kContacted || stage == Stage::kEngaged || stage == Stage::kQualified;
  if (!set || set->stage != stage || comes_by_itself) return std::nullopt;
  Instant since = set->issued_at;
  // A command may have set the stage that the lead was in.
  const std::vector<state::ProfileEdit>& edits = lead.profile.extras->edits;
  for (auto edit = edits.rbegin(); edit != edits.rend(); ++edit) {
    if (edit->kind != state::EditKind::kStage) continue;
    if (edit->value != StageName(stage)) break;
    since = std::min(since, edit->at);
  }
  return since;
}

}  // namespace

Result<std::optional<Instant>> StageSince(Stage stage, const state::Lead& lead, std::string_view published) {
  uint64_t last = lead.last_seq.value;  // a gap may hide a move
  std::optional<Instant> since;
  const auto is_before_move = [&](const codec::PublishedChange& one) {
    const codec::Change& change = one.change;
    const bool is_remainder = one.last_seq.value != 0;
    if ((is_remainder ? one.last_seq : change.seq).value != last) return false;
    last = (is_remainder ? one.first_seq : change.seq).value - 1;
    const bool is_move = change.kind == codec::ChangeKind::kStageChanged;
    if (!is_move && change.kind != codec::ChangeKind::kLeadCreated) return true;
    const bool is_present = is_move ? change.to == StageName(stage) : stage == Stage::kNew;
    if (is_present) since = change.at;
    return false;
  };
  LP_RETURN_IF_ERROR(codec::VisitLatestChanges(lead.key, published, is_before_move));
  return since ? since : SetSince(stage, lead);
}

Result<std::optional<Instant>> ReadStageSince(const state::LeadReader& store, Stage stage, const state::Lead& lead) {
  LP_ASSIGN_OR_RETURN(const std::string published, FindPublishedRow(store, lead.key));
  return StageSince(stage, lead, published);
}

}  // namespace leadpulse::query
