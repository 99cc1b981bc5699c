#include "processor/query/addresses/contact_outlook.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "schemas/codec/record_decoder.h"
#include "tests/support/engine_driver.h"

namespace leadpulse::query::contact_outlook_test {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kDefinitions[] = R"(
tenants:
  "*":
    topics: [{id: news, name: Newsletter}]
    lifecycle: {soft_bounce_limit: 2}
    tiers: [{name: all}]
)";

// Returns a time in minutes after the start of 2026.
std::string At(int minute) { return FormatRfc3339(Instant{1'767'225'600'000} + std::chrono::minutes(minute)); }

class ContactOutlookTest : public ::testing::Test {
 protected:
  // Returns the members that name an id, or an address after `@`.
  static std::string Who(const std::string& who) {
    return who.front() == '@' ? R"("email":")" + who.substr(1) + R"(")" : R"("leadId":")" + who + R"(")";
  }
  std::string Command(const std::string& who, int minute, const std::string& action) {
    return R"({"command":{"tenantId":"t",)" + Who(who) + R"(,"commandId":"c)" + std::to_string(++records_) +
           R"(","issuedAt":")" + At(minute) + R"(",)" + action + "}}";
  }
  std::string SetEmail(const std::string& who, int minute, const std::string& address) {
    return Command(who, minute, R"("updateProfile":{"set":{"email":")" + address + R"("}})");
  }
  // Makes an event. `members` are further members of it, each after a comma.
  std::string Event(const std::string& who, int minute, const std::string& type, const std::string& members = "") {
    return R"({"event":{"tenantId":"t",)" + Who(who) + R"(,"eventId":"e)" + std::to_string(++records_) +
           R"(","occurredAt":")" + At(minute) + R"(","type":")" + type + "\"" + members + "}}";
  }
  ContactOutlook Look(const std::string& json) {
    driver_->Commit();
    const codec::Decoded decoded = codec::MakeJsonRecordDecoder()->Decode(json, {});
    const auto& command = std::get<codec::Command>(decoded);
    const codec::Command* const commands[] = {&command};
    Result<ContactOutlook> outlook = OutlookOf(commands, driver_->store(), driver_->DefinitionsFor("t"));
    EXPECT_TRUE(outlook.ok()) << outlook.status().message();
    return *std::move(outlook);
  }
  // Checks that the lead gets what the command's outlook says.
  void ExpectForetold(const std::string& json) {
    const ContactOutlook outlook = Look(json);
    const uint64_t dropped = driver_->counters().dropped_erased;
    driver_->Feed(json);
    const std::optional<state::Lead> lead = driver_->FindLead({"t", outlook.lead});
    if (outlook.erased_at != Instant::DistantPast()) {
      EXPECT_TRUE(driver_->counters().dropped_erased > dropped || !lead) << json;
      return;
    }
    EXPECT_EQ(driver_->counters().dropped_erased, dropped);
    ASSERT_TRUE(lead && lead->is_lead()) << json;
    EXPECT_EQ(static_cast<int>(lead->view.email_status), static_cast<int>(outlook.email_status)) << json;
    EXPECT_EQ(lead->profile.do_not_contact, outlook.do_not_contact) << json;
    const bool is_sendable =
        outlook.email_status == EmailStatus::kActive && !outlook.do_not_contact && !outlook.no_room;
    EXPECT_EQ(lead->view.sendable, is_sendable) << json;
  }

  std::optional<testing::EngineDriver> driver_{std::in_place, kDefinitions};
  int records_ = 0;
};

TEST_F(ContactOutlookTest, NobodyHasTheAddress) {
  const ContactOutlook outlook = Look(SetEmail("7", 1, "A@x.org"));
  EXPECT_EQ(outlook.lead, "7");
  EXPECT_EQ(outlook.address, "a@x.org");
  EXPECT_FALSE(outlook.is_in_use() || outlook.is_suppressed() || outlook.after_erasure);
}

TEST_F(ContactOutlookTest, AnOptOutIsTheLeadsOwnOrOfItsAddress) {
  driver_->Feed(Event("7", 1, "UNSUBSCRIBE"));
  driver_->Feed(Event("@b@x.org", 1, "UNSUBSCRIBE"));
  const ContactOutlook own = Look(SetEmail("7", 2, "a@x.org"));
  const ContactOutlook of_address = Look(SetEmail("8", 2, "b@x.org"));
  EXPECT_TRUE(own.is_suppressed() && of_address.is_suppressed());
  EXPECT_FALSE(own.is_of_address);
  EXPECT_TRUE(of_address.is_of_address);
}

TEST_F(ContactOutlookTest, OtherUsersAreNamedAndTheLeadItselfIsNot) {
  for (const char* user : {"8", "7"}) driver_->Feed(SetEmail(user, 1, "a@x.org"));
  EXPECT_THAT(Look(SetEmail("7", 2, "a@x.org")).users, ElementsAre("8"));
  EXPECT_THAT(Look(SetEmail("9", 2, "a@x.org")).users, ElementsAre("7", "8"));
  EXPECT_THAT(Look(SetEmail("9", 2, "b@x.org")).users, IsEmpty());
}

