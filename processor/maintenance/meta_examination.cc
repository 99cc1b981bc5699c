#include "processor/maintenance/meta_examination.h"

#include <algorithm>

#include "processor/engine/partition_meta.h"
#include "processor/files/input/input_progress.h"
#include "processor/files/waiting_messages.h"
#include "state/store/store_keys.h"

namespace leadpulse::maintenance {

template <typename Entry>
Result<Entry> MetaExamination::Reported(const std::string& name, Result<Entry> entry) const {
  if (!entry.ok()) report_(ProblemKind::kUnreadableMeta, name, "cannot be read: " + entry.status().message());
  return entry;
}

void MetaExamination::TakeEntry(const std::string& name, std::string_view value) {
  const std::optional<std::string> input = input::InputOfProgressName(name);
  const bool of_run = engine::IsRunEntry(name) || input::IsInputOfInodeName(name);
  if (facts_.live && (input || of_run)) {
    report_(ProblemKind::kUnknownMeta, name, "is that of a run on files, in a state of the live mode");
  } else if (input) {
    ++facts_.inputs;
    (void)Reported(name, input::DecodeInputProgress(*input, value));
  } else if (name == engine::kRunMessagesName) {
    facts_.messages_wait = !value.empty();
    (void)Reported(name, files::DecodeWaiting(value));
  } else if (!of_run && !state::IsOwnRow(name) && !engine::IsPartitionEntry(name, facts_.partitions)) {
    report_(ProblemKind::kUnknownMeta, name, "is unknown: it is damaged, or was written by a later version");
  }
}

ExaminedMeta MetaExamination::Finish() {
  found_.partitions.resize(facts_.partitions);
  if (!facts_.live) FinishRun();
  for (PartitionId partition; facts_.live && partition.value < facts_.partitions; ++partition.value) {
    FinishPartition(partition);
  }
  return std::move(found_);
}

std::optional<engine::DefinitionsInForce> MetaExamination::Load(const engine::StoredDefinitions& stored,
                                                                const std::string& name) {
  facts_.rolling_out = facts_.rolling_out || stored.previous_text.has_value();
  const bool other_engine = !engine::HasSameViews(stored.engine_version);
  facts_.other_engine = facts_.other_engine || other_engine;
  if (!engine::CheckEngineVersion(stored.engine_version).ok()) {
    facts_.newer_engine = true;
    return std::nullopt;  // this program may not know all that its definitions use
  }
  Result<engine::DefinitionsInForce> definitions = engine::LoadStoredDefinitions(stored, loaded_);
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
  const std::string definitions_name(engine::kRunDefinitionsName);
  const auto local = Reported(std::string(engine::kRunPositionName), engine::ReadRunPosition(read_));
  const auto stored = Reported(definitions_name, engine::ReadRunDefinitions(read_));
  if (!local.ok() || !stored.ok()) return;
  found_.missing = !local->has_value() || !stored->has_value();
  if (found_.missing) return;
  facts_.clock = (*local)->position.clock;
  const std::optional<engine::DefinitionsInForce> definitions = Load(**stored, definitions_name);
  std::ranges::fill(found_.partitions, LeadBasis{definitions, facts_.clock, true});
}

void MetaExamination::FinishPartition(PartitionId partition) {
  const std::string definitions_name = engine::LocalDefinitionsName(partition);
  const auto local = Reported(engine::LocalPositionName(partition), engine::ReadLocalPosition(read_, partition));
  const auto stored = Reported(definitions_name, engine::ReadLocalDefinitions(read_, partition));
  LeadBasis& basis = found_.partitions[partition.value];
  // A damaged position is already reported: it is not an interrupted restore.
  basis.settled = !local.ok() || (*local && !(*local)->catching_up);
  basis.restarted = local.ok() && !*local;
  if (!local.ok() || !*local) return;
  ++facts_.positions;
  const engine::PartitionPosition& position = (*local)->position;
  basis.clock = position.clock;
  facts_.clock = std::max(facts_.clock, position.clock);
  if (!stored.ok()) return;
  if (!*stored) {
    report_(ProblemKind::kUnreadableDefinitions, definitions_name, "is missing, and so no view was checked");
    return;
  }
  const uint32_t engine =
      position.deltas_from ? std::max((*stored)->engine_version, engine::kDeltasVersion) : (*stored)->engine_version;
  if ((*stored)->number != position.definitions_number || engine != position.engine_version) {
    report_(ProblemKind::kUnreadableDefinitions, definitions_name,
            "has the number " + std::to_string((*stored)->number.value) + ", engine " + std::to_string(engine) +
                ", and the partition's position names the number " + std::to_string(position.definitions_number.value) +
                ", engine " + std::to_string(position.engine_version));
    return;
  }
  std::optional<engine::DefinitionsInForce> definitions = Load(**stored, definitions_name);
  if (basis.settled) basis.definitions = std::move(definitions);
}

}  // namespace leadpulse::maintenance
