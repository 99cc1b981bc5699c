// A file that another program appends to. Reads up to the size that was last seen.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "processor/base/file_descriptor.h"
#include "processor/base/status.h"
#include "processor/files/input/byte_source.h"
#include "processor/files/input/folder_watch.h"

namespace leadpulse::input {

// Returns the stored bytes, not decompressed. Owned and called by one thread at a time.
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
