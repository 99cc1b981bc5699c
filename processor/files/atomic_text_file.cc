#include "processor/files/atomic_text_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "processor/base/crash_point.h"
#include "processor/base/durable_files.h"

namespace leadpulse::files {
namespace {

// Returns the error for `errno`.
Status CannotBe(const AtomicTextFileWords& words, const std::string& path, const char* done) {
  return Status::Rejected(words.what + " " + path + " cannot be " + done + ": " + strerror(errno) +
                          "; see to it that its folder is there and that this user can write it");
}

}  // namespace

Result<std::unique_ptr<AtomicTextFile>> AtomicTextFile::Open(const std::string& path, size_t max_bytes,
                                                             AtomicTextFileWords words) {
  const std::string lock_path = path + ".lock";
  FileDescriptor lock(open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
  if (!lock.is_open()) return CannotBe(words, lock_path, "opened");
  if (flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return CannotBe(words, lock_path, "locked");
    return Status::Retriable(words.what + " " + path + ": another " + words.user +
                             " is using it; stop that one, or give another " + words.option);
  }
  std::unique_ptr<AtomicTextFile> kept(new AtomicTextFile(path, std::move(words), std::move(lock)));
  LP_RETURN_IF_ERROR(kept->Read(max_bytes));
  return kept;
}

Status AtomicTextFile::Read(size_t max_bytes) {
  const FileDescriptor file(open(path_.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return errno == ENOENT ? Status::Ok() : CannotBe(words_, path_, "opened");
  struct stat status {};
  if (fstat(file.get(), &status) != 0) return CannotBe(words_, path_, "read");
  found_ = true;
  mode_ = status.st_mode & 07777;
  text_.resize(max_bytes + 1);
  size_t size = 0;
  ssize_t got = 1;
  while (got > 0 && size < text_.size()) {
    got = read(file.get(), text_.data() + size, text_.size() - size);
    if (got > 0) size += static_cast<size_t>(got);
  }
  if (got < 0) return CannotBe(words_, path_, "read");
  text_.resize(size);
  if (size <= max_bytes) return Status::Ok();
  return Status::Rejected(words_.what + " " + path_ + " is no file of a " + words_.user + "; give another " +
                          words_.option);
}

Status AtomicTextFile::Save(std::string_view text) {
  const std::string next = path_ + ".new";
  if (unlink(next.c_str()) != 0 && errno != ENOENT) return CannotBe(words_, next, "removed");
  LP_RETURN_IF_ERROR(WriteDurableFile(next, text));
  // The process that made the file may have had another umask.
  if (found_ && chmod(next.c_str(), mode_) != 0) return CannotBe(words_, next, "written");
  CrashPoint("before_" + words_.what);
  if (rename(next.c_str(), path_.c_str()) != 0) return CannotBe(words_, path_, "written");
  LP_RETURN_IF_ERROR(SyncDirectory(DirectoryOf(path_)));
  CrashPoint("after_" + words_.what);
  return Status::Ok();
}

}  // namespace leadpulse::files
