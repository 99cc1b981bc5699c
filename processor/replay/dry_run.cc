#include "processor/replay/dry_run.h"

#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include "processor/base/clock.h"
#include "processor/base/durability.h"
#include "processor/base/durable_files.h"
#include "processor/engine/partition_meta.h"
#include "processor/engine/partitioner.h"
#include "processor/files/input/input_list.h"
#include "processor/files/input/input_progress.h"
#include "processor/files/input/prefix_hash.h"
#include "processor/files/run.h"
#include "processor/maintenance/state_backup.h"
#include "processor/pipeline/record.h"
#include "processor/query/state_access.h"
#include "state/codec/lead_codec.h"
#include "state/rocksdb/rocksdb_lead_store.h"
#include "state/store/lead_reader.h"
#include "state/store/state_rows.h"

namespace leadpulse::replay {
namespace {

using Partitions = std::vector<engine::LocalPartition>;

Status CheckRestored(const state::LeadReader& store, const Partitions& partitions) {
  const Result<std::vector<uint32_t>> restoring = query::PartitionsRestoring(store, partitions);
  if (!restoring.ok() || restoring->empty()) return restoring.status();
  return Status::Rejected("the restore of " + query::SpellPartitions(*restoring) +
                          " is under way or was cut short: what would change cannot be told of leads that are not all "
                          "there. Try again once the process is ready (its /readyz)");
}

// Rejects definitions that are being rolled out: only then may a lead be evaluated under others than its neighbour.
Status CheckOneDefinitions(const Partitions& partitions) {
  for (const engine::LocalPartition& one : partitions) {
    if (!one.definitions->previous_text && one.definitions->text == partitions.front().definitions->text) continue;
    return Status::Rejected("new definitions are being adopted, and partition " + std::to_string(one.partition.value) +
                            " is not through with it. Try again once it is");
  }
  return Status::Ok();
}

// Checks that each lead is in the partition of its key, where a run looks for it.
Status CheckPlaces(const state::LeadReader& store, const Partitions& partitions) {
  for (const engine::LocalPartition& one : partitions) {
    Status found;
    LP_RETURN_IF_ERROR(store.VisitLeads(one.partition, "", [&](std::string_view key, std::string_view) {
      const Result<LeadKey> lead = state::ParseLeadKey(key);
      if (!lead.ok()) {
        found = lead.status();
      } else if (engine::PartitionOf(*lead, store.partition_count()) != one.partition) {
        found = Status::Rejected("partition " + std::to_string(one.partition.value) +
                                 " holds leads that belong to others by their keys, as where `input_partitioning` is "
                                 "`trusted`: which partition the record of a file would come to is not known. For "
                                 "those in the topics it is: give --from-kafka and a --config that says `trusted`");
      }
      return found.ok();
    }));
    LP_RETURN_IF_ERROR(found);
  }
  return Status::Ok();
}

// Returns one set of definitions for all partitions. If their numbers or engine versions differ, it gets the next
// number, which each lead then takes.
engine::StoredDefinitions CommonDefinitions(const Partitions& partitions, Instant clock) {
  engine::StoredDefinitions common = *partitions.front().definitions;
  bool alike = true;
  for (const engine::LocalPartition& one : partitions) {
    alike = alike && one.definitions->number == common.number &&
            one.definitions->engine_version == partitions.front().definitions->engine_version;
    common.number = std::max(common.number, one.definitions->number);
  }
  if (alike) return common;
  common.number.value += 1;
  common.engine_version = engine::kEngineVersion;
  common.previous_text = common.text;
  common.rolled_out_at = clock;
  return common;
}

Status WriteEntries(const std::string& directory, const Partitions& partitions) {
  Instant clock = Instant::DistantPast();
  for (const engine::LocalPartition& one : partitions) clock = std::max(clock, one.local.position.clock);
  const engine::StoredDefinitions definitions = CommonDefinitions(partitions, clock);
  const input::Hash128 nothing = input::PrefixHash().Digest();
  const engine::FileOutput empty{0, nothing.high, nothing.low};
  engine::LocalPosition run;
  run.position.clock = clock;
  run.position.definitions_number = definitions.number;
  run.position.engine_version = definitions.engine_version;
  run.outputs = {empty, empty};
  state::EpochWrite write;
  engine::AppendRunPosition(run, &write);
  engine::AppendRunDefinitions(definitions, &write);
  LP_ASSIGN_OR_RETURN(const auto rows, state::OpenStateRows(directory, state::StateAccess::kRepair));
  std::vector<state::RowChange> changes;
  for (PartitionId one; one.value < rows->partition_count(); ++one.value) {
    changes.push_back({state::RowFamily::kMeta, engine::LocalPositionName(one)});
    changes.push_back({state::RowFamily::kMeta, engine::LocalDefinitionsName(one)});
  }
  for (const auto& [name, value] : write.meta) changes.push_back({state::RowFamily::kMeta, name, value});
  return rows->Write(changes);
}

struct CopyOfFiles {
  bool was_live = false;
  std::vector<uint32_t> absent;  // partitions that other processes hold
};

// Turns the copy in `directory`, which no process has open, into a state of a run on files. `store` is the original; if
// it is not a live state, nothing is done. `places_known`: the partition of each record is known, so a lead may be in
// any partition. Rejected, each with advice: a partition is being restored, definitions are being rolled out, or leads
// are in other partitions than their keys say.
//
// Leads, timers and erasures stay as they are. The position of each partition is replaced by one clock, the latest of
// theirs, at which the run fires the timers that are due.
Result<CopyOfFiles> MakeCopyOfFiles(const state::LeadReader& store, const std::string& directory, bool places_known) {
  LP_ASSIGN_OR_RETURN(const bool live, engine::IsLiveState(state::MetaOf(store), store.partition_count()));
  LP_RETURN_IF_ERROR(query::CheckEngine(store));
  CopyOfFiles copy;
  if (!live) return copy;
  copy.was_live = true;
  LP_ASSIGN_OR_RETURN(const Partitions partitions, query::PartitionsInState(store));
  LP_RETURN_IF_ERROR(CheckRestored(store, partitions));
  LP_RETURN_IF_ERROR(CheckOneDefinitions(partitions));
  if (!places_known) LP_RETURN_IF_ERROR(CheckPlaces(store, partitions));
  LP_RETURN_IF_ERROR(WriteEntries(directory, partitions));
  auto held = partitions.begin();
  for (uint32_t i = 0; i < store.partition_count(); ++i) {
    if (held != partitions.end() && held->partition.value == i) {
      ++held;
    } else {
      copy.absent.push_back(i);
    }
  }
  return copy;
}

// Beside the state, so that files that no longer change are shared; removed at the end.
class ScratchFolder {
 public:
  static Result<std::unique_ptr<ScratchFolder>> Make(const std::string& state, const query::Warn& warn) {
    std::string name = state;
    while (name.size() > 1 && name.ends_with('/')) name.pop_back();
    name += ".dry-run-XXXXXX";
    if (mkdtemp(name.data()) == nullptr) return FileFailure(name, "made");
    return std::unique_ptr<ScratchFolder>(new ScratchFolder(std::move(name), warn));
  }
  ~ScratchFolder() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
    if (error) warn_(path_ + " cannot be removed: " + error.message() + "; remove it by hand");
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  std::string operator/(const char* name) const { return path_ + "/" + name; }

