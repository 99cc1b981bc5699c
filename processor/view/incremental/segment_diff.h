// The segments that a lead left and entered.
#pragma once

#include <cstdint>
#include <span>

#include "state/lead/lead.h"

namespace leadpulse::view {

// The segments that changed, as ascending indexes into the tenant's definitions; views.
struct SegmentDiff {
  std::span<const uint32_t> left;     // the lead was in all of them
  std::span<const uint32_t> entered;  // the lead was in none of them
};

// Applies the diff to `segments` in place.
void ApplyDiff(const SegmentDiff& diff, state::SegmentIndexes* segments);

}  // namespace leadpulse::view
