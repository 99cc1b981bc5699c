// The changes of opt-outs from topics, and what remains of them after an erasure.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "processor/base/text.h"
#include "tests/support/engine_driver.h"

namespace leadpulse::engine::engine_erasure_test {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string Event(const std::string& id, const std::string& members) {
  return R"({"event":{"tenantId":"t","leadId":"a@x.org","eventId":")" + id + "\"," + members + "}}";
}

std::string Command(const std::string& id, const std::string& members) {
  return R"({"command":{"tenantId":"t","leadId":"a@x.org","commandId":")" + id + "\"," + members + "}}";
}

constexpr char kTopics[] =
    "tenants: {t: {tiers: [{name: all}], journal: {max_entries: 2}, topics: [{id: News, name: The news}, {id: tips}],\n"
    "segments: [{id: news, name: News, rule: 'SENDABLE FOR \"NEWS\"'}]}}";

std::string OptOut(int day, const std::string& type, const std::string& topic = "") {
  return Event(type + std::to_string(day) + topic, R"("type":")" + type + R"(","topic":")" + topic +
                                                       R"(","occurredAt":"2025-01-0)" + std::to_string(day) +
                                                       R"(T00:00:00Z")");
}

std::vector<std::string> ChangesOf(const leadpulse::testing::EngineDriver& driver) {
  std::vector<std::string> changes;
  for (const codec::Change& change : driver.changes()) {
    changes.push_back(Concat({codec::ChangeKindName(change.kind), " ", change.name, " ", change.from, " ", change.to}));
  }
  return changes;
}

TEST(PartitionEngineTopics, AnOptOutFromADeclaredTopicLeavesTheLeadSendable) {
  leadpulse::testing::EngineDriver driver(kTopics);
  driver.Feed(OptOut(1, "UNSUBSCRIBE", "NEWS"));
  driver.Feed(OptOut(2, "RESUBSCRIBE", "news"));
  EXPECT_THAT(ChangesOf(driver), ElementsAre("LEAD_CREATED   ", "TOPIC_CHANGED News in out",
                                             "TOPIC_CHANGED News out in", "SEGMENT_ENTERED news  "));
  driver.Feed(OptOut(3, "UNSUBSCRIBE", "tips"));
  EXPECT_THAT(driver.Row({"t", "a@x.org"}), HasSubstr(R"("topicsOut":["tips"])"));
  EXPECT_THAT(driver.Row({"t", "a@x.org"}), HasSubstr(R"("emailStatus":"active","sendable":true)"));
}

TEST(PartitionEngineTopics, AnOptOutFromAnotherTopicIsOne) {
  leadpulse::testing::EngineDriver driver(kTopics);
  driver.Feed(OptOut(1, "UNSUBSCRIBE", "offers"));
  EXPECT_THAT(driver.Row({"t", "a@x.org"}), HasSubstr(R"("emailStatus":"unsubscribed","sendable":false)"));
  driver.Feed(OptOut(2, "RESUBSCRIBE", "offers"));
  EXPECT_THAT(driver.Row({"t", "a@x.org"}), HasSubstr(R"("emailStatus":"active","sendable":true)"));
}

TEST(PartitionEngineTopics, AnOptOutThatComesTooLateForTheJournalCounts) {
  leadpulse::testing::EngineDriver driver(kTopics);
  for (int day = 3; day < 9; ++day) driver.Feed(OptOut(day, "OPEN"));
  driver.Feed(OptOut(1, "UNSUBSCRIBE", "news"));
  driver.Feed(OptOut(2, "UNSUBSCRIBE"));
  EXPECT_THAT(ChangesOf(driver),
              ElementsAre("LEAD_CREATED   ", "STAGE_CHANGED  new contacted", "SEGMENT_ENTERED news  ",
                          "TOPIC_CHANGED News in out", "SEGMENT_LEFT news  ",
                          "EMAIL_STATUS_CHANGED  active unsubscribed", "SENDABLE_CHANGED  true false"));
  EXPECT_EQ(driver.counters().dropped_folded, 2u);
}

constexpr char kErase[] = R"("issuedAt":"2025-01-05T00:00:00Z","erase":{})";

TEST(PartitionEngineErasure, OptOutsOutliveIt) {
  leadpulse::testing::EngineDriver driver(kTopics);
  driver.Feed(OptOut(1, "UNSUBSCRIBE", "news"));
  driver.Feed(OptOut(2, "COMPLAINT"));
  driver.Feed(Command("dnc", R"("issuedAt":"2025-01-03T00:00:00Z","setDoNotContact":{"value":true})"));
  driver.Feed(Command("c", kErase));
  driver.Feed(OptOut(6, "OPEN"));
  const std::string row = driver.Row({"t", "a@x.org"});
  EXPECT_THAT(row, HasSubstr(R"("emailStatus":"complained","sendable":false,"doNotContact":true)"));
  EXPECT_THAT(row, HasSubstr(R"("topicsOut":["News"])"));
  EXPECT_THAT(row, HasSubstr(R"("complaint":0)"));
}

