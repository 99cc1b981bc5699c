// The lag of a group against a real broker.
#include "processor/kafka/client/rdkafka_group_lag.h"

#include <thread>

#include "tests/kafka/worker_place.h"

namespace leadpulse::kafka {
namespace {

// Otherwise `leadpulse replay --max-lag 0` would wait forever.
TEST(GroupLagTest, MarkersOfTransactionsDoNotCount) {
  KafkaByHand kafka(TestBroker());
  const TopicNames topics = kafka.CreateTopics(1);
  const ConnectionOptions options = PlaceIn(TestBroker(), topics);
  kafka.WriteNumbers(topics.events, 0, 0, 3);
  for (const bool commits : {true, false}) {
    TransactionByHand writer(TestBroker(), UniqueName("writer"));
    writer.Write(topics.events, 0, "k", "v");
    commits ? writer.Commit() : writer.Abort();
  }
  const std::unique_ptr<GroupLag> group = Must(WatchGroupLag(options));
  const auto lag_after = [&](int64_t next, uint64_t enough) {
    kafka.CommitOffset(options.application, topics.events, 0, next);
    return Must(group->Ask(enough));
  };
  // Offsets: three records, one of a transaction and its marker, an aborted one and its marker.
  const auto deadline = MonotonicNow() + milliseconds(10'000);
  while (lag_after(0, 100) < 7 && MonotonicNow() < deadline) std::this_thread::sleep_for(milliseconds(20));
  EXPECT_EQ(lag_after(3, 0), 4U);
  EXPECT_EQ(lag_after(4, 0), 0U);
  EXPECT_EQ(lag_after(4, 3), 3U);
}

}  // namespace
}  // namespace leadpulse::kafka
