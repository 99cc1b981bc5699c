// In which order the segments of a tenant are evaluated, so that `IN SEGMENT` finds its answer ready.
#pragma once

#include <cstdint>
#include <vector>

#include "config/definitions.h"

namespace leadpulse::config {

struct SegmentOrder {
  // Indexes of segments, each after those its rule refers to; by ascending index where that leaves a choice open.
  // Complete only where there are no circles.
  std::vector<uint32_t> order;
  // Each a round of indexes that refer to the next, the last to the first; starts with the one that stands first in
  // the file. One for every reference that closes a circle.
  std::vector<std::vector<uint32_t>> circles;
};

// `segments` by ascending id with checked rules; those without a rule refer to nothing. `file_order` has the indexes
// of segments in the order of the file. Linear in the references, without recursion.
SegmentOrder OrderSegments(const std::vector<Segment>& segments, const std::vector<uint32_t>& file_order);

// Where the rule asks for the segment with this index; an empty span at 0 if it does not.
rules::Span FindReference(const rules::Rule& rule, uint32_t index);

}  // namespace leadpulse::config