TEST(PartitionEngineErasure, WithoutOtherAddressesNoFactsAreStoredByAddress) {
  leadpulse::testing::EngineDriver driver(kTopics);
  driver.Feed(OptOut(1, "UNSUBSCRIBE"));
  driver.Feed(Command("c", kErase));
  driver.Commit();
  const auto erasure = driver.store().GetErasure({0}, EncodeLeadKey({"t", "a@x.org"}));
  ASSERT_TRUE(erasure.ok() && erasure->has_value());
  EXPECT_NE((*erasure)->facts, state::StatusFacts());
  EXPECT_THAT((*erasure)->address_facts, IsEmpty());
}

TEST(PartitionEngineErasure, AnEventThatItDropsCountsAmongTheFacts) {
  leadpulse::testing::EngineDriver driver(kTopics);
  driver.Feed(Command("c", kErase));
  driver.Feed(OptOut(1, "UNSUBSCRIBE"));
  EXPECT_EQ(driver.counters().dropped_erased, 1u);
  driver.Feed(OptOut(6, "OPEN"));
  EXPECT_THAT(driver.Row({"t", "a@x.org"}), HasSubstr(R"("emailStatus":"unsubscribed")"));
  driver.Feed(OptOut(7, "RESUBSCRIBE"));
  EXPECT_THAT(driver.Row({"t", "a@x.org"}), HasSubstr(R"("emailStatus":"active")"));
  driver.Feed(OptOut(2, "COMPLAINT"));
  EXPECT_THAT(driver.Row({"t", "a@x.org"}), HasSubstr(R"("emailStatus":"complained")")) << "in the new life, too";
  EXPECT_THAT(driver.Row({"t", "a@x.org"}), HasSubstr(R"("complaint":0)"));
}

TEST(PartitionEngineErasure, SuppressIsAnOptOutAtItsTime) {
  leadpulse::testing::EngineDriver driver(kTopics);
  driver.Feed(Command("c", R"("issuedAt":"2025-01-05T00:00:00Z","erase":{"suppress":true})"));
  driver.Feed(OptOut(6, "OPEN"));
  EXPECT_THAT(driver.Row({"t", "a@x.org"}), HasSubstr(R"("emailStatus":"unsubscribed")"));
  driver.Feed(OptOut(7, "RESUBSCRIBE"));
  EXPECT_THAT(driver.Row({"t", "a@x.org"}), HasSubstr(R"("emailStatus":"active")"));
}

TEST(PartitionEngineErasure, AnEventThatItDropsMayBeRetracted) {
  leadpulse::testing::EngineDriver driver(kTopics);
  driver.Feed(Command("c", kErase));
  driver.Feed(Event("r", R"("type":"RETRACT","retracts":"late","occurredAt":"2025-01-06T00:00:00Z")"));
  driver.Feed(Event("late", R"("type":"COMPLAINT","occurredAt":"2025-01-01T00:00:00Z")"));
  EXPECT_THAT(driver.Row({"t", "a@x.org"}), HasSubstr(R"("emailStatus":"active")"));
}

TEST(PartitionEngineErasure, TopicsWithoutAFactAreForgotten) {
  leadpulse::testing::EngineDriver driver("tenants: {t: {tiers: [{name: all}]}}");
  for (size_t i = 0; i < state::kMaxLeadTopics; ++i) {
    const std::string id = "in" + std::to_string(i);
    driver.Feed(Event("r" + id, R"("type":"RETRACT","retracts":")" + id + R"(","occurredAt":"2025-01-01T00:00:00Z")"));
    driver.Feed(Event(id, R"("type":"RESUBSCRIBE","topic":")" + id + R"(","occurredAt":"2025-01-01T00:00:00Z")"));
  }
  driver.Feed(Command("c", kErase));
  driver.Feed(OptOut(6, "UNSUBSCRIBE", "new"));
  driver.Feed(OptOut(7, "RESUBSCRIBE", "new"));
  EXPECT_THAT(driver.Row({"t", "a@x.org"}), HasSubstr(R"("emailStatus":"active")"));
}

// A second erasure keeps what remained after the first one, and a command can lift do-not-contact.
TEST(PartitionEngineErasure, FactsOutliveASecondOne) {
  leadpulse::testing::EngineDriver driver(kTopics);
  driver.Feed(OptOut(1, "UNSUBSCRIBE"));
  driver.Feed(Command("dnc", R"("issuedAt":"2025-01-03T00:00:00Z","setDoNotContact":{"value":true})"));
  driver.Feed(Command("c", kErase));
  driver.Feed(Command("d", R"("issuedAt":"2025-01-06T00:00:00Z","erase":{})"));
  driver.Feed(Command("n", R"("issuedAt":"2025-01-07T00:00:00Z","addNote":{"text":"again"})"));
  EXPECT_THAT(driver.Row({"t", "a@x.org"}),
              HasSubstr(R"("emailStatus":"unsubscribed","sendable":false,"doNotContact":true)"));
  driver.Feed(Command("m", R"("issuedAt":"2025-01-08T00:00:00Z","setDoNotContact":{"value":false})"));
  EXPECT_THAT(driver.Row({"t", "a@x.org"}), HasSubstr(R"("doNotContact":false)"));
}

}  // namespace leadpulse::engine::engine_erasure_test
