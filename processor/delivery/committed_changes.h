// Reads the committed lines of changes.jsonl in order while a run writes it.
#pragma once

#include <sys/stat.h>

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "processor/base/file_descriptor.h"
#include "processor/base/status.h"
#include "processor/delivery/position_file.h"
#include "processor/files/output_file.h"

namespace leadpulse::delivery {

// Returns only bytes that are known to be committed: within the published length, and with the published hash. A run
// may cut off uncommitted bytes and write others (../files/README.md). Owned and called by one thread.
class CommittedChanges {
 public:
  // Begins at `from`. The first Look opens the file.
  CommittedChanges(std::string path, const Position& from);

  // Checks what is committed now. False: nothing is published yet. Rejected: the file is not the position's, became
  // shorter, was replaced or changed. Returns early when `stop` is true.
  Result<bool> Look(const std::atomic<bool>& stop);
  // Returns the next committed line without its line end, valid until the next call; nullopt if none yet.
  Result<std::optional<std::string_view>> Next();

  // A position to return to, with the hash of the bytes before it.
  struct ResumePoint {
    Position position;
    input::PrefixHash hash;
  };
  // Returns the point after the last returned line.
  ResumePoint resume_point() const { return {position(), read_hash_}; }
  void ReturnTo(const ResumePoint& point);
  Position position() const { return {offset_, lines_, read_hash_.Digest()}; }
  uint64_t offset() const { return offset_; }
  // Returns the number of committed bytes after the last returned line.
  uint64_t remaining() const { return proven_ - offset_; }

 private:
  // Opens the file. False: not yet, because it does not exist, `stop` is true, or a run is just starting.
  Result<bool> OpenFile(const std::atomic<bool>& stop);
  Result<bool> KnowAgain(const std::atomic<bool>& stop);
  Status CheckStillThere() const;
  Result<bool> Prove(const files::OutputRecord& committed, const std::atomic<bool>& stop);
  // Reads at most `most` bytes to `to`. Returns their number; 0 at the end of the file; nullopt if a signal came first.
  Result<std::optional<size_t>> ReadAt(uint64_t offset, char* to, size_t most) const;
  // Hashes up to `until`. False: stopped, or the file is shorter.
  Result<bool> HashUpTo(uint64_t until, uint64_t* at, input::PrefixHash* hash, const std::atomic<bool>& stop);
  Status FillBuffer();
  Status Changed(const std::string& what) const;

  const std::string path_;
  const Position from_;
  FileDescriptor file_;
  struct stat opened_ {};
  uint64_t proven_;  // all bytes before it are committed
  input::PrefixHash proven_hash_;
  uint64_t offset_;  // where the next line begins
  uint64_t lines_;   // lines before it
  input::PrefixHash read_hash_;
  std::string buffer_;  // bytes from offset_ - taken_
  size_t taken_ = 0;
};

}  // namespace leadpulse::delivery
