#include "processor/base/durable_files.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>

#include "processor/base/file_modes.h"

namespace leadpulse {
namespace {

namespace fs = std::filesystem;

Status SyncFile(const std::string& path) {
  const FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return FileFailure(path, "opened");
  return fsync(file.get()) == 0 ? Status::Ok() : FileFailure(path, "made durable");
}

}  // namespace

Status WriteDurableFile(const std::string& path, std::string_view bytes, mode_t mode) {
  const FileDescriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
  if (!file.is_open()) return FileFailure(path, "made");
  LP_RETURN_IF_ERROR(WriteAll(file.get(), bytes, path));
  return fsync(file.get()) == 0 ? Status::Ok() : FileFailure(path, "made durable");
}

Status CopyDurably(const std::string& from, const std::string& to) {
  std::error_code error;
  fs::copy_file(from, to, error);
  if (error) {
    return Status::Fatal(from + " cannot be copied to " + to + ": " + error.message() +
                         ". See to the permissions or make room on the disk, and do the same again.");
  }
  return SyncFile(to);
}

Status MoveDurably(const std::string& from, const std::string& to) {
  if (rename(from.c_str(), to.c_str()) == 0) return SyncFile(to);
  if (errno == EXDEV) return CopyDurably(from, to);
  return FileFailure(from, "moved to " + to);
}

Status CheckRoom(const std::string& directory, uint64_t bytes, const std::string& what) {
  constexpr uint64_t kMiB = 1 << 20;
  std::error_code error;
  const fs::space_info space = fs::space(directory, error);
  if (error) return Status::Fatal("the room on the disk of " + directory + " cannot be read: " + error.message() + ".");
  if (space.available >= bytes) return Status::Ok();
  return Status::Fatal(what + " needs " + std::to_string((bytes + kMiB - 1) / kMiB) + " MiB, and the disk of " +
                       directory + " has " + std::to_string(space.available / kMiB) +
                       " MiB free. Make room there, and do the same again.");
}

Status CheckFree(const std::string& path, const std::string& what) {
  std::error_code error;
  fs::file_status there = fs::symlink_status(path, error);
  if (!fs::exists(there)) return Status::Ok();
  if (fs::is_directory(there) && fs::is_empty(path, error) && !error) return Status::Ok();
  return Status::Rejected(what + " " + path + " is there already and is not an empty directory. Move it away first, " +
                          "or give another one.");
}

Result<std::optional<std::string>> FindOtherFile(const std::string& directory, bool (*ours)(const std::string& name)) {
  std::error_code error;
  if (!fs::exists(directory, error) && !error) return std::optional<std::string>();
  if (!error && !fs::is_directory(directory, error)) {
    return Status::Rejected(directory + " is a file, not a directory. Give another name.");
  }
  for (fs::directory_iterator each(directory, error), end; !error && each != end; each.increment(error)) {
    std::string name = each->path().filename().string();
    if (name != "lost+found" && !ours(name)) return std::optional(std::move(name));
  }
  if (!error) return std::optional<std::string>();
  return Status::Rejected("the directory " + directory + " cannot be read: " + error.message() +
                          ". See to its permissions, or give another one.");
}

Result<std::unique_ptr<UnfinishedDirectory>> UnfinishedDirectory::Create(const std::string& path) {
  // A separator at the end would put it inside the directory.
  std::string own = fs::path(path).lexically_normal().string();
  while (own.size() > 1 && own.back() == '/') own.pop_back();
  std::string unfinished = own + ".unfinished";
  LP_RETURN_IF_ERROR(CreateDirectory(unfinished, kPrivateDirectory));
  FileDescriptor locked(open(unfinished.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!locked.is_open()) return FileFailure(unfinished, "opened");
  if (flock(locked.get(), LOCK_EX | LOCK_NB) != 0) {
    return Status::Retriable("another process is making " + own + " just now. Wait for it, or give another place.");
  }
  std::unique_ptr<UnfinishedDirectory> directory(new UnfinishedDirectory(own, unfinished, std::move(locked)));
  std::error_code error;
  for (const auto& left : fs::directory_iterator(unfinished, error)) {
    fs::remove_all(left.path(), error);
    if (error) return Status::Fatal(left.path().string() + " cannot be removed: " + error.message());
  }
  return directory;
}

UnfinishedDirectory::~UnfinishedDirectory() {
  std::error_code ignored;
  if (!published_) fs::remove_all(unfinished_, ignored);
}

Status UnfinishedDirectory::Publish() {
  LP_RETURN_IF_ERROR(SyncDirectory(unfinished_));
  // The rename replaces nothing or an empty directory.
  if (rename(unfinished_.c_str(), path_.c_str()) != 0) return FileFailure(path_, "put in place");
  published_ = true;
  return SyncDirectory(DirectoryOf(path_));
}

}  // namespace leadpulse
