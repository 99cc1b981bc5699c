// Input records that are read in another partition than their lead's (`input_partitioning`): what each value of the
// setting does with them, and where and by whom they are judged.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "processor/telemetry/logging.h"
#include "tests/kafka/shared_addresses_fixture.h"

namespace leadpulse::testing::handed_on_test {

using kafka::InputPartitioning;
using kafka::InputTopic;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class HandedOnTest : public SharedAddressesTest {
 protected:
  HandedOnTest() {
    options.input_partitioning = InputPartitioning::kAny;
    misplaces = true;
  }
  void SetUp() override {
    SharedAddressesTest::SetUp();
    StartAgain();
  }
  void StartAgain() {
    Start();
    cluster.AdvanceTime(Millis(7000));  // until the old process's session is over
    RunUntilReady(process.get());
  }
  int64_t Visit(const std::string& event_id, const std::string& members = "") {
    return Event(lead, event_id, members + R"("type":"PAGE_VISIT")");
  }
  uint64_t handed_on() const { return process->Sum(&kafka::WorkerMetrics::records_handed_on); }
  // Checks that the only dead letter is that of a command, as it was appended to the partition.
  void ExpectLetterOf(v1::DeadLetter::Reason reason, PartitionId partition, int64_t offset, const std::string& id,
                      const std::string& value) {
    const std::vector<v1::DeadLetter> letters = Read().dead_letters;
    ASSERT_THAT(letters, SizeIs(1));
    EXPECT_EQ(letters[0].reason(), reason) << letters[0].detail();
    EXPECT_EQ(letters[0].source().topic(), "lead.commands");
    EXPECT_EQ(letters[0].source().partition(), static_cast<int>(partition.value));
    EXPECT_EQ(letters[0].source().offset(), offset);
    EXPECT_EQ(letters[0].payload(), value);
    std::vector<std::string> keys;
    for (const PartitionId one : {kOfLead, kOfMailbox}) {
      for (const LogEntry& entry : cluster.log(Topic::kDeadLetters, one).everything()) {
        if (entry.fate == LogEntry::Fate::kCommitted) keys.push_back(entry.message.key);
      }
    }
    EXPECT_THAT(keys, ElementsAre(EncodeLeadKey({kTenant, id})));
  }
};

TEST_F(HandedOnTest, ARecordAppliesInItsOwnPartitionAndKeepsItsPosition) {
  cluster.Append(InputTopic::kEvents, kOfMailbox, "", "not the first record");
  const int64_t offset = Visit("visit");
  RunToRest();
  const Published published = Read();
  EXPECT_TRUE(published.leads.contains({kOfLead, EncodeLeadKey({kTenant, lead})}));
  EXPECT_FALSE(published.leads.contains({kOfMailbox, EncodeLeadKey({kTenant, lead})}));
  ASSERT_FALSE(published.changes.empty());
  for (const PublishedChange& change : published.changes) {
    EXPECT_EQ(change.change.source().topic(), "engagement.events");
    EXPECT_EQ(change.change.source().partition(), static_cast<int>(kOfMailbox.value));
    EXPECT_EQ(change.change.source().offset(), offset);
  }
  EXPECT_EQ(handed_on(), 1u);
  EXPECT_EQ(process->Sum(&kafka::WorkerMetrics::events), 1u);
  EXPECT_EQ(process->Sum(&kafka::WorkerMetrics::messages_received), 0u);
}

TEST_F(HandedOnTest, ARecordInItsOwnPartitionIsNotHandedOn) {
  misplaces = false;
  Visit("visit");
  RunToRest();
  EXPECT_THAT(ChangesOf(lead), SizeIs(::testing::Ge(1u)));
  EXPECT_EQ(Sent(kOfLead) + Sent(kOfMailbox), 0u);
  EXPECT_EQ(handed_on(), 0u);
}

TEST_F(HandedOnTest, WhatNeedsNoLeadIsJudgedWhereItIsRead) {
  Append(InputTopic::kEvents, lead, "malformed");
  Event(lead, "", R"("type":"OPEN")");
  const LeadKey key{kTenant, lead};
  cluster.Append(InputTopic::kEvents, kOfMailbox, EncodeLeadKey(key),
                 R"({"tenantId":"t","leadId":")" + lead + R"(","eventId":"e","type":"OPEN","occurredAt":")" +
                     FormatRfc3339(clock.Now() + std::chrono::hours(1)) + "\"}");
  RunToRest();
  std::vector<v1::DeadLetter::Reason> reasons;
  for (const v1::DeadLetter& letter : Read().dead_letters) {
    reasons.push_back(letter.reason());
    EXPECT_EQ(letter.source().partition(), static_cast<int>(kOfMailbox.value));
  }
  EXPECT_THAT(reasons, ElementsAre(v1::DeadLetter::MALFORMED, v1::DeadLetter::MISSING_EVENT_ID,
                                   v1::DeadLetter::FUTURE_TIMESTAMP));
  EXPECT_EQ(Sent(kOfLead), 0u);
}

