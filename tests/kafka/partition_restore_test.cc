// What a restore asks in which order, and what it compares at its end. That its outcome is right, whatever happens
// meanwhile, the simulation shows; here is what a restore from the beginning would heal, and so would hide.
#include "processor/kafka/partition_restore.h"

#include <gtest/gtest.h>

#include "leadpulse/v1/changelog.pb.h"
#include "processor/kafka/worker_metrics.h"
#include "processor/telemetry/logging.h"
#include "state/memory_lead_store.h"
#include "tests/support/kafka/fake_ports.h"

namespace leadpulse::kafka {
namespace {

constexpr uint32_t kPartitions = 1;
constexpr PartitionId kOnly{0};
constexpr Instant kNow{1'750'000'000'000};

using Outcome = Result<std::optional<RestoredPartition>>;

WorkerOptions Options() {
  WorkerOptions options;
  options.application = "leadpulse";
  return options;
}

class PartitionRestoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(telemetry::SetUpLogging({.level = "off"}).ok());
    changelog.Append(kOnly, std::string(kDefinitionsKey), engine::EncodeDefinitions({}));
  }

  engine::PartitionPosition At(const InputOffsets& next) {
    return testing::PositionAt(next, options.application, *store);
  }
  // A transaction: the position in the changelog and the group's offsets, both or none.
  void Commit(const InputOffsets& next) {
    changelog.AppendPosition(kOnly, At(next));
    consumer.committed[kOnly] = next;
  }
  // The state as it is after the changelog's records up to now; it says that it has read to `next`.
  void Keep(const InputOffsets& next) {
    state::EpochWrite write;
    engine::AppendLocalPosition(kOnly, {At(next), changelog.end(kOnly), kNow}, &write);
    engine::AppendLocalDefinitions(kOnly, {}, &write);
    ASSERT_TRUE(store->Commit(write).ok());
  }
  Outcome Restore() {
    PartitionRestore restore(kOnly, options, store.get(), {kOnly, generation, &tenures, store.get()}, &consumer,
                             &changelog, &metrics);
    for (int step = 0; step < 10; ++step) {
      Outcome outcome = restore.Step(std::chrono::milliseconds(0), kNow);
      if (!outcome.ok() || outcome->has_value()) return outcome;
    }
    return Status::Fatal("it does not end");
  }
  void ExpectRestoredTo(const InputOffsets& next, uint64_t full_restores) {
    const Outcome outcome = Restore();
    ASSERT_TRUE(outcome.ok()) << outcome.status().message();
    EXPECT_EQ((*outcome)->position.next, next);
    EXPECT_FALSE((*outcome)->commit_first);
    EXPECT_EQ(metrics.full_restores, full_restores);
  }

  const WorkerOptions options = Options();
  std::unique_ptr<state::LeadStore> store = state::MakeMemoryLeadStore(kPartitions);
  PartitionTenures tenures;
  int32_t generation = 1;
  WorkerMetrics metrics;
  testing::FakeConsumer consumer{kPartitions};
  testing::FakeChangelog changelog;
};

TEST_F(PartitionRestoreTest, AStateThatStandsRightIsTakenAsItIs) {
  Commit({{1, 0}});
  Keep({{1, 0}});
  ExpectRestoredTo({{1, 0}}, 0);
  EXPECT_EQ(metrics.restored_records, 0u);
}

// Kafka answers for the committed offsets once the transaction is over. What it wrote is behind an end that was asked
// for before: the state would seem not to fit, and all of it would be read again.
TEST_F(PartitionRestoreTest, TheChangelogsEndIsAskedAfterTheCommittedOffsets) {
  Commit({{1, 0}});
  Keep({{1, 0}});
  consumer.while_committed_is_asked = [&] { Commit({{5, 2}}); };
  ExpectRestoredTo({{5, 2}}, 0);
  EXPECT_EQ(metrics.restored_records, 1u);
}

