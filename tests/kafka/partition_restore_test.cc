// The order of a restore's requests, and the comparisons at its end. The simulation shows that its result is right;
// these tests are about errors that a restore from the beginning would correct, and so hide.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "leadpulse/v1/changelog.pb.h"
#include "state/codec/lead_codec.h"
#include "tests/kafka/partition_restore_fixture.h"
#include "tests/support/forwarding_store.h"
#include "tests/support/lead_examples.h"
#include "tests/support/measured_store.h"

namespace leadpulse::kafka::partition_restore_test {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST_F(PartitionRestoreTest, AStateThatStandsRightIsTakenAsItIs) {
  Commit({{1, 0}});
  Keep({{1, 0}});
  ExpectRestoredTo({{1, 0}}, 0);
  EXPECT_EQ(metrics.restored_records, 0u);
}

// A state of a version without lead.journal catches up with lead.state: small records may replace large rows.
TEST_F(PartitionRestoreTest, LargeRowsAreReplacedInParts) {
  auto measured = std::make_unique<testing::MeasuredStore>(kPartitions);
  testing::MeasuredStore& sizes = *measured;
  store = std::move(measured);
  Commit({{1, 0}});
  state::EpochWrite rows;
  std::vector<std::string> keys;
  for (int i = 100; i < 140; ++i) {
    state::Lead lead;
    lead.key = {"acme", "lead-" + std::to_string(i)};
    for (int entry = 0; entry < 900; ++entry) {
      testing::OwnedEntry visit = testing::Entry(EventType::kPageVisit, entry, "visit-" + std::to_string(entry));
      visit.name = std::string(1000, 'x');
      lead.journal.Add(visit, 1000);
    }
    keys.push_back(EncodeLeadKey(lead.key));
    rows.leads.push_back({kOnly, keys.back(), state::EncodeLead(lead)});
  }
  ASSERT_TRUE(store->Commit(rows).ok());
  Keep({{1, 0}});
  for (const std::string& key : keys) changelog.Append(kOnly, key, std::nullopt);
  Commit({{2, 0}});
  sizes.Reset();
  ExpectRestoredTo({{2, 0}}, 0);
  EXPECT_EQ(*store->Get(kOnly, keys.front()), std::nullopt);
  EXPECT_GT(sizes.largest_read(), 4u << 20);
  EXPECT_LT(sizes.largest_read(), 10u << 20);
}

// Kafka responds with the committed offsets once the transaction is over. Its records are after an end that was
// requested earlier: the state would seem inconsistent, and would be read again completely.
TEST_F(PartitionRestoreTest, TheChangelogsEndIsAskedAfterTheCommittedOffsets) {
  Commit({{1, 0}});
  Keep({{1, 0}});
  consumer.while_committed_is_asked = [&] { Commit({{5, 2}}); };
  ExpectRestoredTo({{5, 2}}, 0);
  EXPECT_EQ(metrics.restored_records, 1u);
}

// A worker has lost the partition without knowing it, and reads the next owner's records. That is no error, and nothing
// must be read again. The next poll tells it of the loss.
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

// A worker is held up in the middle of a restore while its partition is given to another worker of the process: its
// remaining writes are older than those of that worker.
TEST_F(PartitionRestoreTest, WhoWasGivenThePartitionBeforeAnotherWritesNothingMore) {
  Commit({{1, 0}});
  changelog.while_read = [&] {
    writer_fence.Begin(kOnly, generation + 1);
    Keep({{7, 7}});
  };
  EXPECT_EQ(Restore().status().message(), "it does not end");
  EXPECT_EQ((*engine::ReadLocalPosition(state::MetaOf(*store), kOnly))->position.next, (InputOffsets{{7, 7}}));
  changelog.while_read = nullptr;
  // The same if it gets the partition back after the next one has begun.
  EXPECT_EQ(Restore().status().message(), "it does not end");
  EXPECT_EQ((*engine::ReadLocalPosition(state::MetaOf(*store), kOnly))->position.next, (InputOffsets{{7, 7}}));
  generation += 2;
  ExpectRestoredTo({{1, 0}}, metrics.full_restores + 1);
}

// The last record is of a transaction that does not match the group's offsets, in one of the two topics.
TEST_F(PartitionRestoreTest, AChangelogThatDoesNotEndWhereTheGroupIsStopsTheProcess) {
  for (const InputOffsets& committed : {InputOffsets{{4, 0}}, InputOffsets{{1, 3}}, InputOffsets{{0, 0}}}) {
    Commit({{1, 0}});
    consumer.committed[kOnly] = committed;
    const Outcome outcome = Restore();
    ASSERT_FALSE(outcome.ok());
    EXPECT_EQ(outcome.status().kind(), ErrorKind::kFatal);
    EXPECT_NE(outcome.status().message().find(
                  "the group has committed the offsets " + std::to_string(committed[InputTopic::kEvents]) + ", " +
                  std::to_string(committed[InputTopic::kCommands]) +
                  " and 0 (of events, commands and lead.exchange), but lead.state and lead.journal end "
                  "with 1, 0 and 0"),
              std::string::npos)
        << outcome.status().message();
  }
}

// A version without lead.exchange left neither an offset nor a position for it.
TEST_F(PartitionRestoreTest, AnUpgradeBeginsWithTheFirstMessage) {
  engine::PartitionPosition old = At({{4, 2, 0}});
  changelog.AppendPosition(kOnly, old);
  consumer.committed[kOnly] = {{4, 2, 0}};
  ExpectRestoredTo({{4, 2, 0}}, 1);
}

// The group's offsets of a deleted topic are gone.
TEST_F(PartitionRestoreTest, ADeletedExchangeStopsTheProcess) {
  Commit({{4, 2, 7}});
  consumer.committed[kOnly] = {{4, 2, 0}};
  const Outcome outcome = Restore();
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.status().kind(), ErrorKind::kFatal);
  EXPECT_THAT(outcome.status().message(),
              HasSubstr("lead.journal end with 4, 2 and 7: lead.exchange was deleted, and what leads had told each "
                        "other is lost with it"));
}

