// Runs every table of this folder, and checks that there are enough for the grammar and the view.
#include "tests/support/scenario.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace leadpulse::testing {
namespace {

constexpr size_t kLeastScenarios = 385;

TEST(Scenarios, ComeOutAsWritten) {
  const std::vector<Scenario> scenarios = AllScenarios();
  EXPECT_GE(scenarios.size(), kLeastScenarios);
  for (const Scenario& scenario : scenarios) {
    for (bool hostile : {false, true}) {
      const std::string report = RunScenario(scenario, hostile);
      EXPECT_EQ(report, "") << scenario.file << ":" << scenario.line << ": " << scenario.title
                            << (hostile ? " (every record twice, restarts)" : "");
    }
  }
  RecordProperty("scenarios", static_cast<int>(scenarios.size()));
}

// A table with a wrong expectation must fail: the comparison compares something.
TEST(Scenarios, AWrongExpectationIsReported) {
  for (Scenario& scenario : AllScenarios()) {
    if (scenario.then.empty() || !scenario.then.front().at) continue;
    scenario.then.front().at = *scenario.then.front().at + Millis{1};
    EXPECT_NE(RunScenario(scenario, false), "") << scenario.title;
    return;
  }
  FAIL() << "no scenario expects a change";
}

}  // namespace
}  // namespace leadpulse::testing
