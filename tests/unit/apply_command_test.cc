// The limits of a profile, and that a refused command leaves no trace.
#include "processor/engine/apply_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

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

}  // namespace leadpulse::engine::apply_command_test
