// Which clicks show the timing of a security scanner, and which do not.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "processor/webhooks/scanner_clicks.h"

namespace leadpulse::webhooks::scanner_habit_test {

constexpr Instant kDelivered{1'772'323'200'000};
constexpr Millis kWithin = std::chrono::seconds(5);

codec::Event Event(EventType type, int seconds, const std::string& link = "") {
  codec::Event event;
  event.key = {"acme", "ann@example.com"};
  event.type = type;
  event.occurred_at = kDelivered + std::chrono::seconds(seconds);
  event.message_id = "m1";
  event.url = event.name = link;
  return event;
}

codec::Event Delivery(int seconds = 0) { return Event(EventType::kDelivered, seconds); }
codec::Event Click(int seconds, const std::string& link) { return Event(EventType::kClick, seconds, link); }

// Returns for each event, in order, `m` if it is a machine's, else `.`.
std::string Marks(std::vector<Conversion> history) {
  MarkScannersClicks(kWithin, history);
  std::string marks;
  for (const Conversion& conversion : history) {
    for (const codec::Event& event : conversion.events) marks += event.machine ? 'm' : '.';
  }
  return marks;
}

std::string Marks(const std::vector<codec::Event>& events) { return Marks(std::vector<Conversion>{{events, {}, {}}}); }

TEST(ScannerHabitTest, EveryLinkRightAfterTheDelivery) {
  EXPECT_EQ(Marks({Delivery(), Click(1, "a"), Click(2, "b")}), ".mm");
  EXPECT_EQ(Marks({Delivery(), Click(5, "a"), Click(5, "b"), Click(5, "c")}), ".mmm");
}

TEST(ScannerHabitTest, BeforeTheMailIsTaken) { EXPECT_EQ(Marks({Delivery(), Click(-5, "a"), Click(-1, "b")}), ".mm"); }

TEST(ScannerHabitTest, OneLinkSaysNothing) {
  EXPECT_EQ(Marks({Delivery(), Click(1, "a")}), "..");
  EXPECT_EQ(Marks({Delivery(), Click(1, "a"), Click(2, "a")}), "...");
}

TEST(ScannerHabitTest, WhoComesLaterIsAPerson) {
  EXPECT_EQ(Marks({Delivery(), Click(1, "a"), Click(2, "b"), Click(6, "a")}), ".mm.");
  EXPECT_EQ(Marks({Delivery(), Click(-6, "a"), Click(1, "a"), Click(2, "b")}), "..mm");
}

TEST(ScannerHabitTest, ALinkThatWasFoundOnlyLaterSaysThatNotEveryOneWasFollowed) {
  EXPECT_EQ(Marks({Delivery(), Click(1, "a"), Click(2, "b"), Click(600, "c")}), "....");
}

TEST(ScannerHabitTest, WithoutADeliveryNothingIsKnown) {
  EXPECT_EQ(Marks({Click(1, "a"), Click(2, "b")}), "..");
  codec::Event others = Delivery();
  others.key.lead = "bob@example.com";
  codec::Event earlier = Delivery();
  earlier.message_id = "m0";
  codec::Event strangers = Delivery();
  strangers.key.tenant = "other";
  codec::Event sent = Delivery();
  sent.type = EventType::kSent;
  EXPECT_EQ(Marks({others, earlier, strangers, sent, Click(1, "a"), Click(2, "b")}), "......");
}

TEST(ScannerHabitTest, AnyOfSeveralDeliveries) {
  EXPECT_EQ(Marks({Delivery(900), Delivery(0), Click(1, "a"), Click(899, "b"), Click(450, "b")}), "..mm.");
}

TEST(ScannerHabitTest, WhatNamesNoMessageOrNoLinkIsLeftAsItIs) {
  EXPECT_EQ(Marks({Delivery(), Click(1, "a"), Click(2, "b"), Click(3, "")}), "....");
  std::vector<codec::Event> events = {Delivery(), Click(1, "a"), Click(2, "b")};
  for (codec::Event& event : events) event.message_id.clear();
  EXPECT_EQ(Marks(events), "...");
}

TEST(ScannerHabitTest, OpensAreNoClicks) {
  EXPECT_EQ(Marks({Delivery(), Event(EventType::kOpen, 1), Event(EventType::kPageVisit, 1, "b"), Click(2, "a")}),
            "....");
}

// These have the time of the post, which shows nothing about the click.
TEST(ScannerHabitTest, WhatTellsNoTimeIsLeftAsItIs) {
  const std::vector<codec::Event> events = {Delivery(), Click(1, "a"), Click(2, "b")};
  EXPECT_EQ(Marks(std::vector<Conversion>{{events, {}, {}, {0}}}), "...");
  EXPECT_EQ(Marks(std::vector<Conversion>{{events, {}, {}, {2}}}), "...");
}

// The result does not depend on the division into posts, their order, or repetitions.
TEST(ScannerHabitTest, ItDependsOnWhatIsThereAndNotOnHowItCame) {
  const std::vector<codec::Event> events = {Delivery(), Click(-2, "a"), Click(2, "b"), Click(90, "b"), Click(3, "a")};
  std::vector<size_t> order = {0, 1, 2, 3, 4};
  do {
    std::vector<Conversion> history;
    for (const size_t i : order) history.push_back({{events[i]}, {}, {}});
    history.push_back(history.front());
    MarkScannersClicks(kWithin, history);
    for (const Conversion& conversion : history) {
      const codec::Event& event = conversion.events[0];
      const bool late = event.occurred_at > kDelivered + kWithin;
      EXPECT_EQ(event.machine, event.type == EventType::kClick && !late);
    }
  } while (std::next_permutation(order.begin(), order.end()));
}

}  // namespace leadpulse::webhooks::scanner_habit_test
