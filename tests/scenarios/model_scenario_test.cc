// Runs the tables about addresses on the model.
#include <gtest/gtest.h>

#include "tests/support/scenario_model.h"

namespace leadpulse::testing {
namespace {

constexpr size_t kLeastScenarios = 40;

std::vector<Scenario> AddressScenarios() {
  std::vector<Scenario> scenarios = ReadScenarios("tests/scenarios/addresses.scenario");
  for (Scenario& scenario : ReadScenarios("tests/scenarios/addresses_commands.scenario")) {
    scenarios.push_back(std::move(scenario));
  }
  return scenarios;
}

TEST(ModelScenarios, ComeOutAsWritten) {
  const std::vector<Scenario> scenarios = AddressScenarios();
  EXPECT_GE(scenarios.size(), kLeastScenarios);
  for (const Scenario& scenario : scenarios) {
    for (bool hostile : {false, true}) {
      EXPECT_EQ(RunScenarioOnModel(scenario, hostile), "")
          << scenario.file << ":" << scenario.line << ": " << scenario.title
          << (hostile ? " (every record twice)" : "");
    }
  }
}

TEST(ModelScenarios, AWrongExpectationIsReported) {
  for (Scenario& scenario : AddressScenarios()) {
    if (scenario.finally.empty()) continue;
    scenario.finally.front().json = "\"wrong\"";
    EXPECT_NE(RunScenarioOnModel(scenario, false), "") << scenario.title;
  }
}

}  // namespace
}  // namespace leadpulse::testing
