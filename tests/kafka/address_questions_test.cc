// A lead that changes its address faster than the mailboxes answer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "tests/kafka/shared_addresses_fixture.h"

namespace leadpulse::testing::address_questions_test {

using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class AddressQuestionsTest : public SharedAddressesTest {
 protected:
  void SetUp() override {
    SharedAddressesTest::SetUp();
    Start();
    RunUntilReady(process.get());
  }

  int64_t SetEmailTo(const std::string& address, const std::string& command_id) {
    return Command(lead, command_id, R"("updateProfile":{"set":{"email":")" + address + R"("}})");
  }
  void EraseAddress(const std::string& command_id) {
    Append(kafka::InputTopic::kCommands, mailbox,
           R"({"tenantId":"t","email":")" + mailbox + R"(","commandId":")" + command_id + R"(","issuedAt":")" + Time() +
               R"(","erase":{}})");
  }
  // Returns the ids of the entries that a lead received from mailboxes.
  std::vector<std::string> ReceivedBy(const std::string& id) {
    std::vector<std::string> received;
    const std::optional<state::Lead> row = RowOf(id);
    if (!row) return received;
    for (const auto& entry : row->journal.entries()) {
      if (entry.received) received.emplace_back(entry.event_id());
    }
    return received;
  }
  // Stops reading what other leads send to the lead's partition, until `HearAnswersAgain`.
  void StopHearingAnswers() { cluster.LoseLeader({Topic::kExchange, kOfLead}, std::chrono::hours(1)); }
  void HearAnswersAgain() { cluster.LoseLeader({Topic::kExchange, kOfLead}, Millis(0)); }

  const std::string other = IdOn(kOfMailbox, "bea", "@example.com");
};

class ReturnsToAnAddressTest : public AddressQuestionsTest, public ::testing::WithParamInterface<bool> {};

TEST_P(ReturnsToAnAddressTest, TheAnswerToAnEarlierQuestionDoesNotEndTheWait) {
  Event(mailbox, "out", R"("type":"UNSUBSCRIBE")");
  Event(lead, "visit", R"("type":"PAGE_VISIT")");
  RunToRest();
  const size_t before = ChangesOf(lead).size();
  SetEmailTo(mailbox, "there");
  RunUntilSent(kOfMailbox, 1);
  SetEmailTo(other, "away");
  SetEmailTo(mailbox, "back");
  // The mailbox has answered the first question, and the second one is on its way.
  RunUntilSent(kOfMailbox, 5);
  ASSERT_EQ(Sent(kOfLead), 1u);
  if (GetParam()) {
    KillAndLoseStore();
    Start();
    cluster.AdvanceTime(Millis(7000));
    RunUntilReady(process.get());
  }
  RunToRest();
  EXPECT_THAT(ChangesOf(lead, before),
              ElementsAre("EMAIL_STATUS_CHANGED COMMAND back", "SENDABLE_CHANGED COMMAND back"));
  EXPECT_FALSE(RecordOf(lead)->at("pending").get<bool>());
}

INSTANTIATE_TEST_SUITE_P(Stores, ReturnsToAnAddressTest, ::testing::Bool(),
                         [](const auto& is_wiped) { return is_wiped.param ? "Wiped" : "Kept"; });

// The next life of a lead does not wait for the answer to an erased life's question.
TEST_F(AddressQuestionsTest, AnAnswerToAnErasedLifeDoesNotEndTheWaitOfTheNext) {
  Event(mailbox, "out", R"("type":"UNSUBSCRIBE")");
  RunToRest();
  SetEmailTo(mailbox, "email");
  RunUntilSent(kOfMailbox, 1);
  Command(lead, "erase", R"("erase":{})");
  cluster.AdvanceTime(Millis(1));
  SetEmailTo(mailbox, "again");
  RunUntilSent(kOfMailbox, 3);
  ASSERT_EQ(Sent(kOfLead), 1u);
  RunToRest();
  EXPECT_THAT(ChangesOf(lead, 1), Each(HasSubstr(" COMMAND again")));
  EXPECT_EQ(RecordOf(lead)->at("emailStatus"), "unsubscribed");
}

