// The copies of partitions that other processes have, and how they pass to a worker of this process and back.
#include "processor/kafka/standby.h"

#include <gmock/gmock.h>

#include "tests/kafka/owned_partitions_fixture.h"

namespace leadpulse::kafka::owned_partitions_test {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// Clients that read the logs of the test.
class BorrowedLog : public DeltaReader {
 public:
  explicit BorrowedLog(DeltaReader* log) : log_(log) {}
  Result<std::map<PartitionId, LogBounds>> Bounds(const std::vector<PartitionId>& partitions) override {
    return log_->Bounds(partitions);
  }
  Status Start(PartitionId partition, int64_t from) override { return log_->Start(partition, from); }
  Status Read(std::chrono::milliseconds timeout, ChangelogPiece* piece) override { return log_->Read(timeout, piece); }
  void Stop(PartitionId partition) override { log_->Stop(partition); }
  void Stop() override { log_->Stop(); }
  Status DeleteBefore(const std::map<PartitionId, int64_t>& offsets) override { return log_->DeleteBefore(offsets); }

 private:
  DeltaReader* const log_;
};

class BorrowedConsumer : public testing::FakeConsumer {
 public:
  explicit BorrowedConsumer(FakeConsumer* consumer) : FakeConsumer(kPartitions), consumer_(consumer) {}
  Result<std::map<PartitionId, std::optional<InputOffsets>>> Committed(
      const std::vector<PartitionId>& partitions) override {
    return consumer_->Committed(partitions);
  }

 private:
  FakeConsumer* const consumer_;
};

class BorrowingConnection : public Connection {
 public:
  BorrowingConnection(testing::FakeConsumer* consumer, DeltaReader* changelog, DeltaReader* deltas)
      : consumer_(consumer), changelog_(changelog), deltas_(deltas) {}

  Status works;

  Result<uint32_t> CountPartitions() override { return kPartitions; }
  Result<std::unique_ptr<InputConsumer>> MakeConsumer() override { return Status::Fatal("joins no group"); }
  Result<std::unique_ptr<TransactionalProducer>> MakeProducer() override { return Status::Fatal("writes nothing"); }
  Result<std::unique_ptr<ChangelogReader>> MakeChangelogReader() override {
    LP_RETURN_IF_ERROR(works);
    return std::unique_ptr<ChangelogReader>(std::make_unique<BorrowedLog>(changelog_));
  }
  Result<std::unique_ptr<DeltaReader>> MakeDeltaReader() override {
    return std::unique_ptr<DeltaReader>(std::make_unique<BorrowedLog>(deltas_));
  }
  Result<std::unique_ptr<InputConsumer>> MakeOffsetReader(uint32_t) override {
    return std::unique_ptr<InputConsumer>(std::make_unique<BorrowedConsumer>(consumer_));
  }
  Result<std::unique_ptr<ChangelogReader>> MakeExchangeReader() override { return Status::Fatal("reads no messages"); }
  Result<std::optional<GroupMember>> FindInstanceHolder() override { return std::optional<GroupMember>(); }

 private:
  testing::FakeConsumer* const consumer_;
  DeltaReader* const changelog_;
  DeltaReader* const deltas_;
};

class StandbyTest : public OwnedPartitionsTest {
 protected:
  static std::vector<PartitionId> All() { return {PartitionId{0}, PartitionId{1}, PartitionId{2}, PartitionId{3}}; }

  void AllHaveCome(const InputOffsets& next) {
    for (const PartitionId partition : All()) HaveCome(partition, next);
  }
  // Lets the standby copy what there is, after its interval.
  Status Copy() {
    clock.Pass(options.standby_interval);
    for (int round = 0; round < 100; ++round) {
      const Result<bool> has_more = standby.RunOnce();
      if (!has_more.ok() || !*has_more) return has_more.status();
    }
    return Status::Fatal("it does not end");
  }
  bool HasCopy(PartitionId partition) {
    return engine::ReadLocalPosition(state::MetaOf(*store), partition)->has_value();
  }

