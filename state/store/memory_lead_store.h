// A LeadStore in memory, for tests and thread-sanitizer runs. Its commits never fail, and its erasure secret is a
// constant.
#pragma once

#include <memory>

#include "state/store/lead_store.h"

namespace leadpulse::state {

std::unique_ptr<LeadStore> MakeMemoryLeadStore(uint32_t partition_count);

}  // namespace leadpulse::state
