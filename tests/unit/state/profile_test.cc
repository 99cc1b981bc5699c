#include "state/lead/profile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "processor/base/text.h"

namespace leadpulse::state::profile_test {

using ::testing::ElementsAre;
using ::testing::Pair;

TEST(NameSetTest, TheFirstSpellingStays) {
  NameSet tags;
  EXPECT_TRUE(tags.Add("VIP"));
  EXPECT_FALSE(tags.Add("vip"));
  EXPECT_TRUE(tags.Add("Éclair"));
  EXPECT_FALSE(tags.Add("éCLAIR"));
  EXPECT_THAT(tags.names(), ElementsAre(Pair("vip", "VIP"), Pair("éclair", "Éclair")));
}

TEST(NameSetTest, RemovesWithoutCase) {
  NameSet tags;
  tags.Add("Customer");
  EXPECT_FALSE(tags.Remove("custom"));
  EXPECT_TRUE(tags.Remove("CUSTOMER"));
  EXPECT_FALSE(tags.Remove("CUSTOMER"));
  EXPECT_EQ(tags.size(), 0u);
}

TEST(NameSetTest, IsAskedByFoldedText) {
  NameSet lists;
  lists.Add("Newsletter");
  EXPECT_TRUE(lists.ContainsFolded("newsletter"));
  EXPECT_FALSE(lists.ContainsFolded("Newsletter"));
}

TEST(ProfileBytesTest, AnEmptyProfileCountsNothing) { EXPECT_EQ(ProfileBytes(Profile()), 0u); }

TEST(ProfileBytesTest, CountsNamesAndValuesOfAttributes) {
  Profile profile;
  profile.attributes["text"] = {std::string("abc"), std::string("not counted")};  // 4 + 3
  profile.attributes["num"] = {1.5, {}};                                          // 3 + 8
  profile.attributes["yes"] = {true, {}};                                         // 3 + 1
  profile.attributes["list"] = {ScalarList{std::string("ab"), 2.0, false}, {}};   // 4 + 2 + 8 + 1
  profile.attributes["struct"] = {StructValue{"{}"}, {}};                         // 6 + 2
  EXPECT_EQ(ProfileBytes(profile), 7u + 11 + 4 + 15 + 8);
}

TEST(ProfileBytesTest, CountsTagsListsCampaignsAndConsents) {
  Profile profile;
  ProfileExtras& extras = profile.extras.Get();
  extras.tags.Add("ab");
  extras.lists.Add("cde");
  extras.campaigns.Add("f");
  RecordConsent({{"SMS", false, "form", {}}, "eve", "v1"}, &profile);
  RecordConsent({{"sms", true, "form", {}}, "", ""}, &profile);
  extras.notes = {{{}, "who", "does not count"}};
  extras.agent_id = "nor does this";
  EXPECT_EQ(ProfileBytes(profile), 2u + 3 + 1 + (3 + 4 + 3 + 2) + (3 + 4));
}

}  // namespace leadpulse::state::profile_test
