// Messages between leads of one address while something else happens to them: the receiver rejects a command,
// definitions are rolled out while an answer is on its way.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "leadpulse/v1/command.pb.h"
#include "schemas/codec/confluent_framing.h"
#include "tests/kafka/shared_addresses_fixture.h"

namespace leadpulse::testing::shared_addresses_test {

using ::testing::ElementsAre;

// ---- Dead letters of commands by address ----

class RejectedCommandTest : public SharedAddressesTest, public ::testing::WithParamInterface<kafka::InputFormat> {
 protected:
  void SetUp() override {
    SharedAddressesTest::SetUp();
    options.formats.events = options.formats.commands = GetParam();
    Start();
    RunUntilReady(process.get());
  }

  // Returns the command as a producer of the format writes it.
  std::string Encoded(const v1::LeadCommand& command) const {
    std::string bytes;
    if (GetParam() == kafka::InputFormat::kConfluent) codec::AppendConfluentHead(/*schema_id=*/77, &bytes);
    return bytes + command.SerializeAsString();
  }
  v1::LeadCommand NewCommand(const std::string& id) const {
    v1::LeadCommand command;
    command.set_tenant_id(kTenant);
    command.set_command_id(id);
    command.mutable_issued_at()->set_seconds(clock.Now().millis / 1000);
    return command;
  }
  void Convert() {
    if (GetParam() == kafka::InputFormat::kJson) {
      SetEmail("email");
      Command(lead, "convert", R"("setStage":{"stage":"CONVERTED"})");
      return;
    }
    v1::LeadCommand email = NewCommand("email"), convert = NewCommand("convert");
    email.set_lead_id(lead);
    (*email.mutable_update_profile()->mutable_set()->mutable_fields())["email"].set_string_value(mailbox);
    convert.set_lead_id(lead);
    convert.mutable_set_stage()->set_stage(v1::SetStage::CONVERTED);
    Append(kafka::InputTopic::kCommands, lead, Encoded(email));
    Append(kafka::InputTopic::kCommands, lead, Encoded(convert));
  }
  // Returns a command with members that this program does not know, and in JSON with white space and another spelling
  // of the address.
  std::string RejectedByAddress() const {
    if (GetParam() == kafka::InputFormat::kJson) {
      std::string shouted = mailbox;
      shouted[0] = 'A';
      return R"({ "note": {"of": "another program"}, "email" : " )" + shouted +
             R"(","setStage":{"stage":"ENGAGED"}, "tenantId":"t","issuedAt":")" + Time() + R"(", "commandId":"back"})";
    }
    v1::LeadCommand command = NewCommand("back");
    command.set_email(" " + mailbox);
    command.mutable_set_stage()->set_stage(v1::SetStage::ENGAGED);
    constexpr std::string_view kUnknownField = "\xfa\x3f\x03new";  // number 1023, three bytes
    return Encoded(command) + std::string(kUnknownField);
  }
};

TEST_P(RejectedCommandTest, ItsDeadLetterHasTheRecordThatNamedTheAddress) {
  Convert();
  RunToRest();
  const std::string original = RejectedByAddress();
  const int64_t offset = Append(kafka::InputTopic::kCommands, mailbox, original);
  RunToRest();
  const std::vector<v1::DeadLetter> letters = Read().dead_letters;
  ASSERT_EQ(letters.size(), 1u);
  EXPECT_EQ(letters[0].reason(), v1::DeadLetter::FINAL_STAGE) << letters[0].detail();
  EXPECT_EQ(letters[0].source().topic(), "lead.commands");
  EXPECT_EQ(letters[0].source().partition(), static_cast<int>(kOfMailbox.value));
  EXPECT_EQ(letters[0].source().offset(), offset);
  EXPECT_EQ(letters[0].payload(), original);
  EXPECT_EQ(letters[0].size(), 0u);
  std::vector<std::string> keys;
  for (const PartitionId partition : {kOfLead, kOfMailbox}) {
    for (const LogEntry& entry : cluster.log(Topic::kDeadLetters, partition).everything()) {
      if (entry.fate == LogEntry::Fate::kCommitted) keys.push_back(entry.message.key);
    }
  }
  EXPECT_THAT(keys, ElementsAre(EncodeLeadKey({kTenant, mailbox})));
}

INSTANTIATE_TEST_SUITE_P(
    Formats, RejectedCommandTest,
    ::testing::Values(kafka::InputFormat::kJson, kafka::InputFormat::kProtobuf, kafka::InputFormat::kConfluent),
    [](const auto& format) {
      return std::string(std::array{"Json", "Protobuf", "Confluent"}[static_cast<size_t>(format.param)]);
    });

