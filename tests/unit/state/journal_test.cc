// What the property tests, which compare journals with a plain model, leave out.
#include "state/lead/journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/support/lead_examples.h"

namespace leadpulse::state::journal_test {

using testing::AtMinute;
using ::testing::ElementsAre;
using testing::Entry;
using testing::OwnedEntry;
using testing::Retract;

constexpr size_t kRoomy = 1000;
constexpr auto kAdded = Journal::AddOutcome::kAdded;
constexpr auto kDuplicate = Journal::AddOutcome::kDuplicate;
constexpr auto kOlderThanFold = Journal::AddOutcome::kOlderThanFold;

std::vector<std::string> Ids(const Journal& journal) {
  std::vector<std::string> ids;
  for (const JournalEntry& entry : journal.entries())
    ids.push_back(std::string(entry.event_id()) + (entry.retracted ? " (retracted)" : ""));
  return ids;
}

OwnedEntry Open(int64_t minute, std::string id) { return Entry(EventType::kOpen, minute, std::move(id)); }

TEST(JournalTest, TheFirstWithAnIdStays) {
  Journal journal;
  journal.Add(Open(5, "a"), kRoomy);
  EXPECT_EQ(journal.Add(Entry(EventType::kClick, 9, "a"), kRoomy).outcome, kDuplicate);
  ASSERT_THAT(Ids(journal), ElementsAre("a"));
  EXPECT_EQ(journal.entries()[0].type, EventType::kOpen);
}

TEST(JournalFoldTest, TheOldestLeavesItsCountAndTimes) {
  Journal journal;
  journal.Add(Open(1, "a"), 2);
  journal.Add(Entry(EventType::kBounce, 2, "b"), 2);
  EXPECT_EQ(journal.Add(Open(3, "c"), 2).folded, 1u);
  EXPECT_EQ(journal.Add(Open(4, "d"), 2).folded, 1u);
  EXPECT_THAT(Ids(journal), ElementsAre("c", "d"));
  EXPECT_EQ(journal.folded().totals[EventType::kOpen], (TypeTotals{1, AtMinute(1), AtMinute(1)}));
  EXPECT_EQ(journal.folded().totals.hard_bounces, (TypeTotals{1, AtMinute(2), AtMinute(2)}));
  EXPECT_EQ(journal.folded().newest_at, AtMinute(2));
  EXPECT_EQ(journal.folded().newest_event_id, "b");
  EXPECT_EQ(journal.Totals()[EventType::kOpen], (TypeTotals{3, AtMinute(1), AtMinute(4)}));
}

TEST(JournalFoldTest, AnEventAtOrBeforeTheNewestFoldedIsDropped) {
  Journal journal;
  journal.Add(Open(2, "m"), 1);
  journal.Add(Open(5, "z"), 1);
  EXPECT_EQ(journal.Add(Open(1, "zz"), 1).outcome, kOlderThanFold);
  EXPECT_EQ(journal.Add(Open(2, "a"), 1).outcome, kOlderThanFold);
  EXPECT_EQ(journal.Add(Open(2, "m"), 1).outcome, kOlderThanFold);  // folded: no longer known as a duplicate
  Journal::AddResult folded_at_once = journal.Add(Open(2, "n"), 1);
  EXPECT_EQ(folded_at_once.outcome, kAdded);
  EXPECT_EQ(folded_at_once.folded, 1u);
  EXPECT_THAT(Ids(journal), ElementsAre("z"));
  EXPECT_EQ(journal.folded().newest_event_id, "n");
  EXPECT_EQ(journal.folded().totals[EventType::kOpen].count, 2u);
}

TEST(JournalFoldTest, ADuplicateIsOneAlsoWhereItIsOlderThanTheFold) {
  Journal journal;
  journal.Add(Open(2, "a"), 1);
  journal.Add(Open(5, "b"), 1);
  EXPECT_EQ(journal.Add(Open(1, "b"), 1).outcome, kDuplicate);
}

TEST(JournalFoldTest, ARetractTakesWhatItNamesWithIt) {
  Journal journal;
  journal.Add(Retract(1, "r", "click"), 3);
  journal.Add(Open(2, "a"), 3);
  journal.Add(Entry(EventType::kClick, 3, "click"), 3);
  Journal::AddResult result = journal.Add(Open(4, "b"), 3);
  EXPECT_EQ(result.folded, 1u);
  EXPECT_THAT(Ids(journal), ElementsAre("a", "b"));
  EXPECT_EQ(journal.folded().newest_event_id, "r");  // the folded entry does not move the watermark
  EXPECT_EQ(journal.folded().totals, EngagementTotals());
  // No longer marked: a duplicate of the folded entry counts again.
  EXPECT_EQ(journal.Add(Entry(EventType::kClick, 3, "click"), 3).outcome, kAdded);
  EXPECT_THAT(Ids(journal), ElementsAre("a", "click", "b"));
}

// Makes an entry that counts as 64 and its texts: 64 + 2 + 7 + 8 + 4 + 3 + 2 + 5.
OwnedEntry CountedAs95(int64_t minute, std::string two_letters) {
  OwnedEntry entry = Open(minute, std::move(two_letters));
  entry.message_id = "message";
  entry.campaign_id = "campaign";
  entry.name = "name";
  entry.properties = {{"sum", 12.5}, {"to", std::string("\u00fcber")}};
  return entry;
}

TEST(JournalFoldTest, ABoundOfBytesCountsIdsNamesAndTextsOfProperties) {
  Journal journal;
  EXPECT_EQ(journal.Add(CountedAs95(1, "a1"), kRoomy, 190).folded, 0u);
  EXPECT_EQ(journal.Add(CountedAs95(2, "a2"), kRoomy, 190).folded, 0u);
  EXPECT_EQ(journal.Add(Open(3, "b"), kRoomy, 95 + 65).folded, 1u);
  EXPECT_THAT(Ids(journal), ElementsAre("a2", "b"));
  EXPECT_EQ(journal.Add(Open(4, "c"), kRoomy, 95 + 65 + 65 - 1).folded, 1u);
  EXPECT_THAT(Ids(journal), ElementsAre("b", "c"));
}

TEST(JournalFoldTest, ACopyOrAJournalFromStorageCountsTheSame) {
  const OwnedEntry first = CountedAs95(1, "a1");
  const std::vector<EntryFields> stored = {first};
  Journal journal(stored, FoldedEntries());
  Journal copy = journal;
  for (Journal* one : {&journal, &copy}) {
    EXPECT_EQ(one->Add(CountedAs95(2, "a2"), kRoomy, 190).folded, 0u);
    EXPECT_EQ(one->Add(CountedAs95(3, "a3"), kRoomy, 190).folded, 1u);
  }
}

TEST(JournalFoldTest, AJournalHoldsFourMebibytesAtMost) {
  Journal journal;
  OwnedEntry large = Open(0, "0000");
  large.name.assign(65'536 - 64 - 4, 'n');  // with its id and the constant of each entry: a 64th of 4 MiB
  size_t folded = 0;
  for (int i = 0; i < 64; ++i) {
    large.occurred_at = AtMinute(i);
    large.event_id = std::to_string(1000 + i);
    folded += journal.Add(large, 1'000'000).folded;
  }
  EXPECT_EQ(folded, 0u);
  EXPECT_EQ(journal.Add(Open(100, "one more"), 1'000'000).folded, 1u);
  EXPECT_EQ(journal.entries().size(), 64u);
}

TEST(JournalFoldTest, ASmallerBoundHoldsFromTheNextEntry) {
  Journal journal;
  for (int i = 0; i < 10; ++i) journal.Add(Open(i, std::to_string(i)), kRoomy);
  EXPECT_EQ(journal.Add(Open(3, "3"), 2).folded, 0u);
  EXPECT_EQ(journal.entries().size(), 10u);
  EXPECT_EQ(journal.Add(Open(10, "x"), 2).folded, 9u);
  EXPECT_THAT(Ids(journal), ElementsAre("9", "x"));
  EXPECT_EQ(journal.Totals()[EventType::kOpen].count, 11u);
}

TEST(JournalFoldTest, StaysRightThroughManyFolds) {
  Journal journal;
  constexpr int kCount = 5000;
  constexpr size_t kBound = 100;
  for (int i = 0; i < kCount; ++i) journal.Add(Open(i ^ 1, std::to_string(i ^ 1)), kBound);  // pairs out of order
  ASSERT_EQ(journal.entries().size(), kBound);
  EXPECT_EQ(journal.entries().front().occurred_at, AtMinute(kCount - kBound));
  EXPECT_EQ(journal.entries().back().occurred_at, AtMinute(kCount - 1));
  EXPECT_EQ(journal.Totals()[EventType::kOpen], (TypeTotals{kCount, AtMinute(0), AtMinute(kCount - 1)}));
  EXPECT_EQ(journal.Add(Open(0, std::to_string(kCount - 5)), kBound).outcome, kDuplicate);
}

TEST(JournalTest, FromStorageItIsTheSame) {
  Journal journal;
  for (const OwnedEntry& entry : {Open(1, "a"), Retract(2, "r", "b"), Open(3, "b"), Open(4, "c")})
    journal.Add(entry, 3);
  const std::vector<OwnedEntry> entries = testing::OwnedEntriesOf(journal.entries());
  Journal restored(testing::FieldsOf(entries), journal.folded());
  EXPECT_EQ(restored, journal);
  EXPECT_THAT(Ids(restored), ElementsAre("r", "b (retracted)", "c"));
  for (Journal* each : {&journal, &restored}) {
    EXPECT_EQ(each->Add(Open(4, "c"), 3).outcome, kDuplicate);
    each->Add(Open(9, "d"), 3);
  }
  EXPECT_EQ(restored, journal);
}

// The source of an entry may be gone, and so may the journal that it was copied from.
TEST(JournalTest, HoldsTextsOfItsOwn) {
  const OwnedEntry given = Open(1, "an id of its own");
  Journal journal;
  journal.Add(given, kRoomy);
  const char* const held = journal.entries()[0].event_id().data();
  EXPECT_NE(held, given.event_id.data());
  const Journal copy = journal;
  EXPECT_NE(copy.entries()[0].event_id().data(), held);
  const std::vector<OwnedEntry> entries = testing::OwnedEntriesOf(journal.entries());
  const Journal restored(testing::FieldsOf(entries), {});
  EXPECT_NE(restored.entries()[0].event_id().data(), held);
  const Journal moved = std::move(journal);
  EXPECT_EQ(moved.entries()[0].event_id().data(), held);
  EXPECT_EQ(moved, copy);
}

// The memory of texts grows by a copy, and an added text may be in the old memory.
TEST(JournalTest, TakesTextsOfItsOwn) {
  Journal journal;
  OwnedEntry first = Open(1, "a");
  first.message_id = std::string(120, 'm');
  journal.Add(first, kRoomy);
  EntryFields second = first;
  const std::string id = "b";
  second.event_id = id;
  second.message_id = journal.entries()[0].message_id();
  journal.Add(second, kRoomy);
  EXPECT_EQ(journal.entries()[1].message_id(), first.message_id);
}

TEST(JournalTest, KeepsPropertiesThroughGrowthAndFolding) {
  Journal journal;
  for (int i = 0; i < 200; ++i) {
    OwnedEntry entry = Open(i, std::to_string(i));
    if (i % 3 != 0) entry.properties = {{"amount", double(i)}};
    journal.Add(entry, 50);
    const Journal copy = journal;
    for (const JournalEntry& held : copy.entries()) {
      const int number = std::stoi(std::string(held.event_id()));
      ASSERT_EQ(held.properties() == nullptr, number % 3 == 0);
      if (held.properties() == nullptr) continue;
      ASSERT_EQ(*held.properties(), (EntryProperties{{"amount", double(number)}}));
    }
  }
}

TEST(JournalTest, MeasuresItsMemory) {
  Journal journal;
  EXPECT_EQ(journal.MemoryBytes(), 0u);
  journal.Add(Open(1, std::string(1000, 'a')), 1);
  EXPECT_GE(journal.MemoryBytes(), sizeof(JournalEntry) + 1000);
  for (int i = 2; i < 200; ++i) journal.Add(Open(i, "short" + std::to_string(i)), 1);
  EXPECT_LT(journal.MemoryBytes(), 200 * sizeof(JournalEntry));
}

}  // namespace leadpulse::state::journal_test
