// The number of records in one epoch, and the partition's clock meanwhile.
#include <deque>

#include "tests/kafka/owned_partitions_fixture.h"

namespace leadpulse::kafka::owned_partitions_test {

using ::testing::HasSubstr;

// A test in which each lead enters a hundred segments.
class ManyChangesTest : public OwnedPartitionsTest {
 protected:
  static constexpr size_t kSegments = 100;
  static constexpr size_t kChangesOfALead = 2 + kSegments;  // created, and a stage

  void Begin(const std::vector<PartitionId>& given) {
    std::string segments;
    for (size_t i = 0; i < kSegments; ++i) segments += "{id: s" + std::to_string(i) + ", rule: DID OPEN},";
    definitions.wanted.definitions =
        config::LoadDefinitions("tenants: {acme: {tiers: [{name: all}], segments: [" + segments + "]}}").definitions;
    ASSERT_NE(definitions.wanted.definitions, nullptr);
    partitions.Take(given);
    RestoreAll();
    CommitEpoch();
    output.clear();
    ASSERT_TRUE(partitions.FetchRestored().ok());
  }
  // Reads one event of each of `count` leads.
  void Read(PartitionId partition, int64_t first, int64_t count) {
    for (int64_t i = first; i < first + count; ++i) {
      const std::string lead = std::to_string(partition.value) + "-" + std::to_string(i);
      events_.push_back(R"({"tenantId":"acme","leadId":")" + lead + R"(","eventId":"e","type":"OPEN","occurredAt":")" +
                        FormatRfc3339(kNow) + "\"}");
      records.push_back({InputTopic::kEvents, partition, i, "", events_.back()});
    }
  }
  void ApplyMore() {
    const Status applied = partitions.Apply(&records);
    ASSERT_TRUE(applied.ok()) << applied.message();
  }

  std::vector<InputRecord> records;

 private:
  std::deque<std::string> events_;
};

TEST_F(ManyChangesTest, DoNotGatherInMemory) {
  Begin({kFirst});
  Read(kFirst, 0, 40);
  ApplyMore();
  EXPECT_TRUE(records.empty());
  partitions.TakeOutput(&output);
  EXPECT_EQ(published.all + output.size(), 40 * kChangesOfALead);
  EXPECT_LT(published.most_at_once, engine::kChangesInCache + kChangesOfALead);
  EXPECT_LT(output.size(), engine::kChangesInCache + kChangesOfALead);
}

TEST_F(ManyChangesTest, EndAnEpochInTheMiddleOfWhatWasRead) {
  options.max_epoch_changes = 2 * kChangesOfALead + 1;
  Begin({kFirst, kSecond});
  Read(kFirst, 0, 4);
  Read(kSecond, 0, 3);
  std::vector<uint64_t> applied;
  for (int epochs = 0; !records.empty() && epochs < 100; ++epochs) {
    ApplyMore();
    EXPECT_EQ(partitions.epoch().changes, partitions.epoch().records * kChangesOfALead);
    applied.push_back(partitions.epoch().records);
    const size_t left = records.size();
    ApplyMore();  // the epoch is full
    EXPECT_EQ(records.size(), left);
    CommitEpoch();
  }
  EXPECT_EQ(applied, (std::vector<uint64_t>{3, 3, 1}));
  EXPECT_EQ(Stored(kFirst), (InputOffsets{{4, 0}}));
  EXPECT_EQ(Stored(kSecond), (InputOffsets{{3, 0}}));
}

TEST_F(ManyChangesTest, LeadsOfManyBytesEndAnEpochInTheMiddleOfWhatWasRead) {
  Begin({kFirst});
  Read(kFirst, 0, 1);
  ApplyMore();
  const size_t bytes_of_a_lead = partitions.epoch().bytes;
  CommitEpoch();
  options.max_epoch_bytes = 2 * bytes_of_a_lead + bytes_of_a_lead / 2;
  Read(kFirst, 1, 7);
  ApplyMore();
  EXPECT_EQ(partitions.epoch().records, 3u);
  EXPECT_EQ(records.size(), 4u);
}

// Timers have a share of each epoch, however many records come.
TEST_F(ManyChangesTest, ThatRecordsMakeLeaveRoomForTimers) {
  options.max_epoch_changes = 8;
  definitions.wanted.definitions = config::DefaultDefinitions();
  Own({kFirst}, {{0, 0}});
  Apply(kFirst, 0, Open("acme", "1", kNow));
  CommitEpoch();
  clock.Pass(std::chrono::days(31));
  Read(kFirst, 1, 50);
  ApplyMore();
  EXPECT_FALSE(records.empty());
  EXPECT_EQ(partitions.epoch().timers, 0u);
  ASSERT_TRUE(partitions.RunTimedWork().ok());
  EXPECT_EQ(partitions.epoch().timers, 1u);
}

// A machine's clock was ahead once. The partition's clock never goes back.
TEST_F(OwnedPartitionsTest, TheLogAndAMetricSayThatAPartitionClockIsAhead) {
  ASSERT_TRUE(telemetry::SetUpLogging("warning").ok());
  HaveCome(kFirst, {{0, 0}}, kNow + std::chrono::seconds(9));
  HaveCome(kSecond, {{0, 0}}, kNow + std::chrono::hours(1));
  partitions.Take({kFirst, kSecond});
  RestoreAll();
  ASSERT_TRUE(partitions.FetchRestored().ok());
  const auto show = [this] {
    ::testing::internal::CaptureStderr();
    partitions.ShowGauges();
    return ::testing::internal::GetCapturedStderr();
  };
  EXPECT_THAT(show(), HasSubstr("partition 1: partition clock is 3600 s ahead of this machine's clock; its records and "
                                "timers apply at that instant until the machine's clock has reached it\n"));
  std::vector<Millis> ahead;
  for (const PartitionLag& lag : metrics.partition_lags.Get()) ahead.push_back(lag.clock_ahead);
  EXPECT_EQ(ahead, (std::vector<Millis>{std::chrono::seconds(9), std::chrono::hours(1)}));
  EXPECT_EQ(show(), "");
  clock.Pass(std::chrono::minutes(10));
  EXPECT_THAT(show(), HasSubstr("partition 1: partition clock is 3000 s ahead"));
  clock.SetWall(kNow - std::chrono::seconds(1));
  clock.Pass(std::chrono::minutes(10));
  clock.SetWall(kNow - std::chrono::seconds(1));
  EXPECT_THAT(show(),
              HasSubstr("partition clock is 3601 s ahead of this machine's clock; its records and timers apply at "
                        "that instant until the machine's clock has reached it. Partitions that are ahead: 2\n"));
  clock.Pass(std::chrono::hours(2));
  EXPECT_EQ(show(), "");
  EXPECT_EQ(metrics.partition_lags.Get()[1].clock_ahead, Millis(0));
}

}  // namespace leadpulse::kafka::owned_partitions_test
