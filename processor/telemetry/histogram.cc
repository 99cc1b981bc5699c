#include "processor/telemetry/histogram.h"

#include <algorithm>
#include <numeric>

namespace leadpulse::telemetry {
namespace {

// Memory of begun durations that stays for the next epoch: 64 KiB.
constexpr size_t kMostKept = 4096;

}  // namespace

void Histogram::Observe(std::chrono::duration<double> duration, uint64_t count) {
  const double seconds = std::max(duration.count(), 0.0);
  const auto bucket = static_cast<size_t>(std::ranges::lower_bound(kBounds, seconds) - kBounds.begin());
  in_bucket_[bucket].fetch_add(count, std::memory_order_relaxed);
  seconds_.fetch_add(seconds * static_cast<double>(count), std::memory_order_relaxed);
}

uint64_t Histogram::Counts::total() const { return std::accumulate(in_bucket.begin(), in_bucket.end(), uint64_t{0}); }

Histogram::Counts Histogram::Read() const {
  Counts counts;
  for (size_t i = 0; i < in_bucket_.size(); ++i) counts.in_bucket[i] = in_bucket_[i].load(std::memory_order_relaxed);
  counts.seconds = seconds();
  return counts;
}

void BegunDurations::EndAll(Instant now, Histogram* histogram) {
  for (const auto& [at, count] : begun_) histogram->Observe(now - at, count);
  if (begun_.capacity() > kMostKept) begun_ = {};
  begun_.clear();
}

}  // namespace leadpulse::telemetry
