#include "tools/simulate/pending_records.h"

#include <algorithm>
#include <tuple>

#include "processor/base/assert.h"

namespace leadpulse::simulate {
namespace {

constexpr int64_t kSlices = kHorizon / kSlice;

// Whether `a` arrives before `b`. A total order, because no two records are equal in all three: it does not depend on a
// library's sort.
bool ArrivesEarlier(const PendingRecord& a, const PendingRecord& b) {
  return std::tie(a.arrival, a.number, a.again) < std::tie(b.arrival, b.number, b.again);
}

}  // namespace

PendingRecords::PendingRecords(Instant start, Instant end) : start_(start), end_(end), slices_(kSlices) {}

void PendingRecords::Add(const PendingRecord& record) {
  LP_ASSERT(record.arrival >= now());
  const int64_t slice = (record.arrival - start_) / kSlice;
  if (record.arrival >= end_ || slice >= current_ + kSlices) return;
  slices_[static_cast<size_t>(slice % kSlices)].push_back(record);
  ++size_;
}

bool PendingRecords::TakeSlice(std::vector<PendingRecord>* records) {
  records->clear();
  if (now() >= end_) return false;
  std::vector<PendingRecord>& slice = slices_[static_cast<size_t>(current_ % kSlices)];
  // Not swapped: each vector of the ring would keep the capacity of the largest slice.
  *records = std::move(slice);
  slice = {};
  size_ -= records->size();
  std::sort(records->begin(), records->end(), ArrivesEarlier);
  ++current_;
  return true;
}

}  // namespace leadpulse::simulate
