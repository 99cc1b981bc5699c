// Scenario tables on the model, for features that the program does not have yet. Understands only the definitions and
// actions that these tables need.
#pragma once

#include <string>

#include "tests/support/scenario.h"

namespace leadpulse::testing {

// Runs a scenario like `RunScenario`. Aborts if it contains something unknown. With `hostile` every record comes twice.
std::string RunScenarioOnModel(const Scenario& scenario, bool hostile);

}  // namespace leadpulse::testing
