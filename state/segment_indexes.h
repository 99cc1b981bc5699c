// The segments that a lead is in, as indexes into its tenant's definitions, ascending; and how they change.
#pragma once

#include <cstdint>
#include <span>

#include "absl/container/inlined_vector.h"

namespace leadpulse::state {

// Few in most leads, which then need no memory of their own.
using SegmentIndexes = absl::InlinedVector<uint32_t, 4>;

// What differs between the segments of a lead and those it was in before. Ascending; views.
struct SegmentFlips {
  std::span<const uint32_t> left;     // it was in each of them
  std::span<const uint32_t> entered;  // and in none of these
};

// In place.
void ApplyFlips(const SegmentFlips& flips, SegmentIndexes* segments);

}  // namespace leadpulse::state
