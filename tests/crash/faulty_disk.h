// A faulty disk: preloaded into a program, this library logs everything that the program does to the files below one
// directory, and makes chosen calls fail. faulty_disk.py reads the log and leaves the directory as a power cut would.
// The library itself loses nothing that is written.
//
//   LEADPULSE_DISK_BELOW        the directory, absolute, without symbolic links; unset: the library does nothing
//   LEADPULSE_DISK_JOURNAL      the log, to which calls are appended; unset: no log
//   LEADPULSE_DISK_FAULT        `EIO@5`: the fifth call fails so; `ENOSPC@5+`: it and all that follow that take space;
//                               also SHORT (writes and reads do less than asked), EINTR, and KILL: before the call
//   LEADPULSE_DISK_FAULT_CALLS  which calls count and may fail, of the kinds below, with commas; default all but `read`
//   LEADPULSE_DISK_IGNORE_SYNC  a file's name: its fsync returns without a sync, as on a disk that lies
//
// The kinds: open, create, read, write, sync, truncate, allocate, rename, unlink, link, mkdir. What it could not follow
// (a descriptor that is copied, a file mapped to be written) ends the program with a sentence and status 99.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace leadpulse::crash {

// Read by faulty_disk.py: never renumber.
enum class Entry : uint32_t {
  kOpen = 1,        // path, inode
  kCreate = 2,      // path, inode
  kWrite = 3,       // bytes, inode, number: the offset
  kTruncate = 4,    // inode, number: the size
  kRename = 5,      // path, other path
  kUnlink = 6,      // path
  kLink = 7,        // path, other path
  kMakeFolder = 8,  // path
  kSyncBegin = 9,   // path as it was opened, inode, number: the same at its end
  kSyncEnd = 10,
  kCall = 11,  // kind, path, number among those that count
};

struct OpenFile {
  std::string path;  // relative to the directory
  uint64_t inode = 0;
  bool append = false;
};

// The log and the faults of the process. It must be locked for all but Get: this makes the journal's order that of the
// calls, also of several processes.
class Disk {
 public:
  static Disk& Get();

  // Locks against other threads, and other processes with the same journal. A thread may lock several times.
  void lock();
  void unlock();

  // Whether `name`, relative to the descriptor `folder`, is in the directory; then `relative` is its path there.
  bool Watches(int folder, const char* name, std::string* relative) const;

  // Returns null for other descriptors.
  OpenFile* Find(int descriptor);
  void Opened(int descriptor, const std::string& path, int flags, bool created);
  void Closed(int descriptor) { files_.erase(descriptor); }

  void Note(Entry entry, uint64_t inode, uint64_t number, std::string_view first = {}, std::string_view second = {});

  // The result of a call: normal, kShort, or the error that it must fail with.
  static constexpr int kShort = -1;
  int Fate(std::string_view kind, const std::string& path);
  // Returns true if the call must fail, and sets errno.
  bool Fails(std::string_view kind, const std::string& path);
  bool IgnoresSync(const std::string& path) const;

  [[noreturn]] static void Stop(const char* what, const std::string& path);

 private:
  Disk();

  std::recursive_mutex mutex_;
  int locks_ = 0;
  std::string below_, ignored_sync_, kinds_, fault_;
  uint64_t fault_at_ = 0, calls_ = 0;
  bool fault_stays_ = false;
  int journal_ = -1;
  std::map<int, OpenFile> files_;  // by descriptor
};

}  // namespace leadpulse::crash
