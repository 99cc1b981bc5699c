// Followed files and folders on the file system: files that other programs append to, and which files appear in a
// folder.
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
};

// What following needs of the file system. Tests replace it to count calls and to choose answers. Called by one thread
// at a time.
class FollowedDisk {
 public:
  virtual ~FollowedDisk() = default;
  // nullopt if there is no such file, or it cannot be examined.
  virtual std::optional<SeenFile> Look(const std::string& path);
  // The paths of the inputs in a folder, see InputsIn.
  virtual Result<std::vector<std::string>> List(const std::string& folder);
};

// Dangling links: skipped where files come and go; else listed, and opening reports them.
enum class LinksToNothing { kSkip, kList };

// The files in `folder` whose names end like inputs, sorted by name. Folders in it are skipped. Fatal: the folder
// cannot be read.
Result<std::vector<std::string>> InputsIn(const std::string& folder, LinksToNothing links);

// Owned and called by one thread at a time.
class FolderWatch {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // `disk` outlives this.
  FolderWatch(std::string path, FollowedDisk* disk) : path_(std::move(path)), disk_(disk) {}

  const std::string& path() const { return path_; }

  // The inputs that were not there at an earlier call, by name. Examines the folder once and lists it only if names in
  // it may have changed. Fatal: the folder cannot be read.
  Result<std::vector<std::string>> NewFiles(Time now);
  // For a new file that disappeared before it was opened: if it comes back, it is new again.
  void Forget(const std::string& path) { known_.erase(path); }

 private:
  bool NamesMayHaveChanged(Time now);

  const std::string path_;
  FollowedDisk* const disk_;
  std::unordered_set<std::string> known_;
  std::optional<int64_t> modified_ns_;  // when the folder was last seen
  Time changed_at_;                     // when that value was first seen
  Time listed_at_;
};

// Reads a file up to the size that was last seen. Returns the stored bytes, not decompressed. Owned and called by one
// thread at a time.
class FollowedFile : public ByteSource {
 public:
  // `seen` is the file at `path` when it was last examined. Fatal: it is gone, or another file is there now.
  static Result<std::unique_ptr<FollowedFile>> Open(const std::string& path, const SeenFile& seen);

  // At the size seen: kRetriable, or 0 after End. Fatal: the file is shorter than that size.
  Result<size_t> Read(char* buffer, size_t size) override;
  Result<uint64_t> Skip(uint64_t count) override;
  uint64_t stored_bytes_read() const override { return position_; }

  // Sets the size seen, in bytes.
  void SeenUpTo(uint64_t size) { end_ = size; }
  // The size seen is the end: for a file that does not grow any more.
  void End() { ended_ = true; }
  // The size in bytes, even if the name is gone.
  Result<uint64_t> SizeNow() const;

 private:
  FollowedFile(std::string path, FileDescriptor file, uint64_t size)
      : path_(std::move(path)), file_(std::move(file)), end_(size) {}

  const std::string path_;
  const FileDescriptor file_;
  uint64_t position_ = 0;
  uint64_t end_;
  bool ended_ = false;
};

// The error for a followed file that was not only appended to; `what` is `became shorter`, for example. Fatal, with
// what to do.
Status FollowedFileProblem(const std::string& path, const std::string& what);

// Syncs followed files, so that positions in them can be committed, and folders with their names. A missing file is
// skipped, because it is not read again. Fatal: the disk fails.
Status SyncFollowed(const std::vector<std::string>& paths);

}  // namespace leadpulse::input
