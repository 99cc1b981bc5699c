#include "processor/pipeline/published_collector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "state/codec/published_row.h"

namespace leadpulse::pipeline::published_collector_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr PartitionId kPartition{0};

class PublishedCollectorTest : public ::testing::Test {
 protected:
  void Publish(const std::string& lead, uint64_t first, uint64_t last, const std::string& name = "",
               codec::ChangeKind kind = codec::ChangeKind::kTierChanged) {
    engine::ChangeList changes;
    for (uint64_t seq = first; seq <= last; ++seq) {
      codec::Change& change = changes.Append();
      change.key = {"acme", lead};
      change.seq = {seq};
      change.at = {1'700'000'000'123};
      change.kind = kind;
      change.name = name;
      change.cause = {codec::CauseKind::kCommand, "c-1"};
      change.source = {"in.jsonl", 0, 7, 1};
      changes.latest_actor() = "anna";
    }
    collector_.Add(changes);
  }

  // Returns the changes that the write of this lead gets.
  std::vector<codec::PublishedChange> Move(const std::string& lead, uint64_t erased_seq = 0) {
    const LeadKey key{"acme", lead};
    state::EpochWrite write;
    write.leads = {{.partition = kPartition, .key = EncodeLeadKey({"acme", "abe"}), .value = "row"},
                   {.partition = kPartition, .key = EncodeLeadKey(key), .value = "row", .erased_seq = {erased_seq}}};
    collector_.MoveTo(&write);
    EXPECT_TRUE(write.leads[0].published.empty());
    return *codec::ReadPublishedChanges(key, write.leads[1].published);
  }
  static std::vector<uint64_t> Numbers(const std::vector<codec::PublishedChange>& changes) {
    std::vector<uint64_t> numbers;
    for (const codec::PublishedChange& change : changes) numbers.push_back(change.change.seq.value);
    return numbers;
  }

  PublishedCollector collector_{/*is_kept=*/true};
};

TEST_F(PublishedCollectorTest, GivesEachLeadItsChangesWithTheActor) {
  Publish("ann", 1, 2);
  Publish("bob", 9, 9);
  Publish("ann", 3, 3);
  const auto changes = Move("ann");
  EXPECT_THAT(Numbers(changes), ElementsAre(1, 2, 3));
  EXPECT_EQ(changes[0].actor, "anna");
  EXPECT_EQ(changes[0].change.key.lead, "ann");
  EXPECT_EQ(changes[0].change.at, Instant{1'700'000'000'123});
  EXPECT_EQ(changes[0].change.cause.id, "c-1");
  EXPECT_EQ(changes[0].change.source, std::nullopt);
  EXPECT_THAT(Move("bob"), IsEmpty());  // the change was in the epoch before
}

TEST_F(PublishedCollectorTest, KeepsTheLatestOfMany) {
  for (uint64_t seq = 1; seq <= 1'000; ++seq) Publish("ann", seq, seq);
  const auto changes = Move("ann");
  ASSERT_EQ(changes.size(), state::kMostPublished);
  EXPECT_EQ(changes.back().change.seq.value, 1'000u);
}

TEST_F(PublishedCollectorTest, KeepsTheLatestThatFit) {
  const std::string name(1'000, 'n');
  for (uint64_t seq = 1; seq <= 100; ++seq) Publish("ann", seq, seq, name);
  const auto changes = Move("ann");
  EXPECT_EQ(changes.back().change.seq.value, 100u);
  EXPECT_LE(changes.size() * name.size(), state::kMostPublishedBytes);
  EXPECT_GT(changes.size() * name.size(), state::kMostPublishedBytes * 9 / 10);
}

TEST_F(PublishedCollectorTest, LeavesOutThoseOfAnErasedLife) {
  Publish("ann", 1, 5);
  EXPECT_THAT(Numbers(Move("ann", 3)), ElementsAre(4, 5));
  Publish("ann", 6, 7);
  EXPECT_THAT(Move("ann", 8), IsEmpty());
}

TEST_F(PublishedCollectorTest, LeavesOutThoseOfAnErasedLifeThatMustMakeRoom) {
  for (uint64_t erased = 1; erased < 300; ++erased) {
    Publish("ann", 1, erased);
    Publish("ann", erased + 1, erased + 1, "", codec::ChangeKind::kLeadCreated);
    Publish("ann", erased + 2, 301);
    const auto changes = Move("ann", erased);
    EXPECT_EQ(changes.front().change.kind, codec::ChangeKind::kLeadCreated) << erased;
    EXPECT_EQ(changes.size(), std::min<uint64_t>(301 - erased, state::kMostPublished)) << erased;
  }
}

TEST_F(PublishedCollectorTest, KeepsNothingWhereNobodyAsks) {
  PublishedCollector idle(/*is_kept=*/false);
  engine::ChangeList changes;
  changes.Append().key = {"acme", "ann"};
  idle.Add(changes);
  state::EpochWrite write;
  write.leads = {{.partition = kPartition, .key = EncodeLeadKey({"acme", "ann"}), .value = "row"}};
  idle.MoveTo(&write);
  EXPECT_THAT(write.leads[0].published, IsEmpty());
}

}  // namespace
}  // namespace leadpulse::pipeline::published_collector_test
