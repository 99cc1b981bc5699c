// Which stored views a query uses: those that an evaluation would give.
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "processor/engine/stored_definitions.h"
#include "processor/query/leads/evaluated_lead.h"

namespace leadpulse::query {
namespace {

constexpr Instant kClock{1'000'000}, kDue{2'000'000};
constexpr DefinitionsNumber kNumber{7};

engine::LocalPartition Partition(uint32_t number, const std::string& text, DefinitionsNumber definitions) {
  engine::LocalPartition one{PartitionId{number}, {}, nullptr};
  one.local.position.clock = Instant{kClock.millis - number};
  engine::StoredDefinitions stored;
  stored.text = text;
  stored.number = definitions;
  one.definitions = std::make_shared<const engine::StoredDefinitions>(stored);
  return one;
}

state::Lead StoredLead() {
  state::Lead lead;
  lead.definitions_number = kNumber;
  lead.next_change_at = kDue;
  return lead;
}

// Makes views of three partitions. Partition 1 has the same definitions with another number, and partition 2 has other
// definitions with the number of partition 0. The state does not have partition 3.
StoredViews Views(const std::function<void(engine::LocalPartition*)>& change_first = nullptr) {
  std::vector<engine::LocalPartition> all = {Partition(0, "new", kNumber), Partition(1, "new", DefinitionsNumber{9}),
                                             Partition(2, "old", kNumber)};
  if (change_first) change_first(&all.front());
  engine::StoredDefinitions used;
  used.text = "new";
  return {all, used};
}

ViewFrom SourceOf(uint32_t partition, const state::Lead& lead, Instant now = kClock) {
  return Views().SourceOf(PartitionId{partition}, lead, now);
}

TEST(StoredViewsTest, AreTakenFromTheirEvaluationToTheNextChange) {
  const state::Lead lead = StoredLead();
  EXPECT_EQ(SourceOf(0, lead), ViewFrom::kState);
  EXPECT_EQ(SourceOf(0, lead, Instant{kDue.millis - 1}), ViewFrom::kState);
  EXPECT_EQ(SourceOf(0, lead, kDue), ViewFrom::kHistory);
  EXPECT_EQ(SourceOf(0, lead, Instant{kClock.millis - 1}), ViewFrom::kHistory) << "it may have changed since";
}

TEST(StoredViewsTest, BelongToTheDefinitionsOfTheAnswer) {
  state::Lead lead = StoredLead();
  EXPECT_EQ(SourceOf(1, lead), ViewFrom::kHistory) << "other definitions have this number there";
  EXPECT_EQ(SourceOf(2, lead), ViewFrom::kHistory) << "the partition has not rolled out the new ones";
  EXPECT_EQ(SourceOf(3, lead), ViewFrom::kHistory);
  lead.definitions_number = DefinitionsNumber{9};
  EXPECT_EQ(SourceOf(1, lead), ViewFrom::kState);
  EXPECT_EQ(SourceOf(0, lead), ViewFrom::kHistory);
}

TEST(StoredViewsTest, OfALeadThatKeptAnEarlierNumberAreTakenOutsideOfARollout) {
  const auto source = [](DefinitionsNumber number, std::optional<std::string> previous) {
    state::Lead lead = StoredLead();
    lead.definitions_number = number;
    const StoredViews views = Views([&](engine::LocalPartition* one) {
      engine::StoredDefinitions kept = *one->definitions;
      kept.engine_version = engine::kKeptNumbersVersion;
      kept.previous_text = std::move(previous);
      one->definitions = std::make_shared<const engine::StoredDefinitions>(std::move(kept));
    });
    return views.SourceOf(PartitionId{0}, lead, kClock);
  };
  EXPECT_EQ(source({3}, std::nullopt), ViewFrom::kState);
  EXPECT_EQ(source({8}, std::nullopt), ViewFrom::kHistory);
  EXPECT_EQ(source({3}, "old"), ViewFrom::kHistory) << "its definitions may have changed";
  EXPECT_EQ(source(kNumber, "old"), ViewFrom::kState);
}

TEST(StoredViewsTest, OfALeadThatWasNotEvaluatedAreNotTaken) {
  state::Lead doubtful = StoredLead();
  doubtful.view_in_doubt = true;
  EXPECT_EQ(SourceOf(0, doubtful), ViewFrom::kHistory);
  state::Lead waiting = StoredLead();
  waiting.identity.Get().registration = state::Registration::kWaiting;
  EXPECT_EQ(SourceOf(0, waiting), ViewFrom::kHistory);
}

TEST(StoredViewsTest, OfAnotherProgramOrARestoreAreNotTaken) {
  const auto source = [](const std::function<void(engine::LocalPartition*)>& change) {
    return Views(change).SourceOf(PartitionId{0}, StoredLead(), kClock);
  };
  EXPECT_EQ(source([](engine::LocalPartition* one) { one->local.catching_up = true; }), ViewFrom::kHistory);
  EXPECT_EQ(source([](engine::LocalPartition* one) {
              engine::StoredDefinitions older = *one->definitions;
              older.engine_version = engine::kEngineVersion - 1;
              one->definitions = std::make_shared<const engine::StoredDefinitions>(older);
            }),
            ViewFrom::kHistory);
}

TEST(StoredViewsTest, AreNoneByDefault) {
  EXPECT_EQ(StoredViews().SourceOf(PartitionId{0}, StoredLead(), kClock), ViewFrom::kHistory);
}

}  // namespace
}  // namespace leadpulse::query
