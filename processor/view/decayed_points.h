// The points of an entry under a scoring rule by its age, and when they change next.
#pragma once

#include <cstdint>

#include "config/definitions.h"
#include "processor/base/instant.h"

namespace leadpulse::view {

struct DecayedPoints {
  int64_t points = 0;
  Instant changes_at = Instant::Never();  // later than now
};

// For an entry that has not expired; ignores `expires_after`. An entry in the future has age 0.
DecayedPoints PointsAfterDecay(const config::ScoringRule& rule, Instant occurred_at, Instant now);

// The age from which the points may differ from those of an entry at that instant; Millis::max() if they never do.
Millis EndOfPeriod(const config::ScoringRule& rule, Instant occurred_at, Instant now);

}  // namespace leadpulse::view
