#include "state/lead/profile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "processor/base/text.h"
#include "state/codec/profile_codec.h"

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

class RecordEditTest : public ::testing::Test {
 protected:
  void Record(EditKind kind, int64_t at, std::string value, std::string actor = "crm") {
    RecordEdit({kind, Instant{at}, std::move(actor), std::move(value)}, &profile_);
  }
  // Returns the time and the value of each edit.
  std::vector<std::pair<int64_t, std::string>> Edits() const {
    std::vector<std::pair<int64_t, std::string>> edits;
    for (const ProfileEdit& edit : profile_.extras->edits) edits.emplace_back(edit.at.millis, edit.value);
    return edits;
  }

  Profile profile_;
};

TEST_F(RecordEditTest, NamesDoNotPushOutStages) {
  for (int64_t at = 1; at <= 100; ++at) {
    Record(EditKind::kStage, at, "stage " + std::to_string(at));
    Record(EditKind::kTags, at, "+" + std::to_string(at));
  }
  const auto edits = Edits();
  ASSERT_EQ(edits.size(), kMaxEdits + kMaxNamesEdits);
  EXPECT_EQ(edits.front(), std::pair(int64_t{51}, std::string("stage 51")));
  EXPECT_EQ(std::ranges::count_if(edits, [](const auto& edit) { return edit.second[0] == '+'; }), 20);
  EXPECT_EQ(edits.back(), std::pair(int64_t{100}, std::string("+100")));
}

TEST_F(RecordEditTest, TheSameNamesByTheSameActorAreOneEdit) {
  Record(EditKind::kAttributes, 1, "+visits");
  Record(EditKind::kStage, 2, "qualified");
  Record(EditKind::kAttributes, 3, "+visits");
  EXPECT_THAT(Edits(), ElementsAre(Pair(3, "+visits"), Pair(2, "qualified")));
  Record(EditKind::kAttributes, 4, "+visits", "mia");
  Record(EditKind::kTags, 5, "+visits", "mia");
  Record(EditKind::kTags, 6, "-visits", "mia");
  Record(EditKind::kStage, 7, "lost", "mia");
  Record(EditKind::kStage, 8, "lost", "mia");
  EXPECT_THAT(Edits(), ElementsAre(Pair(3, "+visits"), Pair(2, "qualified"), Pair(4, "+visits"), Pair(5, "+visits"),
                                   Pair(6, "-visits"), Pair(7, "lost"), Pair(8, "lost")));
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

TEST(ProfileCodecTest, ReadsTheLatestConsentFromTheLedgerOfAnEarlierProgram) {
  v1::LeadState::Profile stored;
  const auto set = [](v1::LeadState::Consent* consent, const char* purpose, bool granted, int64_t at) {
    consent->set_purpose(purpose);
    consent->set_granted(granted);
    consent->set_at_ms(at);
  };
  set(stored.add_consents(), "News", true, 3);  // the last in the log, where the command issued at 5 was read before it
  set(stored.add_consent_ledger(), "News", false, 5);
  set(stored.add_consent_ledger(), "news", true, 3);
  Profile profile;
  ASSERT_EQ(DecodeProfile(&stored, &profile), "");
  EXPECT_EQ(profile.extras->consents.at("news"), (Consent{"News", false, "", Instant{5}}));
  EXPECT_EQ(profile.extras->consent_ledger[1], (ConsentEntry{{"news", true, "", Instant{3}}, "", "", Instant{3}}));
}

}  // namespace leadpulse::state::profile_test
