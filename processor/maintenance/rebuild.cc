#include "processor/maintenance/rebuild.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "processor/base/clock.h"
#include "processor/base/crash_point.h"
#include "processor/base/durability.h"
#include "processor/base/durable_files.h"
#include "processor/base/text.h"
#include "processor/engine/partition_meta.h"
#include "processor/files/input/byte_source.h"
#include "processor/files/input/input_format.h"
#include "processor/files/input/input_list.h"
#include "processor/files/input/input_progress.h"
#include "processor/maintenance/state_swap.h"
#include "state/rocksdb/rocksdb_lead_store.h"
#include "state/store/lead_reader.h"
#include "state/store/state_rows.h"

namespace leadpulse::maintenance {
namespace {

bool SameBytes(const input::InputProgress& a, const input::InputProgress& b) {
  return a.read == b.read && a.hash == b.hash;
}

// Checks that the file still begins with the bytes up to the wanted position. Rejected: it does not.
Status CheckBeginning(const std::string& path, const input::InputProgress& wanted, const std::atomic<bool>& stop) {
  LP_ASSIGN_OR_RETURN(const input::InputFormat format, input::InputFormatOf(path));
  LP_ASSIGN_OR_RETURN(auto source, input::OpenInput(path, format.compression, /*standard_input=*/-1));
  return input::VerifyInput(path, wanted, /*keep_tail=*/false, stop, source.get()).status();
}

// The state of a run on files.
struct FilesState {
  std::shared_ptr<const config::Definitions> definitions;
  Instant clock;
  uint32_t partitions = 0;
  InputPositions positions;
};

Status CheckNotLive(const state::LeadReader& store, const std::string& directory) {
  LP_ASSIGN_OR_RETURN(const bool live, engine::IsLiveState(state::MetaOf(store), store.partition_count()));
  if (!live) return Status::Ok();
  return Status::Rejected(
      "the state in " + directory +
      " is one of the live mode, a copy of what the topic lead.state says up to its consumer group's offsets: a "
      "process drops any other and restores that one. To see what the history would give, replay it into a fresh state "
      "(leadpulse replay --state) and compare (leadpulse diff). To go on with that, replay it into the topics of a new "
      "application (leadpulse replay --to kafka) and let its consumers change over.");
}

Result<FilesState> ReadState(const std::string& directory, const query::Warn& warn) {
  LP_ASSIGN_OR_RETURN(std::unique_ptr<state::LeadStore> store, query::OpenStateToRead(directory, warn));
  LP_RETURN_IF_ERROR(CheckNotLive(*store, directory));
  LP_ASSIGN_OR_RETURN(std::shared_ptr<const config::Definitions> definitions, query::DefinitionsInState(*store, warn));
  LP_ASSIGN_OR_RETURN(const Instant clock, query::ClockOfState(*store));
  LP_ASSIGN_OR_RETURN(InputPositions positions, ReadInputPositions(directory));
  return FilesState{std::move(definitions), clock, store->partition_count(), std::move(positions)};
}

bool IsWithin(const std::string& path, const std::string& folder) {
  return path == folder || path.starts_with(folder + "/");
}

// Takes the folder if it is free or belongs to this rebuild, even a finished one. Leaves it marked as unfinished.
Status TakeFolder(const RebuildOptions& options) {
  LP_ASSIGN_OR_RETURN(const std::string live, WholePath(options.live));
  LP_ASSIGN_OR_RETURN(const std::string folder, WholePath(options.to));
  if (IsWithin(folder, live) || IsWithin(live, folder)) {
    return Status::Rejected("the rebuild cannot be made in " + options.to + ": that is, or lies in, or holds the " +
                            "state itself. Give a folder beside it.");
  }
  LP_ASSIGN_OR_RETURN(std::optional<RebuildRecord> record, ReadRebuildRecord(options.to));
  if (!record.has_value()) {
    LP_RETURN_IF_ERROR(RemoveTornRebuildRecord(options.to));
    LP_RETURN_IF_ERROR(CheckFree(options.to, "the folder"));
    LP_RETURN_IF_ERROR(CreateDirectory(options.to));
  } else if (record->live != live) {
    return Status::Rejected(options.to + " holds a rebuild of " + record->live + ". Give another folder.");
  } else if (record->stage == RebuildStage::kSwapping || record->stage == RebuildStage::kSwapped) {
    return Status::Rejected("the state in " + options.to + " is being put, or was put, in the place of " + live +
                            ". Finish that with `leadpulse rebuild --swap`, and give another folder for the next.");
  }
  return WriteRebuildRecord(options.to, {RebuildStage::kUnfinished, live});
}

// Records inputs that the live state has read under other names as read by the rebuilt one. Returns the missing ones.
Result<std::vector<std::string>> TakeOverPositions(const std::string& state, const InputPositions& wanted,
                                                   const std::atomic<bool>& stop) {
  LP_ASSIGN_OR_RETURN(const InputPositions reached, ReadInputPositions(state));
  LP_ASSIGN_OR_RETURN(InputCoverage coverage, CoverInputs(wanted, reached, stop));
  if (coverage.elsewhere.empty()) return std::move(coverage.missing);
  state::RocksDbOptions to_write;
  to_write.directory = state;
  to_write.create_if_missing = false;
  LP_ASSIGN_OR_RETURN(std::unique_ptr<state::LeadStore> store, state::OpenRocksDbLeadStore(to_write));
  LP_RETURN_IF_ERROR(RecordPositions(coverage.elsewhere, store.get()));
  return std::move(coverage.missing);
}

// Checks that the rebuilt state has read everything that the live one has. No process may write to either.
Status CheckCovers(const std::string& live_directory, const std::string& folder, const query::Warn& warn,
                   const std::atomic<bool>& stop) {
  LP_ASSIGN_OR_RETURN(const FilesState live, ReadState(live_directory, warn));
  LP_ASSIGN_OR_RETURN(const FilesState rebuilt, ReadState(RebuiltState(folder), warn));
  LP_ASSIGN_OR_RETURN(const auto coverage, CoverInputs(live.positions, rebuilt.positions, stop));
  if (stop) return Status::Retriable("stopped; nothing was changed");
  std::vector<std::string> lacking = coverage.missing;
  for (const auto& [path, progress] : coverage.elsewhere) {
    if (progress.read > 0) lacking.push_back(path);
  }
  const std::string again =
      "Give the same `leadpulse rebuild` as before, with these files: it reads what is new, and then swap again.";
  if (!lacking.empty()) {
    return Status::Rejected("the state in " + live_directory +
                            " has read more than the rebuilt one: " + Join(lacking, ", ") + ". " + again);
  }
  if (live.clock <= rebuilt.clock) return Status::Ok();
  return Status::Rejected("the clock of the state in " + live_directory + ", " + FormatRfc3339(live.clock) +
                          ", is ahead of that of the rebuilt one, " + FormatRfc3339(rebuilt.clock) +
                          ": it has gone on meanwhile. Give the same `leadpulse rebuild` as before, and then swap "
                          "again.");
}

}  // namespace

Result<RebuildResult> Rebuild(const RebuildOptions& options, const query::Warn& warn, const std::atomic<bool>& stop) {
  if (std::ranges::find(options.from, input::kStandardInput) != options.from.end()) {
    return Status::Rejected("standard input cannot be read again after a kill; give files");
  }
  LP_ASSIGN_OR_RETURN(std::vector<std::string> files, input::FilesOf(options.from));
  LP_ASSIGN_OR_RETURN(const FilesState live, ReadState(options.live, warn));
  const std::string state = RebuiltState(options.to);
  files::RunOptions run = options.run;
  run.inputs = std::move(files);
  run.output_directory = RebuiltOutput(options.to);
  if (run.definitions == nullptr) run.definitions = live.definitions;
  run.until = live.clock;
  LP_RETURN_IF_ERROR(files::CheckInputs(run));  // a mistyped name must not leave an empty folder
  LP_RETURN_IF_ERROR(TakeFolder(options));
  CrashPoint("rebuild_begun");
  RebuildResult rebuilt;
  LP_ASSIGN_OR_RETURN(rebuilt.summary, options.run_to_end(run, state, live.partitions));
  if (rebuilt.summary.stopped_at) return rebuilt;
  CrashPoint("rebuild_read");
  LP_ASSIGN_OR_RETURN(rebuilt.missing, TakeOverPositions(state, live.positions, stop));
  if (stop) {
    rebuilt.summary.stopped_at = files::kNothingRead;
    return rebuilt;
  }
  CrashPoint("rebuild_positions_taken");
  LP_ASSIGN_OR_RETURN(const std::string whole, WholePath(options.live));
  LP_RETURN_IF_ERROR(WriteRebuildRecord(options.to, {RebuildStage::kFinished, whole}));
  CrashPoint("rebuild_finished");
  return rebuilt;
}

Result<SwappedState> SwapIn(const std::string& live, const std::string& folder, bool exchange, const query::Warn& warn,
                            const std::atomic<bool>& stop) {
  SwapOptions options;
  options.live = live;
  options.folder = folder;
  options.now = SystemClock().Now();
  options.check = [&](const RebuildRecord& record) { return CheckCovers(record.live, folder, warn, stop); };
  options.exchange = exchange;
  LP_ASSIGN_OR_RETURN(RebuildRecord record, SwapStates(options));
  return SwappedState{std::move(record.moved_to), RebuiltOutput(folder)};
}

Result<InputPositions> ReadInputPositions(const std::string& state_directory) {
  LP_ASSIGN_OR_RETURN(auto rows, state::OpenStateRows(state_directory, state::StateAccess::kRead));
  InputPositions positions;
  Status damage;
  const auto faults = rows->Visit(state::RowFamily::kMeta, [&](std::string_view name, std::string_view value) {
    const std::optional<std::string> input = input::InputOfProgressName(name);
    if (!input) return;
    Result<input::InputProgress> progress = input::DecodeInputProgress(*input, value);
    if (progress.ok()) {
      positions.emplace(*input, *progress);
    } else {
      damage = progress.status();
    }
  });
  LP_RETURN_IF_ERROR(damage);
  if (!faults.empty()) return Status::Fatal(faults.front().subject + " cannot be read: " + faults.front().what);
  return positions;
}

Result<InputCoverage> CoverInputs(const InputPositions& wanted, const InputPositions& reached,
                                  const std::atomic<bool>& stop) {
  InputCoverage coverage;
  for (const auto& [path, progress] : wanted) {
    const auto same_path = reached.find(path);
    if (same_path != reached.end() && SameBytes(progress, same_path->second)) continue;
    if (same_path != reached.end() && same_path->second.read > progress.read) {
      LP_RETURN_IF_ERROR(CheckBeginning(path, progress, stop));
      if (stop) return InputCoverage();
      continue;
    }
    const bool elsewhere = std::ranges::any_of(
        reached, [&wanted_progress = progress](const auto& one) { return SameBytes(wanted_progress, one.second); });
    if (elsewhere || progress.read == 0) {
      coverage.elsewhere.emplace(path, progress);
    } else {
      coverage.missing.push_back(path);
    }
  }
  return coverage;
}

Status RecordPositions(const InputPositions& positions, state::LeadStore* store) {
  if (positions.empty()) return Status::Ok();
  state::EpochWrite write;
  for (const auto& [path, progress] : positions) {
    write.meta.emplace_back(input::InputProgressName(path), input::EncodeInputProgress(progress));
  }
  return store->Commit(write);
}

}  // namespace leadpulse::maintenance