TEST_F(ContactOutlookTest, AMailboxThatIsALeadStaysOnlyIfACommandWasApplied) {
  driver_->Feed(Event("@a@x.org", 1, "OPEN"));
  EXPECT_EQ(Look(SetEmail("7", 2, "a@x.org")).mailbox, MailboxOutlook::kMerges);
  EXPECT_EQ(Look(SetEmail("@a@x.org", 2, "a@x.org")).mailbox, MailboxOutlook::kNoLead);
  driver_->Feed(Command("@a@x.org", 2, R"("editTags":{"add":["vip"]})"));
  EXPECT_EQ(Look(SetEmail("7", 3, "a@x.org")).mailbox, MailboxOutlook::kStays);
}

TEST_F(ContactOutlookTest, AContactWithoutAnIdIsTheOneUserOfItsAddress) {
  driver_->Feed(SetEmail("7", 1, "a@x.org"));
  const std::string by_address = Command("@a@x.org", 2, R"("editTags":{"add":["vip"]})");
  EXPECT_EQ(Look(by_address).lead, "7");
  EXPECT_THAT(Look(by_address).users, IsEmpty());
  driver_->Feed(SetEmail("8", 1, "a@x.org"));
  EXPECT_EQ(Look(by_address).lead, "a@x.org");
  EXPECT_THAT(Look(by_address).users, ElementsAre("7", "8"));
}

TEST_F(ContactOutlookTest, AnOptOutOfTheAddressIsOneOfTheContact) {
  driver_->Feed(Event("@a@x.org", 1, "UNSUBSCRIBE"));
  EXPECT_EQ(Look(SetEmail("7", 2, "a@x.org")).email_status, EmailStatus::kUnsubscribed);
  driver_->Feed(Event("@b@x.org", 1, "UNSUBSCRIBE", R"(,"topic":"news")"));
  EXPECT_FALSE(Look(SetEmail("7", 2, "b@x.org")).is_suppressed());
  driver_->Feed(Event("8", 1, "COMPLAINT", R"(,"email":"c@x.org")"));
  EXPECT_EQ(Look(SetEmail("7", 2, "c@x.org")).email_status, EmailStatus::kComplained);
  driver_->Feed(Event("@d@x.org", 1, "BOUNCE"));
  EXPECT_EQ(Look(SetEmail("7", 2, "d@x.org")).email_status, EmailStatus::kBounced);
}

TEST_F(ContactOutlookTest, WhoOptedOutAndWasErasedIsStillSuppressed) {
  driver_->Feed(SetEmail("7", 1, "a@x.org"));
  driver_->Feed(Event("7", 2, "UNSUBSCRIBE"));
  driver_->Feed(Command("@a@x.org", 3, R"("erase":{})"));
  for (const char* who : {"7", "8", "@a@x.org"}) {
    const ContactOutlook outlook = Look(SetEmail(who, 4, "a@x.org"));
    EXPECT_EQ(outlook.email_status, EmailStatus::kUnsubscribed) << who;
    EXPECT_TRUE(outlook.after_erasure) << who;
    EXPECT_FALSE(outlook.is_in_use()) << who;
    EXPECT_EQ(FormatRfc3339(Look(SetEmail(who, 3, "a@x.org")).erased_at), At(3)) << who;
  }
}

TEST_F(ContactOutlookTest, DoNotContactOfTheLeadAndOfOthersAreToldApart) {
  for (const char* user : {"7", "8"}) driver_->Feed(SetEmail(user, 1, "a@x.org"));
  driver_->Feed(Command("7", 2, R"("setDoNotContact":{"value":true})"));
  const ContactOutlook own = Look(SetEmail("7", 3, "a@x.org"));
  EXPECT_TRUE(own.do_not_contact);
  EXPECT_EQ(own.do_not_contact_lead, "");
  const ContactOutlook other = Look(SetEmail("9", 3, "a@x.org"));
  EXPECT_FALSE(other.do_not_contact);
  EXPECT_EQ(other.do_not_contact_lead, "7");
  EXPECT_TRUE(other.is_suppressed());
  driver_->Feed(Command("7", 4, R"("erase":{})"));
  EXPECT_TRUE(Look(SetEmail("7", 5, "c@x.org")).do_not_contact);
}

TEST_F(ContactOutlookTest, AMailboxWithoutRoomMakesTheContactUnsendable) {
  for (size_t user = 0; user < state::kMaxMailboxLeads; ++user) {
    driver_->Feed(SetEmail("crm-" + std::to_string(user), 1, "none@x.org"));
  }
  EXPECT_FALSE(Look(SetEmail("crm-1", 2, "none@x.org")).no_room);
  EXPECT_TRUE(Look(SetEmail("7", 2, "none@x.org")).no_room);
  ExpectForetold(SetEmail("7", 2, "none@x.org"));
}