// ---- Rollouts while an answer is on its way ----

constexpr char kFirst[] = R"(tiers: [{name: all}], segments: [{id: first, name: First, rule: "DID visit"}])";
constexpr char kSecond[] = R"(tiers: [{name: every}], segments: [{id: second, name: Second, rule: "DID visit"},
                                                               {id: reachable, name: Reachable, rule: "sendable IS true"}])";

class WaitsThroughARolloutTest : public RolloutWhileWaitingTest, public ::testing::WithParamInterface<bool> {
 protected:
  void MaybeLoseTheStore() {
    if (!GetParam()) return;
    KillAndLoseStore();
    StartAgain();
  }
};

TEST_P(WaitsThroughARolloutTest, ALeadIsEvaluatedOnceWhenTheAnswerComes) {
  StartUnder(kFirst);
  LetTheLeadWait();
  const size_t before = ChangesOf(lead).size();
  Want(kSecond);
  RunToRest();
  EXPECT_THAT(ChangesOf(lead, before), ElementsAre());
  // The last published record.
  EXPECT_TRUE(RecordOf(lead)->at("pending").get<bool>());
  EXPECT_FALSE(RecordOf(lead)->at("sendable").get<bool>());
  EXPECT_EQ(RecordOf(lead)->at("segments"), model::Json::array({"first"}));
  EXPECT_EQ(RecordOf(lead)->at("tier"), "all");
  MaybeLoseTheStore();
  HearAgain();
  RunToRest();
  EXPECT_THAT(
      ChangesOf(lead, before),
      ElementsAre("EMAIL_STATUS_CHANGED COMMAND email", "SENDABLE_CHANGED COMMAND email", "TIER_CHANGED COMMAND email",
                  "SEGMENT_LEFT first COMMAND email", "SEGMENT_ENTERED second COMMAND email"));
  EXPECT_FALSE(RecordOf(lead)->at("pending").get<bool>());
  EXPECT_FALSE(RecordOf(lead)->at("sendable").get<bool>());
  EXPECT_EQ(RecordOf(lead)->at("segments"), model::Json::array({"second"}));
}

TEST_P(WaitsThroughARolloutTest, WhatTheNextDefinitionsHaveAgainIsNotLeft) {
  StartUnder(kFirst);
  LetTheLeadWait();
  const size_t before = ChangesOf(lead).size();
  Want(kSecond);
  RunToRest();
  MaybeLoseTheStore();
  Want(kFirst);
  RunToRest();
  HearAgain();
  RunToRest();
  EXPECT_THAT(ChangesOf(lead, before),
              ElementsAre("EMAIL_STATUS_CHANGED COMMAND email", "SENDABLE_CHANGED COMMAND email"));
  EXPECT_EQ(RecordOf(lead)->at("segments"), model::Json::array({"first"}));
}

INSTANTIATE_TEST_SUITE_P(Stores, WaitsThroughARolloutTest, ::testing::Bool(),
                         [](const auto& is_wiped) { return is_wiped.param ? "Wiped" : "Kept"; });

TEST_F(RolloutWhileWaitingTest, AnAnswerThatIsFasterThanTheRolloutHasTheCauseOfItsCommand) {
  options.max_epoch_reevaluated = 1;
  options.leads_per_round = 1;
  std::string last;
  for (int i = 100; i < 200; ++i) {
    last = IdOn(kOfLead, "a" + std::to_string(i) + "-");
    Event(last, "visit", R"("type":"PAGE_VISIT")");
  }
  StartUnder(kFirst);
  LetTheLeadWait();
  const size_t before = ChangesOf(lead).size();
  const std::vector<std::string> others_before = ChangesOf(last);
  Want(kSecond);
  HearAgain();
  for (int round = 0; round < 1500 && RecordOf(lead)->at("pending").get<bool>(); ++round) Round();
  EXPECT_EQ(ChangesOf(last), others_before) << "the rollout has reached the waiting lead";
  const std::vector<std::string> changes{"EMAIL_STATUS_CHANGED COMMAND email", "SENDABLE_CHANGED COMMAND email",
                                         "TIER_CHANGED COMMAND email", "SEGMENT_LEFT first COMMAND email",
                                         "SEGMENT_ENTERED second COMMAND email"};
  EXPECT_EQ(ChangesOf(lead, before), changes);
  Rounds(15'000);
  EXPECT_NE(ChangesOf(last), others_before);
  EXPECT_EQ(ChangesOf(lead, before), changes) << "the rollout changes nothing more";
}

}  // namespace leadpulse::testing::shared_addresses_test
