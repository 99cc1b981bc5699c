#include "state/store/state_directory.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <initializer_list>
#include <string_view>
#include <system_error>

#include "processor/base/crash_point.h"
#include "processor/base/durable_files.h"
#include "processor/base/file_modes.h"

namespace leadpulse::state {
namespace {

namespace fs = std::filesystem;

// Whether the directory has a file of RocksDB with one of these extensions.
bool HoldsNumberedFiles(const std::string& directory, std::initializer_list<std::string_view> extensions) {
  return std::ranges::any_of(PathsIn(directory), [&](const fs::path& file) {
    const std::string stem = file.stem().string();
    const bool numbered = !stem.empty() && stem.find_first_not_of("0123456789") == std::string::npos;
    return numbered && std::ranges::find(extensions, file.extension().string()) != extensions.end();
  });
}

// Whether a kill may leave this file while RocksDB creates a database.
bool IsOfDatabaseInTheMaking(const std::string& name) {
  return name == "LOCK" || name == "LOG" || name == "IDENTITY" || name.starts_with("LOG.old.") ||
         name.starts_with("MANIFEST-") || name.starts_with("OPTIONS-") || name.ends_with(".dbtmp");
}

// Exists while a state is being removed.
constexpr char kRemoving[] = "REMOVING";

bool IsOfDatabase(const std::string& name) {
  const size_t digits = name.find_first_not_of("0123456789");
  return IsOfDatabaseInTheMaking(name) || name == "CURRENT" || name == "LOG.old" ||
         (digits != 0 && digits != std::string::npos && name[digits] == '.');
}

// Rejects a directory with foreign files: RocksDB would mix its files with them, and remove some with names like its
// own.
Status CheckHoldsNothingElse(const std::string& directory) {
  const Result<std::optional<std::string>> other = FindOtherFile(directory, IsOfDatabaseInTheMaking);
  if (!other.ok() || !*other) return other.status();
  return Status::Rejected(directory + " holds no state but other files, such as `" + **other +
                          "`. Take another --state directory, one that is empty or not there yet.");
}

// Opens the file of RocksDB's own lock: fcntl on the whole of it.
FileDescriptor OpenLockFile(const std::string& directory, int flags) {
  return FileDescriptor(open((fs::path(directory) / "LOCK").c_str(), O_RDWR | O_CLOEXEC | flags, kPrivateFile));
}

struct flock WholeFile() {
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return lock;
}

}  // namespace

Result<StateDirectory> PrepareStateDirectory(const std::string& directory, bool create) {
  std::error_code error;
  if (fs::exists(fs::path(directory) / kRemoving, error)) {
    if (!create) return MissingStateError(directory);
    LP_RETURN_IF_ERROR(RemoveState(directory));
  }
  if (fs::exists(fs::path(directory) / "CURRENT", error)) return StateDirectory::kHoldsState;
  // A database was here, even if other files are missing. A kill while the database was being created leaves only a
  // manifest.
  if (HoldsNumberedFiles(directory, {".log", ".sst"})) {
    return Status::Fatal("the state in " + directory + " is damaged: its file CURRENT is missing. " + kDamageAdvice);
  }
  if (!create) return MissingStateError(directory);
  LP_RETURN_IF_ERROR(CheckHoldsNothingElse(directory));
  LP_RETURN_IF_ERROR(CreateDirectory(directory, kPrivateDirectory));
  return StateDirectory::kFree;
}

bool HoldsTableFiles(const std::string& directory) { return HoldsNumberedFiles(directory, {".sst"}); }

std::vector<fs::path> PathsIn(const fs::path& directory) {
  std::vector<fs::path> paths;
  std::error_code error;
  for (fs::directory_iterator file(directory, error), end; !error && file != end; file.increment(error)) {
    paths.push_back(file->path());
  }
  return paths;
}

uint64_t BytesOfFiles(const std::string& directory, bool with_tables) {
  uint64_t bytes = 0;
  for (const fs::path& file : PathsIn(directory)) {
    std::error_code gone;
    if ((!with_tables && file.extension() == ".sst") || !fs::is_regular_file(file, gone)) continue;
    const uintmax_t size = fs::file_size(file, gone);
    if (!gone) bytes += size;
  }
  return bytes;
}

std::optional<std::string> OthersMayRead(const std::string& directory) {
  std::error_code error;
  if (!fs::is_directory(directory, error) || !GivesRights(directory, S_IRWXO)) return std::nullopt;
  return "the state in " + directory + " can be read by every user of this machine. Keep them out: chmod 700 " +
         directory;
}

bool StateIsInUse(const std::string& directory) {
  const FileDescriptor file = OpenLockFile(directory, 0);
  struct flock lock = WholeFile();
  return file.is_open() && fcntl(file.get(), F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

Result<std::unique_ptr<StateLock>> StateLock::Take(const std::string& directory) {
  LP_RETURN_IF_ERROR(PrepareStateDirectory(directory, /*create=*/false).status());
  return Lock(directory);
}

Result<std::unique_ptr<StateLock>> StateLock::Lock(const std::string& directory) {
  FileDescriptor file = OpenLockFile(directory, O_CREAT);
  if (!file.is_open()) {
    return Status::Fatal("the state in " + directory + " cannot be locked: " + strerror(errno) +
                         ". See to the permissions of the directory, and do the same again.");
  }
  struct flock lock = WholeFile();
  if (fcntl(file.get(), F_SETLK, &lock) != 0) return StateInUseError(directory);
  return std::unique_ptr<StateLock>(new StateLock(std::move(file)));
}

Status RemoveState(const std::string& directory) {
  const Result<std::unique_ptr<StateLock>> lock = StateLock::Lock(directory);
  if (!lock.ok()) return lock.status();
  const fs::path root = directory;
  std::error_code error;
  if (!fs::exists(root / kRemoving, error)) LP_RETURN_IF_ERROR(WriteDurableFile(root / kRemoving, "", kPrivateFile));
  LP_RETURN_IF_ERROR(SyncDirectory(directory));
  CrashPoint("removing_state");
  for (const auto& file : fs::directory_iterator(root, error)) {
    const std::string name = file.path().filename().string();
    if (!IsOfDatabase(name) || name == "LOCK") continue;
    if (unlink(file.path().c_str()) != 0) return FileFailure(file.path(), "removed");
    CrashPoint("removing_state");
  }
  if (error) {
    errno = error.value();
    return FileFailure("directory " + directory, "read");
  }
  LP_RETURN_IF_ERROR(SyncDirectory(directory));
  if (unlink((root / kRemoving).c_str()) != 0) return FileFailure(root / kRemoving, "removed");
  return SyncDirectory(directory);
}

Status StateInUseError(const std::string& directory) {
  return Status::Retriable("the state in " + directory +
                           " is in use by another process. Wait for it, stop it, or take another --state directory.");
}

Status MissingStateError(const std::string& directory) {
  return Status::Rejected("there is no state in " + directory +
                          ". Check the path; `leadpulse run --state` makes a new one.");
}

}  // namespace leadpulse::state
