// The instants at which the model evaluates again, because time alone might have changed something.
#pragma once

#include <vector>

#include "tests/support/model/facts.h"

namespace leadpulse::model {

// Returns the instants in (`after`, `until`] at which the view might change by time alone, sorted, without duplicates.
// They are more than necessary. None is missing, because every rule compares `now` with a known instant, possibly moved
// by a known duration, or uses the local day of `now`.
std::vector<Millis> CandidateInstants(const Facts& facts, Millis after, Millis until);

}  // namespace leadpulse::model
