#include "processor/pipeline/change_feed.h"

#include <gtest/gtest.h>

#include <chrono>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace leadpulse::pipeline::change_feed_test {
namespace {

constexpr ChangeFeed::TimePoint kNow{};

FeedChange Of(const std::string& lead, const std::string& agent = "") {
  return {.tenant = "acme", .lead = lead, .agent = agent, .agent_before = {}, .json = "{\"leadId\":\"" + lead + "\"}"};
}

std::vector<std::string> LeadsIn(const FeedPage& page) {
  std::vector<std::string> leads;
  for (const FeedEvent& event : page.events) leads.push_back(event.lead + (event.json ? "" : " left"));
  return leads;
}

using Leads = std::vector<std::string>;

TEST(ChangeFeedTest, BeginsAtTheEndAndGoesOnAfterAnId) {
  ChangeFeed feed("r1", {});
  feed.Publish({Of("a")});
  const FeedPage begin = feed.Read({"acme", {}}, "", 10, kNow);
  EXPECT_FALSE(begin.reset);
  EXPECT_EQ(LeadsIn(begin), Leads());
  feed.Publish({Of("b"), Of("c"), Of("d")});
  const FeedPage two = feed.Read({"acme", {}}, begin.next, 2, kNow);
  EXPECT_EQ(LeadsIn(two), Leads({"b", "c"}));
  EXPECT_EQ(two.events.back().id, two.next);
  EXPECT_EQ(LeadsIn(feed.Read({"acme", {}}, two.events.front().id, 10, kNow)), Leads({"c", "d"}));
}

TEST(ChangeFeedTest, ResetsAnIdThatItCannotContinue) {
  ChangeFeed feed("r1", {.bytes = 1 << 20, .changes = 2, .looked_at = 100});
  feed.Publish({Of("a"), Of("b"), Of("c")});
  for (const char* id : {"r1-0", "r1-4", "r0-3", "r12-3", "r1", "r1-", "r1-3x", "r1--1", "-", "x"}) {
    const FeedPage page = feed.Read({"acme", {}}, id, 10, kNow);
    EXPECT_TRUE(page.reset) << id;
    EXPECT_TRUE(page.events.empty()) << id;
    EXPECT_EQ(page.next, "r1-3") << id;
  }
  EXPECT_EQ(LeadsIn(feed.Read({"acme", {}}, "r1-1", 10, kNow)), Leads({"b", "c"}));
}

TEST(ChangeFeedTest, ResetsAfterChangesThatNobodyCollected) {
  ChangeFeed feed("r1", {});
  feed.Publish({Of("a")});
  feed.Skip();
  feed.Publish({Of("b")});
  EXPECT_TRUE(feed.Read({"acme", {}}, "r1-0", 10, kNow).reset);
  EXPECT_TRUE(feed.Read({"acme", {}}, "r1-1", 10, kNow).reset);
  EXPECT_EQ(LeadsIn(feed.Read({"acme", {}}, "r1-2", 10, kNow)), Leads({"b"}));
}

TEST(ChangeFeedTest, ShowsNothingOfOtherTenantsAndAgents) {
  ChangeFeed feed("r1", {});
  FeedChange other = Of("other");
  other.tenant = "globex";
  feed.Publish({Of("of ann", "ann"), Of("of ben", "ben"), Of("of nobody"), other});
  EXPECT_EQ(LeadsIn(feed.Read({"acme", "ann"}, "r1-0", 10, kNow)), Leads({"of ann", "of nobody"}));
  EXPECT_EQ(LeadsIn(feed.Read({"acme", {}}, "r1-0", 10, kNow)), Leads({"of ann", "of ben", "of nobody"}));
  EXPECT_EQ(LeadsIn(feed.Read({"globex", "ann"}, "r1-0", 10, kNow)), Leads({"other"}));
  // It also goes past those that the caller may not see.
  EXPECT_EQ(feed.Read({"acme", "ann"}, "r1-0", 10, kNow).next, "r1-4");
}

TEST(ChangeFeedTest, TellsTheAgentWhoLosesALeadItsIdAlone) {
  ChangeFeed feed("r1", {});
  FeedChange moved = Of("m", "ben"), taken = Of("t", "ben");
  moved.agent_before = "ann";
  taken.agent_before = "";  // everybody saw it
  feed.Publish({moved, taken});
  EXPECT_EQ(LeadsIn(feed.Read({"acme", "ann"}, "r1-0", 10, kNow)), Leads({"m left", "t left"}));
  EXPECT_EQ(LeadsIn(feed.Read({"acme", "ben"}, "r1-0", 10, kNow)), Leads({"m", "t"}));
  EXPECT_EQ(LeadsIn(feed.Read({"acme", "eve"}, "r1-0", 10, kNow)), Leads({"t left"}));
}

TEST(ChangeFeedTest, IsFollowedForAWhileAfterARead) {
  ChangeFeed feed("r1", {});
  EXPECT_FALSE(feed.IsFollowed(kNow));
  (void)feed.Read({"acme", {}}, "", 10, kNow);
  EXPECT_TRUE(feed.IsFollowed(kNow + std::chrono::seconds(59)));
  EXPECT_FALSE(feed.IsFollowed(kNow + std::chrono::seconds(60)));
}

TEST(ChangeFeedTest, KeepsWithinItsBytes) {
  ChangeFeed feed("r1", {.bytes = 10'000, .changes = 100, .looked_at = 100});
  FeedChange large = Of("large");
  large.json.assign(6'000, 'x');
  feed.Publish({large, large});
  EXPECT_TRUE(feed.Read({"acme", {}}, "r1-0", 10, kNow).reset);
  EXPECT_EQ(feed.Read({"acme", {}}, "r1-1", 10, kNow).events.size(), 1u);
  large.json.assign(20'000, 'x');
  feed.Publish({large});  // longer than all that it may have
  EXPECT_TRUE(feed.Read({"acme", {}}, "r1-2", 10, kNow).reset);
  EXPECT_FALSE(feed.Read({"acme", {}}, "r1-3", 10, kNow).reset);
}

// Whatever is published, skipped and read: between resets a subscriber gets each change once, in order.
TEST(ChangeFeedTest, LosesNothingAndRepeatsNothingWithoutAReset) {
  for (uint32_t seed = 0; seed < 200; ++seed) {
    std::mt19937 random(seed);
    ChangeFeed feed("r1", {.bytes = 1 << 20, .changes = 1 + random() % 40, .looked_at = 1 + random() % 10});
    std::vector<int> published;  // the agent of each: 0 ann, 1 ben
    size_t expected = 0;         // the first change that the subscriber has not passed
    std::string after = feed.Read({"acme", "ann"}, "", 10, kNow).next;
    for (int step = 0; step < 200; ++step) {
      if (random() % 20 == 0) feed.Skip();
      std::vector<FeedChange> epoch;
      for (size_t i = random() % 6; i > 0; --i) {
        epoch.push_back(Of(std::to_string(published.size()), random() % 2 == 0 ? "ann" : "ben"));
        published.push_back(epoch.back().agent == "ben");
      }
      feed.Publish(std::move(epoch));
      if (random() % 2 == 0) continue;
      FeedPage page;
      do {
        page = feed.Read({"acme", "ann"}, after, 1 + random() % 5, kNow);
        if (page.reset) expected = published.size();
        for (const FeedEvent& event : page.events) {
          while (expected < published.size() && published[expected] == 1) ++expected;
          ASSERT_EQ(event.lead, std::to_string(expected)) << "seed " << seed;
          ++expected;
        }
      } while (std::exchange(after, page.next) != page.next);
      while (expected < published.size() && published[expected] == 1) ++expected;
      ASSERT_EQ(expected, published.size()) << "seed " << seed;
    }
  }
}

}  // namespace
}  // namespace leadpulse::pipeline::change_feed_test
