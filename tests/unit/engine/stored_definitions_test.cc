// The definitions of a state are loaded once.
#include "processor/engine/stored_definitions.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

#include "config/definitions_loader.h"

namespace leadpulse::engine::stored_definitions_test {

TEST(StoredDefinitionsTest, WhatIsLoadedIsNotLoadedAgain) {
  auto load = [](const char* tier) {
    return config::LoadDefinitions("tenants: {\"*\": {tiers: [{name: " + std::string(tier) + "}]}}\n").definitions;
  };
  auto one = load("one");
  auto two = load("two");
  ASSERT_TRUE(one != nullptr && two != nullptr);
  StoredDefinitions kept;
  kept.text = two->text;
  kept.previous_text = one->text;
  Result<DefinitionsInForce> all = LoadStoredDefinitions(kept, {nullptr, one, two});
  ASSERT_TRUE(all.ok());
  EXPECT_EQ(all->current, two);
  EXPECT_EQ(all->previous, one);
  Result<DefinitionsInForce> none = LoadStoredDefinitions(kept);
  ASSERT_TRUE(none.ok());
  EXPECT_NE(none->current, two);
  EXPECT_EQ(none->current->version, two->version);
}

TEST(WasPublishedBeforeTest, OffsetsCountWithinATopicThatIsTheSame) {
  const DefinitionsOrigin third{"cluster", "lead.definitions", 3, {1000}};
  EXPECT_TRUE(WasPublishedBefore({"cluster", "lead.definitions", 2, {1000}}, third));
  EXPECT_TRUE(WasPublishedBefore({"cluster", "lead.definitions", 0, {1}}, third));
  EXPECT_FALSE(WasPublishedBefore(third, third));
  EXPECT_FALSE(WasPublishedBefore({"cluster", "lead.definitions", 4, {999}}, third));
  EXPECT_FALSE(WasPublishedBefore({"cluster", "lead.definitions", 2, {1001}}, third)) << "created again";
  EXPECT_FALSE(WasPublishedBefore({"cluster", "other.definitions", 2, {1000}}, third));
  EXPECT_FALSE(WasPublishedBefore({"other cluster", "lead.definitions", 2, {1000}}, third));
}

TEST(StoredDefinitionsTest, ANewerEngineIsRefused) {
  for (uint32_t version = 0; version <= kNewestEngineVersion; ++version) EXPECT_TRUE(CheckEngineVersion(version).ok());
  for (const uint32_t version : {kNewestEngineVersion + 1, UINT32_MAX}) {
    const Status refused = CheckEngineVersion(version);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.kind(), ErrorKind::kFatal);
    EXPECT_NE(refused.message().find("(engine " + std::to_string(version) + "; this program has engine " +
                                     std::to_string(kNewestEngineVersion) + ")"),
              std::string::npos)
        << refused.message();
  }
}

std::shared_ptr<const config::Definitions> Load(const std::string& yaml) {
  return config::LoadDefinitions(yaml).definitions;
}

TEST(StoredDefinitionsTest, ALeadOfATenantThatStaysTheSameKeepsItsNumber) {
  const std::string one = "tenants:\n  one: {tiers: [{name: all}]}\n  two: {tiers: [{name: ";
  DefinitionsInForce in_force{Load("# another layout\n" + one + "warm}]}"),
                              DefinitionsNumber{5},
                              Load(one + "cold}]}"),
                              {},
                              /*keeps_numbers=*/true};
  EXPECT_FALSE(in_force.Changes("one"));
  EXPECT_TRUE(in_force.Changes("two"));
  EXPECT_FALSE(in_force.Changes("three")) << "it has the defaults";
  EXPECT_TRUE(in_force.AreCurrent({2}, "one"));
  EXPECT_FALSE(in_force.AreCurrent({6}, "one")) << "the state does not have these definitions";
  EXPECT_FALSE(in_force.AreCurrent({4}, "two"));
  EXPECT_TRUE(in_force.AreCurrent({5}, "two"));
  in_force.previous = nullptr;
  EXPECT_TRUE(in_force.AreCurrent({2}, "two"));
  in_force.keeps_numbers = false;
  EXPECT_FALSE(in_force.AreCurrent({2}, "one"));
}

TEST(StoredDefinitionsTest, ARolloutOfAnotherEngineKeepsNoNumbers) {
  StoredDefinitions stored{.text = "tenants: {t: {tiers: [{name: all}]}}", .previous_text = ""};
  EXPECT_FALSE(LoadStoredDefinitions(stored)->keeps_numbers) << "begun by a program that wrote every lead";
  stored.engine_version = kKeptNumbersVersion;
  EXPECT_TRUE(LoadStoredDefinitions(stored)->keeps_numbers);
}

}  // namespace leadpulse::engine::stored_definitions_test
