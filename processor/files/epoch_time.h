// How long an epoch of a run on files may last: the latency of its changes.
//
// It doubles while the input is ahead of the run, because a lead that occurs several times in an epoch is written once.
// Otherwise it is short, however much comes in. The first one is short, so that a run killed again and again makes
// progress.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>

#include "processor/files/input/batch.h"

namespace leadpulse::files {

class EpochTime {
 public:
  static constexpr std::chrono::milliseconds kShortest{200};
  static constexpr std::chrono::milliseconds kLongest{4000};

  // `fixed`: it never changes.
  explicit EpochTime(std::optional<std::chrono::milliseconds> fixed)
      : fixed_(fixed.has_value()), value_(fixed.value_or(kShortest)) {}

  std::chrono::milliseconds value() const { return value_; }

  // Call at the end of each epoch, with its number of records and of batches.
  void Ended(uint64_t records, uint64_t batches) {
    if (fixed_) return;
    const bool are_full = records >= batches * (input::kMaxBatchRecords / 2);
    value_ = are_full && records >= kBusyRecords ? std::min(2 * value_, kLongest) : kShortest;
  }

 private:
  static constexpr uint64_t kBusyRecords = 2 * input::kMaxBatchRecords;

  const bool fixed_;
  std::chrono::milliseconds value_;
};

}  // namespace leadpulse::files
