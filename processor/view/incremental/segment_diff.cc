#include "processor/view/incremental/segment_diff.h"

#include <cstddef>

#include "processor/base/assert.h"

namespace leadpulse::view {
namespace {

using state::SegmentIndexes;

void TakeOut(std::span<const uint32_t> left, SegmentIndexes* segments) {
  if (left.empty()) return;
  uint32_t* kept = segments->data();
  auto next = left.begin();
  for (const uint32_t segment : *segments) {
    if (next != left.end() && segment == *next) {
      ++next;
    } else {
      *kept++ = segment;
    }
  }
  LP_ASSERT(next == left.end());
  segments->resize(static_cast<size_t>(kept - segments->data()));
}

// Inserts the entered segments, from the last one down, into room made at the end.
void PutIn(std::span<const uint32_t> entered, SegmentIndexes* segments) {
  size_t held = segments->size();
  segments->resize(held + entered.size());
  uint32_t* room = segments->data() + segments->size();
  for (size_t i = entered.size(); i-- > 0; *--room = entered[i]) {
    while (held > 0 && (*segments)[held - 1] > entered[i]) *--room = (*segments)[--held];
  }
}

}  // namespace

void ApplyDiff(const SegmentDiff& diff, SegmentIndexes* segments) {
  TakeOut(diff.left, segments);
  PutIn(diff.entered, segments);
}

}  // namespace leadpulse::view