// The clock of the machine that has the lead may be behind.
TEST_F(HandedOnTest, ATimeIsJudgedOnce) {
  const LeadKey key{kTenant, lead};
  cluster.Append(InputTopic::kEvents, kOfMailbox, EncodeLeadKey(key),
                 R"({"tenantId":"t","leadId":")" + lead + R"(","eventId":"e","type":"OPEN","occurredAt":")" +
                     FormatRfc3339(clock.Now() + std::chrono::minutes(9)) + "\"}");
  RunUntilSent(kOfLead, 1);
  clock.SetWall(clock.Now() - std::chrono::hours(1));
  RunToRest();
  EXPECT_THAT(Read().dead_letters, IsEmpty());
  EXPECT_FALSE(ChangesOf(lead).empty());
}

TEST_F(HandedOnTest, ItsDeadLetterHasItsPositionAndItsBytes) {
  Command(lead, "convert", R"("setStage":{"stage":"CONVERTED"})");
  RunToRest();
  const std::string value = R"({ "note": {"of": "another program"}, "tenantId":"t", "leadId":")" + lead +
                            R"(","setStage":{"stage":"ENGAGED"},"issuedAt":")" + Time() + R"(","commandId":"back"})";
  const int64_t offset = Append(InputTopic::kCommands, lead, value);
  RunToRest();
  ExpectLetterOf(v1::DeadLetter::FINAL_STAGE, kOfMailbox, offset, lead, value);
}

// The mailbox's partition gets the command from another one, and sends it on to the lead.
TEST_F(HandedOnTest, ACommandByAddressKeepsItsPositionAndItsBytes) {
  SetEmail("email");
  Command(lead, "convert", R"("setStage":{"stage":"CONVERTED"})");
  RunToRest();
  const std::string value = R"({"tenantId":"t", "email":" )" + mailbox + R"(","setStage":{"stage":"ENGAGED"},)" +
                            R"("issuedAt":")" + Time() + R"(","commandId":"back"})";
  const int64_t offset = Append(InputTopic::kCommands, mailbox, value);
  RunToRest();
  ExpectLetterOf(v1::DeadLetter::FINAL_STAGE, kOfLead, offset, mailbox, value);
  EXPECT_EQ(handed_on(), 3u);
}

// The second is a duplicate, but values are judged before the lead is asked.
TEST_F(HandedOnTest, ValuesAreJudgedByTheDefinitionsOfItsOwnPartition) {
  Command(lead, "size", R"("updateProfile":{"set":{"size":"large"}})");
  RunToRest();
  const int64_t offset = Command(lead, "size", R"("updateProfile":{"set":{"size":"large"}})");
  const std::string value = *cluster.log(Topic::kCommands, kOfMailbox).everything().back().message.value;
  RunUntilSent(kOfLead, 2);
  process->definitions().known.definitions = Load("tiers: [{name: all}], fields: {size: number}");
  RunToRest();
  ExpectLetterOf(v1::DeadLetter::INVALID_VALUE, kOfMailbox, offset, lead, value);
}

TEST_F(HandedOnTest, TheLargestRecordIsHandedOn) {
  Visit("visit", std::string(codec::kMaxRecordBytes - 200, ' '));
  RunToRest();
  EXPECT_THAT(Read().dead_letters, IsEmpty());
  EXPECT_EQ(handed_on(), 1u);
  EXPECT_FALSE(ChangesOf(lead).empty());
}

TEST_F(HandedOnTest, WhatIsOnItsWayAppliesAfterAKillUnderAnotherSetting) {
  Visit("visit");
  RunUntilSent(kOfLead, 1);
  KillAndLoseStore();
  options.input_partitioning = InputPartitioning::kMurmur2;
  options.formats.events = kafka::InputFormat::kProtobuf;
  StartAgain();
  RunToRest();
  EXPECT_THAT(Read().dead_letters, IsEmpty());
  EXPECT_FALSE(ChangesOf(lead).empty());
}

TEST_F(HandedOnTest, AWarningNamesThePartition) {
  ASSERT_TRUE(telemetry::SetUpLogging("warning").ok());
  ::testing::internal::CaptureStderr();
  Visit("visit");
  RunToRest();
  EXPECT_THAT(::testing::internal::GetCapturedStderr(), HasSubstr("engagement.events [1]: 1 records were handed"));
}

class StrictTest : public HandedOnTest {
 protected:
  StrictTest() { options.input_partitioning = InputPartitioning::kMurmur2; }
};

TEST_F(StrictTest, SuchARecordIsADeadLetter) {
  const int64_t offset = Command(lead, "tag", R"("editTags":{"add":["vip"]})");
  const std::string value = *cluster.log(Topic::kCommands, kOfMailbox).everything().back().message.value;
  RunToRest();
  ExpectLetterOf(v1::DeadLetter::WRONG_PARTITION, kOfMailbox, offset, lead, value);
  EXPECT_EQ(Sent(kOfLead), 0u);
  EXPECT_EQ(handed_on(), 0u);
}

}  // namespace leadpulse::testing::handed_on_test
