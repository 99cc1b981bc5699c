// What an entry gives under a scoring rule by its age, and when that changes next.
#pragma once

#include <cstdint>

#include "config/definitions.h"
#include "processor/base/instant.h"

namespace leadpulse::view {

struct DecayedPoints {
  int64_t points = 0;
  Instant changes_at = Instant::Never();  // later than now
};

// Of an entry that has not expired: what is to come of `expires_after` is not looked at. One that is still to come is
// of age 0.
DecayedPoints PointsAfterDecay(const config::ScoringRule& rule, Instant occurred_at, Instant now);

// The age from which on the rule gives something else, or may, than to an entry of that instant; Millis::max() if it
// never does.
Millis EndOfPeriod(const config::ScoringRule& rule, Instant occurred_at, Instant now);

}  // namespace leadpulse::view