 private:
  ScratchFolder(std::string path, query::Warn warn) : path_(std::move(path)), warn_(std::move(warn)) {}

  const std::string path_;
  const query::Warn warn_;
};

Result<std::unique_ptr<state::LeadStore>> OpenCopy(const std::string& directory) {
  state::RocksDbOptions options;
  options.directory = directory;
  options.create_if_missing = false;
  options.sync = false;  // it is not needed after a power cut
  return state::OpenRocksDbLeadStore(options);
}

// Gives the copy outputs of its own, which are empty, and marks all the files as unread.
Status Detach(const std::vector<std::string>& inputs, state::LeadStore* store) {
  LP_ASSIGN_OR_RETURN(std::optional<engine::LocalPosition> run, engine::ReadRunPosition(state::MetaOf(*store)));
  if (!run.has_value()) return Status::Rejected("--state has nothing in it yet: what would change is everything");
  const input::Hash128 nothing = input::PrefixHash().Digest();
  const engine::FileOutput empty{0, nothing.high, nothing.low};
  run->outputs = {empty, empty};
  state::EpochWrite write;
  engine::AppendRunPosition(*run, &write);
  input::InputProgress unread;
  unread.hash = nothing;
  for (const std::string& input : inputs) {
    write.meta.emplace_back(input::InputProgressName(input), input::EncodeInputProgress(unread));
  }
  return store->Commit(write);
}

// Applies the inputs to the copy. `options`: the inputs and what is done with them.
Result<files::RunSummary> ApplyTo(state::LeadStore* store, files::RunOptions options, const MakeProgress& make_progress,
                                  const std::string& output, const std::atomic<bool>& stop) {
  LP_RETURN_IF_ERROR(Detach(options.inputs, store));
  LP_RETURN_IF_ERROR(CreateDirectory(output));
  for (const char* name : {files::kChangesFile, files::kDeadLettersFile}) {
    LP_RETURN_IF_ERROR(WriteDurableFile(output + "/" + name, ""));
  }
  options.output_directory = output;
  options.workers = std::max(1u, std::thread::hardware_concurrency());
  options.sync = false;
  const SystemClock clock;
  const std::unique_ptr<files::ProgressListener> progress = make_progress();
  return files::RunOnFiles(options, {store, &clock, &stop, progress.get(), STDIN_FILENO, nullptr});
}

void WarnOfAbsent(const std::vector<uint32_t>& absent, const query::Warn& warn) {
  if (absent.empty()) return;
  warn(query::SpellPartitions(absent) + (absent.size() == 1 ? " is" : " are") +
       " not in this state but with other processes: leads there and their records are left out");
}

struct Copies {
  std::unique_ptr<state::LeadStore> before, after;
  CopyOfFiles made;
};

Result<Copies> CopyState(const std::string& state, bool places_known, const ScratchFolder& folder,
                         const query::Warn& warn) {
  LP_RETURN_IF_ERROR(maintenance::BackUpState({state, folder / "before"}, SystemClock()));
  Copies copies;
  LP_ASSIGN_OR_RETURN(copies.before, OpenCopy(folder / "before"));
  LP_RETURN_IF_ERROR(copies.before->MakeCheckpoint(folder / "after"));
  LP_ASSIGN_OR_RETURN(copies.made, MakeCopyOfFiles(*copies.before, folder / "after", places_known));
  WarnOfAbsent(copies.made.absent, warn);
  LP_ASSIGN_OR_RETURN(copies.after, OpenCopy(folder / "after"));
  return copies;
}

Result<query::Preview> Compare(const Copies& copies, const query::Warn& warn) {
  LP_ASSIGN_OR_RETURN(auto definitions, query::DefinitionsInState(*copies.after, warn));
  LP_ASSIGN_OR_RETURN(const Instant at, query::ClockOfState(*copies.after));
  return query::PreviewBetween({*copies.before, definitions}, {*copies.after, definitions}, at);
}

struct Records {
  std::vector<std::string> files;  // none: it was stopped
  input::RecordTransform transform;
};

// Leaves out the records of leads in `absent` (ascending) partitions, which would look new, after `select`.
input::ApplyToRecord HeldOnly(input::ApplyToRecord select, std::vector<uint32_t> absent, uint32_t partition_count) {
  return [select = std::move(select), absent = std::move(absent), partition_count](codec::Decoded* record) {
    if (!select(record)) return false;
    const LeadKey* key = pipeline::KeyOf(*record);
    return key == nullptr || !std::ranges::binary_search(absent, engine::PartitionOf(*key, partition_count).value);
  };
}

Result<Records> FindRecords(const DryRunOptions& options, const Copies& copies, const std::string& topics_folder,
                            const std::atomic<bool>& stop) {
  input::ApplyToRecord select = TransformOf(options.selection, options.as_backfill);
  const std::vector<uint32_t>& absent = copies.made.absent;
  const uint32_t partition_count = copies.after->partition_count();
  if (copies.made.was_live && options.places_known) {
    LP_ASSIGN_OR_RETURN(auto placed, FetchEachPartition(*options.topics, topics_folder, partition_count, absent, stop));
    Records records{{}, {std::move(select)}};
    for (PlacedFile& file : placed) {
      records.files.push_back(std::move(file.path));
      records.transform.partitions.push_back(file.partition);
    }
    return records;
  }
  LP_ASSIGN_OR_RETURN(auto files, options.topics ? FetchTopics(*options.topics, topics_folder, nullptr, stop)
                                                 : input::FilesOf(options.sources));
  return Records{std::move(files), {HeldOnly(std::move(select), absent, partition_count)}};
}

}  // namespace

Result<std::optional<DryRunResult>> DryRun(const DryRunOptions& options, const query::Warn& warn,
                                           const std::atomic<bool>& stop) {
  LP_ASSIGN_OR_RETURN(std::unique_ptr<ScratchFolder> folder, ScratchFolder::Make(options.state, warn));
  LP_ASSIGN_OR_RETURN(const Copies copies, CopyState(options.state, options.places_known, *folder, warn));
  LP_ASSIGN_OR_RETURN(Records records, FindRecords(options, copies, *folder / kTopicsFolder, stop));
  if (records.files.empty()) return std::optional<DryRunResult>();
  files::RunOptions run;
  run.inputs = std::move(records.files);
  run.transform = &records.transform;
  LP_ASSIGN_OR_RETURN(files::RunSummary summary,
                      ApplyTo(copies.after.get(), std::move(run), options.progress, *folder / "out", stop));
  if (summary.stopped_at) return std::optional<DryRunResult>();
  LP_ASSIGN_OR_RETURN(query::Preview preview, Compare(copies, warn));
  return std::optional(DryRunResult{std::move(summary), std::move(preview)});
}

Result<std::optional<query::Preview>> PreviewDefinitions(const PreviewOptions& options, const query::Warn& warn,
                                                         const std::atomic<bool>& stop) {
  LP_ASSIGN_OR_RETURN(std::unique_ptr<state::LeadStore> store, query::OpenStateToRead(options.state, warn));
  LP_ASSIGN_OR_RETURN(auto before, query::DefinitionsInState(*store, warn));
  if (!query::SwitchOnAddresses(*before, *options.definitions)) {
    LP_ASSIGN_OR_RETURN(query::Preview preview, query::PreviewState(*store, options.definitions, options.at, warn));
    return std::optional(std::move(preview));
  }
  LP_ASSIGN_OR_RETURN(const Instant at, query::AtOrClock(options.at, *store, warn));
  store.reset();
  LP_ASSIGN_OR_RETURN(std::unique_ptr<ScratchFolder> folder, ScratchFolder::Make(options.state, warn));
  LP_ASSIGN_OR_RETURN(const Copies copies, CopyState(options.state, /*places_known=*/false, *folder, warn));
  files::RunOptions rollout;
  rollout.definitions = options.definitions;
  LP_ASSIGN_OR_RETURN(const files::RunSummary summary,
                      ApplyTo(copies.after.get(), std::move(rollout), options.progress, *folder / "out", stop));
  if (summary.stopped_at) return std::optional<query::Preview>();
  LP_ASSIGN_OR_RETURN(query::Preview preview,
                      query::PreviewBetween({*copies.before, before}, {*copies.after, options.definitions}, at));
  return std::optional(std::move(preview));
}

}  // namespace leadpulse::replay
