// One line of a scenario's `when:` as a JSONL record.
#pragma once

#include <string>

#include "tests/support/scenario.h"

namespace leadpulse::testing {

// Prints what is wrong and aborts on a line it does not understand.
std::string ScenarioRecord(const Scenario& scenario, const ScenarioRow& row);

}  // namespace leadpulse::testing