// A worker that has lost the partition, and has not heard of it, reads what the next one writes: nothing is wrong with
// that, and nothing to be read again. It hears of the loss at the next poll.
TEST_F(PartitionRestoreTest, WhatTheNextOwnerCommitsMeanwhileIsNoMisfit) {
  Commit({{1, 0}});
  int read = 0;
  changelog.while_read = [&] {
    if (++read == 1) Commit({{3, 4}});
  };
  ExpectRestoredTo({{3, 4}}, 1);
  Keep({{3, 4}});
  read = 0;
  Commit({{3, 5}});
  changelog.while_read = [&] {
    if (++read == 1) Commit({{4, 5}});
  };
  ExpectRestoredTo({{4, 5}}, 1);
}

// A worker that is held up in the middle of a restore, while its partition is given to another one of the process: what
// it had still to write is older than what that one has written.
TEST_F(PartitionRestoreTest, WhoWasGivenThePartitionBeforeAnotherWritesNothingMore) {
  Commit({{1, 0}});
  changelog.while_read = [&] {
    tenures.Begin(kOnly, generation + 1);
    Keep({{7, 7}});
  };
  EXPECT_EQ(Restore().status().message(), "it does not end");
  EXPECT_EQ((*engine::ReadLocalPosition(state::MetaOf(*store), kOnly))->position.next, (InputOffsets{{7, 7}}));
  changelog.while_read = nullptr;
  // Nor one that hears of its own turn when the next one has begun.
  EXPECT_EQ(Restore().status().message(), "it does not end");
  EXPECT_EQ((*engine::ReadLocalPosition(state::MetaOf(*store), kOnly))->position.next, (InputOffsets{{7, 7}}));
  generation += 2;
  ExpectRestoredTo({{1, 0}}, metrics.full_restores + 1);
}

// The last record is of a transaction that the group's offsets are not of, in one of the two topics.
TEST_F(PartitionRestoreTest, AChangelogThatDoesNotEndWhereTheGroupIsStopsTheProcess) {
  for (const InputOffsets& committed : {InputOffsets{{4, 0}}, InputOffsets{{1, 3}}, InputOffsets{{0, 0}}}) {
    Commit({{1, 0}});
    consumer.committed[kOnly] = committed;
    const Outcome outcome = Restore();
    ASSERT_FALSE(outcome.ok());
    EXPECT_EQ(outcome.status().kind(), ErrorKind::kFatal);
    EXPECT_NE(outcome.status().message().find("the group has committed the offsets " +
                                              std::to_string(committed[InputTopic::kEvents]) + " and " +
                                              std::to_string(committed[InputTopic::kCommands]) +
                                              " (of events and commands), but lead.state ends with 1 and 0"),
              std::string::npos)
        << outcome.status().message();
  }
}

// With nothing to read between the two, only the comparison can tell.
TEST_F(PartitionRestoreTest, AStateThatIsNotWhereTheGroupIsIsMadeAnew) {
  Commit({{1, 0}});
  Keep({{3, 0}});
  ExpectRestoredTo({{1, 0}}, 1);
  Keep({{1, 7}});
  ExpectRestoredTo({{1, 0}}, 2);
  ExpectRestoredTo({{1, 0}}, 2);
}

TEST(ChangelogTest, TheStoredLeadIsFoundAsProtobufFindsIt) {
  v1::LeadRecord record;
  record.set_tenant_id("acme");
  record.mutable_at()->set_seconds(1'750'000'000);
  record.add_segments("one");
  record.set_stored(std::string(300, 's'));
  std::string bytes = record.SerializeAsString();
  EXPECT_EQ(*StoredLeadIn(bytes), record.stored());
  for (size_t size = 0; size < bytes.size(); ++size) {
    const std::string cut = bytes.substr(0, size);
    const bool whole = record.ParseFromString(cut);
    const Result<std::string_view> stored = StoredLeadIn(cut);
    ASSERT_EQ(stored.ok(), whole) << size;
    if (!whole) continue;
    EXPECT_EQ(*stored, record.stored());
  }
  // The last one counts, also before fields that come later.
  v1::LeadRecord again;
  again.set_stored("another");
  bytes += again.SerializeAsString();
  again.Clear();
  again.set_seq(7);
  bytes += again.SerializeAsString();
  EXPECT_EQ(*StoredLeadIn(bytes), "another");
}

}  // namespace
}  // namespace leadpulse::kafka
