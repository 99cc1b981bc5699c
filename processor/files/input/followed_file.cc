#include "processor/files/input/followed_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <set>

#include "processor/base/durability.h"

namespace leadpulse::input {
namespace {

Status CannotBeRead(const std::string& path) {
  return Status::Fatal("input " + path + ": cannot be read: " + strerror(errno));
}

// More files than this are synced with all else on their file systems: the sync of a file costs a flush of the disk,
// also if nothing of it has to be written. Measured on a busy disk: 3 ms each, 15 s for 5,000 files.
constexpr size_t kSyncedEach = 16;

using SyncCall = int (*)(int descriptor);

Status SyncOne(const std::string& path, SyncCall sync) {
  const FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  // A folder may let its files be opened and not be read itself.
  if (!file.is_open() && (errno == ENOENT || errno == EACCES)) return Status::Ok();
  if (!file.is_open()) return CannotBeRead(path);
  // A file system that is mounted read-only or knows no sync holds nothing that this machine could lose.
  if (sync(file.get()) == 0 || errno == EROFS || errno == EINVAL || errno == ENOSYS) return Status::Ok();
  return FileFailure("input " + path, "made durable");
}

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
  if (!file.is_open() || fstat(file.get(), &opened) != 0) return CannotBeRead(path);
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
    if (count < 0) return CannotBeRead(path_);
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
  if (fstat(file_.get(), &now) != 0) return CannotBeRead(path_);
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

}  // namespace leadpulse::input
