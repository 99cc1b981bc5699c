// Support for tests of the Kafka clients: topics and names for each test, and a listener for its consumer.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "processor/base/clock.h"
#include "processor/kafka/client/rdkafka_connection.h"
#include "tests/kafka/kafka_by_hand.h"

namespace leadpulse::kafka {

using std::chrono::milliseconds;

inline constexpr uint64_t kMany = 100'000;  // records: a poll gives what there is

inline std::string TestBroker() {
  const char* address = std::getenv("LEADPULSE_KAFKA");
  if (address == nullptr) {
    ADD_FAILURE() << "LEADPULSE_KAFKA names no broker; tests/kafka/with_broker.py starts one and runs this program";
    std::exit(1);
  }
  return address;
}

// Returns the settings of a worker in a group of its own.
inline ConnectionOptions PlaceIn(const std::string& bootstrap_servers, const TopicNames& topics) {
  ConnectionOptions options;
  options.bootstrap_servers = bootstrap_servers;
  options.application = UniqueName("group");
  options.transactional_id = UniqueName("worker");
  options.topics = topics;
  return options;
}

template <typename T>
T Must(Result<T> result) {
  if (!result.ok()) {
    ADD_FAILURE() << result.status().message();
    std::abort();
  }
  return std::move(*result);
}

inline std::unique_ptr<Connection> Connect(const ConnectionOptions& options) { return Must(ConnectToKafka(options)); }

// A listener that records its calls and runs the test's callbacks.
class Ears : public RebalanceListener {
 public:
  void OnAssigned(const std::vector<PartitionId>& partitions) override {
    assigned = partitions;
    heard.emplace_back("assigned");
    if (on_assigned) on_assigned();
  }
  void OnRevoked(const std::vector<PartitionId>& partitions) override { Lose("revoked", partitions); }
  void OnLost(const std::vector<PartitionId>& partitions) override { Lose("lost", partitions); }

  std::vector<PartitionId> assigned;  // now
  std::vector<PartitionId> taken;     // last
  std::vector<std::string> heard;
  std::function<void()> on_assigned;
  std::function<void()> on_taken;

 private:
  void Lose(const std::string& how, const std::vector<PartitionId>& partitions) {
    heard.push_back(how);
    taken = partitions;
    if (on_taken) on_taken();
    assigned.clear();
  }
};

// A record that outlives its poll.
struct StoredRecord {
  InputTopic topic;
  uint32_t partition;
  int64_t offset;
  std::string key;
  std::string value;
  friend bool operator==(const StoredRecord&, const StoredRecord&) = default;
};

inline std::vector<StoredRecord> Keep(const std::vector<InputRecord>& records) {
  std::vector<StoredRecord> kept;
  for (const InputRecord& r : records) {
    kept.push_back({r.topic, r.partition.value, r.offset, std::string(r.key), std::string(r.value)});
  }
  return kept;
}

// Calls FetchFrom again while its error is retriable: librdkafka may still be busy with an earlier call.
inline void FetchSoon(InputConsumer* consumer, PartitionId partition, const InputOffsets& offsets,
                      const LookBack& look_back = {}) {
  const auto deadline = MonotonicNow() + milliseconds(20'000);
  Status status = consumer->FetchFrom(partition, offsets, look_back);
  while (!status.ok() && status.kind() == ErrorKind::kRetriable && MonotonicNow() < deadline) {
    status = consumer->FetchFrom(partition, offsets, look_back);
  }
  ASSERT_TRUE(status.ok()) << status.message();
}

// Polls until `done`, or for `timeout`; returns the records. A fatal error fails the test.
inline std::vector<StoredRecord> PollUntil(InputConsumer* consumer, Ears* ears,
                                           const std::function<bool(const std::vector<StoredRecord>&)>& done,
                                           milliseconds timeout = milliseconds(30'000)) {
  std::vector<StoredRecord> all;
  std::vector<InputRecord> records;
  const auto deadline = MonotonicNow() + timeout;
  while (!done(all) && MonotonicNow() < deadline) {
    const size_t heard = ears->heard.size();
    const Status status = consumer->Poll(milliseconds(50), kMany, ears, &records);
    if (!status.ok() && status.kind() == ErrorKind::kFatal) {
      ADD_FAILURE() << status.message();
      break;
    }
    EXPECT_TRUE(ears->heard.size() == heard || records.empty()) << "a poll that called the listener returned records";
    for (StoredRecord& record : Keep(records)) all.push_back(std::move(record));
  }
  return all;
}

inline void PollUntilAssigned(InputConsumer* consumer, Ears* ears, size_t count) {
  PollUntil(consumer, ears, [&](const auto&) { return ears->assigned.size() == count; });
  ASSERT_EQ(ears->assigned.size(), count);
}

inline std::vector<StoredRecord> PollFor(InputConsumer* consumer, Ears* ears, milliseconds time) {
  return PollUntil(
      consumer, ears, [](const auto&) { return false; }, time);
}

inline std::vector<int64_t> OffsetsOf(const std::vector<StoredRecord>& records, InputTopic topic, uint32_t partition) {
  std::vector<int64_t> offsets;
  for (const StoredRecord& r : records) {
    if (r.topic == topic && r.partition == partition) offsets.push_back(r.offset);
  }
  return offsets;
}

inline std::vector<int64_t> Range(int64_t first, int64_t end) {
  std::vector<int64_t> numbers;
  for (int64_t i = first; i < end; ++i) numbers.push_back(i);
  return numbers;
}

}  // namespace leadpulse::kafka
