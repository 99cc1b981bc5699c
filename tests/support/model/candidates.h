// The instants at which the model evaluates again, because time alone might have changed something.
#pragma once

#include <vector>

#include "tests/support/model/facts.h"

namespace leadpulse::model {

// Instants in (`after`, `until`] at which the view might change by time alone: more than necessary, and complete by
// construction. Every rule compares `now` with a known instant, possibly moved by a known duration, or uses the local
// day of `now`. Sorted, without duplicates.
std::vector<Millis> CandidateInstants(const Facts& facts, Millis after, Millis until);

}  // namespace leadpulse::model
