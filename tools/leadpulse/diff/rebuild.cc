#include "tools/leadpulse/diff/rebuild.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "processor/base/clock.h"
#include "processor/base/crash_point.h"
#include "processor/base/durability.h"
#include "processor/base/durable_files.h"
#include "processor/engine/partition_meta.h"
#include "processor/input/input_format.h"
#include "processor/input/input_list.h"
#include "processor/upkeep/rebuild_record.h"
#include "processor/upkeep/state_swap.h"
#include "state/meta_reader.h"
#include "state/rocksdb_lead_store.h"
#include "tools/leadpulse/run_job.h"
#include "tools/leadpulse/state_access.h"

namespace leadpulse::tools {
namespace {

using upkeep::InputPositions;
using upkeep::RebuildRecord;
using upkeep::RebuildStage;

// What is taken of a state on files.
struct StateFacts {
  std::shared_ptr<const config::Definitions> definitions;
  Instant clock;
  uint32_t partitions = 0;
  InputPositions positions;
};

Status CheckNotLive(const state::LeadStore& store, const std::string& directory) {
  const Result<bool> live = engine::IsLiveState(state::MetaOf(store), store.partition_count());
  if (!live.ok()) return live.status();
  if (!*live) return Status::Ok();
  return Status::Rejected(
      "the state in " + directory +
      " is one of the live mode, a copy of what the topic lead.state says up to its consumer group's "
      "offsets: a process drops any other and restores that one. To see what the history would "
      "give, replay it into a fresh state (leadpulse replay --state) and compare (leadpulse diff). "
      "To go on with that, replay it into the topics of a new application (leadpulse replay --to "
      "kafka) and let its consumers change over.");
}

Result<StateFacts> ReadState(const std::string& directory) {
  Result<std::unique_ptr<state::LeadStore>> store = OpenStateToRead(directory);
  if (!store.ok()) return store.status();
  LP_RETURN_IF_ERROR(CheckNotLive(**store, directory));
  Result<std::shared_ptr<const config::Definitions>> definitions = DefinitionsInState(**store);
  if (!definitions.ok()) return definitions.status();
  const Result<Instant> clock = ClockOfState(**store);
  if (!clock.ok()) return clock.status();
  Result<InputPositions> positions = upkeep::ReadInputPositions(directory);
  if (!positions.ok()) return positions.status();
  return StateFacts{std::move(*definitions), *clock, (*store)->partition_count(), std::move(*positions)};
}

bool IsWithin(const std::string& path, const std::string& folder) {
  return path == folder || path.starts_with(folder + "/");
}

// Its own, also a finished one, or free. Leaves it marked as unfinished.
Status TakeFolder(const RebuildOptions& options) {
  const Result<std::string> live = upkeep::WholePath(options.live);
  if (!live.ok()) return live.status();
  const Result<std::string> folder = upkeep::WholePath(options.to);
  if (!folder.ok()) return folder.status();
  if (IsWithin(*folder, *live) || IsWithin(*live, *folder)) {
    return Status::Rejected("the rebuild cannot be made in " + options.to + ": that is, or lies in, or holds the " +
                            "state itself. Give a folder beside it.");
  }
  Result<std::optional<RebuildRecord>> record = upkeep::ReadRebuildRecord(options.to);
  if (!record.ok()) return record.status();
  if (!record->has_value()) {
    LP_RETURN_IF_ERROR(upkeep::RemoveTornRebuildRecord(options.to));
    LP_RETURN_IF_ERROR(CheckFree(options.to, "the folder"));
    LP_RETURN_IF_ERROR(CreateDirectory(options.to));
  } else if ((*record)->live != *live) {
    return Status::Rejected(options.to + " holds a rebuild of " + (*record)->live + ". Give another folder.");
  } else if ((*record)->stage == RebuildStage::kSwapping || (*record)->stage == RebuildStage::kSwapped) {
    return Status::Rejected("the state in " + options.to + " is being put, or was put, in the place of " + *live +
                            ". Finish that with `leadpulse rebuild --swap`, and give another folder for the next.");
  }
  return upkeep::WriteRebuildRecord(options.to, {RebuildStage::kUnfinished, *live});
}

RunCommandLine RunLineOf(const RebuildOptions& options, const StateFacts& live, std::vector<std::string> files) {
  RunCommandLine line;
  line.inputs = std::move(files);
  line.state = upkeep::RebuiltState(options.to);
  line.output = upkeep::RebuiltOutput(options.to);
  line.partitions = live.partitions;
  line.workers = options.workers;
  line.memory_mib = options.memory_mib;
  line.quiet = options.quiet;
  line.epoch_records = options.epoch_records;
  return line;
}

// What the live state has read under other names counts as read by the rebuilt one.
Result<std::vector<std::string>> TakeOverPositions(const std::string& state, const InputPositions& wanted,
                                                   const std::atomic<bool>& stop) {
  const Result<InputPositions> reached = upkeep::ReadInputPositions(state);
  if (!reached.ok()) return reached.status();
  Result<upkeep::InputCoverage> coverage = upkeep::CoverInputs(wanted, *reached, stop);
  if (!coverage.ok()) return coverage.status();
  if (coverage->elsewhere.empty()) return std::move(coverage->missing);
  state::RocksDbOptions to_write;
  to_write.directory = state;
  to_write.create_if_missing = false;
  Result<std::unique_ptr<state::LeadStore>> store = state::OpenRocksDbLeadStore(to_write);
  if (!store.ok()) return store.status();
  LP_RETURN_IF_ERROR(upkeep::RecordPositions(coverage->elsewhere, store->get()));
  return std::move(coverage->missing);
}

// Whether all that the live state knows went into the rebuilt one. Both are at rest.
Status CheckCovers(const std::string& live_directory, const std::string& folder, const std::atomic<bool>& stop) {
  const Result<StateFacts> live = ReadState(live_directory);
  if (!live.ok()) return live.status();
  const Result<StateFacts> rebuilt = ReadState(upkeep::RebuiltState(folder));
  if (!rebuilt.ok()) return rebuilt.status();
  const Result<upkeep::InputCoverage> coverage = upkeep::CoverInputs(live->positions, rebuilt->positions, stop);
  if (!coverage.ok()) return coverage.status();
  if (stop) return Status::Retriable("stopped; nothing was changed");
  std::vector<std::string> lacking = coverage->missing;
  for (const auto& [path, progress] : coverage->elsewhere) {
    if (progress.read > 0) lacking.push_back(path);
  }
  const std::string again =
      "Give the same `leadpulse rebuild` as before, with these files: it reads what is new, and then swap again.";
  if (!lacking.empty()) {
    std::string names;
    for (const std::string& path : lacking) names += (names.empty() ? "" : ", ") + path;
    return Status::Rejected("the state in " + live_directory + " has read more than the rebuilt one: " + names + ". " +
                            again);
  }
  if (live->clock <= rebuilt->clock) return Status::Ok();
  return Status::Rejected("the clock of the state in " + live_directory + ", " + FormatRfc3339(live->clock) +
                          ", is ahead of that of the rebuilt one, " + FormatRfc3339(rebuilt->clock) +
                          ": it has gone on meanwhile. Give the same `leadpulse rebuild` as before, and then swap "
                          "again.");
}

}  // namespace

Result<RebuildResult> Rebuild(const RebuildOptions& options, const std::atomic<bool>& stop) {
  if (std::ranges::find(options.from, input::kStandardInput) != options.from.end()) {
    return Status::Rejected("standard input cannot be read again after a kill; give files");
  }
  Result<std::vector<std::string>> files = input::FilesOf(options.from);
  if (!files.ok()) return files.status();
  const Result<StateFacts> live = ReadState(options.live);
  if (!live.ok()) return live.status();
  const RunCommandLine line = RunLineOf(options, *live, std::move(*files));
  embedded::RunOptions run =
      MakeRunOptions(line, options.definitions != nullptr ? options.definitions : live->definitions);
  run.until = live->clock;
  LP_RETURN_IF_ERROR(embedded::CheckInputs(run));  // a mistyped name shall not leave a folder behind
  LP_RETURN_IF_ERROR(TakeFolder(options));
  CrashPoint("rebuild_begun");
  RebuildResult rebuilt;
  Result<embedded::RunSummary> summary = RunToEnd(line, run, stop);
  if (!summary.ok()) return summary.status();
  rebuilt.summary = std::move(*summary);
  if (rebuilt.summary.stopped_at) return rebuilt;
  CrashPoint("rebuild_read");
  Result<std::vector<std::string>> missing = TakeOverPositions(line.state, live->positions, stop);
  if (!missing.ok()) return missing.status();
  rebuilt.missing = std::move(*missing);
  if (stop) {
    rebuilt.summary.stopped_at = embedded::kNothingRead;
    return rebuilt;
  }
  CrashPoint("rebuild_positions_taken");
  const Result<std::string> whole = upkeep::WholePath(options.live);
  if (!whole.ok()) return whole.status();
  LP_RETURN_IF_ERROR(upkeep::WriteRebuildRecord(options.to, {RebuildStage::kFinished, *whole}));
  CrashPoint("rebuild_finished");
  return rebuilt;
}

Result<SwappedState> SwapIn(const std::string& live, const std::string& folder, bool exchange,
                            const std::atomic<bool>& stop) {
  upkeep::SwapOptions options;
  options.live = live;
  options.folder = folder;
  options.now = SystemClock().Now();
  options.check = [&](const RebuildRecord& record) { return CheckCovers(record.live, folder, stop); };
  options.exchange = exchange;
  Result<RebuildRecord> record = upkeep::SwapStates(options);
  if (!record.ok()) return record.status();
  return SwappedState{std::move(record->kept), upkeep::RebuiltOutput(folder)};
}

}  // namespace leadpulse::tools
