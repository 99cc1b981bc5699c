#include "tests/support/live_state.h"

#include <utility>

#include "processor/files/input/input_progress.h"
#include "state/store/state_rows.h"

namespace leadpulse::testing {
namespace {

using RowFamily = state::RowFamily;

constexpr RowFamily kOfPartitions[] = {RowFamily::kLeads, RowFamily::kTimers, RowFamily::kErased};

template <typename Value>
Value Must(Result<std::optional<Value>> value) {
  if (!value.ok()) throw std::runtime_error(value.status().message());
  if (!*value) throw std::runtime_error("the state lacks an entry that every state has");
  return std::move(**value);
}

void AppendMeta(const state::EpochWrite& write, std::vector<state::RowChange>* changes) {
  for (const auto& [name, value] : write.meta) changes->push_back({RowFamily::kMeta, name, value});
}

}  // namespace

void MakeLive(StateTampering* state) {
  const state::MetaReader read = state::MetaOf(state->rows());
  const Instant clock = Must(engine::ReadRunPosition(read)).position.clock;
  const engine::StoredDefinitions kept = Must(engine::ReadRunDefinitions(read));
  std::vector<state::RowChange> changes;
  for (const auto& row : state->RowsOf(RowFamily::kMeta)) {
    const bool of_run =
        engine::IsRunEntry(row.key) || input::IsInputOfInodeName(row.key) || input::InputOfProgressName(row.key);
    if (of_run) changes.push_back({RowFamily::kMeta, row.key, std::nullopt});
  }
  state::EpochWrite write;
  for (PartitionId partition; partition.value < state->rows().partition_count(); ++partition.value) {
    engine::LocalPosition local;
    local.position = {.application = "demo",
                      .next = {{100 + int64_t{partition.value}, 10 + int64_t{partition.value}}},
                      .clock = clock,
                      .definitions_number = kept.number,
                      .engine_version = kept.engine_version,
                      .epoch = 7,
                      .digest = {3, 12345},
                      .erasure_secret_check = "secret"};
    local.next_changelog_offset = 1000 + int64_t{partition.value};
    local.written_at = clock;
    engine::AppendLocalPosition(partition, local, &write);
    engine::AppendLocalDefinitions(partition, kept, &write);
  }
  AppendMeta(write, &changes);
  state->Write(changes);
}

void ChangePartition(StateTampering* state, PartitionId partition,
                     const std::function<void(engine::LocalPosition*, engine::StoredDefinitions*)>& change) {
  const state::MetaReader read = state::MetaOf(state->rows());
  engine::LocalPosition local = Must(engine::ReadLocalPosition(read, partition));
  engine::StoredDefinitions kept = Must(engine::ReadLocalDefinitions(read, partition));
  change(&local, &kept);
  state::EpochWrite write;
  engine::AppendLocalPosition(partition, local, &write);
  engine::AppendLocalDefinitions(partition, kept, &write);
  std::vector<state::RowChange> changes;
  AppendMeta(write, &changes);
  state->Write(changes);
}

void ForgetPartition(StateTampering* state, PartitionId partition) {
  state::EpochWrite write;
  engine::AppendDrop(partition, &write);
  std::vector<state::RowChange> changes;
  AppendMeta(write, &changes);
  state->Write(changes);
}

void DropPartition(StateTampering* state, PartitionId partition) {
  ForgetPartition(state, partition);
  std::vector<state::RowChange> changes;
  for (RowFamily family : kOfPartitions) {
    for (const auto& row : state->RowsOf(family)) {
      if (state::PartitionOfRow(row.key) == partition) changes.push_back({family, row.key, std::nullopt});
    }
  }
  state->Write(changes);
}

void BeginRollout(StateTampering* state, PartitionId partition, const std::string& from, const std::string& to) {
  ChangePartition(state, partition, [&](engine::LocalPosition* local, engine::StoredDefinitions* kept) {
    kept->previous_text = kept->text;
    kept->text.replace(kept->text.find(from), from.size(), to);
    kept->number.value += 1;
    kept->rolled_out_at = local->position.clock;
    local->position.definitions_number = kept->number;
  });
}

void MoveLeads(StateTampering* state, PartitionId from, PartitionId to) {
  const std::string prefix = state::PartitionPrefix(from);
  std::vector<state::RowChange> changes;
  for (RowFamily family : kOfPartitions) {
    for (const auto& row : state->RowsOf(family)) {
      if (state::PartitionOfRow(row.key) != from) continue;
      changes.push_back({family, row.key, std::nullopt});
      changes.push_back({family, state::PartitionPrefix(to) + row.key.substr(prefix.size()), row.value});
    }
  }
  state->Write(changes);
}

}  // namespace leadpulse::testing
