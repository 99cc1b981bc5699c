// Whether this program may evaluate or change a state: it may not where a later version has evaluated it.
#pragma once

#include <cstdint>

#include "processor/base/status.h"
#include "state/meta_reader.h"

namespace leadpulse::upkeep {

// Of a state on files or of the live mode, as CheckEngineVersion says (processor/engine/kept_definitions.h). Fatal too
// where an entry that says so is damaged. Changes nothing. Thread-safe.
Status CheckEngineOfState(const state::MetaReader& read, uint32_t partition_count);

}  // namespace leadpulse::upkeep