TEST_F(AddressQuestionsTest, AnErasureThatAnswersAnErasedLifeSparesTheNext) {
  EraseAddress("address");
  // Issued at the time of that erasure, and read later.
  const std::string members = R"("updateProfile":{"set":{"email":")" + mailbox + R"("}})";
  const std::string early =
      R"({"tenantId":"t","leadId":")" + lead + R"(","commandId":"early","issuedAt":")" + Time() + "\"," + members + "}";
  RunToRest();
  Append(kafka::InputTopic::kCommands, lead, early);
  RunUntilSent(kOfLead, 1);
  StopHearingAnswers();
  Command(lead, "erase", R"("erase":{})");
  cluster.AdvanceTime(Millis(1));
  SetEmailTo(mailbox, "again");
  RunUntilSent(kOfMailbox, 3);
  HearAnswersAgain();
  RunToRest();
  EXPECT_THAT(ChangesOf(lead), ElementsAre("LEAD_ERASED COMMAND erase", "LEAD_CREATED COMMAND again"));
  EXPECT_FALSE(RecordOf(lead)->at("pending").get<bool>());
}

// The mailbox was erased while the erased life used it; the next life must not take that as its answer.
TEST_F(AddressQuestionsTest, AnErasureOfAnErasedLifeSparesTheNext) {
  SetEmailTo(mailbox, "email");
  RunToRest();
  const size_t sent = Sent(kOfLead), heard = Sent(kOfMailbox), before = ChangesOf(lead).size();
  EraseAddress("address");
  RunUntilSent(kOfLead, sent + 1);
  StopHearingAnswers();
  cluster.AdvanceTime(Millis(1));
  Command(lead, "erase", R"("erase":{})");
  cluster.AdvanceTime(Millis(1));
  SetEmailTo(mailbox, "again");
  RunUntilSent(kOfMailbox, heard + 2);
  HearAnswersAgain();
  RunToRest();
  EXPECT_THAT(ChangesOf(lead, before), ElementsAre("LEAD_ERASED COMMAND erase", "LEAD_CREATED COMMAND again"));
  EXPECT_FALSE(RecordOf(lead)->at("pending").get<bool>());
}

TEST_F(AddressQuestionsTest, AnErasureReachesALeadThatUsesTheAddress) {
  SetEmailTo(mailbox, "email");
  RunToRest();
  EraseAddress("address");
  RunToRest();
  EXPECT_THAT(ChangesOf(lead), ElementsAre("LEAD_CREATED COMMAND email", "LEAD_ERASED COMMAND address"));
}

// Holds for each message by which the mailbox may report the erasure, even if the lead has another address by then.
TEST_F(AddressQuestionsTest, AnErasureReachesALeadThatLeavesTheAddressBeforeItHears) {
  SetEmailTo(mailbox, "email");
  RunToRest();
  const size_t sent = Sent(kOfLead), heard = Sent(kOfMailbox);
  EraseAddress("address");
  RunUntilSent(kOfLead, sent + 1);
  StopHearingAnswers();
  cluster.AdvanceTime(Millis(1));
  SetEmailTo(other, "away");
  RunUntilSent(kOfMailbox, heard + 2);
  HearAnswersAgain();
  RunToRest();
  EXPECT_THAT(ChangesOf(lead), ElementsAre("LEAD_CREATED COMMAND email", "LEAD_ERASED COMMAND address"));
  EXPECT_FALSE(RecordOf(lead).has_value());
}

TEST_F(AddressQuestionsTest, AnErasureReachesALeadThatUsedTheAddressBeforeItAndLeftSince) {
  const std::string members = R"("updateProfile":{"set":{"email":")" + mailbox + R"("}})";
  const std::string early =
      R"({"tenantId":"t","leadId":")" + lead + R"(","commandId":"early","issuedAt":")" + Time() + "\"," + members + "}";
  EraseAddress("address");
  RunToRest();
  Append(kafka::InputTopic::kCommands, lead, early);
  RunUntilSent(kOfLead, 1);
  StopHearingAnswers();
  cluster.AdvanceTime(Millis(1));
  SetEmailTo(other, "away");
  RunUntilSent(kOfMailbox, 3);
  HearAnswersAgain();
  RunToRest();
  EXPECT_THAT(ChangesOf(lead), IsEmpty());  // nothing was published while it waited
  EXPECT_FALSE(RecordOf(lead).has_value());
}

