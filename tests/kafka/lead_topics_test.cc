// When a lead is published as it is, to lead.profiles: soon after what changes it, and again after a crash.
#include "processor/kafka/lead_topics.h"

#include <gmock/gmock.h>

#include <set>
#include <string>
#include <vector>

#include "tests/kafka/simulated_worker_fixture.h"
#include "tests/support/model/number.h"

namespace leadpulse::testing::lead_topics_test {

using kafka::InputTopic;
using std::chrono::seconds;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr PartitionId kPartition{0};

SimulatedClusterOptions ClusterOptions(uint32_t partitions) {
  SimulatedClusterOptions options;
  options.partitions = partitions;
  options.session_timeout = std::chrono::hours(1);
  options.polls_by_luck = false;
  return options;
}

class LeadTopicsTest : public OneWorkerTest {
 protected:
  explicit LeadTopicsTest(uint32_t partitions = 1) : OneWorkerTest(ClusterOptions(partitions)) {
    options.changelog_interval = seconds(30);
    options.profiles.interval = seconds(5);
    options.profiles.counts_interval = seconds(60);
    options.poll_wait = Millis(1);
  }
  void Start() {
    OneWorkerTest::Start();
    RunUntilReady(process.get());
    RunFor(Millis(10));
  }
  // Ends the process in order, or kills it, and starts it again.
  void Restart(bool kills, bool keeps_state = true) {
    if (!kills) {
      ASSERT_TRUE(process->Finish(0).ok());
    }
    Kill();
    if (!keeps_state) LoseState();
    cluster.AdvanceTime(options.session_timeout + Millis(1));
    Start();
  }
  void RunFor(Millis time) {
    const auto until = clock.Monotonic() + time;
    while (clock.Monotonic() < until) {
      Round();
      if (until - clock.Monotonic() > Millis(200)) cluster.AdvanceTime(Millis(100));
    }
  }
  void Open(const std::string& lead, const std::string& id) { AppendOpen(kPartition, lead, id); }
  void Command(const std::string& lead, const std::string& id, const std::string& action) {
    cluster.Append(InputTopic::kCommands, kPartition, "",
                   R"({"tenantId":"t","leadId":")" + lead + R"(","commandId":")" + id + R"(","issuedAt":")" +
                       FormatRfc3339(clock.Now()) + "\"," + action + "}");
  }
  // Returns what lead.profiles has got since the last call: the key and the number of opens, or `-` for a tombstone.
  std::vector<std::string> New() {
    std::vector<std::string> got;
    const auto take = [&](const LogEntry& entry) {
      std::string line = entry.message.key + " ";
      line += entry.message.value ? model::Parse(*entry.message.value).at("counts").at("open").dump() : "-";
      got.push_back(std::move(line));
    };
    const PartitionLog& log = cluster.log(Topic::kLeadProfiles, kPartition);
    seen_ = log.ReadCommitted(seen_, 1'000'000, take);
    return got;
  }

 private:
  int64_t seen_ = 0;
};

