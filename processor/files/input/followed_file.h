// Followed files and folders on the file system: files that other programs append to, and folders in which files
// appear.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "processor/base/file_descriptor.h"
#include "processor/base/status.h"
#include "processor/files/input/byte_source.h"

namespace leadpulse::input {

struct FileId {
  dev_t device = 0;
  ino_t inode = 0;
  friend bool operator==(const FileId&, const FileId&) = default;
};

// A file or folder at one moment.
struct SeenFile {
  FileId id;
  uint64_t size = 0;
  int64_t modified_ns = 0;  // since 1970, by the file system's clock; for a folder, when names in it last changed
  uint64_t names = 1;       // hard links
  bool is_regular = true;
};

// What a folder holds under names that end like inputs; sorted.
struct FolderContents {
  std::vector<std::string> files;   // regular files
  std::vector<std::string> others;  // links, pipes, sockets, devices and folders, which are not read
};

// The part of the file system that following needs. Tests replace it to count calls and to choose results. Called by
// one thread at a time.
class FollowedDisk {
 public:
  virtual ~FollowedDisk() = default;
  // Returns nullopt if there is no such file, or it cannot be examined. Of a symbolic link it examines the link.
  virtual std::optional<SeenFile> Look(const std::string& path);
  // Returns the contents of a folder, see InputsIn.
  virtual Result<FolderContents> List(const std::string& folder);
};

// Returns the inputs in `folder`. Fatal if the folder cannot be read.
Result<FolderContents> InputsIn(const std::string& folder);
// Logs a warning that something in a folder is not read, why, and what to do; once for each thing. Thread-safe.
void WarnOfSkipped(const std::string& path);

// A watch for new files in a folder. Owned and called by one thread at a time.
class FolderWatch {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // Keeps `disk`, which outlives this.
  FolderWatch(std::string path, FollowedDisk* disk) : path_(std::move(path)), disk_(disk) {}

  const std::string& path() const { return path_; }

  // Returns the inputs that were not there at an earlier call, by name. Examines the folder once and lists it only if
  // names in it may have changed. Warns once of each other thing. Fatal if the folder cannot be read.
  Result<std::vector<std::string>> NewFiles(Time now);
  // Forgets a new file that disappeared before it was opened: if it comes back, it is new again.
  void Forget(const std::string& path) { known_.erase(path); }

 private:
  bool NamesMayHaveChanged(Time now);

  const std::string path_;
  FollowedDisk* const disk_;
  std::unordered_set<std::string> known_;
  std::vector<std::string> others_;     // names that it has warned of
  std::optional<int64_t> modified_ns_;  // when the folder was last seen
  Time changed_at_;                     // when that value was first seen
  Time listed_at_;
};

// A file that is read up to the size that was last seen. Returns the stored bytes, not decompressed. Owned and called
// by one thread at a time.
class FollowedFile : public ByteSource {
 public:
  // Opens a file. `seen` is the file at `path` when it was last examined; `head` is that of an earlier reader, or
  // empty. Retriable if it is gone, or another file is there now.
  static Result<std::unique_ptr<FollowedFile>> Open(const std::string& path, const SeenFile& seen, std::string head);

  // Reads up to the size seen; there it returns kRetriable, or 0 after End. Also kRetriable if the file was cut off,
  // even if it has grown again: bytes that are returned are those that followed the earlier ones.
  Result<size_t> Read(char* buffer, size_t size) override;
  Result<uint64_t> Skip(uint64_t count) override;
  uint64_t stored_bytes_read() const override { return position_; }

  // Sets the size seen, in bytes.
  void SeenUpTo(uint64_t size) { end_ = size; }
  // Marks the size seen as the end, for a file that does not grow any more.
  void End() { ended_ = true; }
  // Returns the size in bytes, even if the name is gone.
  Result<uint64_t> SizeNow() const;
  // Makes its bytes durable, even if the name is gone.
  Status Sync() const;
  // Returns its first bytes, by which another file in its place is noticed.
  const std::string& head() const { return head_; }
  // Whether it still begins with the head.
  bool HasHead();

 private:
  FollowedFile(std::string path, FileDescriptor file, uint64_t size, std::string head)
      : path_(std::move(path)), file_(std::move(file)), end_(size), head_(std::move(head)) {}

  const std::string path_;
  const FileDescriptor file_;
  uint64_t position_ = 0;
  uint64_t end_;
  bool ended_ = false;
  std::string head_;
};

// Syncs followed files, so that positions in them can be committed, and folders with their names. A missing file is
// skipped, because it is not read again. Fatal if the disk fails.
Status SyncFollowed(const std::vector<std::string>& paths);

}  // namespace leadpulse::input
