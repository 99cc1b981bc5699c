// An output that only grows: appended through a buffer, made durable at an epoch's end, cut back after a crash.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "processor/base/status.h"
#include "processor/files/input/prefix_hash.h"

namespace leadpulse::files {

// What a commit has on record of an output: how long it was, and what stood in it.
struct OutputRecord {
  uint64_t length = 0;
  input::Hash128 hash;  // of [0, length)
  friend bool operator==(const OutputRecord&, const OutputRecord&) = default;
};

// Owned and called by one thread at a time, but for Sync. After a failed call (kFatal) the file's end is in doubt; the
// next start cuts it back. A file that another run writes is rejected. `sync` false: nothing is made durable (tests).
class OutputFile {
 public:
  // For a new state: the file must be missing or empty; it is created, also in its directory, durably.
  static Result<std::unique_ptr<OutputFile>> Create(const std::string& path, bool sync);
  // Reads through what is on record. Rejected where the file is missing, shorter, or differs; nothing is changed, so
  // that a file of another run, given by mistake, stays whole. Null: `stop` became true meanwhile.
  static Result<std::unique_ptr<OutputFile>> Resume(const std::string& path, const OutputRecord& recorded,
                                                    const std::atomic<bool>& stop, bool sync);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  // Of a resumed file, once, before anything is appended: cuts off what no commit has on record.
  Status CutBack();
  Status Append(std::string_view bytes);
  // Hands everything appended to the system.
  Status WriteOut();
  // What was written out so far, `length` bytes, is durable after it. Another thread may append meanwhile.
  Status Sync(uint64_t length);
  // Both.
  Status Flush();
  // With what is appended and not yet flushed.
  uint64_t length() const { return length_; }
  // Of the whole file, right after WriteOut.
  OutputRecord record() const;

 private:
  OutputFile(std::string path, int descriptor, bool sync);

  static Result<std::unique_ptr<OutputFile>> Open(const std::string& path, int flags, bool sync);
  Result<uint64_t> LengthOnDisk() const;
  Result<bool> Verify(const OutputRecord& recorded, const std::atomic<bool>& stop);
  Status Failed(const char* what) const;

  const std::string path_;
  const int descriptor_;
  const bool sync_;
  uint64_t length_ = 0;
  uint64_t durable_length_ = 0;  // Sync's, once the file is opened
  std::string buffer_;
  input::PrefixHash hash_;  // of everything before the buffer
};

// Whether there is nothing, or an empty file, under that name; rejected as by OutputFile::Open with nothing recorded.
Status CheckNewFile(const std::string& path);

// Whether `path` is a directory in which files can be made, or can become one. Changes nothing.
Status CheckDirectory(const std::string& path);

// A file written whole and then put in place of an older one of that name: whoever looks sees the old or the new one.
class ReplacedFile {
 public:
  // Writes to `path`.tmp until Commit.
  static Result<std::unique_ptr<ReplacedFile>> Create(const std::string& path, bool sync);

  Status Append(std::string_view bytes) { return file_->Append(bytes); }
  Status Commit();

 private:
  ReplacedFile(std::string path, std::unique_ptr<OutputFile> file, bool sync)
      : path_(std::move(path)), file_(std::move(file)), sync_(sync) {}

  const std::string path_;
  std::unique_ptr<OutputFile> file_;
  const bool sync_;
};

}  // namespace leadpulse::files
