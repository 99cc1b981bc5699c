#include "processor/maintenance/meta_examination.h"

#include <algorithm>

#include "processor/engine/partition_meta.h"
#include "processor/files/input/input_progress.h"
#include "state/store/store_keys.h"

namespace leadpulse::maintenance {
namespace {

std::string CannotBeRead(const Status& status) { return "cannot be read: " + status.message(); }

}  // namespace

void MetaExamination::TakeEntry(const std::string& name, std::string_view value) {
  const std::optional<std::string> input = input::InputOfProgressName(name);
  if (live_ && (input || engine::IsRunEntry(name))) {
    report_(ProblemKind::kUnknownMeta, name, "is that of a run on files, in a state of the live mode");
  } else if (input) {
    ++found_.inputs;
    Result<input::InputProgress> progress = input::DecodeInputProgress(*input, value);
    if (!progress.ok()) report_(ProblemKind::kUnreadableMeta, name, CannotBeRead(progress.status()));
  } else if (!engine::IsRunEntry(name) && !state::IsOwnRow(name) && !engine::IsPartitionEntry(name, partition_count_)) {
    report_(ProblemKind::kUnknownMeta, name, "is unknown: it is damaged, or was written by a later version");
  }
}

ExaminedMeta MetaExamination::Finish() {
  found_.partitions.resize(partition_count_);
  if (!live_) FinishRun();
  for (PartitionId partition; live_ && partition.value < partition_count_; ++partition.value) {
    FinishPartition(partition);
  }
  return std::move(found_);
}

std::optional<engine::DefinitionsInForce> MetaExamination::Load(const engine::StoredDefinitions& kept,
                                                                const std::string& name) {
  found_.rolling_out = found_.rolling_out || kept.previous_text.has_value();
  const bool other_engine = kept.engine_version != engine::kEngineVersion;
  found_.other_engine = found_.other_engine || other_engine;
  if (kept.engine_version > engine::kEngineVersion) {
    found_.newer_engine = true;
    return std::nullopt;  // its definitions may use what this program does not know
  }
  Result<engine::DefinitionsInForce> definitions = engine::LoadStoredDefinitions(kept, loaded_);
  if (!definitions.ok()) {
    report_(ProblemKind::kUnreadableDefinitions, name,
            "cannot be used, and so no view was checked: " + definitions.status().message());
    return std::nullopt;
  }
  for (const auto& one : {definitions->current, definitions->previous}) {
    if (std::ranges::find(loaded_, one) == loaded_.end()) loaded_.push_back(one);
  }
  if (other_engine) return std::nullopt;
  return std::move(*definitions);
}

void MetaExamination::FinishRun() {
  const std::string position_name(engine::kRunPositionName), definitions_name(engine::kRunDefinitionsName);
  Result<std::optional<engine::LocalPosition>> local = engine::ReadRunPosition(read_);
  if (!local.ok()) report_(ProblemKind::kUnreadableMeta, position_name, CannotBeRead(local.status()));
  Result<std::optional<engine::StoredDefinitions>> kept = engine::ReadRunDefinitions(read_);
  if (!kept.ok()) report_(ProblemKind::kUnreadableMeta, definitions_name, CannotBeRead(kept.status()));
  if (!local.ok() || !kept.ok()) return;
  found_.missing = !local->has_value() || !kept->has_value();
  if (found_.missing) return;
  found_.clock = (*local)->position.clock;
  const std::optional<engine::DefinitionsInForce> definitions = Load(**kept, definitions_name);
  std::ranges::fill(found_.partitions, LeadBasis{definitions, found_.clock, true});
}

void MetaExamination::FinishPartition(PartitionId partition) {
  const std::string position_name = engine::LocalPositionName(partition);
  const std::string definitions_name = engine::LocalDefinitionsName(partition);
  Result<std::optional<engine::LocalPosition>> local = engine::ReadLocalPosition(read_, partition);
  if (!local.ok()) report_(ProblemKind::kUnreadableMeta, position_name, CannotBeRead(local.status()));
  Result<std::optional<engine::StoredDefinitions>> kept = engine::ReadLocalDefinitions(read_, partition);
  if (!kept.ok()) report_(ProblemKind::kUnreadableMeta, definitions_name, CannotBeRead(kept.status()));
  LeadBasis& basis = found_.partitions[partition.value];
  // A damaged position is reported already: it is not an interrupted restore.
  basis.settled = !local.ok() || (*local && !(*local)->catching_up);
  basis.restarted = local.ok() && !*local;
  if (!local.ok() || !*local) return;
  ++found_.positions;
  const engine::PartitionPosition& position = (*local)->position;
  basis.clock = position.clock;
  found_.clock = std::max(found_.clock, position.clock);
  if (!kept.ok()) return;
  if (!*kept) {
    report_(ProblemKind::kUnreadableDefinitions, definitions_name, "is missing, and so no view was checked");
    return;
  }
  if ((*kept)->number != position.definitions_number || (*kept)->engine_version != position.engine_version) {
    report_(ProblemKind::kUnreadableDefinitions, definitions_name,
            "has the number " + std::to_string((*kept)->number.value) + ", engine " +
                std::to_string((*kept)->engine_version) + ", and the partition's position names the number " +
                std::to_string(position.definitions_number.value) + ", engine " +
                std::to_string(position.engine_version));
    return;
  }
  std::optional<engine::DefinitionsInForce> definitions = Load(**kept, definitions_name);
  if (basis.settled) basis.definitions = std::move(definitions);
}

}  // namespace leadpulse::maintenance
