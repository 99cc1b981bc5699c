// Random rules and steps: definitions refuse exactly those new ones that the model says hold a test that is never true.
#include <gtest/gtest.h>

#include <string>

#include "config/definitions_loader.h"
#include "tests/support/model/never_true.h"
#include "tests/support/workload/rules.h"
#include "tests/support/workload/workload.h"

namespace leadpulse::workload {
namespace {

constexpr int kWorlds = 2000;

// Counts what was compared, because a generator that makes only one kind shows nothing.
struct Seen {
  int never_true = 0;
  int others = 0;
};

// Gives the tenant one rule and one step.
void Replace(Random& random, const World& world, model::TenantDefinitions* tenant) {
  tenant->segments.clear();
  RuleMaker maker(random, world, *tenant, Comparisons::kAny);
  const model::Rule rule = maker.MakeRule(static_cast<int>(random.Below(3)), true);
  model::ScoringRule scoring;
  scoring.match = maker.MakeStep();
  tenant->scoring = {};
  tenant->scoring.rules = {scoring};
  tenant->segments = {{"asked", "Asked", rule}};
}

TEST(NeverTrueProperty, IsAnErrorExactlyWhereTheModelSaysSo) {
  Seen seen;
  for (uint64_t seed = 1; seed <= kWorlds; ++seed) {
    Random random(seed);
    const World world = MakeWorld(random, random.OneOf(Eras()), "t");
    model::TenantDefinitions tenant = MakeDefinitions(random, world);
    Replace(random, world, &tenant);
    const bool is_never_true = model::HasNeverTrue(tenant, tenant.segments[0].rule) ||
                               model::HasNeverTrue(tenant, *tenant.scoring.rules[0].match);
    ++(is_never_true ? seen.never_true : seen.others);
    const std::string yaml = DefinitionsYaml({{"t", tenant}});
    const auto as_new = config::LoadDefinitions(yaml, config::RulesInForce());
    ASSERT_EQ(as_new.definitions == nullptr, is_never_true)
        << "seed " << seed << "\n"
        << (as_new.errors.empty() ? yaml : as_new.errors[0].message + "\n" + yaml);
    const auto before = config::LoadDefinitions(yaml);
    ASSERT_NE(before.definitions, nullptr) << "seed " << seed << "\n" << before.errors[0].message << "\n" << yaml;
    const auto again = config::LoadDefinitions(yaml, config::RulesInForce(*before.definitions));
    ASSERT_NE(again.definitions, nullptr) << "seed " << seed << "\n" << again.errors[0].message << "\n" << yaml;
  }
  EXPECT_GT(seen.never_true, kWorlds / 10);
  EXPECT_GT(seen.others, kWorlds / 10);
}

// The histories of other tests publish new definitions, which must be accepted.
TEST(NeverTrueProperty, IsInNoHistory) {
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    for (const Phase& phase : MakeHistory(seed, /*shares_addresses=*/seed % 2 == 0).phases) {
      const auto loaded = config::LoadDefinitions(DefinitionsYaml(phase.definitions), config::RulesInForce());
      ASSERT_NE(loaded.definitions, nullptr) << "seed " << seed << ": " << loaded.errors[0].message;
    }
  }
}

}  // namespace
}  // namespace leadpulse::workload