TEST_F(ContactOutlookTest, WhoGetsAnAddressThatOthersHave) {
  driver_->Feed(SetEmail("one", 0, "a@x"));
  driver_->Feed(SetEmail("b@x", 0, "other@x"));  // its id is an address that it does not use
  driver_->Feed(Command("c@x", 0, R"("editTags":{"add":["t"]})"));
  driver_->Feed(Event("@d@x", 0, "OPEN"));  // only events made this lead
  driver_->Feed(SetEmail("two", 0, "b@x"));
  struct Case {
    std::string command, address;
    std::vector<std::string> others;
  };
  for (const Case& one : {Case{SetEmail("new", 1, "A@x"), "a@x", {"one"}}, Case{SetEmail("one", 1, " A@X"), "", {}},
                          Case{SetEmail("new", 1, "c@x"), "c@x", {"c@x"}}, Case{SetEmail("new", 1, "d@x"), "d@x", {}},
                          Case{SetEmail("new", 1, "other@x"), "other@x", {"b@x"}},
                          Case{Command("b@x", 1, R"("updateProfile":{"set":{"email":null}})"), "b@x", {"two"}},
                          Case{Command("A@X", 1, R"("editTags":{"add":["t"]})"), "a@x", {"one"}},
                          Case{Command("@a@x", 1, R"("editTags":{"add":["t"]})"), "", {}},
                          Case{Command("one", 1, R"("updateProfile":{"unset":["email"]})"), "", {}},
                          Case{SetEmail("new", 1, "none"), "", {}}}) {
    const ContactOutlook outlook = Look(one.command);
    EXPECT_EQ(outlook.is_new_address ? outlook.address : "", one.address) << one.command;
    EXPECT_EQ(outlook.is_new_address ? outlook.OthersWithAddress() : std::vector<std::string>(), one.others)
        << one.command;
  }
}

TEST_F(ContactOutlookTest, WithoutIdentityByEmailOthersDoNotCount) {
  driver_->Feed(Event("@a@x.org", 1, "UNSUBSCRIBE"));
  driver_->Redefine("tenants: {\"*\": {identity: {by_email: false}, tiers: [{name: all}]}}");
  const ContactOutlook outlook = Look(SetEmail("7", 2, "a@x.org"));
  EXPECT_EQ(outlook.email_status, EmailStatus::kActive);
  EXPECT_EQ(outlook.mailbox, MailboxOutlook::kStays);
  ExpectForetold(SetEmail("7", 2, "a@x.org"));
}

// Random histories of few leads that share two addresses, followed by a contact.
class ContactOutlookHistoryTest : public ContactOutlookTest {
 protected:
  size_t Pick(size_t count) { return random_() % count; }
  std::string PickWho() { return std::vector<std::string>{"7", "8", "9", "a@x.org", "@a@x.org", "@b@x.org"}[Pick(6)]; }
  std::string PickAddress() { return Pick(2) == 0 ? "a@x.org" : "b@x.org"; }
  std::string PickEvent(int minute) {
    static const std::vector<std::string> kTypes = {"UNSUBSCRIBE", "UNSUBSCRIBE", "RESUBSCRIBE", "COMPLAINT",
                                                    "BOUNCE",      "BOUNCE",      "DELIVERED",   "OPEN"};
    const std::string& type = kTypes[Pick(kTypes.size())];
    std::string who = PickWho(), members;
    if (who.front() != '@' && Pick(2) == 0) members += R"(,"email":")" + PickAddress() + "\"";
    if (type == "BOUNCE" && Pick(2) == 0) members += R"(,"bounceKind":"SOFT")";
    if (type.ends_with("SUBSCRIBE") && Pick(4) == 0) members += R"(,"topic":"other")";
    return Event(who, minute, type, members);
  }
  std::string PickRecord(int minute) {
    switch (Pick(8)) {
      case 0:
      case 1:
        return SetEmail(PickWho(), minute, PickAddress());
      case 2:
        return Command(PickWho(), minute, Pick(2) == 0 ? R"("erase":{})" : R"("erase":{"suppress":true})");
      case 3:
        return Command(PickWho(), minute, R"("setDoNotContact":{"value":true})");
      default:
        return PickEvent(minute);
    }
  }

  std::minstd_rand random_;
};

TEST_F(ContactOutlookHistoryTest, ARunDoesWhatWasForetold) {
  constexpr unsigned kSeeds = 2000;
  for (unsigned seed = 1; seed <= kSeeds && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    random_.seed(seed);
    driver_.emplace(kDefinitions);
    for (int minute = 1; minute < 15; ++minute) {
      driver_->Feed(PickRecord(std::max(1, minute - static_cast<int>(Pick(3)))));
    }
    ExpectForetold(SetEmail(PickWho(), 14 + static_cast<int>(Pick(2)), PickAddress()));
  }
}

}  // namespace leadpulse::query::contact_outlook_test
