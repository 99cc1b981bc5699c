// Entries that a journal receives through a mailbox, and the addresses that status facts belong to.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "state/lead/journal.h"
#include "tests/support/lead_examples.h"

namespace leadpulse::state::journal_origin_test {

using testing::AtMinute;
using ::testing::ElementsAre;
using testing::Entry;
using testing::OwnedEntry;
using testing::Retract;

constexpr size_t kRoomy = 1000;
constexpr auto kAdded = Journal::AddOutcome::kAdded;
constexpr auto kDuplicate = Journal::AddOutcome::kDuplicate;
constexpr AddressSlot kWork = 1;
constexpr AddressSlot kHome = 2;

OwnedEntry Received(OwnedEntry entry, AddressSlot mailbox) {
  entry.received = true;
  entry.address = mailbox;
  return entry;
}

OwnedEntry BelongingTo(AddressSlot address, OwnedEntry entry) {
  entry.address = address;
  return entry;
}

OwnedEntry Open(int64_t minute, std::string id) { return Entry(EventType::kOpen, minute, std::move(id)); }
OwnedEntry Out(int64_t minute) { return Entry(EventType::kUnsubscribe, minute, "out" + std::to_string(minute)); }

// Returns "id", "id via 1", "id (retracted)".
std::vector<std::string> Held(const Journal& journal) {
  std::vector<std::string> held;
  for (const JournalEntry& entry : journal.entries()) {
    held.emplace_back(entry.event_id());
    if (entry.received) held.back() += " via " + std::to_string(entry.address);
    if (entry.retracted) held.back() += " (retracted)";
  }
  return held;
}

TEST(JournalOriginTest, AnIdOfAnotherOriginIsAnotherEvent) {
  Journal journal;
  EXPECT_EQ(journal.Add(Open(1, "a"), kRoomy).outcome, kAdded);
  EXPECT_EQ(journal.Add(Received(Open(2, "a"), kHome), kRoomy).outcome, kAdded);
  EXPECT_EQ(journal.Add(Received(Entry(EventType::kClick, 1, "a"), kWork), kRoomy).outcome, kAdded);
  EXPECT_EQ(journal.Add(Received(Open(3, "a"), kHome), kRoomy).outcome, kDuplicate);
  EXPECT_THAT(Held(journal), ElementsAre("a", "a via 1", "a via 2"));
  EXPECT_EQ(journal.Totals()[EventType::kOpen].count, 2u);
}

TEST(JournalOriginTest, TheSameEventIsHeldOnceAndTheLeadsOwnStays) {
  Journal journal;
  OwnedEntry own = Open(1, "a");
  own.name = "own";
  EXPECT_EQ(journal.Add(Received(Open(1, "a"), kHome), kRoomy).outcome, kAdded);
  EXPECT_EQ(journal.Add(Received(Open(1, "a"), kWork), kRoomy).outcome, kDuplicate) << "the first to arrive stays";
  EXPECT_TRUE(journal.WouldReplace(own));
  const Journal::AddResult added = journal.Add(own, kRoomy);
  EXPECT_EQ(added.outcome, kAdded);
  EXPECT_TRUE(added.replaced);
  ASSERT_THAT(Held(journal), ElementsAre("a"));
  EXPECT_EQ(journal.entries()[0].name(), "own");
  EXPECT_FALSE(journal.WouldReplace(own));
  EXPECT_EQ(journal.Add(Received(Open(1, "a"), kHome), kRoomy).outcome, kDuplicate);
  EXPECT_EQ(journal.Totals()[EventType::kOpen].count, 1u);
}

TEST(JournalOriginTest, ReceivedEntriesOfOneTimeAndIdStandByAddress) {
  const std::vector<std::string> addresses = {"zed@example.com", "ann@example.com"};
  const OwnedEntry own = Retract(1, "r", "a");
  const auto add = [&](const OwnedEntry& entry, Journal* journal) {
    journal->Add(entry, kRoomy, kMaxJournalBytes, addresses);
  };
  for (const auto& [first, second] : {std::pair(kWork, kHome), std::pair(kHome, kWork)}) {
    Journal journal;
    add(Received(own, first), &journal);
    add(own, &journal);
    add(Received(own, second), &journal);
    EXPECT_THAT(Held(journal), ElementsAre("r", "r via 2", "r via 1"));
  }
}

TEST(JournalOriginTest, AnEventOlderThanTheFoldReplacesNothing) {
  Journal journal;
  journal.Add(Received(Open(1, "a"), kWork), kRoomy);
  journal.Add(Retract(1, "a", "b"), kRoomy);
  ASSERT_EQ(journal.Fold(1), 1u);
  EXPECT_FALSE(journal.WouldReplace(Open(1, "a")));
  const Journal::AddResult late = journal.Add(Open(1, "a"), kRoomy);
  EXPECT_EQ(late.outcome, Journal::AddOutcome::kOlderThanFold);
  EXPECT_FALSE(late.replaced);
  EXPECT_THAT(Held(journal), ElementsAre("a via 1"));
}

TEST(JournalOriginTest, ARetractTakesBackEntriesOfItsOrigin) {
  Journal journal;
  journal.Add(Open(1, "a"), kRoomy);
  journal.Add(Received(Open(2, "a"), kWork), kRoomy);
  journal.Add(Received(Retract(3, "r", "a"), kWork), kRoomy);
  journal.Add(Received(Open(4, "a"), kHome), kRoomy);
  EXPECT_THAT(Held(journal), ElementsAre("a", "a via 1 (retracted)", "r via 1", "a via 2"));
  journal.Add(Retract(5, "r", "a"), kRoomy);
  EXPECT_THAT(Held(journal), ElementsAre("a (retracted)", "a via 1 (retracted)", "r via 1", "a via 2", "r"));
}

TEST(JournalOriginTest, ARetractThatFoldsTakesTheEntryOfItsOrigin) {
  Journal journal;
  journal.Add(Received(Retract(1, "r", "a"), kWork), kRoomy);
  journal.Add(Open(2, "a"), kRoomy);
  journal.Add(Received(Open(3, "a"), kWork), kRoomy);
  journal.Add(Open(4, "b"), 3);
  EXPECT_THAT(Held(journal), ElementsAre("a", "b"));
}

TEST(JournalOriginTest, FactsBelongToTheirAddress) {
  Journal journal;
  journal.Add(Out(1), kRoomy);
  journal.Add(BelongingTo(kWork, Out(2)), kRoomy);
  journal.Add(Received(Out(3), kHome), kRoomy);
  EXPECT_EQ(journal.FactsOf(kOwnSlot).everything.out, AtMinute(1));
  EXPECT_EQ(journal.FactsOf(kWork).everything.out, AtMinute(2));
  EXPECT_EQ(journal.FactsOf(kHome), StatusFacts()) << "a received opt-out belongs to the lead that it was sent for";
  EXPECT_EQ(journal.Facts(journal.Totals()).everything.out, AtMinute(3));
}

TEST(JournalOriginTest, FoldedFactsKeepTheirAddress) {
  Journal journal;
  for (const OwnedEntry& event : {Out(1), BelongingTo(kHome, Out(2)), Received(Out(3), kWork), Open(4, "o")}) {
    journal.Add(event, kRoomy);
  }
  EXPECT_EQ(journal.kept_address_facts(), nullptr);
  journal.Add(Open(5, "p"), 1);
  ASSERT_THAT(Held(journal), ElementsAre("p"));
  EXPECT_EQ(journal.FactsOf(kOwnSlot).everything.out, AtMinute(1));
  EXPECT_EQ(journal.FactsOf(kOwnSlot).sign_of_life, AtMinute(5));
  EXPECT_EQ(journal.FactsOf(kHome).everything.out, AtMinute(2));
  EXPECT_EQ(journal.FactsOf(kWork), StatusFacts());
  EXPECT_EQ(journal.Facts(journal.Totals()).everything.out, AtMinute(3));
}

TEST(JournalOriginTest, AnEventTooLateForTheJournalCountsForItsAddress) {
  Journal journal;
  for (int64_t minute = 10; minute < 15; ++minute) journal.Add(Open(minute, std::to_string(minute)), 2);
  journal.Add(BelongingTo(kWork, Out(9)), 2);
  const Journal::AddResult late = journal.Add(BelongingTo(kHome, Out(8)), 2);
  EXPECT_TRUE(late.facts_changed) << "news for this address, although a later opt-out is known";
  EXPECT_FALSE(journal.Add(BelongingTo(kHome, Out(7)), 2).facts_changed);
  EXPECT_EQ(journal.FactsOf(kHome).everything.out, AtMinute(8));
  EXPECT_EQ(journal.FactsOf(kWork).everything.out, AtMinute(9));
  EXPECT_EQ(journal.FactsOf(kOwnSlot).everything.out, Instant::DistantPast());
}

TEST(JournalOriginTest, JournalsOfOneAddressKeepNoFactsByAddress) {
  Journal journal;
  for (int64_t minute = 1; minute < 10; ++minute) journal.Add(Out(minute), 2);
  journal.Add(Out(0), 2);
  EXPECT_EQ(journal.kept_address_facts(), nullptr);
}

TEST(JournalOriginTest, EntriesAddedTogetherFoldTogether) {
  const std::vector<OwnedEntry> received = {Received(Retract(3, "r", "a"), kWork), Received(Open(1, "a"), kWork),
                                            Received(Open(2, "b"), kWork)};
  Journal together;
  for (const OwnedEntry& entry : received) together.Add(entry, kRoomy);
  EXPECT_EQ(together.Fold(3), 0u);
  EXPECT_EQ(together.Fold(2), 1u);
  EXPECT_THAT(Held(together), ElementsAre("b via 1", "r via 1"));
  EXPECT_EQ(together.Totals()[EventType::kOpen].count, 1u) << "the RETRACT came before its entry folded";
  EXPECT_EQ(together.Fold(2, kCountedEntryBytes + 1), 1u);
  EXPECT_THAT(Held(together), ElementsAre("r via 1"));
  EXPECT_EQ(together.Totals()[EventType::kOpen].count, 1u);
}

// The mailbox had no room for the topic, and passes the entry on without it.
TEST(JournalOriginTest, AReceivedResubscribeOfNoTopicLiftsNothing) {
  OwnedEntry in = Entry(EventType::kResubscribe, 2, "in");
  in.subject = std::string(kNoTopic);
  Journal journal;
  journal.Add(Out(1), kRoomy);
  journal.Add(Received(in, kWork), kRoomy);
  EXPECT_EQ(journal.entries().back().topic(), kNoTopic);
  const StatusFacts facts = journal.Facts(journal.Totals());
  EXPECT_TRUE(facts.everything.opted_out());
  EXPECT_TRUE(facts.topics.empty());
  EXPECT_EQ(facts.sign_of_life, AtMinute(2));
  journal.Fold(1);
  in.occurred_at = AtMinute(0);
  in.event_id = "late";
  journal.Add(in, 1);
  EXPECT_TRUE(journal.Facts(journal.Totals()).topics.empty());
}

}  // namespace leadpulse::state::journal_origin_test
