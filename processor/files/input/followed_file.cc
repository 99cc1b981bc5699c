#include "processor/files/input/followed_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <set>
#include <system_error>
#include <tuple>
#include <utility>

#include "processor/base/durability.h"
#include "processor/files/input/input_format.h"
#include "processor/telemetry/logging.h"

namespace leadpulse::input {
namespace {

// The most files that are synced one by one. More are synced with everything else on their file systems: the sync of a
// file costs a flush of the disk, even if nothing of it has to be written. Measured on a busy disk: 3 ms each, 15 s for
// 5,000 files.
constexpr size_t kSyncedEach = 16;

using SyncCall = int (*)(int descriptor);

Status SyncOpen(const FileDescriptor& file, const std::string& path, SyncCall sync) {
  // A file system that is mounted read-only or has no sync holds nothing that this machine could lose.
  if (sync(file.get()) == 0 || errno == EROFS || errno == EINVAL || errno == ENOSYS) return Status::Ok();
  return FileFailure("input " + path, "made durable");
}

Status SyncOne(const std::string& path, SyncCall sync) {
  std::error_code error;
  const bool is_folder = std::filesystem::is_directory(path, error);  // which may be given through a link
  const FileDescriptor file(open(path.c_str(), OpenFlags(is_folder ? Links::kFollow : Links::kRefuse)));
  // A folder may allow opening its files but not reading the folder itself. The name of a file may be that of a link or
  // a socket by now.
  if (!file.is_open() && (errno == ENOENT || errno == EACCES || errno == ELOOP || errno == ENXIO)) return Status::Ok();
  if (!file.is_open()) return CannotReadInput(path);
  return SyncOpen(file, path, sync);
}

// The coarsest times that a file system stores (FAT): a later change within it may leave the folder's time unchanged.
constexpr std::chrono::seconds kTimeGranularity{2};
// How often a folder is listed anyway, for file systems that store no time of its change.
constexpr std::chrono::seconds kListAnyway{10};

// The bytes by which another content of a file is noticed: ids and times make the first record unique.
constexpr size_t kHeadBytes = 256;

std::string DescribeKind(const struct stat& info) {
  if (S_ISLNK(info.st_mode)) return "is a symbolic link";
  if (S_ISDIR(info.st_mode)) return "is a folder";
  if (S_ISFIFO(info.st_mode)) return "is a named pipe";
  return S_ISSOCK(info.st_mode) ? "is a socket" : "is a device";
}

}  // namespace

Result<std::unique_ptr<FollowedFile>> FollowedFile::Open(const std::string& path, const SeenFile& seen,
                                                         std::string head) {
  FileDescriptor file(open(path.c_str(), OpenFlags(Links::kRefuse)));
  const bool is_other = !file.is_open() && (errno == ENOENT || errno == ELOOP || errno == ENXIO);
  struct stat opened {};
  if (!is_other && (!file.is_open() || fstat(file.get(), &opened) != 0)) return CannotReadInput(path);
  if (is_other || !S_ISREG(opened.st_mode) || !(FileId{opened.st_dev, opened.st_ino} == seen.id)) {
    return Status::Retriable("input " + path + " is another file now");
  }
  std::unique_ptr<FollowedFile> followed(new FollowedFile(path, std::move(file), seen.size, std::move(head)));
  if (!followed->HasHead()) return Status::Retriable("input " + path + " has other bytes now");
  return followed;
}

bool FollowedFile::HasHead() {
  std::string now(kHeadBytes, '\0');
  const ssize_t count = pread(file_.get(), now.data(), now.size(), 0);
  if (count < 0) return true;  // reading reports it
  now.resize(static_cast<size_t>(count));
  if (!now.starts_with(head_)) return false;
  head_ = std::move(now);
  return true;
}

Result<size_t> FollowedFile::Read(char* buffer, size_t size) {
  if (position_ >= end_ && ended_) return size_t{0};
  if (position_ >= end_) return Status::Retriable("input " + path_ + " has nothing more yet");
  while (true) {
    const ssize_t count =
        pread(file_.get(), buffer, std::min<uint64_t>(size, end_ - position_), static_cast<off_t>(position_));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return CannotReadInput(path_);
    // The head is compared after reading: if it is there, so were the bytes behind it.
    if (count == 0 || !HasHead()) return Status::Retriable("input " + path_ + " was cut off");
    position_ += static_cast<uint64_t>(count);
    return static_cast<size_t>(count);
  }
}

Result<uint64_t> FollowedFile::Skip(uint64_t count) {
  const uint64_t skipped = std::min(count, end_ - std::min(position_, end_));
  position_ += skipped;
  return skipped;
}

Result<uint64_t> FollowedFile::SizeNow() const {
  struct stat now {};
  if (fstat(file_.get(), &now) != 0) return CannotReadInput(path_);
  return static_cast<uint64_t>(now.st_size);
}

Status FollowedFile::Sync() const { return SyncOpen(file_, path_, fdatasync); }

Status SyncFollowed(const std::vector<std::string>& paths) {
  std::set<dev_t> synced;
  for (const std::string& path : paths) {
    struct stat info {};
    const bool all = paths.size() > kSyncedEach;
    if (all && (stat(path.c_str(), &info) != 0 || !synced.insert(info.st_dev).second)) continue;
    LP_RETURN_IF_ERROR(SyncOne(path, all ? syncfs : fsync));
  }
  return Status::Ok();
}

bool FolderWatch::NamesMayHaveChanged(Time now) {
  const std::optional<SeenFile> seen = disk_->Look(path_ + "/");  // the folder itself, also through a link
  if (!seen.has_value() || modified_ns_ != seen->modified_ns) {
    changed_at_ = now;
    modified_ns_.reset();  // the folder is gone; List reports it
    if (seen.has_value()) modified_ns_ = seen->modified_ns;
    return true;
  }
  return now - changed_at_ < kTimeGranularity || now - listed_at_ >= kListAnyway;
}

Result<std::vector<std::string>> FolderWatch::NewFiles(Time now) {
  if (!NamesMayHaveChanged(now)) return std::vector<std::string>();
  listed_at_ = now;
  LP_ASSIGN_OR_RETURN(FolderContents listed, disk_->List(path_));
  for (const std::string& path : listed.others) {
    if (!std::binary_search(others_.begin(), others_.end(), path)) WarnOfSkipped(path);
  }
  others_ = std::move(listed.others);
  std::vector<std::string> found;
  for (std::string& path : listed.files) {
    if (known_.insert(path).second) found.push_back(std::move(path));
  }
  return found;
}

std::optional<SeenFile> FollowedDisk::Look(const std::string& path) {
  struct stat now {};
  if (lstat(path.c_str(), &now) != 0) return std::nullopt;
  constexpr int64_t kNanosecondsPerSecond = 1'000'000'000;
  return SeenFile{{now.st_dev, now.st_ino},
                  static_cast<uint64_t>(now.st_size),
                  now.st_mtim.tv_sec * kNanosecondsPerSecond + now.st_mtim.tv_nsec,
                  now.st_nlink,
                  S_ISREG(now.st_mode)};
}

Result<FolderContents> FollowedDisk::List(const std::string& folder) { return InputsIn(folder); }

Result<FolderContents> InputsIn(const std::string& folder) {
  FolderContents found;
  std::error_code error;
  std::filesystem::directory_iterator entry(folder, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    const std::string path = entry->path().string();
    std::error_code gone;
    const std::filesystem::file_type type = entry->symlink_status(gone).type();
    if (gone || type == std::filesystem::file_type::not_found || !InputFormatOf(path).ok()) continue;
    (type == std::filesystem::file_type::regular ? found.files : found.others).push_back(path);
  }
  if (error) return Status::Fatal("the folder " + folder + " cannot be read: " + error.message());
  std::sort(found.files.begin(), found.files.end());
  std::sort(found.others.begin(), found.others.end());
  return found;
}

void WarnOfSkipped(const std::string& path) {
  struct stat info {};
  if (lstat(path.c_str(), &info) != 0) return;
  // A run opens its inputs twice: once before its state.
  static std::mutex mutex;
  static std::set<std::tuple<std::string, dev_t, ino_t, int64_t, int64_t>> warned;
  const std::lock_guard lock(mutex);
  if (!warned.emplace(path, info.st_dev, info.st_ino, info.st_ctim.tv_sec, info.st_ctim.tv_nsec).second) return;
  telemetry::LogWarning("input " + path + " is not read: it " + DescribeKind(info) +
                        ", and of a folder only regular files are read. Put the file itself there, or remove it");
}

}  // namespace leadpulse::input
