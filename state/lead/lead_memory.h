// Estimates of the memory that a lead takes, beside its journal, which knows its own.
#pragma once

#include <cstddef>

#include "state/lead/lead.h"

namespace leadpulse::state {

// Bytes, roughly.
size_t ProfileMemory(const Profile& profile);
// Bytes on the heap of the list of segments; none where the list is short.
size_t SegmentBytes(const PublishedView& view);

}  // namespace leadpulse::state
