// What records changed in a state: its leads before and after them, under the same definitions and at the same instant.
#pragma once

#include <memory>

#include "config/definitions.h"
#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "state/lead_store.h"
#include "tools/leadpulse/preview/preview.h"

namespace leadpulse::tools {

// Tiers, segments and samples only. Both as of `at`, so that what only time would have changed does not count. A lead
// that was not there before enters its tier, one that is no longer there leaves it. The stores have the same number of
// partitions and are only read. Fatal: a lead cannot be read.
Result<Preview> CompareStates(const state::LeadStore& before, const state::LeadStore& after,
                              std::shared_ptr<const config::Definitions> definitions, Instant at);

}  // namespace leadpulse::tools