TEST_F(LeadTopicsTest, APublishedChangeIsThereAfterTheInterval) {
  Start();
  Open("ann", "1");  // LEAD_CREATED
  RunFor(Millis(4'900));
  EXPECT_THAT(New(), IsEmpty());
  RunFor(Millis(300));
  EXPECT_THAT(New(), ElementsAre("t/ann 1"));
  RunFor(seconds(40));
  EXPECT_THAT(New(), IsEmpty()) << "nothing has changed since";
}

TEST_F(LeadTopicsTest, CountsFollowLater) {
  Start();
  Open("ann", "1");
  RunFor(seconds(6));
  EXPECT_THAT(New(), ElementsAre("t/ann 1"));
  Open("ann", "2");  // changes nothing that is published
  RunFor(seconds(40));
  Open("ann", "3");
  RunFor(seconds(19));
  EXPECT_THAT(New(), IsEmpty()) << "the row of the second event is written";
  RunFor(seconds(2));
  EXPECT_THAT(New(), ElementsAre("t/ann 3"));
  RunFor(seconds(120));
  EXPECT_THAT(New(), IsEmpty());
}

TEST_F(LeadTopicsTest, CountsOfManyLeadsComeEarlier) {
  options.changelog_interval = seconds(1);  // so that few rows wait
  options.unwritten_bytes = 1600;
  Start();
  for (int i = 0; i < 12; ++i) Open("lead-" + std::to_string(i), "1");
  RunFor(seconds(6));
  EXPECT_THAT(New(), SizeIs(12));
  for (int i = 0; i < 12; ++i) {
    Open("lead-" + std::to_string(i), "2");
    RunFor(seconds(2));
    if (i == 3) {
      EXPECT_THAT(New(), IsEmpty());
    }
  }
  EXPECT_THAT(New(), Contains("t/lead-0 2"));
}

TEST_F(LeadTopicsTest, CountsComeWithAPublishedChange) {
  Start();
  Open("ann", "1");
  RunFor(seconds(6));
  New();
  Open("ann", "2");
  RunFor(seconds(1));
  Command("ann", "c1", R"("editTags":{"add":["vip"]})");
  RunFor(Millis(5'300));
  EXPECT_THAT(New(), ElementsAre("t/ann 2"));
  RunFor(seconds(120));
  EXPECT_THAT(New(), IsEmpty());
}

// Also where the row has been in lead.state for long. What was not wanted soon before a kill is not wanted soon after
// it.
TEST_F(LeadTopicsTest, CountsFollowAfterAKill) {
  Start();
  Open("ann", "1");
  RunFor(seconds(6));
  Open("ann", "2");
  RunFor(seconds(31));
  Open("bob", "1");
  RunFor(seconds(15));
  EXPECT_THAT(New(), ElementsAre("t/ann 1", "t/bob 1"));
  ASSERT_TRUE(process->WriteOutDue().ok());
  for (const bool keeps_state : {true, false}) {
    SCOPED_TRACE(keeps_state ? "with its state" : "without");
    Restart(true, keeps_state);
    RunFor(seconds(58));
    EXPECT_THAT(New(), IsEmpty());
  }
  RunFor(seconds(3));
  // Bob's change is published, but lead.journal has it until his row is written.
  EXPECT_THAT(New(), ElementsAre("t/ann 2", "t/bob 1"));
  ASSERT_TRUE(process->WriteOutDue().ok());
  Restart(true);
  RunFor(seconds(120));
  EXPECT_THAT(New(), IsEmpty());
}

TEST_F(LeadTopicsTest, ManyChangesAreOneRecord) {
  Start();
  for (int i = 0; i < 20; ++i) {
    Open("ann", "open-" + std::to_string(i));
    RunFor(Millis(200));
  }
  RunFor(seconds(3));
  EXPECT_THAT(New(), ElementsAre("t/ann 20"));
}

TEST_F(LeadTopicsTest, ACommandCountsAsAChange) {
  Start();
  Open("ann", "1");
  RunFor(seconds(40));
  New();
  Command("ann", "c1", R"("editTags":{"add":["vip"]})");
  RunFor(Millis(5'300));
  EXPECT_THAT(New(), ElementsAre("t/ann 1"));
}

TEST_F(LeadTopicsTest, WithoutAnIntervalTheRecordComesWithTheChange) {
  options.profiles.interval = Millis(0);
  Start();
  Open("ann", "1");
  RunFor(Millis(200));
  EXPECT_THAT(New(), ElementsAre("t/ann 1"));
  const PartitionLog& changes = cluster.log(Topic::kStatusChanges, kPartition);
  const PartitionLog& profiles = cluster.log(Topic::kLeadProfiles, kPartition);
  EXPECT_EQ(changes.everything().front().producer, profiles.everything().front().producer);
  EXPECT_EQ(cluster.log(Topic::kLeadState, kPartition).everything().size(), 3u) << "definitions, position, control";
}

TEST_F(LeadTopicsTest, AnErasureIsATombstoneAtOnce) {
  Start();
  Open("ann", "1");
  RunFor(seconds(6));
  New();
  Command("ann", "c1", R"("erase":{})");
  RunFor(Millis(200));
  EXPECT_THAT(New(), ElementsAre("t/ann -"));
  RunFor(seconds(40));
  EXPECT_THAT(New(), IsEmpty());
}

TEST_F(LeadTopicsTest, WhatWasDueIsThereAfterARestart) {
  for (const bool kills : {true, false}) {
    SCOPED_TRACE(kills ? "killed" : "stopped");
    const std::string lead = kills ? "ann" : "bob";
    if (process == nullptr) Start();
    Open(lead, "1");
    RunFor(Millis(500));
    EXPECT_THAT(New(), IsEmpty());
    Restart(kills);
    RunFor(Millis(5'300));
    EXPECT_THAT(New(), ElementsAre("t/" + lead + " 1"));
    RunFor(seconds(40));
    New();
  }
}

// As after an upgrade from a version without the topic.
TEST_F(LeadTopicsTest, LeadsOfBeforeTheTopicAreAllPublished) {
  options.profiles.enabled = false;
  Start();
  constexpr int kLeads = 700;  // more than an epoch writes
  for (int i = 0; i < kLeads; ++i) Open("lead-" + std::to_string(i), "1");
  RunFor(seconds(40));
  EXPECT_THAT(New(), IsEmpty());
  options.profiles.enabled = true;
  Restart(false);
  RunFor(Millis(150));  // not all epochs
  Restart(true);
  RunFor(seconds(2));
  const std::vector<std::string> got = New();
  EXPECT_EQ(std::set<std::string>(got.begin(), got.end()).size(), static_cast<size_t>(kLeads));
  Restart(true);
  RunFor(seconds(2));
  EXPECT_THAT(New(), IsEmpty()) << "only once";
}

// As after the topic was lost. No record comes meanwhile.
TEST_F(LeadTopicsTest, SwitchedOffAndOnAgainAllLeadsArePublishedAgain) {
  Start();
  Open("ann", "1");
  Open("bob", "1");
  RunFor(seconds(40));
  EXPECT_THAT(New(), ElementsAre("t/ann 1", "t/bob 1"));
  for (const bool enabled : {false, true}) {
    options.profiles.enabled = enabled;
    Restart(false);
    RunFor(seconds(1));
  }
  EXPECT_THAT(New(), ElementsAre("t/ann 1", "t/bob 1"));
}

class ManyPartitionsTest : public LeadTopicsTest {
 protected:
  ManyPartitionsTest() : LeadTopicsTest(/*partitions=*/128) {}
};

// A transaction stays short although all partitions share it: each writes less of what waits.
TEST_F(ManyPartitionsTest, OfWhatIsDueEachWritesAShare) {
  Start();
  constexpr size_t kLeads = 150;
  for (size_t i = 0; i < kLeads; ++i) Open("lead-" + std::to_string(i), "1");
  RunFor(seconds(2));
  cluster.AdvanceTime(seconds(6));
  size_t written = 0, most = 0;
  for (int round = 0; round < 3000 && written < kLeads; ++round) {
    Round();
    const size_t now = New().size();
    written += now;
    most = std::max(most, now);
  }
  EXPECT_EQ(written, kLeads);
  EXPECT_EQ(most, 64u);
}

}  // namespace leadpulse::testing::lead_topics_test
