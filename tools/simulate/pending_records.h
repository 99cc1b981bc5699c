// What has been decided to happen and has not arrived yet, in the order of arrival.
//
// Time goes by in slices of five minutes. Whoever makes records puts them into the slice of their arrival, which is the
// current one or a later one; at the end of its making, a slice is sorted and taken as a whole. What would arrive more
// than kHorizon later, or after the end, is dropped: memory is bounded by what happens within that horizon.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "processor/base/instant.h"

namespace leadpulse::simulate {

inline constexpr Millis kSlice = std::chrono::minutes(5);
inline constexpr Millis kHorizon = std::chrono::days(10);

// What a record says. Those from kProfile on are commands.
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
  Instant arrival;
  Instant occurred;
  uint64_t number = 0;  // of its making: becomes its id; two with the same number are the same record twice
  uint64_t detail = 0;  // random bits from which the rest follows; of a retract, the number of what it takes back
  uint32_t lead = 0;
  uint32_t mailing = 0;  // the day of the mailing it belongs to; 0: none
  Kind kind = Kind::kSent;
  bool machine = false;
  bool again = false;  // delivered a second time
};

static_assert(sizeof(PendingRecord) == 48, "memory grows with them");

class PendingRecords {
 public:
  // Slices count from `start`; nothing arrives at `end` or later.
  PendingRecords(Instant start, Instant end);

  // The arrival is not before the current slice.
  void Add(const PendingRecord& record);

  // Replaces what is in `records` by those of the current slice, sorted, and goes on to the next. False: that was the
  // last slice already.
  bool TakeSlice(std::vector<PendingRecord>* records);

  // The beginning of the current slice.
  Instant now() const { return start_ + kSlice * current_; }
  // How many wait.
  size_t size() const { return size_; }

 private:
  const Instant start_;
  const Instant end_;
  std::vector<std::vector<PendingRecord>> slices_;  // a ring, by slice modulo its size
  int64_t current_ = 0;
  size_t size_ = 0;
};

}  // namespace leadpulse::simulate