TEST_F(AddressQuestionsTest, ALeadKeepsWhatAnAddressBringsThatItHasLeft) {
  Event(other, "reply", R"("type":"REPLY")");
  RunToRest();
  SetEmailTo(other, "through");
  SetEmailTo(mailbox, "on");
  RunToRest();
  EXPECT_THAT(ReceivedBy(lead), ElementsAre("reply"));
  EXPECT_EQ(RecordOf(lead)->at("score"), 10);
  EXPECT_EQ(RowOf(lead)->identity->mailbox, mailbox);
  EXPECT_EQ(RowOf(lead)->identity->registration, state::Registration::kRegistered);
  EXPECT_EQ(RowOf(other)->identity.operator bool() ? RowOf(other)->identity->users() : 0, 0u);
}

// Holds without an address, too.
TEST_F(AddressQuestionsTest, ALeadKeepsWhatItsAddressBringsAlthoughItHasNoneNow) {
  Event(other, "reply", R"("type":"REPLY")");
  RunToRest();
  SetEmailTo(other, "through");
  Command(lead, "none", R"("updateProfile":{"unset":["email"]})");
  RunToRest();
  EXPECT_THAT(ReceivedBy(lead), ElementsAre("reply"));
  EXPECT_EQ(RecordOf(lead)->at("score"), 10);
}

TEST_F(AddressQuestionsTest, AnEventThatWasPassedOnIsKeptAlthoughTheLeadLeavesBeforeItArrives) {
  SetEmailTo(mailbox, "email");
  RunToRest();
  const size_t sent = Sent(kOfLead), heard = Sent(kOfMailbox);
  Event(mailbox, "reply", R"("type":"REPLY")");
  RunUntilSent(kOfLead, sent + 1);
  StopHearingAnswers();
  SetEmailTo(other, "away");
  RunUntilSent(kOfMailbox, heard + 2);
  EXPECT_THAT(ReceivedBy(lead), IsEmpty());
  HearAnswersAgain();
  RunToRest();
  EXPECT_THAT(ReceivedBy(lead), ElementsAre("reply"));
  EXPECT_EQ(RecordOf(lead)->at("score"), 10);
}

TEST_F(AddressQuestionsTest, TheNextLifeReceivesNothingFromAnAddressOfTheErasedOne) {
  SetEmailTo(mailbox, "email");
  RunToRest();
  const size_t sent = Sent(kOfLead), heard = Sent(kOfMailbox);
  Event(mailbox, "reply", R"("type":"REPLY")");
  RunUntilSent(kOfLead, sent + 1);
  StopHearingAnswers();
  // Issued before the reply happened.
  Append(kafka::InputTopic::kCommands, lead,
         R"({"tenantId":"t","leadId":")" + lead + R"(","commandId":"erase","issuedAt":")" +
             FormatRfc3339(kBegin + Millis(1)) + R"(","erase":{}})");
  RunUntilSent(kOfMailbox, heard + 1);
  Event(lead, "visit", R"("type":"PAGE_VISIT")");
  Rounds(300);
  HearAnswersAgain();
  RunToRest();
  ASSERT_TRUE(RecordOf(lead).has_value());
  EXPECT_THAT(ReceivedBy(lead), IsEmpty());
  EXPECT_EQ(RecordOf(lead)->at("score"), 0);
}

