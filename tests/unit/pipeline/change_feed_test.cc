#include "processor/pipeline/change_feed.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace leadpulse::pipeline::change_feed_test {
namespace {

constexpr ChangeFeed::TimePoint kNow{};

FeedChange Of(const std::string& lead, const std::string& agent = "") {
  return {"acme", lead, {agent, {}}, "STAGE_CHANGED", "{\"leadId\":\"" + lead + "\"}"};
}

std::vector<std::string> LeadsIn(const FeedPage& page) {
  std::vector<std::string> leads;
  for (const FeedEvent& event : page.events) leads.push_back(event.lead + (event.json ? "" : " left"));
  return leads;
}

using Leads = std::vector<std::string>;

TEST(ChangeFeedTest, BeginsAtTheEndAndGoesOnAfterAPosition) {
  ChangeFeed feed({});
  feed.Publish({Of("a")});
  const FeedPage begin = feed.Read({"acme", {}}, {}, 10, kNow);
  EXPECT_FALSE(begin.reset);
  EXPECT_EQ(LeadsIn(begin), Leads());
  feed.Publish({Of("b"), Of("c"), Of("d")});
  const FeedPage two = feed.Read({"acme", {}}, begin.next, 2, kNow);
  EXPECT_EQ(LeadsIn(two), Leads({"b", "c"}));
  EXPECT_EQ(two.events.back().position, two.next);
  EXPECT_EQ(two.events.back().type, "STAGE_CHANGED");
  EXPECT_TRUE(two.more);
  EXPECT_EQ(LeadsIn(feed.Read({"acme", {}}, two.events.front().position, 10, kNow)), Leads({"c", "d"}));
}

TEST(ChangeFeedTest, ResetsAPositionThatItCannotContinue) {
  ChangeFeed feed({.bytes = 1 << 20, .changes = 2, .looked_at = 100});
  feed.Publish({Of("a"), Of("b"), Of("c")});
  for (const FeedPosition position : {FeedPosition{0}, FeedPosition{4}, FeedPosition{5}}) {
    const FeedPage page = feed.Read({"acme", {}}, position, 10, kNow);
    EXPECT_TRUE(page.reset) << position;
    EXPECT_TRUE(page.events.empty()) << position;
    EXPECT_EQ(page.next, 3u) << position;
    EXPECT_FALSE(page.more) << position;
  }
  EXPECT_EQ(LeadsIn(feed.Read({"acme", {}}, 1u, 10, kNow)), Leads({"b", "c"}));
}

// Returns what a subscriber gets after `after`, page by page.
std::vector<std::string> WalkFrom(FeedPosition after, ChangeFeed* feed) {
  std::vector<std::string> walk;
  bool more = true;
  while (more) {
    const FeedPage page = feed->Read({"acme", {}}, after, 10, kNow);
    if (page.reset) walk.push_back("reset");
    for (const std::string& lead : LeadsIn(page)) walk.push_back(lead);
    after = page.next;
    more = page.more;
  }
  return walk;
}

TEST(ChangeFeedTest, ResetsBehindChangesThatNobodyCollected) {
  ChangeFeed feed({});
  feed.Publish({Of("a"), Of("b")});
  feed.Skip();
  feed.Publish({Of("c")});
  EXPECT_EQ(WalkFrom(0, &feed), Leads({"a", "b", "reset", "c"}));
  EXPECT_EQ(WalkFrom(2, &feed), Leads({"reset", "c"}));
  EXPECT_EQ(WalkFrom(3, &feed), Leads({"c"}));
}

TEST(ChangeFeedTest, OneGapStandsForManyUntilItIsRead) {
  ChangeFeed feed({});
  feed.Publish({Of("a")});
  for (int i = 0; i < 1000; ++i) feed.Skip();
  EXPECT_EQ(feed.Read({"acme", {}}, 1u, 10, kNow).next, 2u);
  // A subscriber after the gap hears of the next one.
  feed.Skip();
  EXPECT_EQ(WalkFrom(2, &feed), Leads({"reset"}));
  const FeedPosition begun = feed.Read({"acme", {}}, {}, 10, kNow).next;
  feed.Skip();
  EXPECT_EQ(WalkFrom(begun, &feed), Leads({"reset"}));
}

TEST(ChangeFeedTest, HasRoomForChangesThatWait) {
  ChangeFeed feed({.bytes = 100, .changes = 10, .looked_at = 10});
  EXPECT_TRUE(feed.Reserve(60));
  EXPECT_FALSE(feed.Reserve(60));
  EXPECT_TRUE(feed.Reserve(40));
  feed.Release(100);
  EXPECT_TRUE(feed.Reserve(100));
}

TEST(ChangeFeedTest, ShowsNothingOfOtherTenantsAndAgents) {
  ChangeFeed feed({});
  FeedChange other = Of("other");
  other.tenant = "globex";
  feed.Publish({Of("of ann", "ann"), Of("of ben", "ben"), Of("of nobody"), other});
  EXPECT_EQ(LeadsIn(feed.Read({"acme", "ann"}, 0u, 10, kNow)), Leads({"of ann", "of nobody"}));
  EXPECT_EQ(LeadsIn(feed.Read({"acme", {}}, 0u, 10, kNow)), Leads({"of ann", "of ben", "of nobody"}));
  EXPECT_EQ(LeadsIn(feed.Read({"globex", "ann"}, 0u, 10, kNow)), Leads({"other"}));
  // It also passes changes that the caller may not see.
  EXPECT_EQ(feed.Read({"acme", "ann"}, 0u, 10, kNow).next, 4u);
}

TEST(ChangeFeedTest, TellsTheAgentWhoLosesALeadItsIdAlone) {
  ChangeFeed feed({});
  FeedChange moved = Of("m", "ben"), taken = Of("t", "ben");
  moved.audience.agent_before = "ann";
  taken.audience.agent_before = "";  // every agent saw it
  feed.Publish({moved, taken});
  EXPECT_EQ(LeadsIn(feed.Read({"acme", "ann"}, 0u, 10, kNow)), Leads({"m left", "t left"}));
  EXPECT_EQ(LeadsIn(feed.Read({"acme", "ben"}, 0u, 10, kNow)), Leads({"m", "t"}));
  EXPECT_EQ(LeadsIn(feed.Read({"acme", "eve"}, 0u, 10, kNow)), Leads({"t left"}));
}

FeedChange UpdateOf(const std::string& lead, const std::string& agent = "") {
  FeedChange update = Of(lead, agent);
  update.type = "CONTACT_TOUCHED";
  update.is_update = true;
  return update;
}

TEST(ChangeFeedTest, HasUpdatesForThoseWhoWantThem) {
  ChangeFeed feed({});
  FeedChange other = UpdateOf("other"), taken = UpdateOf("t", "ben");
  other.tenant = "globex";
  taken.audience.agent_before = "ann";
  feed.Publish({UpdateOf("of ann", "ann"), UpdateOf("of ben", "ben"), other, taken});
  EXPECT_EQ(LeadsIn(feed.Read({"acme", {}}, 0u, 10, kNow)), Leads());
  EXPECT_EQ(LeadsIn(feed.Read({"acme", "ann"}, 0u, 10, kNow)), Leads());
  EXPECT_EQ(feed.Read({"acme", {}}, 0u, 10, kNow).next, 4u);
  EXPECT_EQ(LeadsIn(feed.Read({"acme", {}, true}, 0u, 10, kNow)), Leads({"of ann", "of ben", "t"}));
  EXPECT_EQ(LeadsIn(feed.Read({"acme", "ann", true}, 0u, 10, kNow)), Leads({"of ann", "t left"}));
}

FeedChange TouchOf(const std::string& lead) {
  FeedChange touch = Of(lead);
  touch.is_touch = true;
  return touch;
}

TEST(ChangeFeedTest, HasTouchesInTheirPlaceForThoseWhoWantThem) {
  ChangeFeed feed({});
  feed.Publish({Of("a"), TouchOf("b"), UpdateOf("c"), TouchOf("d")});
  feed.Publish({TouchOf("e"), Of("f"), TouchOf("g")});
  const FeedCaller all{"acme", {}, true, true}, changes{"acme", {}};
  EXPECT_EQ(LeadsIn(feed.Read(all, 0u, 10, kNow)), Leads({"a", "b", "c", "d", "e", "f", "g"}));
  EXPECT_EQ(LeadsIn(feed.Read({"acme", {}, true}, 0u, 10, kNow)), Leads({"a", "c", "f"}));
  EXPECT_EQ(LeadsIn(feed.Read(changes, 0u, 10, kNow)), Leads({"a", "f"}));
  EXPECT_EQ(feed.Read(changes, 0u, 10, kNow).next, 7u);
  const FeedPage two = feed.Read(all, 1u, 2, kNow);
  EXPECT_EQ(LeadsIn(two), Leads({"b", "c"}));
  EXPECT_TRUE(two.more);
  EXPECT_EQ(LeadsIn(feed.Read(all, two.next, 10, kNow)), Leads({"d", "e", "f", "g"}));
}

// However many leads are touched, no change is lost.
TEST(ChangeFeedTest, OldTouchesGoWithoutAReset) {
  ChangeFeed feed({.changes = 3, .touches = 2});
  feed.Publish({Of("a"), TouchOf("b"), TouchOf("c"), TouchOf("d"), TouchOf("e"), Of("f")});
  const FeedPage page = feed.Read({"acme", {}, true, true}, 0u, 10, kNow);
  EXPECT_FALSE(page.reset);
  EXPECT_EQ(LeadsIn(page), Leads({"a", "d", "e", "f"}));
}

TEST(ChangeFeedTest, TouchesAreWantedForAWhileAfterARead) {
  ChangeFeed feed({});
  (void)feed.Read({"acme", {}, true}, {}, 1, kNow);
  EXPECT_TRUE(feed.IsFollowed(kNow));
  EXPECT_FALSE(feed.WantsTouches(kNow));
  (void)feed.Read({"acme", {}, true, true}, {}, 1, kNow);
  EXPECT_TRUE(feed.WantsTouches(kNow));
  EXPECT_FALSE(feed.WantsTouches(kNow + std::chrono::minutes(2)));
}

TEST(ChangeFeedTest, TellsOnceThatALeadIsGone) {
  ChangeFeed feed({});
  FeedChange moved = Of("m", "ben"), other = Of("n", "ben");
  moved.audience.agent_before = other.audience.agent_before = "ann";
  feed.Publish({moved, moved, other, moved});
  EXPECT_EQ(LeadsIn(feed.Read({"acme", "ann"}, 0u, 10, kNow)), Leads({"m left", "n left", "m left"}));
  EXPECT_EQ(LeadsIn(feed.Read({"acme", "ben"}, 0u, 10, kNow)), Leads({"m", "m", "n", "m"}));
}

TEST(ChangeFeedTest, ShowsAgentsNoLeadThatIsNone) {
  ChangeFeed feed({});
  FeedChange merged = Of("merged"), unknown = Of("unknown");
  merged.audience = {std::nullopt, ""};
  unknown.audience = {};
  feed.Publish({merged, unknown});
  EXPECT_EQ(LeadsIn(feed.Read({"acme", "ann"}, 0u, 10, kNow)), Leads({"merged left"}));
  EXPECT_EQ(LeadsIn(feed.Read({"acme", {}}, 0u, 10, kNow)), Leads({"merged", "unknown"}));
}

TEST(ChangeFeedTest, IsFollowedForAWhileAfterARead) {
  ChangeFeed feed({});
  EXPECT_FALSE(feed.IsFollowed(kNow));
  (void)feed.Read({"acme", {}}, {}, 10, kNow);
  EXPECT_TRUE(feed.IsFollowed(kNow + std::chrono::seconds(59)));
  EXPECT_FALSE(feed.IsFollowed(kNow + std::chrono::seconds(60)));
}

// Workers publish and skip concurrently; a subscriber has each worker's changes in order, and all changes after a
// reset.
TEST(ChangeFeedTest, TakesChangesFromSeveralWorkers) {
  constexpr int kWorkers = 3, kEach = 2'000;
  ChangeFeed feed({.bytes = 64 << 20, .changes = 100'000, .looked_at = 100});
  FeedPosition after = feed.Read({"acme", {}}, {}, 10, kNow).next;
  std::vector<std::thread> workers;
  for (int worker = 0; worker < kWorkers; ++worker) {
    workers.emplace_back([&feed, worker] {
      for (int i = 0; i < kEach; ++i) {
        if (feed.IsFollowed(kNow) && feed.Reserve(10)) feed.Release(10);
        if (i % 10 == worker) feed.Skip();
        feed.Publish({Of(std::to_string(worker) + " " + std::to_string(i))});
      }
    });
  }
  std::vector<int> next(kWorkers);
  int left = kWorkers * kEach;
  while (left > 0) {
    const FeedPage page = feed.Read({"acme", {}}, after, 50, kNow);
    for (const FeedEvent& event : page.events) {
      const size_t worker = std::stoul(event.lead.substr(0, 1));
      EXPECT_EQ(std::stoi(event.lead.substr(2)), next[worker]++);
    }
    left -= static_cast<int>(page.events.size());
    after = page.next;
  }
  for (std::thread& worker : workers) worker.join();
}

TEST(ChangeFeedTest, KeepsWithinItsBytes) {
  ChangeFeed feed({.bytes = 10'000, .changes = 100, .looked_at = 100});
  FeedChange large = Of("large");
  large.json.assign(6'000, 'x');
  feed.Publish({large, large});
  EXPECT_TRUE(feed.Read({"acme", {}}, 0u, 10, kNow).reset);
  EXPECT_EQ(feed.Read({"acme", {}}, 1u, 10, kNow).events.size(), 1u);
  large.json.assign(20'000, 'x');
  feed.Publish({large});  // longer than the limit of the feed
  EXPECT_TRUE(feed.Read({"acme", {}}, 2u, 10, kNow).reset);
  EXPECT_FALSE(feed.Read({"acme", {}}, 3u, 10, kNow).reset);
}

// The changes that a subscriber for ann may expect.
class Expectation {
 public:
  enum Made { kOfAnn, kOfBen, kGap };

  explicit Expectation(bool keeps_all) : keeps_all_(keeps_all) {}
  size_t Make(Made made) {
    made_.push_back(made);
    return made_.size() - 1;
  }
  void Reset() {
    // The feed has all changes, so there is a gap, and nothing before it was lost.
    if (keeps_all_ && !is_reset_) {
      EXPECT_EQ(CountOfAnn(next_, Find(next_, kGap)), 0);
    }
    EXPECT_TRUE(!keeps_all_ || Find(next_, kGap) < made_.size());
    is_reset_ = true;
  }
  // Expects the change with this `index`, or the end.
  void Reach(size_t index) {
    ASSERT_LE(next_, index);
    if (!is_reset_) {
      EXPECT_GE(Find(next_, kGap), index) << "a gap without a reset";
    }
    size_t begin = next_;
    if (is_reset_ && !keeps_all_) begin = index;
    // Nothing is lost after the last gap.
    while (is_reset_ && keeps_all_ && Find(begin, kGap) < index) begin = Find(begin, kGap) + 1;
    EXPECT_EQ(CountOfAnn(begin, index), 0);
    next_ = index + 1;
    is_reset_ = false;
  }
  size_t size() const { return made_.size(); }
  void EndWalk() {
    Reach(size());
    next_ = size();
  }

 private:
  size_t Find(size_t begin, Made made) const {
    return static_cast<size_t>(std::find(made_.begin() + static_cast<std::ptrdiff_t>(begin), made_.end(), made) -
                               made_.begin());
  }
  int64_t CountOfAnn(size_t begin, size_t end) const {
    return std::count(made_.begin() + static_cast<std::ptrdiff_t>(begin),
                      made_.begin() + static_cast<std::ptrdiff_t>(end), kOfAnn);
  }

  const bool keeps_all_;
  std::vector<Made> made_;
  size_t next_ = 0;  // the subscriber has passed those before
  bool is_reset_ = false;
};

// Random calls to publish, skip and read: between resets a subscriber gets each change once, in order. A gap removes
// nothing that was published before or after it.
TEST(ChangeFeedTest, LosesNothingAndRepeatsNothingWithoutAReset) {
  for (uint32_t seed = 0; seed < 300 && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const bool keeps_all = seed % 2 == 0;
    ChangeFeed feed(
        {.bytes = 1 << 20, .changes = keeps_all ? 10'000 : 1 + random() % 40, .looked_at = 1 + random() % 9});
    Expectation expected(keeps_all);
    FeedPosition after = feed.Read({"acme", "ann"}, {}, 10, kNow).next;
    for (int step = 0; step < 200; ++step) {
      if (random() % 20 == 0) {
        feed.Skip();
        expected.Make(Expectation::kGap);
      }
      std::vector<FeedChange> epoch;
      for (size_t i = random() % 6; i > 0; --i) {
        const bool is_of_ann = random() % 2 == 0;
        const size_t index = expected.Make(is_of_ann ? Expectation::kOfAnn : Expectation::kOfBen);
        epoch.push_back(Of(std::to_string(index), is_of_ann ? "ann" : "ben"));
      }
      feed.Publish(std::move(epoch));
      if (random() % 2 == 0) continue;
      FeedPage page;
      do {
        page = feed.Read({"acme", "ann"}, after, 1 + random() % 5, kNow);
        if (page.reset) expected.Reset();
        for (const FeedEvent& event : page.events) expected.Reach(std::stoul(event.lead));
        after = page.next;
      } while (page.more);
      expected.EndWalk();
    }
  }
}

}  // namespace
}  // namespace leadpulse::pipeline::change_feed_test
