// Runs the tables on the model, but those with rules that its reader does not know.
#include <gtest/gtest.h>

#include "tests/support/scenario_model.h"

namespace leadpulse::testing {
namespace {

constexpr int kLeastScenarios = 300;

TEST(ModelScenarios, ComeOutAsWritten) {
  int known = 0;
  for (const Scenario& scenario : AllScenarios()) {
    for (bool hostile : {false, true}) {
      const std::optional<std::string> report = RunScenarioOnModel(scenario, hostile);
      if (!report) continue;
      known += hostile ? 0 : 1;
      EXPECT_EQ(*report, "") << scenario.file << ":" << scenario.line << ": " << scenario.title
                             << (hostile ? " (every record twice)" : "");
    }
  }
  EXPECT_GE(known, kLeastScenarios);
}

TEST(ModelScenarios, AWrongExpectationIsReported) {
  for (Scenario& scenario : AllScenarios()) {
    if (scenario.finally.empty()) continue;
    scenario.finally.front().json = "\"wrong\"";
    EXPECT_NE(RunScenarioOnModel(scenario, false), "") << scenario.title;
  }
}

}  // namespace
}  // namespace leadpulse::testing
