// One line of a scenario's `when:` as a JSONL record.
#pragma once

#include <string>

#include "tests/support/scenario.h"

namespace leadpulse::testing {

// Prints the error and aborts if it does not understand the line.
std::string ScenarioRecord(const Scenario& scenario, const ScenarioRow& row);

}  // namespace leadpulse::testing
