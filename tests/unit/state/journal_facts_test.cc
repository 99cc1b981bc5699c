// The facts about opt-outs in a journal.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "state/lead/journal.h"
#include "tests/support/lead_examples.h"

namespace leadpulse::state::journal_facts_test {

using testing::AtMinute;
using ::testing::ElementsAre;
using testing::Entry;
using ::testing::IsEmpty;
using testing::OwnedEntry;
using testing::Retract;

constexpr size_t kRoomy = 1000;
constexpr auto kOlderThanFold = Journal::AddOutcome::kOlderThanFold;

OwnedEntry Open(int64_t minute, std::string id) { return Entry(EventType::kOpen, minute, std::move(id)); }

OwnedEntry Scoped(EventType type, int64_t minute, std::string topic) {
  OwnedEntry entry = Entry(type, minute, "e" + std::to_string(minute));
  entry.subject = std::move(topic);
  return entry;
}
OwnedEntry Out(int64_t minute, std::string topic = "") { return Scoped(EventType::kUnsubscribe, minute, topic); }
OwnedEntry In(int64_t minute, std::string topic = "") { return Scoped(EventType::kResubscribe, minute, topic); }

StatusFacts FactsOf(const Journal& journal) { return journal.Facts(journal.Totals()); }

std::vector<std::string> OutOf(const Journal& journal) {
  std::vector<std::string> out;
  const StatusFacts facts = FactsOf(journal);
  if (facts.everything.opted_out()) out.emplace_back("everything");
  for (const TopicTimes& topic : facts.topics) {
    if (topic.times.opted_out()) out.push_back(topic.topic);
  }
  return out;
}

TEST(JournalFactsTest, AScopeIsLeftUntilItsOwnLaterResubscribe) {
  Journal journal;
  journal.Add(Out(1, "News"), kRoomy);
  journal.Add(Out(2), kRoomy);
  EXPECT_THAT(OutOf(journal), ElementsAre("everything", "news"));
  journal.Add(In(3, "NEWS"), kRoomy);
  EXPECT_THAT(OutOf(journal), ElementsAre("everything"));
  journal.Add(In(4), kRoomy);
  EXPECT_THAT(OutOf(journal), IsEmpty());
  EXPECT_EQ(journal.entries()[0].topic(), "news");
}

TEST(JournalFactsTest, AJournalWithoutTopicsKeepsNoFacts) {
  Journal journal;
  for (int minute = 1; minute < 10; ++minute) journal.Add(Out(minute), 3);
  EXPECT_EQ(journal.kept_facts(), nullptr);
  EXPECT_EQ(FactsOf(journal).everything.out, AtMinute(9));
}

TEST(JournalFactsTest, FoldedTopicsCount) {
  Journal journal;
  journal.Add(Out(1), 2);
  journal.Add(Out(2, "news"), 2);
  for (int minute = 3; minute < 9; ++minute) journal.Add(Open(minute, std::to_string(minute)), 2);
  EXPECT_THAT(OutOf(journal), ElementsAre("everything", "news"));
  EXPECT_EQ(FactsOf(journal).sign_of_life, AtMinute(8));
}

TEST(JournalFactsTest, AnEventTooLateForTheJournalCounts) {
  Journal journal;
  for (int minute = 10; minute < 15; ++minute) journal.Add(Open(minute, std::to_string(minute)), 2);
  Journal::AddResult late = journal.Add(Out(1), 2);
  EXPECT_EQ(late.outcome, kOlderThanFold);
  EXPECT_TRUE(late.facts_changed);
  EXPECT_THAT(OutOf(journal), ElementsAre("everything"));
  late = journal.Add(Out(1), 2);
  EXPECT_FALSE(late.facts_changed) << "it says nothing new";
  EXPECT_FALSE(journal.Add(Open(2, "late"), 2).facts_changed) << "a later sign of life has folded";
  EXPECT_FALSE(journal.Add(Entry(EventType::kSent, 2, "sent"), 2).facts_changed);
}

TEST(JournalFactsTest, ALateEventThatIsRetractedDoesNotCount) {
  Journal journal;
  for (int minute = 10; minute < 15; ++minute) journal.Add(Open(minute, std::to_string(minute)), 2);
  journal.Add(Retract(20, "r", "e1"), 2);
  EXPECT_FALSE(journal.Add(Out(1), 2).facts_changed);
  EXPECT_THAT(OutOf(journal), IsEmpty());
}

// Without case a text may have more bytes than as it was sent.
TEST(JournalFactsTest, ATopicStaysTheSameHoweverLongItsFoldIs) {
  std::string sent, folded;
  for (size_t i = 0; i < kMaxTopicBytes / 2; ++i) {
    sent += "\u023a";
    folded += "\u2c65";
  }
  Journal journal;
  journal.Add(Out(1, sent), kRoomy);
  EXPECT_THAT(OutOf(journal), ElementsAre(folded));
  const StatusFacts of_address = journal.FactsOf(kOwnSlot);
  ASSERT_EQ(of_address.topics.size(), 1U);
  EXPECT_EQ(of_address.topics.front().topic, folded);
  EXPECT_FALSE(of_address.everything.opted_out());
}

TEST(JournalFactsTest, BeyondTheFirstTopicsAnOptOutIsFromEverything) {
  Journal journal;
  for (size_t i = 0; i < kMaxLeadTopics; ++i) {
    journal.Add(In(static_cast<int64_t>(i), "t" + std::to_string(i)), kRoomy);
  }
  journal.Add(In(200, "one more"), kRoomy);
  journal.Add(Out(201, "T5"), kRoomy);
  EXPECT_THAT(OutOf(journal), ElementsAre("t5"));
  journal.Add(Out(202, "one more"), kRoomy);
  EXPECT_THAT(OutOf(journal), ElementsAre("everything", "t5"));
  journal.Add(In(203, "one more"), kRoomy);
  EXPECT_THAT(OutOf(journal), ElementsAre("everything", "t5"));
  EXPECT_EQ(FactsOf(journal).topics.size(), kMaxLeadTopics);
}

// Promise P1 for opt-outs: the facts do not depend on the order, however small the bound is.
TEST(JournalFactsTest, TheOrderDoesNotMatter) {
  std::vector<OwnedEntry> events = {Out(1), In(2, "news"), Out(3, "news"), In(4), Out(5, "tips"), In(6, "tips")};
  std::ranges::sort(events, {}, &OwnedEntry::occurred_at);
  Journal in_order;
  for (const OwnedEntry& event : events) in_order.Add(event, 2);
  do {
    Journal journal;
    for (const OwnedEntry& event : events) journal.Add(event, 2);
    ASSERT_EQ(FactsOf(journal), FactsOf(in_order));
  } while (std::ranges::next_permutation(events, {}, &OwnedEntry::occurred_at).found);
}

}  // namespace leadpulse::state::journal_facts_test
