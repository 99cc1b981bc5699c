// Scenario tables on the model. The reader knows the definitions and all records, but only the shorter rules.
#pragma once

#include <optional>
#include <string>

#include "tests/support/scenario.h"

namespace leadpulse::testing {

// Runs a scenario like `RunScenario`. Returns nullopt if it contains something that the reader does not know, or takes
// the model seconds. With `hostile` every record comes twice.
std::optional<std::string> RunScenarioOnModel(const Scenario& scenario, bool hostile);

}  // namespace leadpulse::testing
