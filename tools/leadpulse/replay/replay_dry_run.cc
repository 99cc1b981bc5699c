// `leadpulse replay --dry-run`: a copy of the state takes the records, and the two are compared.
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "processor/base/clock.h"
#include "processor/base/durability.h"
#include "processor/base/durable_files.h"
#include "processor/embedded/run.h"
#include "processor/embedded/run_state.h"
#include "processor/input/input_list.h"
#include "processor/input/input_progress.h"
#include "processor/input/prefix_hash.h"
#include "processor/replay/selection_transform.h"
#include "processor/upkeep/state_backup.h"
#include "state/meta_reader.h"
#include "state/rocksdb_lead_store.h"
#include "tools/leadpulse/preview/preview_output.h"
#include "tools/leadpulse/replay/dry_run_copy.h"
#include "tools/leadpulse/replay/replay_effect.h"
#include "tools/leadpulse/replay/replay_state.h"
#include "tools/leadpulse/replay/replay_topics.h"
#include "tools/leadpulse/settings_file.h"
#include "tools/leadpulse/state_access.h"
#include "tools/leadpulse/stop_signal.h"
#include "tools/leadpulse/subcommand.h"
#include "tools/leadpulse/terminal_progress.h"

namespace leadpulse::tools {
namespace {

// Beside the state, so that files that no longer change are shared; removed at the end.
class ScratchFolder {
 public:
  static Result<std::unique_ptr<ScratchFolder>> Make(const std::string& state) {
    std::string name = state;
    while (name.size() > 1 && name.ends_with('/')) name.pop_back();
    name += ".dry-run-XXXXXX";
    if (mkdtemp(name.data()) == nullptr) return FileFailure(name, "made");
    return std::unique_ptr<ScratchFolder>(new ScratchFolder(std::move(name)));
  }
  ~ScratchFolder() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
    if (error) PrintError("warning: " + path_ + " cannot be removed: " + error.message() + "; remove it by hand");
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  std::string operator/(const char* name) const { return path_ + "/" + name; }

 private:
  explicit ScratchFolder(std::string path) : path_(std::move(path)) {}