// A new partition has missed no message of the partitions that started earlier.
TEST_F(PartitionRestoreTest, ANewPartitionReadsAllMessagesWhereverItBegins) {
  options.start_at = StartAt::kEnd;
  consumer.ends[kOnly] = {{4, 2, 7}};
  changelog = {};
  const Outcome outcome = Restore();
  ASSERT_TRUE(outcome.ok()) << outcome.status().message();
  EXPECT_EQ((*outcome)->position.next, (InputOffsets{{4, 2, 0}}));
}

// Erased leads would come back in a deployment that begins where another one was to be moved to.
TEST_F(PartitionRestoreTest, AnEmptyChangelogIsRefusedIfTheSecretWasChangedBefore) {
  options.has_former_erasure_secrets = true;
  const auto moved = std::exchange(changelog, {});
  const Outcome outcome = Restore();
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.status().kind(), ErrorKind::kFatal);
  EXPECT_THAT(outcome.status().message(), AllOf(HasSubstr("lead.state is empty"), HasSubstr("leadpulse repartition")));
  changelog = moved;
  Commit({{1, 0}});
  EXPECT_TRUE(Restore().ok());
}

// All changes would be published again by a process that starts before the move, or while it has written nothing yet.
TEST_F(PartitionRestoreTest, AnEmptyChangelogIsRefusedIfLeadsAreToBeMovedThere) {
  options.moved_from = "former";
  const auto moved = std::exchange(changelog, {});
  const Outcome outcome = Restore();
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.status().kind(), ErrorKind::kFatal);
  EXPECT_THAT(outcome.status().message(),
              AllOf(HasSubstr("`kafka.moved_from`"), HasSubstr("if the leads of \"former\" were never moved here")));
  changelog = moved;
  Commit({{1, 0}});
  EXPECT_TRUE(Restore().ok());
}

TEST_F(PartitionRestoreTest, AChangelogThatSaysNothingOfWhereTheGroupIsStopsTheProcess) {
  consumer.committed[kOnly] = {{4, 2}};
  const Outcome outcome = Restore();
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.status().kind(), ErrorKind::kFatal);
  EXPECT_THAT(
      outcome.status().message(),
      HasSubstr("partition 0 cannot be restored: the group has committed the offsets 4, 2 and 0, but lead.state "
                "says nothing of this partition. Nothing is guessed."));
}

