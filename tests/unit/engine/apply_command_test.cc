// The limits of a profile, and that a refused command leaves no trace.
#include "processor/engine/apply_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "config/definitions_loader.h"
#include "tests/support/engine_driver.h"

namespace leadpulse::engine::apply_command_test {

using ::testing::IsEmpty;
using ::testing::SizeIs;

const LeadKey kKey{"t", "a@x.org"};

std::string Command(const std::string& id, const std::string& action) {
  return R"({"command":{"tenantId":"t","leadId":"a@x.org","issuedAt":"2025-01-01T00:00:00Z","commandId":")" + id +
         "\"," + action + "}}";
}

std::string Set(const std::string& members, const std::string& unset = "") {
  return R"("updateProfile":{"set":{)" + members + R"(},"unset":[)" + unset + "]}";
}

std::string Attributes(int first, int last) {
  std::string members;
  for (int i = first; i <= last; ++i) members += (i > first ? ",\"k" : "\"k") + std::to_string(i) + "\":1";
  return members;
}

class ProfileLimits : public ::testing::Test {
 protected:
  codec::Reason LastReason() const { return driver_.rejections().back().reason; }

  leadpulse::testing::EngineDriver driver_;
};

TEST_F(ProfileLimits, FiveHundredAttributesAfterAdditionsAndRemovals) {
  driver_.Feed(Command("1", Set(Attributes(1, 500))));
  EXPECT_THAT(driver_.rejections(), IsEmpty());
  const std::string before = driver_.Row(kKey);
  driver_.Feed(Command("2", Set(R"("one_more":1)")));
  ASSERT_THAT(driver_.rejections(), SizeIs(1));
  EXPECT_EQ(LastReason(), codec::Reason::kTooManyAttributes);
  EXPECT_EQ(driver_.Row(kKey), before);
  driver_.Feed(Command("3", Set(R"("one_more":1)", R"("k1")")));
  EXPECT_THAT(driver_.rejections(), SizeIs(1));
}

TEST_F(ProfileLimits, HalfAMebibyteOfProfile) {
  const std::string text(8000, 'x');
  std::string members;
  for (int i = 0; i < 65; ++i) members += (i > 0 ? ",\"k" : "\"k") + std::to_string(i) + "\":\"" + text + "\"";
  driver_.Feed(Command("1", Set(members)));
  EXPECT_THAT(driver_.rejections(), IsEmpty());
  driver_.Feed(Command("2", Set("\"more\":\"" + text + "\"")));
  ASSERT_THAT(driver_.rejections(), SizeIs(1));
  EXPECT_EQ(LastReason(), codec::Reason::kLeadTooLarge);
  driver_.Feed(Command("3", R"("addNote":{"text":"notes have their own bound"})"));
  driver_.Feed(R"({"event":{"tenantId":"t","leadId":"a@x.org","eventId":"e","type":"OPEN",)"
               R"("occurredAt":"2025-01-01T00:00:00Z"}})");
  EXPECT_THAT(driver_.rejections(), SizeIs(1));
}

TEST_F(ProfileLimits, ARefusedCommandCreatesNoLead) {
  driver_.Feed(Command("1", Set(Attributes(1, 501))));
  EXPECT_EQ(LastReason(), codec::Reason::kTooManyAttributes);
  EXPECT_THAT(driver_.Leads(), IsEmpty());
  EXPECT_THAT(driver_.changes(), IsEmpty());
}

TEST_F(ProfileLimits, TheLast256CommandsAreRemembered) {
  driver_.Feed(Command("first", R"("addNote":{"text":"first"})"));
  for (int i = 0; i < 255; ++i) driver_.Feed(Command("c" + std::to_string(i), R"("assignAgent":{"agentId":"eve"})"));
  driver_.Feed(Command("first", R"("addNote":{"text":"a duplicate"})"));
  EXPECT_THAT(driver_.FindLead(kKey)->profile.notes, SizeIs(1));
  driver_.Feed(Command("one more", R"("assignAgent":{"agentId":"bob"})"));
  driver_.Feed(Command("first", R"("addNote":{"text":"forgotten, so new"})"));
  EXPECT_THAT(driver_.FindLead(kKey)->profile.notes, SizeIs(2));
}

TEST_F(ProfileLimits, TheLast20NotesAreKept) {
  for (int i = 1; i <= 23; ++i) {
    driver_.Feed(Command(std::to_string(i), R"("addNote":{"text":")" + std::to_string(i) + "\"}"));
  }
  const std::vector<state::Note> notes = driver_.FindLead(kKey)->profile.notes;
  ASSERT_THAT(notes, SizeIs(state::kMaxNotes));
  EXPECT_EQ(notes.front().text, "4");
  EXPECT_EQ(notes.back().text, "23");
}

// Of what is refused half-way, or for what would come of it, nothing remains in memory either.
TEST(RefusedCommand, LeavesTheProfileAsItWas) {
  const auto loaded = config::LoadDefinitions("tenants: {'*': {tiers: [{name: all}], fields: {age: number}}}");
  ASSERT_TRUE(loaded.definitions != nullptr);
  state::Profile profile = NewProfile(kKey);
  const std::string nearly_all(state::kMaxProfileBytes - 500, 'x'), too_much(1000, 'y');
  profile.attributes["k"] = {nearly_all, nearly_all};
  profile.tags.Add("a tag");
  profile.lists.Add("a list");
  profile.campaigns.Add("a campaign");
  profile.consents["news"] = {"News", true, "a form", Instant{1}};
  const state::Profile before = profile;
  const std::vector<codec::Action> refused = {
      codec::UpdateProfile{{{"a", 1.0}, {"age", "no number"}}, {}},
      codec::UpdateProfile{{{"a", 1.0}, {"l", too_much}}, {}},
      codec::EditTags{{"another", too_much}, {"a tag"}},
      codec::EditLists{{"another", too_much}, {"a list"}},
      codec::EditCampaigns{{"another", too_much}, {"a campaign"}},
      codec::RecordConsent{"News", false, too_much},
  };
  for (const codec::Action& action : refused) {
    const codec::Command command{kKey, "1", Instant{2}, "", false, action};
    EXPECT_TRUE(ApplyCommand(command, loaded.definitions->For("t"), &profile).has_value()) << action.index();
    EXPECT_TRUE(profile == before) << action.index();
  }
}

}  // namespace leadpulse::engine::apply_command_test
