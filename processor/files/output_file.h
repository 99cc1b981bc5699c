// An append-only output: buffered, synced at the end of an epoch, cut back after a crash. Its committed length is
// published in a file next to it.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "processor/base/file_descriptor.h"
#include "processor/base/status.h"
#include "processor/engine/partition_meta.h"
#include "processor/files/input/prefix_hash.h"

namespace leadpulse::files {

// The length and hash of an output at a commit.
using OutputRecord = engine::FileOutput;

// An output. Owned and called by one thread at a time, except Sync. After a failed call (kFatal) the end of the file is
// unknown; the next start cuts it back. A file that another run writes is rejected. `sync` false: nothing is synced,
// for tests.
class OutputFile {
 public:
  // Creates the output of a new state durably, with its directory entry. The file must be missing or empty.
  static Result<std::unique_ptr<OutputFile>> Create(const std::string& path, bool sync);
  // Verifies the recorded part. Rejected if the file is missing, is shorter, or differs. Changes nothing, so that the
  // file of another run, given by mistake, stays whole. Null if `stop` became true in between.
  static Result<std::unique_ptr<OutputFile>> Resume(const std::string& path, const OutputRecord& recorded,
                                                    const std::atomic<bool>& stop, bool sync);

  // Cuts off everything after the recorded length. Call it once on a resumed file, before the first Append.
  Status CutBack();
  Status Append(std::string_view bytes);
  // Writes the buffer to the file.
  Status WriteOut();
  // Makes the first `length` bytes, which were written out, durable. Another thread may append meanwhile.
  Status Sync(uint64_t length);
  // Calls WriteOut and Sync.
  Status Flush();
  // Returns the length, including the buffer.
  uint64_t length() const { return length_; }
  // Returns the record of the whole file; only right after WriteOut.
  OutputRecord record() const;

 private:
  OutputFile(std::string path, FileDescriptor file, bool sync)
      : path_(std::move(path)), file_(std::move(file)), sync_(sync) {}

  static Result<std::unique_ptr<OutputFile>> Open(const std::string& path, int flags, bool sync);
  Result<uint64_t> LengthOnDisk() const;
  Result<bool> Verify(const OutputRecord& recorded, const std::atomic<bool>& stop);
  Status Failed(const char* what) const;

  const std::string path_;
  const FileDescriptor file_;
  const bool sync_;
  uint64_t length_ = 0;
  uint64_t durable_length_ = 0;  // used by Sync only, once the file is opened
  std::string buffer_;
  input::PrefixHash hash_;  // covers all bytes before the buffer
};

// Checks that the file is missing or empty; rejected as by OutputFile::Create.
Status CheckNewFile(const std::string& path);

// Checks that `path` is a directory in which files can be made, or that it can be created. Changes nothing.
Status CheckDirectory(const std::string& path);

// A file that is written whole and then renamed over the older one: readers see the old or the new file.
class ReplacedFile {
 public:
  // Creates `path`.tmp, which is written until Commit.
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

// Returns `<output>.committed`.
std::string CommittedLengthPath(const std::string& output);

// The published committed length of an output, for readers while a run writes it: they cannot open the state, which the
// run has locked. Called by one thread at a time, the one that commits. Never synced: every published value stays true,
// so after a power cut the file is true as well, or its checksum shows that it is damaged.
class CommittedLength {
 public:
  // Creates the file if it is missing; leaves its content until Publish.
  static Result<std::unique_ptr<CommittedLength>> Open(const std::string& output);

  // Publishes `committed`, which is from a finished commit. Fatal if it cannot be written; the next start publishes it.
  Status Publish(const OutputRecord& committed);

 private:
  CommittedLength(std::string path, FileDescriptor file) : path_(std::move(path)), file_(std::move(file)) {}

  const std::string path_;
  const FileDescriptor file_;
  std::optional<OutputRecord> published_;
};

// Returns the published record of the output; nullopt if no run has published yet, or one is just writing. Rejected if
// it cannot be read.
Result<std::optional<OutputRecord>> ReadCommittedLength(const std::string& output);

}  // namespace leadpulse::files
