// Commands that expect a version of their lead: only one of two that saw the same version applies.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "state/codec/lead_codec.h"
#include "tests/support/engine_driver.h"

namespace leadpulse::engine::expected_version_test {

using ::testing::IsEmpty;
using ::testing::SizeIs;

const LeadKey kKey{"t", "a@x.org"};

std::string Command(const std::string& id, const std::string& action, const std::string& expected,
                    const std::string& lead = "a@x.org") {
  return R"({"command":{"tenantId":"t","leadId":")" + lead + R"(","issuedAt":"2025-01-01T00:00:00Z","commandId":")" +
         id + R"(","expectedVersion":")" + expected + "\"," + action + "}}";
}

std::string Tag(const std::string& tag) { return R"("editTags":{"add":[")" + tag + "\"]}"; }

std::string Event(const std::string& id) {
  return R"({"event":{"tenantId":"t","leadId":"a@x.org","eventId":")" + id +
         R"(","type":"OPEN","occurredAt":"2025-01-02T00:00:00Z"}})";
}

class ExpectedVersion : public ::testing::Test {
 protected:
  std::string Version() { return state::LeadVersion(*driver_.FindLead(kKey)); }
  // Returns whether the command was refused; the reason must be its version.
  bool IsRefused(const std::string& command) {
    const size_t before = driver_.rejections().size();
    driver_.Feed(command);
    if (driver_.rejections().size() == before) return false;
    EXPECT_EQ(driver_.rejections().back().reason, codec::Reason::kConflict);
    return true;
  }

  leadpulse::testing::EngineDriver driver_;
};

TEST_F(ExpectedVersion, OfTwoThatSawTheSameLeadTheFirstApplies) {
  driver_.Feed(Event("e1"));
  const std::string seen = Version();
  EXPECT_FALSE(IsRefused(Command("1", Tag("a"), seen)));
  const std::string row = driver_.Row(kKey);
  EXPECT_TRUE(IsRefused(Command("2", Tag("b"), seen)));
  EXPECT_EQ(driver_.Row(kKey), row);
  EXPECT_FALSE(IsRefused(Command("3", Tag("b"), Version())));
}

// A note or a tag does not move the sequence number, and a tag that the lead has already changes nothing visible.
TEST_F(ExpectedVersion, EveryAppliedRecordChangesTheVersion) {
  driver_.Feed(Event("e1"));
  std::string version = Version();
  int id = 0;
  for (const std::string& action :
       {Tag("a"), Tag("a"), std::string(R"("addNote":{"text":"called"})"), std::string(R"("setStage":{"stage":"NEW"})"),
        std::string(R"("setDoNotContact":{"value":false})"),
        std::string(R"("updateProfile":{"set":{"city":"Bern"}})")}) {
    driver_.Feed(Command(std::to_string(++id), action, ""));
    EXPECT_NE(Version(), version) << action;
    version = Version();
  }
  driver_.Feed(Event("e2"));
  EXPECT_NE(Version(), version);
}

TEST_F(ExpectedVersion, DuplicatesTimeAndRestartsLeaveIt) {
  driver_.Feed(Event("e1"));
  driver_.Feed(Command("1", Tag("a"), ""));
  const std::string version = Version();
  driver_.Feed(Event("e1"));
  driver_.Feed(Command("1", Tag("b"), ""));
  driver_.AdvanceTo(*ParseRfc3339("2025-12-01T00:00:00Z"));  // leaves recently-opened
  driver_.Restart();
  driver_.Redefine("tenants: {t: {tiers: [{name: all}], segments: [{id: s, rule: score > 5}]}}");
  EXPECT_EQ(Version(), version);
  EXPECT_FALSE(IsRefused(Command("2", Tag("b"), version)));
}

// The client does not know whether its first attempt arrived.
TEST_F(ExpectedVersion, ADuplicateIsNoConflict) {
  driver_.Feed(Event("e1"));
  const std::string command = Command("1", Tag("a"), Version());
  EXPECT_FALSE(IsRefused(command));
  EXPECT_FALSE(IsRefused(command));
  EXPECT_EQ(driver_.counters().duplicates, 1u);
}

TEST_F(ExpectedVersion, NoneIsForALeadThatDoesNotExist) {
  EXPECT_FALSE(IsRefused(Command("1", Tag("a"), "none")));
  EXPECT_TRUE(IsRefused(Command("2", Tag("b"), "none")));
  EXPECT_THAT(driver_.Leads(), SizeIs(1));
}

// The engine does not know which of the two it is.
TEST_F(ExpectedVersion, ALeadThatIsNotThereNeverExistedOrWasErased) {
  EXPECT_TRUE(IsRefused(Command("1", Tag("a"), "0123456789abcdef")));
  EXPECT_EQ(driver_.rejections().back().detail, "there is no such lead: it never existed, or it was erased");
  EXPECT_THAT(driver_.Leads(), IsEmpty());
}

// Otherwise one person would be two leads.
TEST_F(ExpectedVersion, NoneIsNotForAnAddressThatAnotherLeadUses) {
  driver_.Feed(Command("1", R"("updateProfile":{"set":{"email":"a@x.org"}})", "none", "crm-1"));
  EXPECT_TRUE(IsRefused(Command("2", Tag("b"), "none")));
  driver_.Feed(Command("3", R"("updateProfile":{"set":{"email":"b@x.org"}})", "", "crm-1"));
  EXPECT_FALSE(IsRefused(Command("4", Tag("b"), "none")));
}

TEST_F(ExpectedVersion, AnErasureMayExpectOneToo) {
  driver_.Feed(Command("1", Tag("a"), ""));
  EXPECT_TRUE(IsRefused(Command("2", R"("erase":{})", "0123456789abcdef")));
  EXPECT_FALSE(IsRefused(Command("3", R"("erase":{})", Version())));
  EXPECT_THAT(driver_.Leads(), IsEmpty());
}

}  // namespace leadpulse::engine::expected_version_test