// The sender's clock may be behind: the lead may have published a later change already.
TEST_F(AddressQuestionsTest, AMessageAppliesAtTheClockOfItsReceiver) {
  Event(mailbox, "out", R"("type":"UNSUBSCRIBE")");
  RunToRest();
  SetEmailTo(mailbox, "email");
  RunUntilSent(kOfMailbox, 1);
  StopHearing();
  RunToRest();
  const int64_t heard_at = clock.Now().millis;
  HearAgain();
  RunToRest();
  std::vector<int64_t> times;
  const Published published = Read();
  for (const std::string& id : {lead, mailbox}) {
    for (const model::Change& change : published.outcome.changes.at({kTenant, id})) {
      if (change.cause_id == "email") times.push_back(change.at);
    }
  }
  EXPECT_THAT(times, Not(IsEmpty()));
  EXPECT_THAT(times, Each(Ge(heard_at)));
}

TEST_F(RolloutWhileWaitingTest, NoTimerFiresBeforeTheAnswer) {
  StartUnder("tiers: [{name: all}], segments: [{id: fresh, name: Fresh, rule: 'DID visit IN LAST 1 minute'}]");
  LetTheLeadWait();
  const size_t before = ChangesOf(lead).size();
  cluster.AdvanceTime(std::chrono::minutes(2));
  RunToRest();
  EXPECT_THAT(ChangesOf(lead, before), IsEmpty());
  HearAgain();
  RunToRest();
  EXPECT_THAT(ChangesOf(lead, before), Contains(HasSubstr("SEGMENT_LEFT")));
}

// While `by_email` is off a lead waits for nothing; once it is on again, the lead asks again.
TEST_F(RolloutWhileWaitingTest, TheAnswerToAQuestionBeforeASwitchDoesNotEndTheWaitAfterIt) {
  constexpr char kOn[] = "tiers: [{name: all}]";
  StartUnder(kOn);
  LetTheLeadWait();
  HearAgain();
  RunUntilSent(kOfLead, 1);
  cluster.LoseLeader({Topic::kExchange, kOfLead}, std::chrono::hours(1));
  const size_t before = ChangesOf(lead).size(), heard = Sent(kOfMailbox);
  Want("tiers: [{name: all}], identity: {by_email: false}");
  RunUntilSent(kOfMailbox, heard + 1);
  Rounds(100);  // until the mailbox has received that: it asks nobody who has told it
  Want(kOn);
  RunUntilSent(kOfMailbox, heard + 2);
  cluster.LoseLeader({Topic::kExchange, kOfLead}, Millis(0));
  RunToRest();
  EXPECT_THAT(ChangesOf(lead, before), ElementsAre("EMAIL_STATUS_CHANGED DEFINITIONS " + wanted->version,
                                                   "SENDABLE_CHANGED DEFINITIONS " + wanted->version));
}

// A record may reach a lead before the rollout does: the lead then asks first, under the previous definitions.
class SwitchedOnByARecordTest : public RolloutWhileWaitingTest {
 protected:
  static constexpr char kOn[] = "tiers: [{name: all}]";
  void SetUp() override {
    RolloutWhileWaitingTest::SetUp();
    options.max_epoch_reevaluated = 1;
    options.leads_per_round = 1;
    for (int i = 100; i < 200; ++i) {
      Event(IdOn(kOfLead, "a" + std::to_string(i) + "-"), "visit", R"("type":"PAGE_VISIT")");
    }
    StartUnder("tiers: [{name: all}], identity: {by_email: false}");
    SetEmail("email");
    RunToRest();
  }
};

TEST_F(SwitchedOnByARecordTest, ItsMailboxIsToldOfTheRecord) {
  Want(kOn);
  Event(lead, "out", R"("type":"UNSUBSCRIBE")");
  Rounds(15'000);
  EXPECT_NE(RowOf(mailbox)->identity->leads[lead].facts.everything.out, Instant::DistantPast());
}

TEST_F(SwitchedOnByARecordTest, ItLeavesTheAddressByTheNextRecord) {
  const std::string other = IdOn(kOfMailbox, "bea", "@example.com");
  Want(kOn);
  Event(lead, "visit", R"("type":"PAGE_VISIT")");
  Command(lead, "away", R"("updateProfile":{"set":{"email":")" + other + R"("}})");
  Rounds(15'000);
  EXPECT_EQ(RowOf(lead)->identity->mailbox, other);
}

}  // namespace leadpulse::testing::address_questions_test
