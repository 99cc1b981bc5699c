// Estimates of the memory that a lead takes without its journal (Journal::MemoryBytes).
#pragma once

#include <cstddef>

#include "state/lead/lead.h"

namespace leadpulse::state {

// Bytes, roughly.
size_t ProfileMemory(const Profile& profile);
// Heap bytes of the list of segments; 0 for a short list.
size_t SegmentBytes(const PublishedView& view);

}  // namespace leadpulse::state
