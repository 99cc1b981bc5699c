// What a retraction would do, for people.
#pragma once

#include <string>

#include "tools/leadpulse/retract/retraction_pass.h"

namespace leadpulse::tools {

// For a terminal. Names that come with the leads cannot steer it.
std::string RetractionText(const RetractionAsked& asked, const RetractionTotals& totals);

}  // namespace leadpulse::tools
