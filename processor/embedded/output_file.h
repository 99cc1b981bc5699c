// An output that only grows: appended through a buffer, made durable at an epoch's end, cut back after a crash.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "processor/base/status.h"

namespace leadpulse::embedded {

// Owned and called by one thread at a time. After a failed call (kFatal) the file's end is in doubt; the next start
// cuts it back.
class OutputFile {
 public:
  // `recorded`: its length at the last commit. The file is cut back to it; one that is missing or shorter is rejected.
  // Nothing recorded: a new state, and the file must be missing or empty; it is created, also in its directory,
  // durably. A file that another run writes is rejected. `sync` false: nothing is made durable (tests).
  static Result<std::unique_ptr<OutputFile>> Open(const std::string& path, std::optional<uint64_t> recorded, bool sync);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  Status Append(std::string_view bytes);
  // Everything appended is durable after it.
  Status Flush();
  // With what is appended and not yet flushed.
  uint64_t length() const { return length_; }

 private:
  OutputFile(std::string path, int descriptor, uint64_t length, bool sync);

  Status CutBack(uint64_t recorded);
  Status WriteBuffer();
  Status Failed(const char* what) const;

  const std::string path_;
  const int descriptor_;
  uint64_t length_;
  const bool sync_;
  uint64_t durable_length_;
  std::string buffer_;
};

// Whether there is nothing, or an empty file, under that name; rejected as by OutputFile::Open with nothing recorded.
Status CheckNewFile(const std::string& path);

// Whether `path` is a directory in which files can be made, or can become one. Changes nothing.
Status CheckDirectory(const std::string& path);
// Creates a directory where there is none, also those above it, and makes its name durable.
Status CreateDirectory(const std::string& path);

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

}  // namespace leadpulse::embedded
