#include "processor/maintenance/backup_manifest.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "processor/base/durable_files.h"
#include "processor/base/file_modes.h"
#include "processor/base/text.h"
#include "processor/base/value.h"
#include "processor/engine/partition_meta.h"
#include "processor/files/input/input_progress.h"
#include "processor/files/run.h"
#include "state/rocksdb/rocksdb_lead_store.h"
#include "state/store/store_keys.h"

namespace leadpulse::maintenance {
namespace {

namespace fs = std::filesystem;

// The first line. Another form gets another number.
constexpr std::string_view kManifestForm = "leadpulse backup, form 1\n";
constexpr std::string_view kMadeAt = "made at ";
constexpr std::string_view kFilesBegin = "files\n";

Result<std::string> DescribeFiles(const std::string& directory) {
  LP_ASSIGN_OR_RETURN(std::vector<std::string> names, FilesOfBackup(directory));
  std::string text(kFilesBegin);
  for (const std::string& name : names) {
    std::error_code error;
    const auto size = fs::file_size(fs::path(directory) / name, error);
    if (error) return Status::Fatal(directory + "/" + name + " cannot be read: " + error.message());
    AppendParts({"  ", name, " ", std::to_string(size), " bytes\n"}, &text);
  }
  return text;
}

// Returns the manifest's version of the first line that differs.
std::string FirstDifference(std::string_view manifest, std::string_view found) {
  size_t same = std::mismatch(manifest.begin(), manifest.end(), found.begin(), found.end()).first - manifest.begin();
  size_t begin = same == 0 ? 0 : manifest.rfind('\n', same - 1);
  begin = begin == std::string_view::npos || same == 0 ? 0 : begin + 1;
  return std::string(TrimAsciiSpace(manifest.substr(begin, manifest.find('\n', same) - begin)));
}

std::string ClockLine(Instant clock) {
  return Concat({"clock ", clock == Instant::DistantPast() ? "not set" : FormatRfc3339(clock), "\n"});
}

// Returns the lines of a run on files.
Result<std::string> DescribeRun(const state::StateRows& rows) {
  const state::MetaReader read = state::MetaOf(rows);
  LP_ASSIGN_OR_RETURN(std::optional<engine::LocalPosition> run, engine::ReadRunPosition(read));
  LP_ASSIGN_OR_RETURN(std::optional<engine::StoredDefinitions> kept, engine::ReadRunDefinitions(read));
  const engine::FileOutputs outputs = run ? *run->outputs : engine::FileOutputs{};
  std::string text = ClockLine(run ? run->position.clock : Instant::DistantPast());
  AppendParts({"partitions ", std::to_string(rows.partition_count()), "\n"}, &text);
  AppendParts({"definitions number ", std::to_string(kept ? kept->number.value : 0), "\n"}, &text);
  AppendParts({files::kChangesFile, " ", std::to_string(outputs.changes.length), " bytes\n"}, &text);
  AppendParts({files::kDeadLettersFile, " ", std::to_string(outputs.dead_letters.length), " bytes\n"}, &text);
  const auto faults = rows.Visit(state::RowFamily::kMeta, [&text](std::string_view name, std::string_view value) {
    std::optional<std::string> input = input::InputOfProgressName(name);
    if (!input) return;
    text += "input ";
    AppendJsonString(*input, &text);
    AppendParts({" ", value, "\n"}, &text);
  });
  if (!faults.empty()) return Status::Fatal(faults.front().subject + " cannot be read: " + faults.front().what);
  return text;
}

// Returns the lines of the live mode. A partition without a position (empty or incomplete) has no line.
Result<std::string> DescribePartitions(const state::MetaReader& read, uint32_t partition_count) {
  LP_ASSIGN_OR_RETURN(auto partitions, engine::ReadLocalPartitions(read, partition_count));
  Instant clock = Instant::DistantPast();
  std::string lines;
  for (const engine::LocalPartition& one : partitions) {
    const engine::PartitionPosition& position = one.local.position;
    clock = std::max(clock, position.clock);
    AppendParts({"partition ", std::to_string(one.partition.value), " of "}, &lines);
    AppendJsonString(position.application, &lines);
    AppendParts({", next event ", std::to_string(position.next[engine::InputTopic::kEvents]), ", next command ",
                 std::to_string(position.next[engine::InputTopic::kCommands]), ", ", ClockLine(position.clock)},
                &lines);
    lines.pop_back();
    AppendParts({", epoch ", std::to_string(position.epoch), ", definitions number ",
                 std::to_string(position.definitions_number.value), ", next of lead.state ",
                 std::to_string(one.local.next_changelog_offset), one.local.catching_up ? ", catching up\n" : "\n"},
                &lines);
  }
  return Concat({ClockLine(clock), "partitions ", std::to_string(partition_count), "\n", lines});
}

}  // namespace

Result<std::string> DescribeState(const state::StateRows& rows) {
  const state::MetaReader read = state::MetaOf(rows);
  // The commit also distinguishes states with the same positions, which a rollout of definitions makes.
  LP_ASSIGN_OR_RETURN(std::optional<std::string> commit, read(state::kCommitRow));
  LP_ASSIGN_OR_RETURN(std::optional<std::string> format, read(state::kFormatVersionRow));
  LP_ASSIGN_OR_RETURN(bool live, engine::IsLiveState(read, rows.partition_count()));
  LP_ASSIGN_OR_RETURN(std::string kept, live ? DescribePartitions(read, rows.partition_count()) : DescribeRun(rows));
  return Concat({"state format ", format.value_or("0"), "\ncommit ", commit.value_or("0"), "\n", kept});
}

Result<std::vector<std::string>> FilesOfBackup(const std::string& directory) {
  std::vector<std::string> names;
  std::error_code error;
  fs::directory_iterator file(directory, error);
  for (; !error && file != fs::directory_iterator(); file.increment(error)) {
    std::string name = file->path().filename().string();
    if (name != kManifestFile) names.push_back(std::move(name));
  }
  if (error) return Status::Fatal("directory " + directory + " cannot be read: " + error.message());
  std::ranges::sort(names);
  return names;
}

Status WriteManifest(const std::string& directory, Instant made_at, const state::StateRows& rows) {
  LP_ASSIGN_OR_RETURN(std::string state, DescribeState(rows));
  LP_ASSIGN_OR_RETURN(std::string files, DescribeFiles(directory));
  return WriteDurableFile(directory + "/" + kManifestFile,
                          Concat({kManifestForm, kMadeAt, FormatRfc3339(made_at), "\n", state, files}), kPrivateFile);
}

Result<std::string> ReadManifest(const std::string& directory) {
  const std::string path = directory + "/" + kManifestFile;
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return Status::Rejected(directory + " is no backup: it has no " + kManifestFile +
                            ". Give the directory that `leadpulse state backup` made.");
  }
  const std::string whole{std::istreambuf_iterator<char>(file), {}};
  std::string_view text = whole;
  const std::string damaged = "The manifest " + path + " ";
  if (!text.starts_with(kManifestForm)) {
    return Status::Rejected(damaged + "is damaged or of a later program. Take another backup, or that program.");
  }
  text.remove_prefix(kManifestForm.size());
  const size_t state_begin = text.find('\n');
  const size_t files_begin = text.find("\n" + std::string(kFilesBegin));
  if (!text.starts_with(kMadeAt) || files_begin == std::string_view::npos || files_begin < state_begin) {
    return Status::Rejected(damaged + "is damaged. Take another backup.");
  }
  LP_ASSIGN_OR_RETURN(std::string files, DescribeFiles(directory));
  std::string_view listed = text.substr(files_begin + 1);
  if (files != listed) {
    return Status::Rejected("the files in " + directory + " are not those of its manifest (first difference at `" +
                            FirstDifference(listed, files) + "`): something was added, lost or cut off since the " +
                            "backup was made. Take another backup.");
  }
  return std::string(text.substr(state_begin + 1, files_begin - state_begin));
}

}  // namespace leadpulse::maintenance
