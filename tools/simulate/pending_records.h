// Stores the records that are decided and have not arrived yet, in the order of arrival.
//
// Time is divided into slices of five minutes. A new record goes into the slice of its arrival, the current one or a
// later one. A full slice is sorted and taken as a whole. A record that would arrive more than kHorizon later, or after
// the end, is dropped: this bounds memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "processor/base/instant.h"

namespace leadpulse::simulate {

inline constexpr Millis kSlice = std::chrono::minutes(5);
inline constexpr Millis kHorizon = std::chrono::days(10);

// The kinds of records. Those from kProfile on are commands.
enum class Kind : uint8_t {
  kSent,
  kDelivered,
  kOpen,
  kClick,
  kReply,
  kHardBounce,
  kSoftBounce,
  kUnsubscribe,
  kResubscribe,
  kComplaint,
  kPageVisit,
  kOrder,
  kCustom,
  kRetractClick,
  kRetractBounce,
  kProfile,
  kProfileChange,
  kConsent,
  kTags,
  kLists,
  kCampaigns,
  kStage,
  kAgent,
  kQualification,
  kDoNotContact,
  kNote,
  kErase,
};
constexpr bool IsCommand(Kind kind) { return kind >= Kind::kProfile; }

struct PendingRecord {
  Instant arrival = {};
  Instant occurred = {};
  uint64_t number = 0;  // counts the created records and becomes the id; a duplicate has the same number
  uint64_t detail = 0;  // random bits that decide the rest; for a retract, the number of the retracted record
  uint32_t lead = 0;
  uint32_t mailing = 0;  // the day of its mailing; 0: none
  Kind kind = Kind::kSent;
  bool machine = false;
  bool again = false;  // delivered a second time
};

static_assert(sizeof(PendingRecord) == 48, "memory grows with them");

class PendingRecords {
 public:
  // Starts with the slice at `start`; no record arrives at `end` or later.
  PendingRecords(Instant start, Instant end);

  // Adds a record. Its arrival must not be before the current slice.
  void Add(const PendingRecord& record);

  // Replaces `records` by those of the current slice, sorted, and advances to the next slice. False after the last
  // slice.
  bool TakeSlice(std::vector<PendingRecord>* records);

  // Returns the beginning of the current slice.
  Instant now() const { return start_ + kSlice * current_; }
  // Returns the number of stored records.
  size_t size() const { return size_; }

 private:
  const Instant start_;
  const Instant end_;
  std::vector<std::vector<PendingRecord>> slices_;  // a ring, by slice modulo its size
  int64_t current_ = 0;
  size_t size_ = 0;
};

}  // namespace leadpulse::simulate
