// Bounds and late messages, which the scenario tables of addresses leave out.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "state/lead/identity.h"
#include "tests/support/engine_driver.h"

namespace leadpulse::engine::engine_addresses_test {

using leadpulse::testing::EngineDriver;

std::string Address(size_t number) { return "address" + std::to_string(number) + "@x.example"; }

// Returns a time, each number a minute later.
std::string TimeOf(size_t minute) {
  const auto two_digits = [](size_t n) { return (n < 10 ? "0" : "") + std::to_string(n); };
  return "2026-01-01T" + two_digits(minute / 60) + ":" + two_digits(minute % 60) + ":00Z";
}

std::string SetEmail(const std::string& lead, size_t number, size_t minute) {
  return R"({"command":{"tenantId":"t","leadId":")" + lead + R"(","commandId":"c)" + std::to_string(minute) +
         R"(","issuedAt":")" + TimeOf(minute) + R"(","updateProfile":{"set":{"email":")" + Address(number) + R"("}}}})";
}

std::string EventFor(const std::string& lead, const std::string& type, const std::string& email, size_t minute) {
  return R"({"event":{"tenantId":"t","leadId":")" + lead + R"(","email":")" + email + R"(","eventId":"e)" +
         std::to_string(minute) + R"(","type":")" + type + R"(","occurredAt":")" + TimeOf(minute) + R"("}})";
}

std::string StatusOf(EngineDriver* driver, const std::string& lead) {
  const std::string row = driver->Row({"t", lead});
  constexpr std::string_view kKey = R"("emailStatus":")";
  const size_t begin = row.find(kKey) + kKey.size();
  return row.substr(begin, row.find('"', begin) - begin);
}

// A lead with a slot for each address of its facts. Once all slots are taken, further addresses have none.
class FullLead : public ::testing::Test {
 protected:
  FullLead() {
    for (; minute_ <= state::kMaxLeadAddresses; ++minute_) {
      driver_.Feed(EventFor("7", "OPEN", Address(minute_), minute_));
    }
    driver_.Feed(SetEmail("7", kFurther, minute_++));
    driver_.Commit();
  }

  static constexpr size_t kFurther = 1000;
  EngineDriver driver_;
  size_t minute_ = 1;
};

TEST_F(FullLead, IsReachedThroughAnAddressWithoutASlot) {
  const std::optional<state::Lead> lead = driver_.FindLead({"t", "7"});
  ASSERT_EQ(lead->identity->addresses.size(), state::kMaxLeadAddresses);
  ASSERT_EQ(lead->identity->mailbox, Address(kFurther));
  driver_.Feed(EventFor(Address(kFurther), "UNSUBSCRIBE", Address(kFurther), minute_));
  driver_.Restart();
  EXPECT_EQ(StatusOf(&driver_, "7"), "unsubscribed");
}

TEST_F(FullLead, LeavesAnAddressWithoutASlot) {
  driver_.Feed(SetEmail("7", kFurther + 1, minute_++));
  driver_.Feed(EventFor(Address(kFurther), "UNSUBSCRIBE", Address(kFurther), minute_));
  driver_.Restart();
  EXPECT_EQ(StatusOf(&driver_, "7"), "active");
  EXPECT_EQ(driver_.FindLead({"t", Address(kFurther)})->identity->users(), 0);
}

// An opt-out reaches the users of the address even if it was sent for a lead without a slot for it.
TEST_F(FullLead, TellsAnAddressWithoutASlotOfOptOutsAndOfTheWayBack) {
  driver_.Feed(SetEmail("crm", kFurther + 5, minute_++));
  const size_t before = minute_++;
  driver_.Feed(EventFor("7", "UNSUBSCRIBE", Address(kFurther + 5), minute_++));
  driver_.Restart();
  EXPECT_EQ(StatusOf(&driver_, "crm"), "unsubscribed");
  driver_.Feed(EventFor("7", "RESUBSCRIBE", Address(kFurther + 5), before));
  EXPECT_EQ(StatusOf(&driver_, "crm"), "unsubscribed");
  driver_.Feed(EventFor("7", "RESUBSCRIBE", Address(kFurther + 5), minute_++));
  driver_.Restart();
  EXPECT_EQ(StatusOf(&driver_, "crm"), "active");
}

// An opt-out without `email` belongs to the address that the lead has.
TEST_F(FullLead, TellsItsOwnAddressWithoutASlot) {
  driver_.Feed(SetEmail("crm", kFurther, minute_++));
  driver_.Feed(R"({"event":{"tenantId":"t","leadId":"7","eventId":"now","type":"UNSUBSCRIBE","occurredAt":")" +
               TimeOf(minute_++) + R"("}})");
  driver_.Restart();
  EXPECT_EQ(StatusOf(&driver_, "crm"), "unsubscribed");
}

