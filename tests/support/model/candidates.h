// At which instants the model looks again, since time alone might have changed something.
#pragma once

#include <vector>

#include "tests/support/model/facts.h"

namespace leadpulse::model {

// Instants in (`after`, `until`] at which the view might change by time alone:
// generously many, and complete by construction. Every rule compares `now`
// with a known instant, moved by a known duration or not, or asks for the local
// day of `now`. Sorted, without repetition.
std::vector<Millis> CandidateInstants(const Facts& facts, Millis after, Millis until);

}  // namespace leadpulse::model