  const std::string path_;
};

Result<std::unique_ptr<state::LeadStore>> OpenCopy(const std::string& directory) {
  state::RocksDbOptions options;
  options.directory = directory;
  options.create_if_missing = false;
  options.sync = false;  // nobody needs it after a power cut
  return state::OpenRocksDbLeadStore(options);
}

// The copy has outputs of its own, which are empty, and has read none of the files.
Status Detach(const std::vector<std::string>& inputs, state::LeadStore* store) {
  const Result<std::optional<embedded::RunState>> run = embedded::ReadRunState(state::MetaOf(*store));
  if (!run.ok()) return run.status();
  if (!run->has_value()) return Status::Rejected("--state has nothing in it yet: what would change is everything");
  const input::Hash128 nothing = input::PrefixHash().Digest();
  state::EpochWrite write;
  embedded::AppendRunState({(*run)->clock, {0, nothing}, {0, nothing}}, &write);
  input::InputProgress unread;
  unread.hash = nothing;
  for (const std::string& input : inputs) {
    write.meta.emplace_back(input::InputProgressName(input), input::EncodeInputProgress(unread));
  }
  return store->Commit(write);
}

Result<embedded::RunSummary> ApplyTo(state::LeadStore* store, std::vector<std::string> inputs,
                                     const input::RecordTransform& transform, const ReplayLine& line,
                                     const std::string& output, const std::atomic<bool>& stop) {
  LP_RETURN_IF_ERROR(Detach(inputs, store));
  LP_RETURN_IF_ERROR(CreateDirectory(output));
  for (const char* name : {embedded::kChangesFile, embedded::kDeadLettersFile}) {
    LP_RETURN_IF_ERROR(WriteDurableFile(output + "/" + name, ""));
  }
  embedded::RunOptions options;
  options.inputs = std::move(inputs);
  options.output_directory = output;
  options.workers = std::max(1u, std::thread::hardware_concurrency());
  options.sync = false;
  options.transform = &transform;
  const SystemClock clock;
  const std::unique_ptr<embedded::ProgressListener> progress = ProgressOnTerminal(line.quiet);
  return embedded::RunOnFiles(options, {store, &clock, &stop, progress.get(), STDIN_FILENO, nullptr});
}

void WarnOfAbsent(const std::vector<uint32_t>& absent) {
  if (absent.empty()) return;
  PrintError("warning: " + SpellPartitions(absent) + (absent.size() == 1 ? " is" : " are") +
             " not in this state but with other processes: records of leads there are left out");
}

int Tell(const ReplayLine& line, const embedded::RunSummary& summary, const Preview& preview) {
  uint64_t dead = 0;
  for (const uint64_t count : summary.rejected) dead += count;
  const std::string applied = embedded::GroupDigits(summary.records) + " records, " +
                              embedded::GroupDigits(summary.TotalChanges()) + " changes, " +
                              embedded::GroupDigits(dead) + " dead letters: with them. ";
  return PrintResult(line.format == "json" ? PreviewJson(preview) : applied + PreviewText(preview));
}

int Stopped() {
  PrintError("stopped; nothing was changed");
  return kStopped;
}

struct Copies {
  std::unique_ptr<state::LeadStore> before, after;
  CopyOfFiles made;
};

// Of what is in the topics of a run that trusts its producers.
bool PlacesAreKnown(const config::Settings* settings) {
  return settings != nullptr && settings->input_partitioning == config::InputPartitioning::kTrusted;
}

Result<Copies> CopyState(const std::string& state, const config::Settings* settings, const ScratchFolder& folder) {
  LP_RETURN_IF_ERROR(upkeep::BackUpState({state, folder / "before"}, SystemClock()));
  Copies copies;
  Result<std::unique_ptr<state::LeadStore>> before = OpenCopy(folder / "before");
  if (!before.ok()) return before.status();
  copies.before = std::move(*before);
  LP_RETURN_IF_ERROR(copies.before->MakeCheckpoint(folder / "after"));
  Result<CopyOfFiles> made = MakeCopyOfFiles(*copies.before, folder / "after", PlacesAreKnown(settings));
  if (!made.ok()) return made.status();
  copies.made = std::move(*made);
  WarnOfAbsent(copies.made.absent);
  Result<std::unique_ptr<state::LeadStore>> after = OpenCopy(folder / "after");
  if (!after.ok()) return after.status();
  copies.after = std::move(*after);
  return copies;
}

Result<Preview> Compare(const Copies& copies) {
  Result<std::shared_ptr<const config::Definitions>> definitions = DefinitionsInState(*copies.after);
  if (!definitions.ok()) return definitions.status();
  const Result<Instant> at = ClockOfState(*copies.after);
  if (!at.ok()) return at.status();
  return CompareStates(*copies.before, *copies.after, std::move(*definitions), *at);
}

struct Records {
  std::vector<std::string> files;  // none: it was stopped
  std::unique_ptr<input::RecordTransform> transform;
};

// `settings`: where the records are in topics. `selected` outlives what is given.
Result<Records> FindRecords(const ReplayLine& line, const config::Settings* settings, const Copies& copies,
                            const std::string& topics_folder, const input::RecordTransform& selected,
                            const std::atomic<bool>& stop) {
  const std::vector<uint32_t>& absent = copies.made.absent;
  const uint32_t partition_count = copies.after->partition_count();
  if (copies.made.was_live && PlacesAreKnown(settings)) {
    Result<std::vector<PlacedFile>> placed =
        FetchEachPartition(line, *settings, topics_folder, partition_count, absent, stop);
    if (!placed.ok()) return placed.status();
    Records records;
    std::vector<PartitionId> partitions;
    for (PlacedFile& file : *placed) {
      records.files.push_back(std::move(file.path));
      partitions.push_back(file.partition);
    }
    records.transform = std::make_unique<PlacedByInput>(&selected, std::move(partitions));
    return records;
  }
  Result<std::vector<std::string>> files =
      settings == nullptr ? input::FilesOf(line.sources) : FetchTopics(line, *settings, topics_folder, nullptr, stop);
  if (!files.ok()) return files.status();
  return Records{std::move(*files), std::make_unique<HeldOnly>(&selected, absent, partition_count)};
}

Result<int> CompareWithCopy(const ReplayLine& line, const config::Settings* settings, const std::atomic<bool>& stop) {
  Result<std::unique_ptr<ScratchFolder>> folder = ScratchFolder::Make(line.state);
  if (!folder.ok()) return folder.status();
  const Result<Copies> copies = CopyState(line.state, settings, **folder);
  if (!copies.ok()) return copies.status();
  const replay::SelectionTransform selected(SelectionOf(line), line.as_backfill);
  Result<Records> records = FindRecords(line, settings, *copies, **folder / kTopicsFolder, selected, stop);
  if (!records.ok()) return records.status();
  if (records->files.empty()) return Stopped();
  const Result<embedded::RunSummary> summary =
      ApplyTo(copies->after.get(), std::move(records->files), *records->transform, line, **folder / "out", stop);
  if (!summary.ok()) return summary.status();
  if (summary->stopped_at) return Stopped();
  const Result<Preview> preview = Compare(*copies);
  if (!preview.ok()) return preview.status();
  return Tell(line, *summary, *preview);
}

}  // namespace

int DryRunReplay(const ReplayLine& line) {
  std::optional<config::Settings> settings;
  if (line.from_kafka && !(settings = LoadSettingsFile(line.config))) return kUsage;
  const Result<int> code = CompareWithCopy(line, settings ? &*settings : nullptr, StopOnSignals());
  return code.ok() ? *code : Fail(code.status());
}

}  // namespace leadpulse::tools