// The position has the group's offsets, but is of another deployment. In a changelog it stops the process; in a state
// it makes the process restore the state.
TEST_F(PartitionRestoreTest, APositionOfAnotherDeploymentIsOfNoUse) {
  struct {
    void (*change)(engine::PartitionPosition*);
    const char* why;
  } const cases[] = {
      {[](auto* position) { position->application = "other"; },
       R"(were written by the application "other", not by "leadpulse")"},
      {[](auto* position) { position->erasure_secret_check += "x"; },
       "were written with another `state.erasure_secret`"},
      {[](auto* position) { position->partition_count = 3; },
       "were written while the topics had 3 partitions, and now they have 1: leads would be looked for in other"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    engine::PartitionPosition position = At({{1, 0}});
    c.change(&position);
    deltas.AppendEpoch(kOnly, position);
    consumer.committed[kOnly] = {{1, 0}};
    const Outcome outcome = Restore();
    ASSERT_FALSE(outcome.ok());
    EXPECT_EQ(outcome.status().kind(), ErrorKind::kFatal);
    EXPECT_THAT(outcome.status().message(),
                AllOf(HasSubstr("partition 0 cannot be restored: lead.state and lead.journal were"), HasSubstr(c.why)));
    deltas.AppendEpoch(kOnly, At({{1, 0}}));
    state::EpochWrite write;
    position.deltas_from = deltas.end(kOnly);
    engine::AppendLocalPosition(kOnly, {position, deltas.end(kOnly), kNow}, &write);
    engine::AppendLocalDefinitions(kOnly, {}, &write);
    ASSERT_TRUE(store->Commit(write).ok());
    ExpectRestoredTo({{1, 0}}, metrics.full_restores + 1);
  }
}

// An older process must not re-evaluate what a newer one has evaluated.
TEST_F(PartitionRestoreTest, APartitionOfANewerEngineIsRefusedAndNothingIsChanged) {
  const uint32_t newer = engine::kNewestEngineVersion + 1;
  const auto expect_refused = [&] {
    const Outcome outcome = Restore();
    ASSERT_FALSE(outcome.ok());
    EXPECT_EQ(outcome.status().kind(), ErrorKind::kFatal);
    EXPECT_THAT(outcome.status().message(),
                HasSubstr("partition 0: a later version of this program evaluated the leads (engine " +
                          std::to_string(newer) + "; this program has engine " +
                          std::to_string(engine::kNewestEngineVersion) + "). Nothing was changed."));
  };
  Commit({{1, 0}});
  Keep({{1, 0}});
  const auto before = *engine::ReadLocalPosition(state::MetaOf(*store), kOnly);
  // In lead.state: with the definitions, or only with the position.
  engine::StoredDefinitions definitions;
  definitions.engine_version = newer;
  changelog.Append(kOnly, std::string(kDefinitionsKey), engine::EncodeDefinitions(definitions));
  expect_refused();
  changelog.Append(kOnly, std::string(kDefinitionsKey), engine::EncodeDefinitions({}));
  engine::PartitionPosition position = At({{2, 0}});
  position.engine_version = newer;
  changelog.AppendPosition(kOnly, position);
  consumer.committed[kOnly] = {{2, 0}};
  expect_refused();
  EXPECT_EQ(*engine::ReadLocalPosition(state::MetaOf(*store), kOnly), before);
  // In the state's directory, which would otherwise be read again from the beginning.
  Commit({{3, 0}});
  state::EpochWrite write;
  engine::AppendLocalPosition(kOnly, {position, changelog.end(kOnly), kNow}, &write);
  engine::AppendLocalDefinitions(kOnly, definitions, &write);
  ASSERT_TRUE(store->Commit(write).ok());
  expect_refused();
  EXPECT_EQ((*engine::ReadLocalPosition(state::MetaOf(*store), kOnly))->position, position);
  EXPECT_EQ(metrics.full_restores, 0u);
}

// With nothing to read in between, only the comparison can detect it.
TEST_F(PartitionRestoreTest, AStateThatIsNotWhereTheGroupIsIsMadeAnew) {
  Commit({{1, 0}});
  Keep({{3, 0}});
  ExpectRestoredTo({{1, 0}}, 1);
  Keep({{1, 7}});
  ExpectRestoredTo({{1, 0}}, 2);
  ExpectRestoredTo({{1, 0}}, 2);
}

// A store that notes which leads were ingested as absent.
class NotingStore : public testing::ForwardingStore {
 public:
  explicit NotingStore(std::vector<std::string>* absent) : ForwardingStore(kPartitions), absent_(*absent) {}
  Status Ingest(PartitionId partition, std::span<const state::IngestedLead> leads,
                std::span<const state::DueTimer> timers) override {
    for (const state::IngestedLead& lead : leads) {
      if (!lead.value) absent_.emplace_back(lead.key);
    }
    return ForwardingStore::Ingest(partition, leads, timers);
  }

 private:
  std::vector<std::string>& absent_;
};

// An erased lead's id is in the key of its tombstone.
TEST_F(PartitionRestoreTest, ATombstoneOfALeadThatTheStateDoesNotHaveLeavesNothing) {
  std::vector<std::string> absent;
  store = std::make_unique<NotingStore>(&absent);
  changelog.Append(kOnly, EncodeLeadKey({"acme", "ann"}), std::nullopt);
  Commit({{1, 0}});
  ExpectRestoredTo({{1, 0}}, 1);
  EXPECT_THAT(absent, ::testing::IsEmpty());
}

TEST(ChangelogTest, TheStoredLeadIsFoundAsProtobufFindsIt) {
  v1::LeadRecord record;
  record.set_stored(std::string(300, 's'));
  // Earlier versions had fields before it: a text and a number.
  std::string bytes = std::string(
                          "\x0A\x04"
                          "acme\x18\x08",
                          8) +
                      record.SerializeAsString();
  EXPECT_EQ(*StoredLeadIn(bytes), record.stored());
  for (size_t size = 0; size < bytes.size(); ++size) {
    const std::string cut = bytes.substr(0, size);
    const bool whole = record.ParseFromString(cut);
    const Result<std::string_view> stored = StoredLeadIn(cut);
    ASSERT_EQ(stored.ok(), whole) << size;
    if (!whole) continue;
    EXPECT_EQ(*stored, record.stored());
  }
  // The last one counts, even if other fields follow.
  v1::LeadRecord again;
  again.set_stored("another");
  bytes += again.SerializeAsString();
  bytes += std::string("\x18\x07", 2);  // a field of earlier versions
  EXPECT_EQ(*StoredLeadIn(bytes), "another");
}

}  // namespace leadpulse::kafka::partition_restore_test
