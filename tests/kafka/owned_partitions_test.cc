// A worker's partitions, step by step, over ports that the test controls.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "leadpulse/v1/dead_letter.pb.h"
#include "tests/kafka/owned_partitions_fixture.h"

namespace leadpulse::kafka::owned_partitions_test {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(OwnedPartitionsTest, AFetchThatCouldNotBeginIsTriedAgainAfterAWhile) {
  HaveCome(kFirst, {{10, 20}});
  partitions.Take({kFirst});
  RestoreAll();
  consumer.fetch_from = Status::Retriable("the broker is away");
  for (int round = 1; round <= 3; ++round) {
    ASSERT_TRUE(partitions.FetchRestored().ok());
    EXPECT_EQ(consumer.fetch_calls, round);
    ASSERT_TRUE(partitions.FetchRestored().ok());
    EXPECT_EQ(consumer.fetch_calls, round) << "it is not tried for a while";
    const Millis delay = RetryBackoff::kFirst * (1 << (round - 1));
    EXPECT_EQ(*partitions.next_attempt(), clock.Monotonic() + delay);
    // The partition is not read, so it takes part in nothing and reports no lag.
    ASSERT_TRUE(partitions.ConsiderDefinitions().ok());
    ASSERT_TRUE(partitions.RunTimedWork().ok());
    partitions.ShowGauges();
    EXPECT_TRUE(metrics.partition_lags.Get().empty());
    EXPECT_EQ(metrics.partitions_failing, 1u);
    clock.Pass(delay);
  }
  consumer.fetch_from = Status::Ok();
  ASSERT_TRUE(partitions.FetchRestored().ok());
  EXPECT_EQ(consumer.fetched, (std::map<PartitionId, InputOffsets>{{kFirst, {{10, 20}}}}));
  // The partition is being read now: another fetch would deliver records twice.
  ASSERT_TRUE(partitions.FetchRestored().ok());
  EXPECT_EQ(consumer.fetch_calls, 4);
  Apply(kFirst, 10, Open("acme", "1", kNow));
  EXPECT_EQ(partitions.epoch().records, 1u);
}

TEST_F(OwnedPartitionsTest, AFetchThatCannotBeginDoesNotHoldUpTheOthers) {
  for (PartitionId partition : {kFirst, kSecond}) HaveCome(partition, {{10, 20}});
  partitions.Take({kFirst, kSecond});
  RestoreAll();
  consumer.fetch_from = Status::Retriable("the broker is away");
  ASSERT_TRUE(partitions.FetchRestored().ok());
  EXPECT_EQ(consumer.fetch_calls, 2);
  clock.Pass(RetryBackoff::kFirst);
  consumer.fetch_from = Status::Fatal("the worker may not read");
  EXPECT_EQ(partitions.FetchRestored().kind(), ErrorKind::kFatal);
}

// The first offset of a new partition is committed before its first record.
TEST_F(OwnedPartitionsTest, NothingIsFetchedBeforeTheFirstOffsetsAreCommitted) {
  partitions.Take({kFirst});
  RestoreAll();
  ASSERT_TRUE(partitions.FetchRestored().ok());
  EXPECT_EQ(consumer.fetch_calls, 0);
  EXPECT_TRUE(partitions.epoch().keeps_from_reading);
  CommitEpoch();
  EXPECT_FALSE(partitions.epoch().keeps_from_reading);
  ASSERT_TRUE(partitions.FetchRestored().ok());
  EXPECT_EQ(consumer.fetched, (std::map<PartitionId, InputOffsets>{{kFirst, {{0, 0}}}}));
}

// A record that the client delivers twice would count twice.
TEST_F(OwnedPartitionsTest, AnOffsetThatComesAgainStopsTheProcess) {
  Own({kFirst}, {{10, 20}});
  Apply(kFirst, 10, Open("acme", "1", kNow));
  Apply(kFirst, 13, Open("acme", "2", kNow));  // offsets have gaps
  for (int64_t offset : {13, 10, 9}) {
    const std::string event = Open("acme", "3", kNow);
    std::vector<InputRecord> records{{InputTopic::kEvents, kFirst, offset, "", event}};
    const Status applied = partitions.Apply(&records);
    ASSERT_FALSE(applied.ok()) << offset;
    EXPECT_EQ(applied.kind(), ErrorKind::kFatal);
    EXPECT_THAT(applied.message(),
                HasSubstr("offset " + std::to_string(offset) + " of partition 0 was delivered after 13: stopped"));
  }
  EXPECT_EQ(partitions.epoch().records, 2u);
}

TEST_F(OwnedPartitionsTest, TheDeadLetterOfATooLargeRecordHasItsBeginningAndItsSize) {
  const std::string large = Open("acme", "1", kNow) + std::string(codec::kMaxRecordBytes, ' ');
  const std::string broken(codec::kDeadLetterPrefix + 1, '{');
  struct {
    bool kept;  // the original bytes
    const std::string& sent;
    v1::DeadLetter::Reason reason;
    std::string payload;
    uint64_t full_size;  // 0: the payload is whole
  } const cases[] = {
      {true, large, v1::DeadLetter::TOO_LARGE, large.substr(0, codec::kDeadLetterPrefix), large.size()},
      {false, large, v1::DeadLetter::TOO_LARGE, "", large.size()},
      {true, broken, v1::DeadLetter::MALFORMED, broken, 0},
      {false, broken, v1::DeadLetter::MALFORMED, "", 0},
  };
  Own({kFirst}, {{0, 0}});
  int64_t offset = 0;
  for (const auto& c : cases) {
    options.dead_letter_payload = c.kept;
    Apply(kFirst, offset++, c.sent);
    output.clear();
    partitions.TakeOutput(&output);
    ASSERT_EQ(output.size(), 1u);
    EXPECT_EQ(output[0].topic, OutputTopic::kDeadLetters);
    v1::DeadLetter letter;
    ASSERT_TRUE(letter.ParseFromString(*output[0].value));
    EXPECT_EQ(letter.reason(), c.reason);
    EXPECT_TRUE(letter.payload() == c.payload) << letter.payload().size() << " bytes of " << c.sent.size();
    EXPECT_EQ(letter.size(), c.full_size);
  }
}

// The reader may be at any offset then: the other restores begin again, after another look at the committed offsets.
TEST_F(OwnedPartitionsTest, WhereOneIsTakenAwayTheRestoresOfTheOthersBeginAgain) {
  for (int i = 0; i < 9; ++i) changelog.Append(kSecond, std::string(1, '\0') + "unknown", "");
  HaveCome(kFirst, {{10, 20}});
  HaveCome(kSecond, {{5, 6}});
  partitions.Take({kFirst, kSecond});
  ASSERT_TRUE(partitions.Restore().ok());  // the first partition, completely
  changelog.most_a_read = 5;
  ASSERT_TRUE(partitions.Restore().ok());
  EXPECT_TRUE(changelog.reading());
  EXPECT_EQ(metrics.restored_records, 2u + 5u);
  HaveCome(kSecond, {{7, 8}});
  partitions.Forget({kFirst});
  EXPECT_FALSE(changelog.reading());
  RestoreAll();
  EXPECT_EQ(metrics.restored_records, 2u + 5u + 13u);
  ASSERT_TRUE(partitions.FetchRestored().ok());
  EXPECT_EQ(consumer.fetched, (std::map<PartitionId, InputOffsets>{{kSecond, {{7, 8}}}}));
}

// A worker is held up in the middle of a commit. Meanwhile another worker of the process has the first of its two
// partitions, and has continued with it.
TEST_F(OwnedPartitionsTest, APartitionThatAnotherWorkerHasBeenGivenStandsStillUntilItIsLost) {
  Own({kFirst, kSecond}, {{0, 0}});
  for (PartitionId partition : {kFirst, kSecond}) Apply(partition, 0, Open("acme", "1", kNow));
  const std::map<PartitionId, InputOffsets> ended = *partitions.EndEpoch(&output);
  PartitionWriter other(kFirst, consumer.CurrentGroupMetadata()->generation() + 1, &writer_fence, store.get());
  state::EpochWrite write;
  engine::AppendLocalPosition(kFirst, {testing::PositionAt({{9, 9}}, options.application, *store), 100, kNow}, &write);
  ASSERT_TRUE(*other.Commit(std::move(write)));
  ASSERT_TRUE(telemetry::SetUpLogging("warning").ok());
  ::testing::internal::CaptureStderr();
  ASSERT_TRUE(partitions.Committed(ended, {{kFirst, 2}, {kSecond, 2}}).ok());
  EXPECT_THAT(
      ::testing::internal::GetCapturedStderr(),
      AllOf(HasSubstr("partition 0: another worker of this process already has it"), Not(HasSubstr("partition 1"))));
  EXPECT_EQ(Stored(kFirst), (InputOffsets{{9, 9}}));
  EXPECT_EQ(Stored(kSecond), (InputOffsets{{1, 0}}));
  EXPECT_EQ(metrics.events, 2u);  // both are in the topics
  EXPECT_EQ(consumer.fetched, (std::map<PartitionId, InputOffsets>{{kSecond, {{0, 0}}}}));
  for (int round = 0; round < 10; ++round) {
    ASSERT_TRUE(partitions.Restore().ok());
    ASSERT_TRUE(partitions.FetchRestored().ok());
  }
  EXPECT_FALSE(partitions.all_live());
  EXPECT_EQ(Stored(kFirst), (InputOffsets{{9, 9}}));
  Apply(kSecond, 1, Open("acme", "2", kNow));
  CommitEpoch();
  EXPECT_EQ(Stored(kSecond), (InputOffsets{{2, 0}}));
  partitions.Forget({kFirst});
  EXPECT_TRUE(partitions.all_live());
}

TEST_F(OwnedPartitionsTest, TellsHowFarEachPartitionIsBehind) {
  Own({kFirst, kSecond}, {{10, 20}});
  consumer.ends[kFirst] = {{15, 22}};
  partitions.ShowGauges();
  EXPECT_EQ(metrics.lag, 7);
  EXPECT_EQ(metrics.partition_lags.Get(), (std::vector<PartitionLag>{{kFirst, 7}, {kSecond, 0}}));

  // The newest time counts, not the last; none is in the future.
  Apply(kFirst, 10, Open("acme", "1", kNow - Millis(5000)));
  Apply(kFirst, 11, Open("acme", "2", kNow - Millis(9000)));
  Apply(kFirst, 12, "nothing that can be read");
  Apply(kSecond, 10, Open("acme", "3", kNow + Millis(1000)));
  partitions.ShowGauges();
  EXPECT_EQ(metrics.lag, 4);
  EXPECT_EQ(metrics.partition_lags.Get(),
            (std::vector<PartitionLag>{{kFirst, 4, kNow - Millis(5000)}, {kSecond, 0, kNow}}));
}

TEST_F(OwnedPartitionsTest, OnlyOfAPartitionThatIsReadIsALagKnown) {
  Own({kFirst}, {{10, 20}});
  HaveCome(kSecond, {{5, 5}});
  partitions.Take({kSecond});
  partitions.ShowGauges();
  EXPECT_EQ(metrics.partition_lags.Get(), (std::vector<PartitionLag>{{kFirst, 0}}));
  partitions.Forget({kFirst});
  partitions.ShowGauges();
  EXPECT_TRUE(metrics.partition_lags.Get().empty());
}

TEST_F(OwnedPartitionsTest, TenantsAreCountedOnceTheEpochIsCommitted) {
  Own({kFirst, kSecond}, {{0, 0}});
  Apply(kFirst, 0, Open("acme", "1", kNow - Millis(5000)));
  Apply(kFirst, 1, Open("acme", "1", kNow - Millis(1000)));  // a duplicate
  Apply(kFirst, 2, R"({"tenantId":"nobody"})");
  Apply(kSecond, 0, Open("other", "1", kNow));
  partitions.TakeOutput(&output);
  EXPECT_TRUE(tenants.Get().empty());
  CommitEpoch();
  // Created, and the built-in definitions' result of an open: a stage and a segment.
  EXPECT_EQ(CountsOf("acme"), (TenantCounts{1, 3}));
  EXPECT_EQ(CountsOf("other"), (TenantCounts{1, 3}));
  EXPECT_EQ(metrics.changes, 6u);
  EXPECT_EQ(tenants.Get()[0].partitions, std::set{kFirst});
  EXPECT_EQ(tenants.Get()[1].partitions, std::set{kSecond});

  // Another epoch adds its new counts, and leaves those of the other partition alone.
  Apply(kFirst, 3, Open("acme", "2", kNow));
  CommitEpoch();
  EXPECT_EQ(CountsOf("acme"), (TenantCounts{2, 3}));
  EXPECT_EQ(CountsOf("other"), (TenantCounts{1, 3}));
}

TEST_F(OwnedPartitionsTest, WhatIsNotCommittedCountsForNoTenant) {
  Own({kFirst}, {{0, 0}});
  Apply(kFirst, 0, Open("acme", "1", kNow));
  partitions.TakeOutput(&output);
  ASSERT_TRUE(partitions.RestoreAllAgain().ok());
  RestoreAll();
  ASSERT_TRUE(partitions.FetchRestored().ok());
  Apply(kFirst, 0, Open("acme", "1", kNow));
  CommitEpoch();
  EXPECT_EQ(CountsOf("acme"), (TenantCounts{1, 3}));
}

TEST_F(OwnedPartitionsTest, TimesEndWithTheCommit) {
  Own({kFirst}, {{0, 0}});
  const std::string open = Open("acme", "1", kNow - Millis(5000));
  const std::string unusable = R"({"tenantId":"nobody"})";
  const int64_t came = (kNow - Millis(3000)).millis;
  std::vector<InputRecord> records{{InputTopic::kEvents, kFirst, 0, "", open, came},
                                   {InputTopic::kEvents, kFirst, 1, "", open, came},  // a duplicate
                                   {InputTopic::kEvents, kFirst, 2, "", unusable, came}};
  ASSERT_TRUE(partitions.Apply(&records).ok());
  EXPECT_EQ(metrics.record_to_commit.Read().total(), 0u);
  clock.Pass(Millis(200));
  CommitEpoch();
  EXPECT_EQ(metrics.record_to_commit.Read().total(), 3u);
  EXPECT_DOUBLE_EQ(metrics.record_to_commit.seconds(), 3 * 3.2);
  EXPECT_EQ(metrics.event_to_change.Read().total(), 1u);
  EXPECT_DOUBLE_EQ(metrics.event_to_change.seconds(), 5.2);
  EXPECT_EQ(metrics.dead_letters[static_cast<size_t>(codec::Reason::kMissingLead)], 1u);
}

TEST_F(OwnedPartitionsTest, TheLogSaysAtDebugWhatIsCommittedAndWhatIsADeadLetter) {
  ASSERT_TRUE(telemetry::SetUpLogging("debug").ok());
  Own({kSecond}, {{7, 3}});
  ::testing::internal::CaptureStderr();
  Apply(kSecond, 7, Open("acme", "1", kNow));
  Apply(kSecond, 8, R"({"tenantId":"acme","leadId":"secret@x.org","type":"OPEN"})");
  CommitEpoch();
  const std::string log = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(log, HasSubstr("partition 1: offset 8 of engagement.events is a dead letter, missing_event_id\n"));
  EXPECT_THAT(log, HasSubstr("partition 1: committed offsets 9 of engagement.events, 3 of lead.commands and 0 of "
                             "lead.exchange; records 2, dead letters 1\n"));
  EXPECT_THAT(log, Not(HasSubstr("x.org")));
}

TEST_F(OwnedPartitionsTest, TheLogSaysEveryTenSecondsHowFarARestoreIs) {
  for (int i = 0; i < 97; ++i) changelog.Append(kFirst, std::string(1, '\0') + "unknown", "");
  HaveCome(kFirst, {{10, 20}});  // two more records
  HaveCome(kSecond, {{0, 0}});
  partitions.Take({kFirst, kSecond});
  ASSERT_TRUE(telemetry::SetUpLogging("info").ok());
  const auto round = [this](int64_t reads, Millis takes) {
    changelog.most_a_read = reads;
    clock.Pass(takes);
    ::testing::internal::CaptureStderr();
    EXPECT_TRUE(partitions.Restore().ok());
    return ::testing::internal::GetCapturedStderr();
  };
  EXPECT_THAT(round(9, Millis(0)), Not(HasSubstr("restoring, ")));
  EXPECT_THAT(round(10, Millis(9'999)), Not(HasSubstr("restoring, ")));
  EXPECT_THAT(round(10, Millis(1)), HasSubstr("partition 0: restoring, 29 of 98 offsets done, 69 left, "
                                              "about 35 s to go; behind it wait 1 more\n"));
  clock.SetWall(kNow);
  EXPECT_THAT(round(10, Millis(9'000)), Not(HasSubstr("restoring, ")));
  // The rate is that of the whole restore so far.
  EXPECT_THAT(round(10, Millis(1'000)), HasSubstr("49 of 98 offsets done, 49 left, about 25 s to go;"));
  EXPECT_THAT(round(0, Millis(12'000)), HasSubstr("49 of 98 offsets done, 49 left, nothing came for 12 s;"));
  EXPECT_THAT(round(50, Millis(1)), HasSubstr("partition 0: restoring from lead.journal"));
  EXPECT_THAT(round(50, Millis(1)), HasSubstr("partition 0 is live\n"));
}

TEST_F(OwnedPartitionsTest, ARestoreThatBeginsAnewIsToldAnew) {
  for (int i = 0; i < 97; ++i) changelog.Append(kFirst, std::string(1, '\0') + "unknown", "");
  HaveCome(kFirst, {{10, 20}});
  partitions.Take({kFirst});
  changelog.most_a_read = 5;
  ASSERT_TRUE(partitions.Restore().ok());
  ASSERT_TRUE(partitions.RestoreAllAgain().ok());
  ASSERT_TRUE(telemetry::SetUpLogging("info").ok());
  ::testing::internal::CaptureStderr();
  changelog.most_a_read = 10;
  clock.Pass(Millis(9'999));
  ASSERT_TRUE(partitions.Restore().ok());
  clock.Pass(Millis(10'000));
  ASSERT_TRUE(partitions.Restore().ok());
  EXPECT_THAT(::testing::internal::GetCapturedStderr(),
              HasSubstr("partition 0: restoring, 20 of 98 offsets done, 78 left, about 78 s to go\n"));
}

// The local state turns out to be useless.
TEST(RestoreProgressTest, LessThanBeforeIsABeginning) {
  RestoreProgress progress;
  const RestoreProgress::Time begin{std::chrono::hours(1000)};
  const auto after = [begin](int64_t seconds) { return begin + std::chrono::seconds(seconds); };
  EXPECT_EQ(progress.Note(80, 20, begin), std::nullopt);
  EXPECT_EQ(progress.Note(10, 90, after(1000)), std::nullopt);
  EXPECT_EQ(progress.Note(60, 40, after(1010)), "60 of 100 offsets done, 40 left, about 8 s to go");
}

}  // namespace leadpulse::kafka::owned_partitions_test
