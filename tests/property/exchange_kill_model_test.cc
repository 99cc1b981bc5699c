// Kills the program at each step of an exchange: while messages are between leads, and at each step of the same epoch's
// commit. The next run must write what the model says.

#include <cstdio>

#include "tests/property/model_comparison.h"
#include "tests/support/workload/random.h"

namespace leadpulse::workload {
namespace {

uint64_t Exchanges() { return std::stoull(Setting("LEADPULSE_MODEL_EXCHANGES", "3")); }

// A commit's steps up to the one that makes it durable, and those after it. A start publishes as well: that is the
// first time.
const std::vector<Kill> kBeforeCommit = {{"before_flush", 1}, {"after_flush", 1}, {"before_batch", 1}};
const std::vector<Kill> kAfterCommit = {{"after_batch", 1}, {"before_publish", 2}, {"after_publish", 1}};

// Makes a workload whose first run creates a state. The second run reads the rest in one epoch. It is killed during the
// exchange before each kill of the commit.
Workload MakeExchange(uint64_t seed) {
  Workload workload = MakeWorkload(seed, true);
  workload.phases.resize(1);
  workload.phases.push_back(workload.phases.front());
  auto& first = workload.phases.front().records;
  auto& rest = workload.phases.back().records;
  const auto middle = static_cast<int64_t>(first.size() / 4);
  first.erase(first.begin() + middle, first.end());
  rest.erase(rest.begin(), rest.begin() + middle);
  workload.phases.front().cuts.clear();
  workload.phases.back().separate_runs = false;
  Random random(seed);
  std::vector<Kill>& kills = workload.phases.back().kills;
  for (const Kill& kill : kBeforeCommit) {
    kills.push_back({kDuringExchange, static_cast<int>(random.Between(1, 4))});
    kills.push_back(kill);
  }
  kills.push_back({kDuringExchange, 1});
  kills.push_back(kAfterCommit[seed % kAfterCommit.size()]);
  return workload;
}

using ExchangeKillModelTest = ModelTest;

TEST_F(ExchangeKillModelTest, ProgramAndModelAgree) {
  KillTally tally;
  if (!CheckEach(Exchanges(), MakeExchange, &tally)) return;
  for (const auto& [step, kills] : tally) std::printf("%d kills at %s\n", kills, step.c_str());
  for (const auto& steps : {kBeforeCommit, kAfterCommit}) {
    for (const Kill& kill : steps) {
      const std::string step = std::string(kDuringExchange) + ", " + kill.step;
      EXPECT_TRUE(tally.contains(step)) << "no commit of an exchange was killed at " << kill.step;
    }
  }
}

}  // namespace
}  // namespace leadpulse::workload