TEST_F(FullLead, LeavesItsAddressWithoutASlotWhenItIsErased) {
  driver_.Feed(SetEmail("crm", kFurther, minute_++));
  driver_.Feed(R"({"command":{"tenantId":"t","leadId":"7","commandId":"gone","erase":{"suppress":true},"issuedAt":")" +
               TimeOf(minute_++) + R"("}})");
  driver_.Restart();
  EXPECT_EQ(driver_.FindLead({"t", Address(kFurther)})->identity->users(), 1);
  EXPECT_EQ(StatusOf(&driver_, "crm"), "unsubscribed");
}

// An event of an erased life for an address counts for that address, too.
TEST_F(FullLead, TellsAnAddressWithoutASlotOfAnOptOutThatIsDropped) {
  const size_t before = minute_++;
  driver_.Feed(SetEmail("crm", kFurther + 5, minute_++));
  driver_.Feed(R"({"command":{"tenantId":"t","leadId":"7","commandId":"gone","erase":{},"issuedAt":")" +
               TimeOf(minute_++) + R"("}})");
  driver_.Feed(EventFor("7", "UNSUBSCRIBE", Address(kFurther + 5), before));
  driver_.Restart();
  EXPECT_EQ(StatusOf(&driver_, "crm"), "unsubscribed");
}

// An old opt-out of an unknown address counts for no address.
TEST_F(FullLead, TellsAnAddressWithoutASlotNothing) {
  const std::string late = R"({"event":{"tenantId":"t","leadId":"7","eventId":"late","type":"UNSUBSCRIBE",)"
                           R"("occurredAt":"2026-01-01T00:30:00Z"}})";
  driver_.Feed(late);
  driver_.Feed(SetEmail("7", kFurther + 1, minute_++));
  driver_.Feed(SetEmail("8", kFurther + 1, minute_++));
  driver_.Restart();
  EXPECT_EQ(StatusOf(&driver_, "7"), "unsubscribed");
  EXPECT_EQ(StatusOf(&driver_, "8"), "active");
}

// Random events of one lead, many of which the engine ignores: repeated, of programs, retracted, or before an erasure.
class RandomEvents {
 public:
  explicit RandomEvents(uint64_t seed) : random_(seed) {}

  std::string Next() {
    if (Roll(20) == 0) return Erase();
    const size_t minute = Roll(40);
    const std::string type = std::vector<std::string>{"OPEN", "BOUNCE", "UNSUBSCRIBE", "RESUBSCRIBE", "SENT"}[Roll(5)];
    std::string event = EventFor("7", type, Address(Roll(1000)), minute);
    if (Roll(8) == 0) event = Retract(Roll(40));
    if (Roll(3) == 0) event.insert(event.size() - 2, R"(,"machine":true)");
    return event;
  }

 private:
  size_t Roll(size_t sides) { return std::uniform_int_distribution<size_t>(0, sides - 1)(random_); }
  std::string Erase() {
    return R"({"command":{"tenantId":"t","leadId":"7","commandId":"erase-)" + std::to_string(++erasures_) +
           R"(","erase":{},"issuedAt":")" + TimeOf(Roll(20)) + R"("}})";
  }
  static std::string Retract(size_t minute) {
    const std::string number = std::to_string(minute);
    return R"({"event":{"tenantId":"t","leadId":"7","eventId":"r)" + number + R"(","type":"RETRACT","retracts":"e)" +
           number + R"(","occurredAt":")" + TimeOf(minute) + R"("}})";
  }

  std::mt19937_64 random_;
  size_t erasures_ = 0;
};

std::vector<std::string> AddressesOf(EngineDriver* driver) {
  const std::optional<state::Lead> lead = driver->FindLead({"t", "7"});
  return lead && lead->identity ? lead->identity->addresses : std::vector<std::string>();
}

// Whether two leads have the same addresses in the same slots. An address and its pseudonym are the same.
bool AreSame(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return std::ranges::equal(a, b, [](const std::string& one, const std::string& other) {
    return one == other || one.starts_with("erased:") || other.starts_with("erased:");
  });
}

// The addresses of a lead do not depend on how long it stays in memory, so none is known that is not stored.
TEST(AddressesOfALead, AreNoneOfEventsThatAreIgnored) {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const std::string definitions = R"(tenants: {"*": {tiers: [{name: cold}], journal: {max_entries: 4}}})";
    EngineDriver stays(definitions);
    EngineDriver leaves(definitions);
    RandomEvents events(seed);
    for (int i = 0; i < 60; ++i) {
      const std::string event = events.Next();
      stays.Feed(event);
      leaves.Feed(event);
      leaves.Restart();
    }
    const std::string last = EventFor("7", "SENT", "", 59);
    stays.Feed(last);
    leaves.Feed(last);
    ASSERT_TRUE(AreSame(AddressesOf(&stays), AddressesOf(&leaves)))
        << ::testing::PrintToString(AddressesOf(&stays)) << ::testing::PrintToString(AddressesOf(&leaves));
  }
}

