#include "processor/embedded/durable_files.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

namespace leadpulse::embedded {
namespace {

namespace fs = std::filesystem;

Status Failed(const std::string& path, const std::string& what) {
  const int error = errno;
  return Status::Fatal(path + " cannot be " + what + ": " + strerror(error) +
                       ". See to its permissions or make room on its disk, and do the same again.");
}

Status SyncFile(const std::string& path) {
  int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return Failed(path, "opened");
  Status status = fsync(descriptor) == 0 ? Status::Ok() : Failed(path, "made durable");
  close(descriptor);
  return status;
}

}  // namespace

std::string DirectoryOf(const std::string& path) {
  fs::path parent = fs::path(path).parent_path();
  return parent.empty() ? "." : parent.string();
}

Status SyncDirectory(const std::string& path) {
  int descriptor = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return Failed("directory " + path, "made durable");
  Status status = fsync(descriptor) == 0 ? Status::Ok() : Failed("directory " + path, "made durable");
  close(descriptor);
  return status;
}

Status CreateDirectory(const std::string& path) {
  std::error_code error;
  fs::path level;
  fs::path last_existing;
  for (const fs::path& part : fs::absolute(path, error)) {
    if (part.empty()) continue;  // after a slash at the end
    level /= part;
    if (fs::is_directory(level, error)) {
      last_existing = level;
      continue;
    }
    // The run that made it may have been killed before its name was durable. Where it may not be read it was there.
    if (!last_existing.empty() && access(DirectoryOf(last_existing).c_str(), R_OK) == 0) {
      LP_RETURN_IF_ERROR(SyncDirectory(DirectoryOf(last_existing)));
    }
    fs::create_directory(level, error);
    if (error)
      return Status::Rejected("directory " + path + " cannot be created: " + error.message() +
                              "; make room for it or give another one, and run again");
    last_existing = level;
  }
  bool readable = access(DirectoryOf(last_existing).c_str(), R_OK) == 0;
  return readable ? SyncDirectory(DirectoryOf(last_existing)) : Status::Ok();
}

Status WriteAll(int descriptor, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    ssize_t written = write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return Failed(path, "written");
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return Status::Ok();
}

Status WriteDurableFile(const std::string& path, std::string_view bytes) {
  int descriptor = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor < 0) return Failed(path, "made");
  Status status = WriteAll(descriptor, bytes, path);
  if (status.ok() && fsync(descriptor) != 0) status = Failed(path, "made durable");
  close(descriptor);
  return status;
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
  return Failed(from, "moved to " + to);
}

Status CheckFree(const std::string& path, const std::string& what) {
  std::error_code error;
  fs::file_status there = fs::symlink_status(path, error);
  if (!fs::exists(there)) return Status::Ok();
  if (fs::is_directory(there) && fs::is_empty(path, error) && !error) return Status::Ok();
  return Status::Rejected(what + " " + path + " is there already and is not an empty directory. Move it away first, " +
                          "or give another one.");
}

Result<std::unique_ptr<UnfinishedDirectory>> UnfinishedDirectory::Create(const std::string& path) {
  // A separator at the end would put it inside.
  std::string own = fs::path(path).lexically_normal().string();
  while (own.size() > 1 && own.back() == '/') own.pop_back();
  std::string unfinished = own + ".unfinished";
  LP_RETURN_IF_ERROR(CreateDirectory(unfinished));
  int descriptor = open(unfinished.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return Failed(unfinished, "opened");
  if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    close(descriptor);
    return Status::Retriable("another process is making " + own + " just now. Wait for it, or give another place.");
  }
  std::unique_ptr<UnfinishedDirectory> directory(new UnfinishedDirectory(own, unfinished, descriptor));
  std::error_code error;
  for (const auto& left : fs::directory_iterator(unfinished, error)) {
    fs::remove_all(left.path(), error);
    if (error) return Status::Fatal(left.path().string() + " cannot be removed: " + error.message());
  }
  return directory;
}

UnfinishedDirectory::UnfinishedDirectory(std::string path, std::string unfinished, int descriptor)
    : path_(std::move(path)), unfinished_(std::move(unfinished)), descriptor_(descriptor) {}

UnfinishedDirectory::~UnfinishedDirectory() {
  std::error_code ignored;
  if (!published_) fs::remove_all(unfinished_, ignored);
  close(descriptor_);
}

Status UnfinishedDirectory::Publish() {
  LP_RETURN_IF_ERROR(SyncDirectory(unfinished_));
  // In the place of nothing or of an empty directory.
  if (rename(unfinished_.c_str(), path_.c_str()) != 0) return Failed(path_, "put in place");
  published_ = true;
  return SyncDirectory(DirectoryOf(path_));
}

}  // namespace leadpulse::embedded
