// A file that another program appends to, read up to the size at which it was last seen.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "processor/base/status.h"
#include "processor/files/input/byte_source.h"
#include "processor/files/input/folder_watch.h"

namespace leadpulse::input {

// As stored: not decompressed. Owned and called by one thread at a time.
class FollowedFile : public ByteSource {
 public:
  // `seen` is the file at `path` as it was looked at last. Fatal: it is gone, or another file is there now.
  static Result<std::unique_ptr<FollowedFile>> Open(const std::string& path, const SeenFile& seen);
  ~FollowedFile() override;
  FollowedFile(const FollowedFile&) = delete;
  FollowedFile& operator=(const FollowedFile&) = delete;

  // At the size seen: kRetriable, or 0 after End. Fatal: the file is shorter than it was seen.
  Result<size_t> Read(char* buffer, size_t size) override;
  Result<uint64_t> Skip(uint64_t count) override;
  uint64_t stored_bytes_read() const override { return position_; }

  // It was looked at again. Bytes.
  void SeenUpTo(uint64_t size) { end_ = size; }
  // What was seen is all there is: for a file that does not grow any more.
  void End() { ended_ = true; }
  // Its size, also where its name is gone. Bytes.
  Result<uint64_t> SizeNow() const;

 private:
  FollowedFile(std::string path, int descriptor, uint64_t size)
      : path_(std::move(path)), descriptor_(descriptor), end_(size) {}

  const std::string path_;
  const int descriptor_;
  uint64_t position_ = 0;
  uint64_t end_;
  bool ended_ = false;
};

// What a followed file must not do; `what` is `became shorter`, say. Fatal, with what to do.
Status FollowedFileProblem(const std::string& path, const std::string& what);

// Makes followed files durable, so that positions in them can be committed; of a folder, the names in it. One that is
// gone is skipped, for nothing of it is read again. Fatal: the disk fails.
Status SyncFollowed(const std::vector<std::string>& paths);

}  // namespace leadpulse::input
