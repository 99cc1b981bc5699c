#include "tests/crash/faulty_disk.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace leadpulse::crash {
namespace {

std::string Setting(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::filesystem::path PathOf(int folder) {
  std::error_code ignored;
  if (folder == AT_FDCWD) return std::filesystem::current_path(ignored);
  return std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(folder), ignored);
}

// Whether a call takes space. On a full disk names can still be removed, and existing data be synced.
bool TakesSpace(std::string_view kind) {
  return kind == "write" || kind == "create" || kind == "allocate" || kind == "mkdir";
}

}  // namespace

Disk& Disk::Get() {
  static Disk* const disk = new Disk;  // never destroyed: others close files until the very end
  return *disk;
}

Disk::Disk()
    : below_(Setting("LEADPULSE_DISK_BELOW")),
      ignored_sync_(Setting("LEADPULSE_DISK_IGNORE_SYNC")),
      kinds_(Setting("LEADPULSE_DISK_FAULT_CALLS")) {
  std::string fault = Setting("LEADPULSE_DISK_FAULT");
  if (size_t at = fault.find('@'); at != std::string::npos) {
    fault_ = fault.substr(0, at);
    fault_at_ = std::strtoull(fault.c_str() + at + 1, nullptr, 10);
    fault_stays_ = fault.ends_with('+');
  }
  std::string journal = Setting("LEADPULSE_DISK_JOURNAL");
  if (journal.empty() || below_.empty()) return;
  int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC;
  journal_ = static_cast<int>(syscall(SYS_openat, AT_FDCWD, journal.c_str(), flags, 0666));
  if (journal_ < 0) Stop("the journal cannot be opened:", journal);
}

void Disk::lock() {
  mutex_.lock();
  if (locks_++ > 0 || journal_ < 0) return;
  const int error = errno;
  while (flock(journal_, LOCK_EX) != 0) {
    if (errno != EINTR) Stop("the journal cannot be locked", "");
  }
  errno = error;
}

void Disk::unlock() {
  if (--locks_ == 0 && journal_ >= 0) flock(journal_, LOCK_UN);
  mutex_.unlock();
}

bool Disk::Watches(int folder, const char* name, std::string* relative) const {
  if (below_.empty() || name == nullptr) return false;
  std::filesystem::path whole = name;
  if (whole.is_relative()) whole = PathOf(folder) / whole;
  std::string normal = whole.lexically_normal().string();
  while (normal.size() > 1 && normal.back() == '/') normal.pop_back();
  if (normal != below_ && !normal.starts_with(below_ + "/")) return false;
  *relative = normal == below_ ? "." : normal.substr(below_.size() + 1);
  return true;
}

OpenFile* Disk::Find(int descriptor) {
  auto found = files_.find(descriptor);
  return found == files_.end() ? nullptr : &found->second;
}

void Disk::Opened(int descriptor, const std::string& path, int flags, bool created) {
  struct stat info {};
  if (fstat(descriptor, &info) != 0) Stop("cannot look at", path);
  files_[descriptor] = {path, info.st_ino, (flags & O_APPEND) != 0};
  if (S_ISDIR(info.st_mode)) return;
  Note(created ? Entry::kCreate : Entry::kOpen, info.st_ino, 0, path);
  if (!created && (flags & O_TRUNC) != 0) Note(Entry::kTruncate, info.st_ino, 0);
}

void Disk::Note(Entry entry, uint64_t inode, uint64_t number, std::string_view first, std::string_view second) {
  if (journal_ < 0) return;
  struct {
    uint64_t inode, number;
    uint32_t entry, first_size, second_size, unused;
  } head{inode,
         number,
         static_cast<uint32_t>(entry),
         static_cast<uint32_t>(first.size()),
         static_cast<uint32_t>(second.size()),
         0};
  iovec parts[] = {{&head, sizeof head},
                   {const_cast<char*>(first.data()), first.size()},
                   {const_cast<char*>(second.data()), second.size()}};
  // Not through our own writev.
  long written = syscall(SYS_writev, journal_, parts, 3);
  if (written != static_cast<long>(sizeof head + first.size() + second.size()))
    Stop("the journal cannot be written", "");
}

int Disk::Fate(std::string_view kind, const std::string& path) {
  std::string listed = "," + kinds_ + ",";
  bool counts = kinds_.empty() ? kind != "read" : listed.find("," + std::string(kind) + ",") != std::string::npos;
  if (!counts || below_.empty()) return 0;
  Note(Entry::kCall, 0, ++calls_, kind, path);
  if (fault_at_ == 0 || calls_ < fault_at_) return 0;
  if (calls_ > fault_at_ && !(fault_stays_ && TakesSpace(kind))) return 0;
  if (fault_ == "KILL") raise(SIGKILL);
  bool moves_bytes = kind == "write" || kind == "read";
  if (fault_ == "SHORT") return moves_bytes ? kShort : 0;
  if (fault_ == "EINTR") return moves_bytes ? EINTR : 0;
  return fault_ == "ENOSPC" ? ENOSPC : EIO;
}

bool Disk::Fails(std::string_view kind, const std::string& path) {
  int fate = Fate(kind, path);
  if (fate <= 0) return false;
  errno = fate;
  return true;
}

bool Disk::IgnoresSync(const std::string& path) const {
  return !ignored_sync_.empty() && (path == ignored_sync_ || path.ends_with("/" + ignored_sync_));
}

void Disk::Stop(const char* what, const std::string& path) {
  std::fprintf(stderr, "faulty_disk: %s %s\n", what, path.c_str());
  _exit(99);
}

}  // namespace leadpulse::crash
