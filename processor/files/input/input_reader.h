// Reads one input from its stored progress to its end, record by record, into batches.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "processor/base/status.h"
#include "processor/files/input/batch.h"
#include "processor/files/input/byte_source.h"
#include "processor/files/input/input_format.h"
#include "processor/files/input/input_progress.h"

namespace leadpulse::input {

// A record over the limit: keeps its beginning and counts the rest.
class LongRecord {
 public:
  // Begins a line, up to the next LF. `skip`: it was a record before, so it does not count.
  static LongRecord Line(bool skip);
  static LongRecord Frame(uint64_t payload_bytes);

  // Takes bytes from the front and returns their number, with a line's LF.
  size_t Take(std::string_view bytes);
  bool complete() const { return complete_; }

  bool skip() const { return skip_; }
  // Whether it is a line of white space only.
  bool blank() const { return blank_; }
  uint64_t size() const { return size_; }  // taken so far, without LF
  const std::string& beginning() const { return beginning_; }

 private:
  LongRecord() = default;

  void Count(std::string_view bytes);

  bool is_line_ = true;
  bool skip_ = false;
  bool complete_ = false;
  bool blank_ = true;
  uint64_t remaining_ = 0;  // bytes of the frame that have not been taken
  uint64_t size_ = 0;
  std::string beginning_;
};

// A reader of one input. Owned and called by one thread at a time. Blank lines are skipped. A rest that cannot be split
// becomes one kBroken record and ends the input.
class InputReader {
 public:
  enum class Outcome {
    kMore,   // the batch is full, the deadline has passed, or standard input has no bytes now
    kWaits,  // a followed file has nothing more until it grows
    kEnded,  // the whole input is in this batch and earlier ones
  };

  // Creates a reader. `source` is at start.resume; `hash` is that of the bytes before it.
  InputReader(uint32_t input, FileFormat format, const InputProgress& start, const PrefixHash& hash,
              std::unique_ptr<ByteSource> source);

  // Adds records to the batch, and the progress after them. Fatal if the source cannot be read.
  Result<Outcome> Fill(Batch* batch, std::chrono::steady_clock::time_point deadline);

  // Returns the progress after the last record.
  const InputProgress& progress() const { return progress_; }
  uint64_t stored_bytes_read() const { return source_->stored_bytes_read(); }
  // Whether the bytes read so far end with a record. For a compressed input, the bytes decompressed so far.
  bool between_records() const { return carried_.empty() && !long_record_.has_value(); }
  // Returns the hash of the bytes before progress().resume, for another reader that continues there. nullopt inside a
  // record that is being cut, and after the end. Not during Fill.
  std::optional<PrefixHash> hash_at_resume() const;

 private:
  struct Split;

  std::string_view AtHand() const;
  void SplitWhatIsAtHand();
  bool SplitOne();
  // Splits off a line up to its LF.
  Split SplitLine() const;
  // Splits off a length as a varint (base 128, at most 64 bits) and that number of bytes.
  Split SplitFrame() const;
  void TakeRecord(const Split& split);
  void AddLine(std::string_view line);
  size_t MarkBytes(std::string_view beginning) const;
  void EnterLong(const Split& split);
  void TakeLong();
  void AddLong();
  void Pass(size_t bytes);
  void AddRecord(std::string_view bytes, RawKind kind, uint64_t full_size);
  void RecordDone();
  void HashPassed();
  void Suspend();
  void ReportProgress();
  void MarkResume();
  void Finish();
  void FinishAtEnd();
  void FinishOpenLine();
  void FinishBroken(const std::string& detail);
  void AddBroken(const std::string& detail);
  void EnterBroken();
  Result<Outcome> DrainBroken(std::chrono::steady_clock::time_point deadline);

  const uint32_t input_;
  const FileFormat format_;
  std::unique_ptr<ByteSource> source_;
  InputProgress progress_;                 // after the last record
  PrefixHash hash_;                        // covers all bytes passed
  std::optional<InputProgress> reported_;  // the last one added to a batch

  // In the buffer of the current batch, [hashed_, begin_) has passed and is not yet hashed; [begin_, size) is at hand.
  Batch* batch_ = nullptr;
  size_t next_mark_ = 0;  // index into the batch's records
  size_t hashed_ = 0;
  size_t begin_ = 0;
  std::string carried_;  // the bytes at hand between two batches
  size_t searched_ = 0;  // this many bytes at hand contain no LF
  uint64_t offset_;      // where begin_ is in the input
  uint64_t given_out_;   // bytes from `resume` on that were the open last line of an earlier run
  std::optional<LongRecord> long_record_;
  std::string broken_beginning_;  // the first codec::kDeadLetterPrefix bytes of a rest that cannot be split
  bool broken_framing_ = false;
};

}  // namespace leadpulse::input
