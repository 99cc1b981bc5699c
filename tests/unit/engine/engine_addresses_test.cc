// What the scenario tables of addresses do not say: bounds, and messages that are late.
#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "state/lead/identity.h"
#include "tests/support/engine_driver.h"

namespace leadpulse::engine::engine_addresses_test {

using leadpulse::testing::EngineDriver;

std::string Address(size_t number) { return "address" + std::to_string(number) + "@x.example"; }

// A minute after the one before.
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

// Each address that a fact of the lead belongs to takes a slot; once all are taken, further addresses have none.
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

// A former opt-out, of nobody knows which address, is in no standing.
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

}  // namespace leadpulse::engine::engine_addresses_test
