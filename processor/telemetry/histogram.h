// A histogram of durations for the metrics page.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "processor/base/instant.h"

namespace leadpulse::telemetry {

// Counts durations by bucket. Any number of threads observe and read it at once. An observation takes no lock and some
// ten nanoseconds: two additions to atomics.
class Histogram {
 public:
  // The upper bounds of the buckets in seconds, each inclusive. All histograms have the same, so that one query and one
  // dashboard compare them. They are those of Prometheus' client libraries from 5 ms to 10 s without 5 s, so our aims
  // are bounds (10, 50, 100 and 250 ms). 1 ms stands below, because a lead is read faster, and a minute above, because
  // a backlog takes minutes.
  static constexpr std::array kBounds = {0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0};

  // Counts `count` durations of this length. A negative one, which two clocks can make, counts as 0.
  void Observe(std::chrono::duration<double> duration, uint64_t count = 1);

  struct Counts {
    std::array<uint64_t, kBounds.size() + 1> in_bucket{};  // not cumulative; the last one is above all bounds
    double seconds = 0;                                    // the sum of all durations

    uint64_t total() const;
  };
  // Returns the counts. An observation that runs meanwhile may be missing from the sum or from the buckets.
  Counts Read() const;
  // Returns the sum of all durations.
  double seconds() const { return seconds_.load(std::memory_order_relaxed); }

 private:
  std::array<std::atomic<uint64_t>, kBounds.size() + 1> in_bucket_{};
  std::atomic<double> seconds_{0};  // no integer: old records are years late, and an overflow would look like a restart
};

// The begun durations of an epoch, which all end with its commit. One thread.
class BegunDurations {
 public:
  // Begins `count` durations. Some ten nanoseconds less if they begin at the same instant as the ones before.
  void Begin(Instant at, uint64_t count = 1) {
    if (begun_.empty() || begun_.back().at != at) begun_.push_back({at, 0});
    begun_.back().count += count;
  }
  // Ends all durations at `now` and counts them in `histogram`.
  void EndAll(Instant now, Histogram* histogram);

 private:
  struct Begun {
    Instant at;
    uint64_t count;
  };
  std::vector<Begun> begun_;
};

}  // namespace leadpulse::telemetry
