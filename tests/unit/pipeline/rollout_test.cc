// A rollout of definitions, from one text to the next.
#include "processor/pipeline/rollout.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "config/definitions_loader.h"

namespace leadpulse::pipeline::rollout_test {

using DefinitionsPointer = std::shared_ptr<const config::Definitions>;

DefinitionsPointer WithTier(const std::string& tier) {
  return config::LoadDefinitions("tenants: {\"*\": {tiers: [{name: " + tier + "}]}}\n").definitions;
}

class RolloutTest : public ::testing::Test {
 protected:
  Rollout Load(engine::StoredDefinitions stored) { return *Rollout::Load(std::move(stored), one_); }

  const DefinitionsPointer one_ = WithTier("one");
  const DefinitionsPointer two_ = WithTier("two");
  Rollout rollout_ = Load({.text = one_->text});
};

TEST_F(RolloutTest, IsNeededForAnotherTextOrAnOlderEngine) {
  EXPECT_EQ(rollout_.in_force().current, one_) << "loaded once";
  EXPECT_FALSE(rollout_.under_way());
  EXPECT_FALSE(rollout_.IsNeededFor(*one_));
  EXPECT_TRUE(rollout_.IsNeededFor(*two_));
  EXPECT_TRUE(Load({.text = one_->text, .engine_version = engine::kEngineVersion - 1}).IsNeededFor(*one_));
}

TEST_F(RolloutTest, HasBothTextsUntilItEnds) {
  ASSERT_TRUE(rollout_.Begin(two_, {77}).ok());
  EXPECT_TRUE(rollout_.under_way());
  EXPECT_EQ(rollout_.stored().text, two_->text);
  EXPECT_EQ(rollout_.stored().previous_text, one_->text);
  EXPECT_EQ(rollout_.stored().number, DefinitionsNumber{2});
  EXPECT_EQ(rollout_.stored().rolled_out_at, Instant{77});
  EXPECT_EQ(rollout_.stored().engine_version, engine::kKeptNumbersVersion);
  EXPECT_EQ(rollout_.in_force().current, two_);
  EXPECT_EQ(rollout_.in_force().previous, one_);
  EXPECT_EQ(rollout_.in_force().number, DefinitionsNumber{2});
  EXPECT_FALSE(rollout_.IsNeededFor(*two_));
  ASSERT_TRUE(rollout_.End().ok());
  EXPECT_FALSE(rollout_.under_way());
  EXPECT_FALSE(rollout_.stored().previous_text);
  EXPECT_EQ(rollout_.in_force().current, two_);
  EXPECT_EQ(rollout_.in_force().previous, nullptr);
}

// Programs before kKeptNumbersVersion cannot read what such a rollout leaves.
TEST_F(RolloutTest, EvaluatesAllLeadsOnlyOfAnotherEngine) {
  EXPECT_FALSE(Load({.text = one_->text, .engine_version = engine::kKeptNumbersVersion}).IsNeededFor(*one_));
  Rollout upgrade = Load({.text = one_->text, .engine_version = engine::kEngineVersion - 1});
  ASSERT_TRUE(upgrade.Begin(two_, {77}).ok());
  EXPECT_EQ(upgrade.stored().engine_version, engine::kEngineVersion);
  EXPECT_FALSE(upgrade.in_force().keeps_numbers);
  ASSERT_TRUE(upgrade.End().ok());
  ASSERT_TRUE(upgrade.Begin(one_, {78}).ok());
  EXPECT_EQ(upgrade.stored().engine_version, engine::kKeptNumbersVersion);
  EXPECT_TRUE(upgrade.in_force().keeps_numbers);
}

TEST_F(RolloutTest, ContinuesFromWhatWasStored) {
  ASSERT_TRUE(rollout_.Begin(two_, {77}).ok());
  const Rollout again = Load(rollout_.stored());
  EXPECT_TRUE(again.under_way());
  EXPECT_EQ(again.in_force().current->text, two_->text);
  EXPECT_EQ(again.in_force().previous, one_);
  EXPECT_EQ(again.in_force().rolled_out_at, Instant{77});
}

TEST_F(RolloutTest, ATextThatThisProgramDoesNotAcceptIsFatal) {
  for (const auto& stored : {engine::StoredDefinitions{.text = "no: yaml"},
                             engine::StoredDefinitions{.text = one_->text, .previous_text = "no: yaml"}}) {
    EXPECT_EQ(Rollout::Load(stored, nullptr).status().kind(), ErrorKind::kFatal);
  }
}

TEST_F(RolloutTest, AnotherOriginIsNews) {
  const engine::DefinitionsOrigin origin{"cluster", "lead.definitions", 3, {1}};
  EXPECT_FALSE(rollout_.SetOrigin(std::nullopt));
  EXPECT_TRUE(rollout_.SetOrigin(origin));
  EXPECT_FALSE(rollout_.SetOrigin(origin));
  EXPECT_EQ(rollout_.stored().origin, origin);
}

}  // namespace leadpulse::pipeline::rollout_test
