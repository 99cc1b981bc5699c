#include "processor/maintenance/state_backup.h"

#include <sys/stat.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "processor/base/crash_point.h"
#include "processor/base/durable_files.h"
#include "processor/base/file_modes.h"
#include "processor/maintenance/backup_manifest.h"
#include "state/rocksdb/backup_requests.h"
#include "state/store/state_directory.h"

namespace leadpulse::maintenance {
namespace {

namespace fs = std::filesystem;

// Interval between two checks for an answer.
constexpr std::chrono::milliseconds kWait{20};

// Returns the path of the copy. If another process has the state open, that process makes the copy; otherwise this
// process does.
Result<std::string> CopyOf(const BackupOptions& options, const state::BackupRequest& request) {
  const auto deadline = MonotonicNow() + options.timeout;
  while (true) {
    LP_ASSIGN_OR_RETURN(std::optional<std::string> copy, request.Copy());
    if (copy) return *copy;
    // Also succeeds if the run that had it open has ended since.
    Status made = request.MakeCopy(options.on_damaged_log);
    if (!made.ok() && made.kind() != ErrorKind::kRetriable) return made;
    if (!made.ok() && MonotonicNow() >= deadline) {
      return Status::Retriable("the process that has the state in " + options.state + " open did not answer within " +
                               std::to_string(options.timeout.count() / 1000) +
                               " s. It answers between two commits, but not while it looks through inputs and outputs "
                               "of before: try again, or with a longer --timeout.");
    }
    if (!made.ok()) std::this_thread::sleep_for(kWait);
  }
}

uint64_t BytesOf(const std::string& directory, const std::vector<std::string>& names) {
  uint64_t bytes = 0;
  for (const std::string& name : names) {
    std::error_code error;
    const uintmax_t size = fs::file_size(fs::path(directory) / name, error);
    if (!error) bytes += size;  // the copy reports the error
  }
  return bytes;
}

// Whether files can be moved between the two directories without copying.
bool OnOneDisk(const std::string& from, const std::string& to) {
  struct stat first {};
  struct stat second {};
  return stat(from.c_str(), &first) == 0 && stat(to.c_str(), &second) == 0 && first.st_dev == second.st_dev;
}

Status CopyFiles(const std::string& from, const std::vector<std::string>& names, const std::string& to, bool move) {
  for (const std::string& name : names) {
    const std::string source = from + "/" + name;
    const std::string target = to + "/" + name;
    LP_RETURN_IF_ERROR(move ? MoveDurably(source, target) : CopyDurably(source, target));
    // Files of an earlier version of the program have another mode.
    if (chmod(target.c_str(), kPrivateFile) != 0) return FileFailure(target, "made private");
    CrashPoint(move ? "backup_after_file" : "restore_after_file");
  }
  return Status::Ok();
}

// Opens a copy that must have everything that was committed: no later check or repair could notice a loss.
Result<std::unique_ptr<state::StateRows>> OpenCopy(const std::string& directory) {
  LP_ASSIGN_OR_RETURN(auto rows, state::OpenStateRows(directory, state::StateAccess::kRead));
  const std::vector<state::ReadFault> faults = rows->FaultsAtOpening();
  if (faults.empty()) return rows;
  return Status::Fatal("the backup in " + directory + " is damaged: " + faults.front().subject + ": " +
                       faults.front().what + ". Take another backup.");
}

// Changes the message about a damaged state for a backup: its advice to restore one would not help.
Status OfBackup(const Status& status) {
  std::string_view what = status.message();
  const std::string state = "the state in ";
  if (!what.starts_with(state) || !what.ends_with(state::kDamageAdvice)) return status;
  what.remove_prefix(state.size());
  what.remove_suffix(std::string_view(state::kDamageAdvice).size());
  return Status::Fatal("the backup in " + std::string(what) + "Take another backup.");
}

Status CheckDescribed(const std::string& directory, const std::string& described, const state::StateRows& rows) {
  Result<std::string> found = DescribeState(rows);
  if (!found.ok()) return OfBackup(found.status());
  if (*found == described) return Status::Ok();
  return Status::Rejected("the backup in " + directory +
                          " holds another state than its manifest says: it is damaged. " + "Take another backup.");
}

// Opens a backup whose manifest fits its rows.
Result<std::unique_ptr<state::StateRows>> OpenBackup(const std::string& directory, const std::string& described) {
  Result<std::unique_ptr<state::StateRows>> rows = OpenCopy(directory);
  if (!rows.ok()) return OfBackup(rows.status());
  LP_RETURN_IF_ERROR(CheckDescribed(directory, described, **rows));
  return rows;
}

Status CheckBackup(const state::StateRows& rows, const RestoreOptions& options, const ProblemSink& sink) {
  uint64_t problems = 0;
  Result<StateFacts> facts = ExamineState(rows, [&](StateProblem problem) {
    ++problems;
    return sink(std::move(problem));
  });
  if (!facts.ok()) return OfBackup(facts.status());
  if (problems == 0) return Status::Ok();
  const std::string unsound =
      "the backup in " + options.backup + " is not sound: " + std::to_string(problems) + " problems, above. ";
  if (facts->live) {
    return Status::Rejected(unsound + "The live mode needs none: it makes a new state from lead.state, in the empty " +
                            "directory that you give it.");
  }
  return Status::Rejected(unsound +
                          "Take another one; or restore it with --no-check and mend the state with "
                          "`leadpulse state repair`.");
}

}  // namespace

Status BackUpState(const BackupOptions& options, const Clock& clock) {
  LP_RETURN_IF_ERROR(CheckFree(options.target, "the target"));
  if (IsBackup(options.state)) {
    return Status::Rejected(options.state +
                            " is a backup, which another one of it would spoil for `leadpulse state "
                            "restore`. Copy its directory, or give the state that it was taken of.");
  }
  LP_ASSIGN_OR_RETURN(std::unique_ptr<state::BackupRequest> request, state::BackupRequest::Submit(options.state));
  LP_ASSIGN_OR_RETURN(std::unique_ptr<UnfinishedDirectory> target, UnfinishedDirectory::Create(options.target));
  CrashPoint("backup_before_copy");
  LP_ASSIGN_OR_RETURN(std::string copy, CopyOf(options, *request));
  CrashPoint("backup_after_copy");
  LP_ASSIGN_OR_RETURN(std::vector<std::string> names, FilesOfBackup(copy));
  if (!OnOneDisk(copy, target->path())) {
    LP_RETURN_IF_ERROR(CheckRoom(target->path(), BytesOf(copy, names), "the backup"));
  }
  LP_RETURN_IF_ERROR(CopyFiles(copy, names, target->path(), /*move=*/true));
  LP_ASSIGN_OR_RETURN(std::unique_ptr<state::StateRows> rows, OpenCopy(target->path()));
  LP_RETURN_IF_ERROR(WriteManifest(target->path(), clock.Now(), *rows));
  CrashPoint("backup_before_rename");
  LP_RETURN_IF_ERROR(target->Publish());
  CrashPoint("backup_after_rename");
  return Status::Ok();
}

bool IsBackup(const std::string& directory) {
  std::error_code error;
  // A process that opens a state to write locks it, and the lock file stays.
  return fs::exists(fs::path(directory) / kManifestFile, error) && !fs::exists(fs::path(directory) / "LOCK", error);
}

Status CheckManifest(const std::string& directory, const state::StateRows& rows) {
  Result<std::string> described = ReadManifest(directory);
  return described.ok() ? CheckDescribed(directory, *described, rows) : described.status();
}

Status RestoreState(const RestoreOptions& options, const ProblemSink& sink) {
  LP_RETURN_IF_ERROR(CheckFree(options.state, "the state"));
  LP_ASSIGN_OR_RETURN(std::string described, ReadManifest(options.backup));
  {
    LP_ASSIGN_OR_RETURN(std::unique_ptr<state::StateRows> rows, OpenBackup(options.backup, described));
    if (options.check) LP_RETURN_IF_ERROR(CheckBackup(*rows, options, sink));
  }
  LP_ASSIGN_OR_RETURN(std::vector<std::string> names, FilesOfBackup(options.backup));
  LP_ASSIGN_OR_RETURN(std::unique_ptr<UnfinishedDirectory> made, UnfinishedDirectory::Create(options.state));
  LP_RETURN_IF_ERROR(CheckRoom(made->path(), BytesOf(options.backup, names), "the state"));
  CrashPoint("restore_before_files");
  LP_RETURN_IF_ERROR(CopyFiles(options.backup, names, made->path(), /*move=*/false));
  // The copy must have the same rows that were read.
  LP_RETURN_IF_ERROR(OpenBackup(made->path(), described).status());
  CrashPoint("restore_before_rename");
  LP_RETURN_IF_ERROR(made->Publish());
  CrashPoint("restore_after_rename");
  return Status::Ok();
}

}  // namespace leadpulse::maintenance
