// `by_email` is switched while a message is on its way, or while not all processes know the new definitions.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <vector>

#include "tests/kafka/shared_addresses_fixture.h"

namespace leadpulse::testing::by_email_switch_test {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kOn[] = "tiers: [{name: all}]";
constexpr char kOff[] = "tiers: [{name: all}], identity: {by_email: false}";

class SwitchedTest : public RolloutWhileWaitingTest {
 protected:
  size_t UsersOf(const std::string& id) {
    const std::optional<state::Lead> row = RowOf(id);
    return row && row->identity ? row->identity->users() : 0;
  }
  // Checks that the lead uses the mailbox, which has no command.
  void ExpectShared() {
    EXPECT_EQ(UsersOf(mailbox), 1u);
    EXPECT_FALSE(RecordOf(mailbox).has_value());
    ASSERT_TRUE(RecordOf(lead).has_value());
    EXPECT_FALSE(RecordOf(lead)->at("pending").get<bool>());
    EXPECT_EQ(RecordOf(lead)->at("emailStatus"), "unsubscribed");
  }
  void ExpectApart() {
    EXPECT_EQ(UsersOf(mailbox), 0u);
    EXPECT_TRUE(RecordOf(mailbox).has_value());
    EXPECT_THAT(ChangesOf(mailbox), Not(Contains(HasSubstr("LEAD_MERGED"))));
    ASSERT_TRUE(RecordOf(lead).has_value());
    EXPECT_FALSE(RecordOf(lead)->at("pending").get<bool>());
  }
};

TEST_F(SwitchedTest, OffAMailboxTakesUpNobodyWhoAskedBefore) {
  StartUnder(kOn);
  LetTheLeadWait();
  Want(kOff);
  RunToRest();
  HearAgain();
  RunToRest();
  ExpectApart();
  EXPECT_EQ(RecordOf(lead)->at("emailStatus"), "active");
}

TEST_F(SwitchedTest, OffAnAnswerThatComesLateChangesNothing) {
  StartUnder(kOn);
  LetTheLeadWait();
  HearAgain();
  RunUntilSent(kOfLead, 1);
  cluster.LoseLeader({Topic::kExchange, kOfLead}, std::chrono::hours(1));
  Want(kOff);
  RunToRest();
  const std::vector<std::string> changes = ChangesOf(lead);
  cluster.LoseLeader({Topic::kExchange, kOfLead}, Millis(0));
  RunToRest();
  EXPECT_EQ(ChangesOf(lead), changes);
  EXPECT_EQ(UsersOf(mailbox), 0u);
  EXPECT_EQ(RecordOf(lead)->at("emailStatus"), "active");
}

TEST_F(SwitchedTest, OnAgainTheLeadIsAUserOnce) {
  StartUnder(kOn);
  LetTheLeadWait();
  Want(kOff);
  RunToRest();
  HearAgain();
  RunToRest();
  Want(kOn);
  RunToRest();
  ExpectShared();
}

// Two processes with one partition each get the new definitions at different times.
class HeardApartTest : public SwitchedTest {
 protected:
  void SetUp() override {
    SwitchedTest::SetUp();
    cluster.set_observer(&trace);
  }
  void StartBoth(const std::string& tenant) {
    wanted = Load(tenant);
    for (int place = 0; place < 2; ++place) {
      processes.push_back(StartProcess(stores[static_cast<size_t>(place)].get(), place));
      processes.back()->definitions().known.definitions = wanted;
    }
    const auto both_own = [&] {
      return processes[0]->is_ready() && processes[1]->is_ready() && !trace.owner(kOfLead).instance_id.empty() &&
             !trace.owner(kOfMailbox).instance_id.empty() && ProcessOf(kOfLead) != ProcessOf(kOfMailbox);
    };
    for (int round = 0; round < 20'000 && !both_own(); ++round) RoundOfBoth();
    ASSERT_TRUE(both_own());
  }
  void RoundOfBoth() {
    for (const auto& each : processes) SimulatedWorkerTest::Round(each.get());
  }
  void RunBothToRest() {
    for (int round = 0; round < 1500; ++round) RoundOfBoth();
  }
  SimulatedProcess* ProcessOf(PartitionId partition) {
    const int of_owner = trace.owner(partition).process;
    const auto found = std::ranges::find(processes, of_owner, [](const auto& each) { return each->number(); });
    return found == processes.end() ? nullptr : found->get();
  }
  void Hear(PartitionId partition, const std::string& tenant) {
    ProcessOf(partition)->definitions().known.definitions = Load(tenant);
  }

  std::array<std::unique_ptr<RollbackStore>, 2> stores{std::make_unique<RollbackStore>(2),
                                                       std::make_unique<RollbackStore>(2)};
  std::vector<std::unique_ptr<SimulatedProcess>> processes;
};

TEST_F(HeardApartTest, OnTheLeadIsRegisteredAlthoughItsMailboxHearsLater) {
  StartBoth(kOff);
  Event(mailbox, "out", R"("type":"UNSUBSCRIBE")");
  SetEmail("email");
  RunBothToRest();
  ExpectApart();
  Hear(kOfLead, kOn);
  RunBothToRest();
  EXPECT_TRUE(RecordOf(mailbox).has_value()) << "no lead is hidden while by_email is off";
  Hear(kOfMailbox, kOn);
  RunBothToRest();
  ExpectShared();
}

TEST_F(HeardApartTest, OnTheLeadLearnsWhatItsMailboxReadBeforeItHeard) {
  StartBoth(kOff);
  SetEmail("email");
  RunBothToRest();
  Hear(kOfLead, kOn);
  RunBothToRest();
  Event(mailbox, "out", R"("type":"UNSUBSCRIBE")");
  RunBothToRest();
  Hear(kOfMailbox, kOn);
  RunBothToRest();
  ExpectShared();
}

TEST_F(HeardApartTest, OffTheMailboxForgetsItsUserAlthoughTheLeadHearsLater) {
  StartBoth(kOn);
  Event(mailbox, "out", R"("type":"UNSUBSCRIBE")");
  RunBothToRest();
  Hear(kOfMailbox, kOff);
  RunBothToRest();
  SetEmail("email");
  RunBothToRest();
  Hear(kOfLead, kOff);
  RunBothToRest();
  ExpectApart();
}

TEST_F(HeardApartTest, OffAndOnTheLeadThatSkipsBothIsStillAUser) {
  StartBoth(kOn);
  SetEmail("email");
  RunBothToRest();
  Hear(kOfMailbox, kOff);
  RunBothToRest();
  Event(mailbox, "out", R"("type":"UNSUBSCRIBE")");
  RunBothToRest();
  EXPECT_EQ(UsersOf(mailbox), 0u);
  Hear(kOfMailbox, kOn);
  RunBothToRest();
  ExpectShared();
}

TEST_F(HeardApartTest, OffAndOnTheLeadThatTellsItsMailboxInBetweenIsStillAUser) {
  StartBoth(kOn);
  SetEmail("email");
  RunBothToRest();
  Hear(kOfMailbox, kOff);
  RunBothToRest();
  Event(lead, "topic", R"("type":"UNSUBSCRIBE","topic":"news")");
  RunBothToRest();
  EXPECT_EQ(UsersOf(mailbox), 0u);
  Event(lead, "gone", R"("type":"RETRACT","retracts":"topic")");
  RunBothToRest();
  EXPECT_FALSE(RowOf(mailbox)->identity->others) << "what a user says stays its own, and can be retracted";
  Event(mailbox, "out", R"("type":"UNSUBSCRIBE")");
  RunBothToRest();
  Hear(kOfMailbox, kOn);
  RunBothToRest();
  ExpectShared();
}

TEST_F(HeardApartTest, OffAMailboxThatWasErasedOnceOutlivesTheErasureOfAnotherUser) {
  const std::string other = IdOn(kOfLead, "web-");
  StartBoth(kOn);
  Event(mailbox, "open", R"("type":"OPEN")");
  RunBothToRest();
  Command(mailbox, "erase", R"("erase":{})");
  RunBothToRest();
  SetEmail("email");
  Command(other, "other", R"("updateProfile":{"set":{"email":")" + mailbox + R"("}})");
  RunBothToRest();
  EXPECT_EQ(UsersOf(mailbox), 2u);
  Hear(kOfMailbox, kOff);
  RunBothToRest();
  Command(other, "gone", R"("erase":{})");
  RunBothToRest();
  ASSERT_TRUE(RowOf(mailbox).has_value());
  Event(mailbox, "out", R"("type":"UNSUBSCRIBE")");
  Hear(kOfMailbox, kOn);
  RunBothToRest();
  ExpectShared();
}

TEST_F(HeardApartTest, OffTheErasureOfAMailboxLeavesItsUserToTheOthersThatHaveNotHeard) {
  StartBoth(kOn);
  SetEmail("email");
  RunBothToRest();
  Hear(kOfMailbox, kOff);
  RunBothToRest();
  Command(mailbox, "erase", R"("erase":{})");
  RunBothToRest();
  Event(mailbox, "out", R"("type":"UNSUBSCRIBE")");
  Hear(kOfMailbox, kOn);
  RunBothToRest();
  ExpectShared();
}

}  // namespace leadpulse::testing::by_email_switch_test
