// The choice of the definitions that a partition rolls out.
#include <gtest/gtest.h>

#include "tests/kafka/owned_partitions_fixture.h"

namespace leadpulse::kafka::owned_partitions_test {

// A process has read less of the definitions topic than the previous owner of the partition.
TEST_F(OwnedPartitionsTest, DefinitionsOlderThanThoseInForceAreNotRolledOut) {
  const auto first = config::LoadDefinitions("tenants: {'*': {tiers: [{name: first}]}}").definitions;
  const auto second = config::LoadDefinitions("tenants: {'*': {tiers: [{name: second}]}}").definitions;
  const auto in_force = [&] {
    if (partitions.epoch().touched) CommitEpoch();
    const Status considered = partitions.ConsiderDefinitions();
    EXPECT_TRUE(considered.ok()) << considered.message();
    for (int round = 0; round < 3; ++round) EXPECT_TRUE(partitions.RunTimedWork().ok());
    if (partitions.epoch().touched) CommitEpoch();
    return **engine::ReadLocalDefinitions(state::MetaOf(*store), kFirst);
  };
  definitions.wanted = {second, PublishedAt(1)};
  Own({kFirst}, {{0, 0}});
  EXPECT_EQ(in_force().text, second->text);
  EXPECT_EQ(in_force().origin, PublishedAt(1));
  const DefinitionsNumber number = in_force().number;
  definitions.wanted = {first, PublishedAt(0)};
  EXPECT_EQ(in_force().text, second->text);
  EXPECT_EQ(in_force().number, number);
  // The same text is published again: definitions published between the two are older now.
  definitions.wanted = {second, PublishedAt(3)};
  EXPECT_EQ(in_force().origin, PublishedAt(3));
  EXPECT_EQ(in_force().number, number);
  definitions.wanted = {first, PublishedAt(2)};
  EXPECT_EQ(in_force().text, second->text);
  // The topic was created again; then the definitions come from a file.
  definitions.wanted = {first, PublishedAt(0, kNow + Millis(1))};
  EXPECT_EQ(in_force().text, first->text);
  definitions.wanted = {second, std::nullopt};
  EXPECT_EQ(in_force().text, second->text);
  EXPECT_EQ(in_force().origin, std::nullopt);
  definitions.wanted = {first, PublishedAt(0)};
  EXPECT_EQ(in_force().text, first->text);
}

}  // namespace leadpulse::kafka::owned_partitions_test