// Otherwise a repeated event, sent with other addresses, would take the room of others.
TEST(AddressesOfALead, AreNotThoseOfARepeatedEvent) {
  EngineDriver driver;
  for (size_t number = 1; number <= 10; ++number) driver.Feed(EventFor("7", "OPEN", Address(number), 1));
  driver.Feed(EventFor("7", "OPEN", Address(11), 2));
  EXPECT_EQ(AddressesOf(&driver), (std::vector<std::string>{Address(1), Address(11)}));
}

TEST(HiddenMailbox, StoresNoView) {
  EngineDriver driver;
  driver.Feed(EventFor(Address(1), "OPEN", Address(1), 1));
  EXPECT_NE(driver.FindLead({"t", Address(1)})->view, state::PublishedView());
  driver.Feed(SetEmail("7", 1, 2));
  const std::optional<state::Lead> mailbox = driver.FindLead({"t", Address(1)});
  EXPECT_FALSE(mailbox->is_lead());
  EXPECT_EQ(mailbox->view, state::PublishedView());
}

std::string TopicEvent(const std::string& lead, const std::string& type, size_t number, const std::string& topic) {
  return R"({"event":{"tenantId":"t","leadId":")" + lead + R"(","email":")" + Address(number) + R"(","eventId":"e-)" +
         topic + R"(","type":")" + type + R"(","topic":")" + topic + R"(","occurredAt":"2026-01-01T12:00:00Z"}})";
}

// A lead has at most 100 topics; an address of several leads has more.
TEST(TopicsOfAnAddress, LeadsDoNotTakeEachOthersRoom) {
  EngineDriver driver(R"(tenants: {"*": {tiers: [{name: cold}], topics: [{id: news}]}})");
  driver.Feed(SetEmail("crm", 1, 1));
  for (size_t i = 0; i < state::kMaxLeadTopics; ++i) {
    driver.Feed(TopicEvent("17", "RESUBSCRIBE", 1, "topic-" + std::to_string(i)));
  }
  driver.Feed(TopicEvent("18", "UNSUBSCRIBE", 1, "news"));
  driver.Restart();
  EXPECT_EQ(StatusOf(&driver, "crm"), "active");
  EXPECT_NE(driver.Row({"t", "crm"}).find(R"("topicsOut":["news"])"), std::string::npos);
  driver.Feed(TopicEvent("17", "UNSUBSCRIBE", 1, "one more"));
  EXPECT_EQ(StatusOf(&driver, "crm"), "unsubscribed") << "lead 17 has no room for it";
}

// A mailbox remembers 256 commands, however many leads each was routed to.
class RoutedCommands : public ::testing::Test {
 protected:
  static constexpr size_t kMailbox = 1;

  void Use(const std::string& lead) { driver_.Feed(SetEmail(lead, kMailbox, minute_++)); }
  void Use(size_t users) {
    for (size_t user = 0; user < users; ++user) Use("user-" + std::to_string(user));
  }
  static std::string Purpose(size_t number) { return "purpose-" + std::to_string(number); }
  // Feeds a command that withdraws the consent to a purpose of its own. The same `number` is the same command.
  void ForAll(size_t number) {
    driver_.Feed(R"({"command":{"tenantId":"t","email":")" + Address(kMailbox) + R"(","commandId":"for-all-)" +
                 std::to_string(number) + R"(","issuedAt":")" + TimeOf(minute_) + R"(","recordConsent":{"purpose":")" +
                 Purpose(number) + R"(","granted":false}}})");
  }
  bool Got(const std::string& lead, size_t number) {
    return driver_.FindLead({"t", lead})->profile.extras->consents.contains(Purpose(number));
  }

  EngineDriver driver_;
  size_t minute_ = 1;
};

TEST_F(RoutedCommands, OneThatIsRepeatedDoesNotReachALeadThatCameSince) {
  Use(10);
  for (size_t i = 0; i < 100; ++i) {
    if (i % 10 == 0) Use("further-" + std::to_string(i));  // it is routed to other leads than the one before
    ForAll(i);
  }
  Use("late");
  driver_.Restart();
  for (const size_t number : {0, 9, 10, 55, 99}) {
    ForAll(number);
    driver_.Commit();
    EXPECT_TRUE(Got("user-9", number));
    EXPECT_FALSE(Got("late", number)) << number;
  }
}

TEST_F(RoutedCommands, TheLast256AreRememberedAlsoWithManyUsers) {
  Use(20);  // more rows than a mailbox stores, if each command had one for each user
  for (size_t i = 0; i <= state::kMaxRoutedCommands; ++i) ForAll(i);
  Use("late");
  driver_.Restart();
  for (const size_t number : {1, 2, 100, 256}) {
    ForAll(number);
    driver_.Commit();
    EXPECT_TRUE(Got("user-9", number));
    EXPECT_FALSE(Got("late", number)) << number;
  }
  ForAll(0);
  driver_.Commit();
  EXPECT_TRUE(Got("late", 0)) << "256 others came later";
}

}  // namespace leadpulse::engine::engine_addresses_test
