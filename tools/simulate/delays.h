// Delays of people and machines: log-normal, like those of opens, replies and retries.
#pragma once

#include <cstdint>

#include "processor/base/instant.h"
#include "tools/simulate/random.h"

namespace leadpulse::simulate {

// The standard deviation of the logarithm: half of all delays lie within a factor of 1.4, 2.0 or 3.1 of the median.
enum class Spread : uint8_t { kNarrow, kUsual, kWide };

// At most about 5, 24 or 214 times the median, by the spread.
Millis DrawDelay(Millis median, Spread spread, Random* random);

}  // namespace leadpulse::simulate
