#include "processor/files/input/followed_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

#include "processor/base/durability.h"
#include "processor/files/input/input_format.h"

namespace leadpulse::input {
namespace {

// The most files that are synced one by one. More are synced with everything else on their file systems: the sync of a
// file costs a flush of the disk, even if nothing of it has to be written. Measured on a busy disk: 3 ms each, 15 s for
// 5,000 files.
constexpr size_t kSyncedEach = 16;

using SyncCall = int (*)(int descriptor);

Status SyncOne(const std::string& path, SyncCall sync) {
  const FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  // A folder may allow opening its files but not reading the folder itself.
  if (!file.is_open() && (errno == ENOENT || errno == EACCES)) return Status::Ok();
  if (!file.is_open()) return CannotReadInput(path);
  // A file system that is mounted read-only or has no sync holds nothing that this machine could lose.
  if (sync(file.get()) == 0 || errno == EROFS || errno == EINVAL || errno == ENOSYS) return Status::Ok();
  return FileFailure("input " + path, "made durable");
}

// The coarsest times that a file system stores (FAT): a later change within it may leave the folder's time unchanged.
constexpr std::chrono::seconds kTimeGranularity{2};
// How often a folder is listed anyway, for file systems that store no time of its change.
constexpr std::chrono::seconds kListAnyway{10};

}  // namespace

Status FollowedFileProblem(const std::string& path, const std::string& what) {
  return Status::Fatal("input " + path + " " + what +
                       " while it was followed, and may have held records that were not read. Programs that write it "
                       "may only append. A file can be moved away once all of it is read and its folder has a later "
                       "file, by name");
}

Result<std::unique_ptr<FollowedFile>> FollowedFile::Open(const std::string& path, const SeenFile& seen) {
  FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open() && errno == ENOENT) return FollowedFileProblem(path, "is gone");
  struct stat opened {};
  if (!file.is_open() || fstat(file.get(), &opened) != 0) return CannotReadInput(path);
  if (!(FileId{opened.st_dev, opened.st_ino} == seen.id)) {
    return FollowedFileProblem(path, "was replaced by another file");
  }
  return std::unique_ptr<FollowedFile>(new FollowedFile(path, std::move(file), seen.size));
}

Result<size_t> FollowedFile::Read(char* buffer, size_t size) {
  if (position_ >= end_ && ended_) return size_t{0};
  if (position_ >= end_) return Status::Retriable("input " + path_ + " has nothing more yet");
  while (true) {
    const ssize_t count =
        pread(file_.get(), buffer, std::min<uint64_t>(size, end_ - position_), static_cast<off_t>(position_));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return CannotReadInput(path_);
    if (count == 0) return FollowedFileProblem(path_, "became shorter");
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
  const std::optional<SeenFile> seen = disk_->Look(path_);
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
  LP_ASSIGN_OR_RETURN(std::vector<std::string> listed, disk_->List(path_));
  std::vector<std::string> found;
  for (std::string& path : listed) {
    if (known_.insert(path).second) found.push_back(std::move(path));
  }
  return found;
}

std::optional<SeenFile> FollowedDisk::Look(const std::string& path) {
  struct stat now {};
  if (stat(path.c_str(), &now) != 0) return std::nullopt;
  constexpr int64_t kNanosecondsPerSecond = 1'000'000'000;
  return SeenFile{{now.st_dev, now.st_ino},
                  static_cast<uint64_t>(now.st_size),
                  now.st_mtim.tv_sec * kNanosecondsPerSecond + now.st_mtim.tv_nsec};
}

Result<std::vector<std::string>> FollowedDisk::List(const std::string& folder) {
  return InputsIn(folder, LinksToNothing::kSkip);
}

Result<std::vector<std::string>> InputsIn(const std::string& folder, LinksToNothing links) {
  std::vector<std::string> paths;
  std::error_code error;
  std::filesystem::directory_iterator entry(folder, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    const std::string path = entry->path().string();
    std::error_code unknown;  // opening the file reports what is wrong with it
    if (!InputFormatOf(path).ok() || entry->is_directory(unknown)) continue;
    const bool skip = links == LinksToNothing::kSkip;
    if (skip && entry->is_symlink(unknown) && !entry->exists(unknown)) continue;
    paths.push_back(path);
  }
  if (error) return Status::Fatal("the folder " + folder + " cannot be read: " + error.message());
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace leadpulse::input
