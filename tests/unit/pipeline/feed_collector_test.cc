#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "processor/base/clock.h"
#include "processor/pipeline/change_feed.h"

namespace leadpulse::pipeline::feed_collector_test {
namespace {

class FeedCollectorTest : public ::testing::Test {
 protected:
  void Follow(ChangeFeed* feed) { (void)feed->Read({"acme", {}}, {}, 1, clock_.Monotonic()); }

  static void Append(const std::string& lead, const std::string& agent, engine::ChangeList* changes) {
    codec::Change& change = changes->Append();
    change = {};
    change.key = {"acme", lead};
    change.seq = {7};
    change.kind = codec::ChangeKind::kTierChanged;
    change.from = "cold";
    change.to = "hot";
    change.cause = {codec::CauseKind::kCommand, "order-17"};
    changes->latest_audience() = {agent, {}};
  }
  static engine::ChangeList Some() {
    engine::ChangeList changes;
    Append("a", "ann", &changes);
    Append("b", "", &changes);
    return changes;
  }

  SystemClock clock_;
};

TEST_F(FeedCollectorTest, HasTheLinesAndAudiencesOfTheChanges) {
  ChangeFeed feed({});
  Follow(&feed);
  FeedCollector collector(&feed, &clock_);
  collector.Add(Some());
  const CollectedChanges taken = collector.Take();
  ASSERT_TRUE(taken.has_value());
  ASSERT_EQ(taken->size(), 2u);
  const FeedChange& first = taken->front();
  EXPECT_EQ(first.tenant, "acme");
  EXPECT_EQ(first.lead, "a");
  EXPECT_EQ(first.audience.agent, "ann");
  EXPECT_EQ(first.type, "TIER_CHANGED");
  EXPECT_TRUE(first.json.starts_with('{') && first.json.ends_with('}')) << first.json;
  EXPECT_NE(first.json.find("\"to\":\"hot\""), std::string::npos) << first.json;
  // The next epoch starts empty.
  EXPECT_EQ(collector.Take()->size(), 0u);
}

TEST_F(FeedCollectorTest, HidesTheCauseFromAgents) {
  ChangeFeed feed({});
  Follow(&feed);
  FeedCollector collector(&feed, &clock_);
  engine::ChangeList changes = Some();
  changes.latest_audience().hides_cause = true;
  collector.Add(changes);
  PublishCollected(collector.Take(), &feed);
  const auto ids = [&](const FeedCaller& caller) {
    std::vector<bool> has_id;
    for (const FeedEvent& event : feed.Read(caller, 0u, 10, clock_.Monotonic()).events) {
      has_id.push_back(event.json->find("order-17") != std::string::npos);
    }
    return has_id;
  };
  EXPECT_EQ(ids({"acme", {}}), std::vector<bool>({true, true}));
  EXPECT_EQ(ids({"acme", "ann"}), std::vector<bool>({true, false}));
}

TEST_F(FeedCollectorTest, HasUpdatesWithTheVersionAlone) {
  ChangeFeed feed({});
  Follow(&feed);
  FeedCollector collector(&feed, &clock_);
  EXPECT_TRUE(collector.Collects());
  collector.Add(std::vector<engine::LeadUpdate>{{{"acme", "a"}, {"ben", "ann"}, "0123456789abcdef"}});
  const CollectedChanges taken = collector.Take();
  ASSERT_EQ(taken->size(), 1u);
  const FeedChange& update = taken->front();
  EXPECT_EQ(update.tenant, "acme");
  EXPECT_EQ(update.lead, "a");
  EXPECT_EQ(update.audience.agent, "ben");
  EXPECT_EQ(update.audience.agent_before, "ann");
  EXPECT_TRUE(update.is_update);
  EXPECT_EQ(update.type, "CONTACT_TOUCHED");
  EXPECT_EQ(update.json, R"({"tenantId":"acme","leadId":"a","version":"0123456789abcdef","agentId":"ben"})");
}

TEST_F(FeedCollectorTest, TellsOnceAnEpochThatEventsHaveTouchedALead) {
  ChangeFeed feed({.bytes = 1});
  Follow(&feed);
  FeedCollector collector(&feed, &clock_);
  EXPECT_FALSE(collector.CollectsTouches());
  EXPECT_TRUE(collector.Take().has_value());
  (void)feed.Read({"acme", {}, true, true}, {}, 1, clock_.Monotonic());
  for (int epoch = 0; epoch < 2; ++epoch) {
    EXPECT_TRUE(collector.CollectsTouches());
    const engine::LeadUpdate touch{{"acme", "a"}, {"ben", {}}, ""};
    collector.Add(std::vector<engine::LeadUpdate>{touch, touch});
    const CollectedChanges taken = collector.Take();
    ASSERT_TRUE(taken.has_value()) << "touches take no room from changes";
    ASSERT_EQ(taken->size(), 1u);
    EXPECT_TRUE(taken->front().is_touch);
    EXPECT_EQ(taken->front().json, R"({"tenantId":"acme","leadId":"a"})");
  }
}

TEST_F(FeedCollectorTest, AnUpdateThatNobodyWantedIsAGap) {
  ChangeFeed feed({});
  FeedCollector collector(&feed, &clock_);
  EXPECT_FALSE(collector.Collects());
  Follow(&feed);
  EXPECT_FALSE(collector.Collects()) << "not in the middle of an epoch";
  EXPECT_FALSE(collector.Take().has_value());
  EXPECT_TRUE(collector.Collects());
  EXPECT_TRUE(collector.Take().has_value());
}

TEST_F(FeedCollectorTest, AnEpochThatBeganUnfollowedIsAGap) {
  ChangeFeed feed({});
  FeedCollector collector(&feed, &clock_);
  EXPECT_TRUE(collector.Take().has_value());  // without changes there is no gap
  collector.Add(Some());
  Follow(&feed);
  collector.Add(Some());
  EXPECT_FALSE(collector.Take().has_value());
  collector.Add(Some());
  EXPECT_TRUE(collector.Take().has_value());
}

TEST_F(FeedCollectorTest, GivesUpAnEpochThatIsTooLarge) {
  ChangeFeed feed({.bytes = 1'000, .changes = 10, .looked_at = 10});
  Follow(&feed);
  {
    FeedCollector large(&feed, &clock_);
    for (int i = 0; i < 10; ++i) large.Add(Some());
    EXPECT_FALSE(large.Take().has_value());
    large.Add(Some());  // there is room again
    EXPECT_TRUE(large.Take().has_value());
    large.Add(Some());  // dropped with the collector
  }
  EXPECT_TRUE(feed.Reserve(1'000));
}

TEST_F(FeedCollectorTest, PublishesOrSkips) {
  ChangeFeed feed({});
  Follow(&feed);
  FeedCollector collector(&feed, &clock_);
  collector.Add(Some());
  PublishCollected(collector.Take(), &feed);
  EXPECT_EQ(feed.Read({"acme", {}}, 0u, 10, clock_.Monotonic()).events.size(), 2u);
  PublishCollected(std::nullopt, &feed);
  EXPECT_TRUE(feed.Read({"acme", {}}, 2u, 10, clock_.Monotonic()).reset);
}

TEST_F(FeedCollectorTest, NobodyFollowsWithoutAFeed) {
  FeedCollector collector(nullptr, &clock_);
  collector.Add(Some());
  EXPECT_EQ(collector.Take()->size(), 0u);
}

}  // namespace
}  // namespace leadpulse::pipeline::feed_collector_test
