// The lines of changes.jsonl that a run has committed, in order, while it goes on writing.
#pragma once

#include <sys/stat.h>

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "processor/base/status.h"
#include "processor/delivery/position_file.h"
#include "processor/files/output_file.h"

namespace leadpulse::delivery {

// Gives out no byte that is not proven to be one of a commit: up to the published length, and of the published hash.
// What a run wrote and did not commit may be cut off and made again otherwise (../embedded/README.md).
// Owned and called by one thread.
class CommittedChanges {
 public:
  // Begins at `from`; nothing is opened before the first Look.
  CommittedChanges(std::string path, const Position& from);
  ~CommittedChanges();
  CommittedChanges(const CommittedChanges&) = delete;
  CommittedChanges& operator=(const CommittedChanges&) = delete;

  // Takes in what is committed by now. False: nothing is published yet, so there is nothing to read from. Rejected: the
  // file is another than that of the position, became shorter, was replaced or changed. Ends early when `stop` is true.
  Result<bool> Look(const std::atomic<bool>& stop);
  // A line without its line end, good until the next call; nothing: none is proven yet.
  Result<std::optional<std::string_view>> Next();

  // A place to return to.
  struct Place {
    Position position;
    input::PrefixHash hash;
  };
  // Behind the last line that was given.
  Place place() const { return {position(), read_hash_}; }
  void ReturnTo(const Place& place);
  Position position() const { return {offset_, lines_, read_hash_.Digest()}; }
  uint64_t offset() const { return offset_; }
  // Committed bytes behind the last line that was given.
  uint64_t remaining() const { return proven_ - offset_; }

 private:
  // Done; or not yet, for the file is not there, `stop` became true or a run is just starting.
  enum class Progress { kDone, kNotYet };
  Result<Progress> OpenFile(const std::atomic<bool>& stop);
  Result<Progress> KnowAgain(const std::atomic<bool>& stop);
  Status CheckStillThere() const;
  Result<Progress> Prove(const files::OutputRecord& committed, const std::atomic<bool>& stop);
  // Hashes up to `until`; false: stopped, or the file ends before.
  Result<bool> HashUpTo(uint64_t until, uint64_t* at, input::PrefixHash* hash, const std::atomic<bool>& stop);
  Status FillBuffer();
  Status Changed(const std::string& what) const;

  const std::string path_;
  const Position from_;
  int descriptor_ = -1;
  struct stat opened_ {};
  uint64_t proven_;  // all before it is of commits
  input::PrefixHash proven_hash_;
  uint64_t offset_;  // of the next line
  uint64_t lines_;   // before it
  input::PrefixHash read_hash_;
  std::string buffer_;  // from offset_ - taken_ on
  size_t taken_ = 0;
};

}  // namespace leadpulse::delivery
