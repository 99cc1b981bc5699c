// A LeadStore that forgets everything with the process: for tests and thread-sanitizer runs. Its commits never fail.
// Erasures stand under the plain key here, for nothing is kept.
#pragma once

#include <memory>

#include "state/lead_store.h"

namespace leadpulse::state {

std::unique_ptr<LeadStore> MakeMemoryLeadStore(uint32_t partition_count);

}  // namespace leadpulse::state
