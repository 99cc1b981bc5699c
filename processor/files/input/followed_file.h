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
};

// The part of the file system that following needs. Tests replace it to count calls and to choose results. Called by
// one thread at a time.
class FollowedDisk {
 public:
  virtual ~FollowedDisk() = default;
  // Returns nullopt if there is no such file, or it cannot be examined.
  virtual std::optional<SeenFile> Look(const std::string& path);
  // Returns the paths of the inputs in a folder, see InputsIn.
  virtual Result<std::vector<std::string>> List(const std::string& folder);
};

// Whether dangling links are skipped, for folders in which files come and go, or listed, so that opening reports them.
enum class LinksToNothing { kSkip, kList };

// Returns the files in `folder` whose names end like inputs, sorted by name. Skips folders in it. Fatal if the folder
// cannot be read.
Result<std::vector<std::string>> InputsIn(const std::string& folder, LinksToNothing links);

// A watch for new files in a folder. Owned and called by one thread at a time.
class FolderWatch {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // Keeps `disk`, which outlives this.
  FolderWatch(std::string path, FollowedDisk* disk) : path_(std::move(path)), disk_(disk) {}

  const std::string& path() const { return path_; }

  // Returns the inputs that were not there at an earlier call, by name. Examines the folder once and lists it only if
  // names in it may have changed. Fatal if the folder cannot be read.
  Result<std::vector<std::string>> NewFiles(Time now);
  // Forgets a new file that disappeared before it was opened: if it comes back, it is new again.
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

// A file that is read up to the size that was last seen. Returns the stored bytes, not decompressed. Owned and called
// by one thread at a time.
class FollowedFile : public ByteSource {
 public:
  // Opens a file. `seen` is the file at `path` when it was last examined. Fatal if it is gone, or another file is there
  // now.
  static Result<std::unique_ptr<FollowedFile>> Open(const std::string& path, const SeenFile& seen);

  // Reads up to the size seen; there it returns kRetriable, or 0 after End. Fatal if the file is shorter than that
  // size.
  Result<size_t> Read(char* buffer, size_t size) override;
  Result<uint64_t> Skip(uint64_t count) override;
  uint64_t stored_bytes_read() const override { return position_; }

  // Sets the size seen, in bytes.
  void SeenUpTo(uint64_t size) { end_ = size; }
  // Marks the size seen as the end, for a file that does not grow any more.
  void End() { ended_ = true; }
  // Returns the size in bytes, even if the name is gone.
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

// Returns the error for a followed file that was not only appended to; `what` is `became shorter`, for example. Fatal,
// with what to do.
Status FollowedFileProblem(const std::string& path, const std::string& what);

// Syncs followed files, so that positions in them can be committed, and folders with their names. A missing file is
// skipped, because it is not read again. Fatal if the disk fails.
Status SyncFollowed(const std::vector<std::string>& paths);

}  // namespace leadpulse::input
