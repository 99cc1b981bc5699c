// A batch: raw records side by side in one buffer, and the decoded records.
//
// The reader fills a batch, workers decode it, the run applies it; then it is reused. No record spans two batches: the
// reader keeps an incomplete one.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "processor/base/assert.h"
#include "processor/base/ids.h"
#include "processor/base/instant.h"
#include "processor/files/input/input_progress.h"
#include "schemas/codec/records.h"

namespace leadpulse::input {

// The most bytes of a record for the decoder; a longer one is cut to codec::kDeadLetterPrefix while it is read, so that
// memory is bounded. Well above codec::kMaxRecordBytes, because `malformed` comes before `too_large` and needs the
// whole record.
inline constexpr size_t kMaxRawRecord = 8 << 20;
// The bytes of one read from a source.
inline constexpr size_t kReadChunk = 128 << 10;
// The limits of a batch: so large that waking the workers costs little in comparison, and small enough for the cache.
inline constexpr size_t kMaxBatchRecords = 4096;
inline constexpr size_t kMaxBatchBytes = 4 << 20;

enum class RawKind : uint8_t {
  kWhole,   // to be decoded
  kCut,     // longer than kMaxRawRecord; `bytes` is its beginning
  kBroken,  // the rest of an input that cannot be split into records; `bytes` is its beginning
};

struct RawRecord {
  std::string_view bytes;
  uint64_t offset = 0;  // in decompressed bytes, of the line or of the length before a .pb record
  uint64_t line = 0;    // from 1; in .pb files the record's number
  uint32_t input = 0;   // index into the run's inputs
  RawKind kind = RawKind::kWhole;
  uint64_t full_size = 0;
};

struct DecodedRecord {
  codec::Decoded result;
  PartitionId partition;  // unless rejected
  Instant time;           // occurred_at or issued_at, unless rejected
  Instant clock;          // at which the record applies; set by the run, in the order of the input
};

// The progress of an input after the first `records` records of a batch. A commit is possible at this place.
struct BatchMark {
  uint32_t input = 0;  // index into the run's inputs
  InputProgress progress;
  size_t records = 0;
  // The file that is read from here on: the input's own, or an earlier one, at this place in `progress.before`.
  std::optional<size_t> before = {};
};
// The most records between two marks, if none is longer than kMaxRawRecord.
inline constexpr size_t kRecordsPerMark = 32;

class Batch {
 public:
  explicit Batch(size_t max_records = kMaxBatchRecords) : max_records_(max_records), buffer_(new char[kCapacity]) {}

  void Clear() {
    size_ = 0;
    kept_bytes_ = 0;
    records.clear();  // not `decoded`, whose memory is reused
    starts.clear();
    progress.clear();
    broken_details.clear();
    kept_.clear();
    end_of_input = is_all = false;
  }

  // Returns the used size of the buffer, for the reader: [0, size()) is in use.
  size_t size() const { return size_; }
  char* data() { return buffer_.get(); }
  void Resize(size_t size) {
    LP_ASSERT(size <= kCapacity);
    size_ = size;
  }
  // Stores bytes outside the buffer, as long as the batch lives.
  std::string_view Keep(std::string bytes) {
    kept_bytes_ += bytes.size();
    return kept_.emplace_back(std::move(bytes));
  }
  // Whether the batch is full. `used`: bytes of records in the buffer.
  bool Full(size_t used) const { return records.size() >= max_records_ || used + kept_bytes_ >= kMaxBatchBytes; }

  // Returns the progress of the inputs after the first `end` records, in the order in which it was made.
  std::vector<BatchMark> ProgressAfter(size_t end) const;

  std::vector<RawRecord> records;
  std::vector<DecodedRecord> decoded;  // parallel to `records` after decoding
  // The progress of an input before the records that it gives to the batch. A commit needs it if it comes before the
  // input's first mark.
  std::vector<BatchMark> starts;
  // In the order of the records. The last mark of an input is its progress after this batch.
  std::vector<BatchMark> progress;
  std::deque<std::string> broken_details;  // a sentence for each kBroken record, in their order
  Instant read_at;                         // when it was read, by the wall clock
  uint64_t stored_bytes_read = 0;          // from all inputs together, in this run
  bool end_of_input = false;
  bool is_all = false;  // followed inputs had no more when it was filled

 private:
  // A full batch may be followed by one record of the maximum length and the bytes read after it.
  static constexpr size_t kCapacity = kMaxBatchBytes + 2 * kMaxRawRecord + 4 * kReadChunk;

  // Returns an input's last mark among the first `end` records. There is one.
  BatchMark LastMark(uint32_t input, size_t end) const;

  const size_t max_records_;
  std::unique_ptr<char[]> buffer_;
  size_t size_ = 0;
  size_t kept_bytes_ = 0;
  std::deque<std::string> kept_;
};

}  // namespace leadpulse::input
