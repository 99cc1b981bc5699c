// The score, summed up anew at each instant.
#pragma once

#include <cstdint>

#include "tests/support/model/facts.h"

namespace leadpulse::model {

struct Standing;

// The score at an instant. `standing` holds what does not depend on it.
int64_t ScoreOf(const Facts& facts, const Standing& standing, Millis now);

}  // namespace leadpulse::model