  BorrowingConnection connection{&consumer, &changelog, &deltas};
  StandbyMetrics copied;
  Standby standby{options,
                  {.connection = &connection, .store = store.get(), .writer_fence = &writer_fence, .clock = &clock},
                  &copied};
};

TEST_F(StandbyTest, CopiesWhatOthersHaveCommitted) {
  AllHaveCome({{5, 6}});
  ASSERT_TRUE(standby.RunOnce().ok());
  EXPECT_FALSE(HasCopy(kFirst)) << "partitions are assigned first";
  ASSERT_TRUE(Copy().ok());
  for (const PartitionId partition : All()) EXPECT_EQ(Stored(partition), (InputOffsets{{5, 6}}));
  EXPECT_EQ(copied.copies, kPartitions);
  AllHaveCome({{7, 8}});
  ASSERT_TRUE(Copy().ok());
  for (const PartitionId partition : All()) EXPECT_EQ(Stored(partition), (InputOffsets{{7, 8}}));
}

TEST_F(StandbyTest, CopiesAtEachInterval) {
  AllHaveCome({{5, 6}});
  ASSERT_TRUE(Copy().ok());
  const int asked = consumer.committed_calls;
  clock.Pass(options.standby_interval - Millis(1));
  EXPECT_EQ(*standby.RunOnce(), false);
  EXPECT_EQ(consumer.committed_calls, asked);
  clock.Pass(Millis(1));
  EXPECT_EQ(*standby.RunOnce(), false);
  EXPECT_EQ(consumer.committed_calls, asked + 1);
}

TEST_F(StandbyTest, LeavesThePartitionsOfWorkersAlone) {
  Own({kFirst}, {{5, 6}});
  HaveCome(kFirst, {{7, 8}});  // as if another process had it, and this one did not know yet
  HaveCome(kSecond, {{3, 4}});
  ASSERT_TRUE(Copy().ok());
  EXPECT_EQ(Stored(kFirst), (InputOffsets{{5, 6}}));
  EXPECT_EQ(Stored(kSecond), (InputOffsets{{3, 4}}));
  EXPECT_EQ(copied.copies, kPartitions - 1) << "new partitions need no more than there is";
}

TEST_F(StandbyTest, CopiesAPartitionThatAWorkerHasGivenUp) {
  Own({kFirst}, {{5, 6}});
  partitions.Forget({kFirst});
  HaveCome(kFirst, {{7, 8}});
  ASSERT_TRUE(Copy().ok());
  EXPECT_EQ(Stored(kFirst), (InputOffsets{{7, 8}}));
}

// The worker of an earlier generation says only now that it has lost the partition.
TEST_F(StandbyTest, LeavesAPartitionToItsLatestWorker) {
  Own({kFirst}, {{5, 6}});
  const PartitionWriter later(kFirst, consumer.CurrentGroupMetadata()->generation() + 1, &writer_fence, store.get());
  partitions.Forget({kFirst});
  HaveCome(kFirst, {{7, 8}});
  ASSERT_TRUE(Copy().ok());
  EXPECT_EQ(Stored(kFirst), (InputOffsets{{5, 6}}));
  later.End();
  ASSERT_TRUE(Copy().ok());
  EXPECT_EQ(Stored(kFirst), (InputOffsets{{7, 8}}));
}

TEST_F(StandbyTest, ATakeoverReadsOnlyWhatTheCopyLacks) {
  AllHaveCome({{5, 6}});
  ASSERT_TRUE(Copy().ok());
  HaveCome(kFirst, {{7, 8}});
  changelog.reads = 0;
  partitions.Take({kFirst});
  RestoreAll();
  EXPECT_EQ(changelog.reads, 0);
  EXPECT_EQ(metrics.full_restores, 0u);
  EXPECT_EQ(Stored(kFirst), (InputOffsets{{7, 8}}));
}

// The copy is half made when a worker begins, and later gives the partition up.
TEST_F(StandbyTest, StopsCopyingWhenAWorkerBegins) {
  AllHaveCome({{5, 6}});
  ASSERT_TRUE(Copy().ok());
  AllHaveCome({{7, 8}});
  bool is_taken = false;
  deltas.while_read = [&] {
    if (std::exchange(is_taken, true)) return;
    PartitionWriter(kFirst, consumer.CurrentGroupMetadata()->generation(), &writer_fence, store.get());
  };
  ASSERT_TRUE(Copy().ok());
  EXPECT_TRUE(is_taken);
  EXPECT_EQ(Stored(kFirst), (InputOffsets{{5, 6}}));
  EXPECT_EQ(Stored(kSecond), (InputOffsets{{7, 8}}));
  ASSERT_TRUE(Copy().ok());
  EXPECT_EQ(Stored(kFirst), (InputOffsets{{5, 6}}));
  EXPECT_EQ(copied.copies, kPartitions - 1);
}

// The owner of the partition goes on while all of lead.state is copied, and deletes deltas that lead.state then has.
TEST_F(StandbyTest, MakesACopyAgainThatLacksDeletedDeltas) {
  AllHaveCome({{5, 6}});
  bool has_gone_on = false;
  changelog.while_read = [&] {
    if (std::exchange(has_gone_on, true)) return;
    HaveCome(kFirst, {{7, 8}});
    HaveCome(kFirst, {{9, 9}});
    ASSERT_TRUE(deltas.DeleteBefore({{kFirst, 2}}).ok());
  };
  ASSERT_TRUE(Copy().ok());
  EXPECT_TRUE(has_gone_on);
  EXPECT_EQ(copied.copies, kPartitions - 1);
  engine::PartitionPosition in_state = testing::PositionAt({{7, 8}}, options.application, *store);
  in_state.epoch = 2;
  changelog.AppendPosition(kFirst, in_state);
  ASSERT_TRUE(Copy().ok());
  EXPECT_EQ(copied.copies, kPartitions);
  EXPECT_EQ(Stored(kFirst), (InputOffsets{{9, 9}}));
}

TEST_F(StandbyTest, AnOldCopyDoesNotCount) {
  AllHaveCome({{5, 6}});
  ASSERT_TRUE(Copy().ok());
  consumer.without_answer = {kFirst};
  for (int time = 0; time < 7; ++time) ASSERT_TRUE(Copy().ok());
  EXPECT_EQ(copied.copies, kPartitions - 1);
  consumer.without_answer = {};
  ASSERT_TRUE(Copy().ok());
  EXPECT_EQ(copied.copies, kPartitions);
}

TEST_F(StandbyTest, TriesAgainIfItCannotConnect) {
  AllHaveCome({{5, 6}});
  connection.works = Status::Retriable("no broker answers");
  EXPECT_EQ(Copy().message(), "no broker answers");
  connection.works = Status::Ok();
  ASSERT_TRUE(standby.RunOnce().ok());
  EXPECT_EQ(copied.copies, 0u) << "it pauses";
  ASSERT_TRUE(Copy().ok());
  EXPECT_EQ(copied.copies, kPartitions);
}

// A later version of the program has evaluated the leads of one.
TEST_F(StandbyTest, APartitionThatCannotBeCopiedDoesNotHoldUpTheOthers) {
  AllHaveCome({{5, 6}});
  engine::PartitionPosition position = testing::PositionAt({{7, 8}}, options.application, *store);
  position.engine_version = engine::kNewestEngineVersion + 1;
  deltas.AppendEpoch(kFirst, position);
  ASSERT_TRUE(telemetry::SetUpLogging("error").ok());
  ::testing::internal::CaptureStderr();
  ASSERT_TRUE(Copy().ok());
  AllHaveCome({{9, 9}});
  ASSERT_TRUE(Copy().ok());
  EXPECT_THAT(::testing::internal::GetCapturedStderr(),
              AllOf(HasSubstr("partition 0 cannot be copied: "), Not(HasSubstr("partition 1"))));
  EXPECT_EQ(copied.failures, 1u) << "it is tried again after a minute";
  EXPECT_EQ(copied.copies, kPartitions - 1);
  EXPECT_EQ(Stored(kSecond), (InputOffsets{{9, 9}}));
  clock.Pass(Standby::kPause);
  ASSERT_TRUE(Copy().ok());
  EXPECT_EQ(copied.failures, 2u);
}

// The group's offsets are asked for before the log is read, and its owner commits meanwhile.
TEST_F(StandbyTest, ACopyMayEndBehindTheCommittedOffsets) {
  AllHaveCome({{5, 6}});
  ASSERT_TRUE(Copy().ok());
  AllHaveCome({{7, 8}});
  consumer.committed[kFirst] = {{6, 6}};
  ASSERT_TRUE(Copy().ok());
  EXPECT_EQ(Stored(kFirst), (InputOffsets{{7, 8}}));
  EXPECT_EQ(copied.copies, kPartitions);
}

// The first copy of one takes long.
TEST_F(StandbyTest, OthersAreCopiedWhileOneIsMadeFromTheBeginning) {
  AllHaveCome({{5, 6}});
  ASSERT_TRUE(Copy().ok());
  PartitionWriter drops(kFirst, consumer.CurrentGroupMetadata()->generation(), &writer_fence, store.get());
  state::EpochWrite drop;
  engine::AppendDrop(kFirst, &drop);
  ASSERT_TRUE(*drops.Commit(std::move(drop)));
  drops.End();
  for (int i = 0; i < 100; ++i) AllHaveCome({{7, 8}});
  changelog.most_a_read = 1;
  clock.Pass(options.standby_interval);
  for (int round = 0; round < 50; ++round) ASSERT_TRUE(*standby.RunOnce());
  AllHaveCome({{9, 9}});
  clock.Pass(options.standby_interval);
  for (int round = 0; round < 10; ++round) ASSERT_TRUE(*standby.RunOnce());
  EXPECT_FALSE(HasCopy(kFirst));
  EXPECT_EQ(Stored(kSecond), (InputOffsets{{9, 9}}));
}

}  // namespace leadpulse::kafka::owned_partitions_test
