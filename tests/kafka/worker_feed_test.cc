// The worker's output to the feed of changes.
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "schemas/codec/published_change.h"
#include "tests/kafka/published.h"
#include "tests/kafka/simulated_worker_fixture.h"

namespace leadpulse::testing::worker_feed_test {

constexpr PartitionId kPartition{0};

using Lines = std::vector<std::string>;

// Sorts the lines by lead; each lead's lines stay in order.
Lines ByLead(Lines lines) {
  std::ranges::stable_sort(lines, {}, [](const std::string& line) { return line.substr(line.find(' ')); });
  return lines;
}

SimulatedClusterOptions ClusterOptions() {
  SimulatedClusterOptions options;
  options.partitions = 1;
  options.session_timeout = std::chrono::hours(1);  // librdkafka's own thread keeps the session
  return options;
}

class WorkerFeedTest : public OneWorkerTest {
 protected:
  WorkerFeedTest() : OneWorkerTest(ClusterOptions()) {}
  void SetUp() override {
    OneWorkerTest::SetUp();
    cluster.set_observer(&trace);
    Start();
    RunUntilReady(process.get());
    after = feed().Read({"t", {}}, {}, 1, clock.Monotonic()).next;
  }

  pipeline::ChangeFeed& feed() { return process->feed(); }
  void RunUntil(uint64_t events) {
    for (int round = 0; round < 1000 && process->Sum(&kafka::WorkerMetrics::events) < events; ++round) Round();
    ASSERT_EQ(process->Sum(&kafka::WorkerMetrics::events), events);
  }
  // Returns a subscriber's news: `reset`, or the kind of a change and its lead.
  Lines News() {
    Lines lines;
    bool more = true;
    while (more) {
      const pipeline::FeedPage page = feed().Read({"t", {}}, after, 10, clock.Monotonic());
      if (page.reset) lines.emplace_back("reset");
      for (const pipeline::FeedEvent& event : page.events) lines.push_back(std::string(event.type) + " " + event.lead);
      after = page.next;
      more = page.more;
    }
    return lines;
  }
  // Returns the same for the topic.
  Lines Published() {
    std::string problem;
    Lines lines;
    for (const PublishedChange& one : ReadPublished(&cluster, &problem).changes) {
      lines.push_back(v1::Change::Kind_Name(one.change.kind()) + " " + one.change.lead_id());
    }
    EXPECT_EQ(problem, "");
    return lines;
  }

  std::optional<pipeline::FeedPosition> after;
};

TEST_F(WorkerFeedTest, PublishesWhatIsCommitted) {
  AppendOpen(kPartition, "ann", "1");
  AppendOpen(kPartition, "ben", "2");
  RunUntil(2);
  const Lines news = News();
  EXPECT_FALSE(news.empty());
  EXPECT_EQ(ByLead(news), ByLead(Published()));
  AppendOpen(kPartition, "ann", "3");
  RunUntil(3);
  Lines all = news;
  for (const std::string& line : News()) all.push_back(line);
  EXPECT_EQ(ByLead(all), ByLead(Published()));
}

TEST_F(WorkerFeedTest, PublishesNothingBeforeTheCommit) {
  size_t looks = 0;
  cluster.set_hook([&](const PortCall& call) {
    if (call.name != "Commit") return;
    ++looks;
    EXPECT_EQ(News(), Lines());
  });
  AppendOpen(kPartition, "ann", "1");
  RunUntil(1);
  cluster.set_hook(nullptr);
  EXPECT_GT(looks, 0u);
  EXPECT_FALSE(News().empty());
}

// Another member of the group may have had the partition meanwhile, or the last commit may have succeeded despite its
// error.
TEST_F(WorkerFeedTest, APartitionThatComesBackIsAGap) {
  MemberIdentity nobody{"instance-0-0"};
  ASSERT_EQ(cluster.group().Join(&nobody), GroupReply::kOk);
  Round();
  ASSERT_FALSE(process->is_ready());
  RunUntilReady(process.get());
  EXPECT_EQ(News(), Lines({"reset"}));
  AppendOpen(kPartition, "ann", "1");
  RunUntil(1);
  EXPECT_EQ(News(), Published());
}

// A lead has no published changes after a restore, so the last changes before a kill may be missing.
TEST_F(WorkerFeedTest, TheStateHasThePublishedChanges) {
  const auto kept = [this] {
    Lines lines;
    for (const char* lead : {"ann", "ben"}) {
      const LeadKey key{"t", lead};
      const auto row = store->GetPublished(kPartition, EncodeLeadKey(key));
      const auto published = codec::ReadPublishedChanges(key, row->value_or(""));
      for (const codec::PublishedChange& one : *published) {
        lines.push_back(std::string(codec::ChangeKindName(one.change.kind)) + " " + lead);
      }
    }
    return lines;
  };
  AppendOpen(kPartition, "ann", "1");
  AppendOpen(kPartition, "ben", "2");
  RunUntil(2);
  ASSERT_TRUE(process->WriteOut().ok());
  EXPECT_EQ(kept(), ByLead(Published()));
  Kill();
  Start();
  RunUntilReady(process.get());
  AppendOpen(kPartition, "ann", "3");
  RunUntil(1);
  ASSERT_TRUE(process->WriteOut().ok());
  EXPECT_EQ(kept(), ByLead(Published()));
}

TEST_F(WorkerFeedTest, AnEpochThatNobodyFollowedIsAGap) {
  cluster.AdvanceTime(std::chrono::minutes(5));
  AppendOpen(kPartition, "ann", "1");
  RunUntil(1);
  EXPECT_EQ(News(), Lines({"reset"}));
}

}  // namespace leadpulse::testing::worker_feed_test
