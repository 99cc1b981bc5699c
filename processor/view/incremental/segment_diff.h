// How the segments of a lead differ from those it was in before.
#pragma once

#include <cstdint>
#include <span>

#include "state/lead/lead.h"

namespace leadpulse::view {

// Indexes into the tenant's definitions, ascending; views.
struct SegmentDiff {
  std::span<const uint32_t> left;     // it was in each of them
  std::span<const uint32_t> entered;  // and in none of these
};

// In place.
void ApplyDiff(const SegmentDiff& diff, state::SegmentIndexes* segments);

}  // namespace leadpulse::view
