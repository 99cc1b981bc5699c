// Scenario tables on the model, for features that the program does not have yet. Understands only the definitions and
// actions that these tables need.
#pragma once

#include <string>

#include "tests/support/scenario.h"

namespace leadpulse::testing {

// Like `RunScenario`. Aborts if the scenario has anything that it does not understand. `hostile`: every record twice.
std::string RunScenarioOnModel(const Scenario& scenario, bool hostile);

}  // namespace leadpulse::testing
