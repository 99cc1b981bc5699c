// Clients of a simulated cluster, for its own tests.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/kafka/simulated_cluster.h"

namespace leadpulse::testing {

using kafka::InputOffsets;
using kafka::InputTopic;
using kafka::OutputTopic;
using kafka::TransactionErrorKind;
using kafka::TransactionOutcome;

inline constexpr PartitionId kFirst{0};
inline constexpr uint64_t kMany = 1000;  // records

// A listener that records calls: `+0,1` assigned, `-0` revoked, `!0` lost.
class HeardRebalances : public kafka::RebalanceListener {
 public:
  void OnAssigned(const std::vector<PartitionId>& partitions) override { Note("+", partitions); }
  void OnRevoked(const std::vector<PartitionId>& partitions) override {
    Note("-", partitions);
    if (on_revoked) on_revoked();
  }
  void OnLost(const std::vector<PartitionId>& partitions) override { Note("!", partitions); }

  // Returns the recorded calls and forgets them.
  std::string Take() { return std::exchange(heard_, ""); }

  std::function<void()> on_revoked;

 private:
  void Note(const std::string& what, const std::vector<PartitionId>& partitions) {
    heard_ += (heard_.empty() ? "" : " ") + what;
    for (size_t i = 0; i < partitions.size(); ++i) {
      heard_ += (i == 0 ? "" : ",") + std::to_string(partitions[i].value);
    }
  }

  std::string heard_;
};

// One client with all its ports. The test decides when the consumer polls, and when it fetches from the beginning.
struct TestClient {
  TestClient(SimulatedCluster* cluster, int process, const std::string& instance_id,
             const std::string& transactional_id)
      : connection(cluster->Connect({process, instance_id, transactional_id})),
        consumer(std::move(*connection->MakeConsumer())),
        producer(std::move(*connection->MakeProducer())),
        reader(std::move(*connection->MakeChangelogReader())) {}

  Status Poll() { return consumer->Poll(std::chrono::milliseconds(10), kMany, &listener, &records); }

  TransactionOutcome Produce(OutputTopic topic, const std::string& key, std::optional<std::string> value) {
    return producer->Produce({topic, kFirst, key, std::move(value), {}});
  }
  TransactionOutcome SendOffsets(int64_t events, int64_t commands) {
    return producer->SendOffsets({{kFirst, {{events, commands}}}}, *consumer->CurrentGroupMetadata());
  }

  std::unique_ptr<kafka::Connection> connection;
  HeardRebalances listener;
  std::vector<kafka::InputRecord> records;
  std::unique_ptr<kafka::InputConsumer> consumer;
  std::unique_ptr<kafka::TransactionalProducer> producer;
  std::unique_ptr<kafka::ChangelogReader> reader;
};

class SimulatedClusterTest : public ::testing::Test {
 protected:
  static SimulatedClusterOptions Options() { return {.partitions = 3}; }

  SimulatedClusterTest() : SimulatedClusterTest(Options()) {}
  explicit SimulatedClusterTest(const SimulatedClusterOptions& options) : cluster(options, &clock, 1) {}

  std::unique_ptr<TestClient> Client(const std::string& name, int process = 1) {
    return std::make_unique<TestClient>(&cluster, process, name, "leadpulse-" + name);
  }

  // Returns a client whose producer is initialised.
  std::unique_ptr<TestClient> ReadyClient(const std::string& name, int process = 1) {
    auto client = Client(name, process);
    EXPECT_EQ(client->producer->Init(), std::nullopt);
    return client;
  }

  // Polls until no client hears anything new.
  static void Settle(std::initializer_list<TestClient*> clients) {
    for (int round = 0; round < 10; ++round) {
      for (TestClient* client : clients) EXPECT_TRUE(client->Poll().ok());
    }
  }

  // Returns the committed keys and values of a log, `a=1 b=-`.
  std::string Content(Topic topic, PartitionId partition = kFirst) {
    std::string text;
    const PartitionLog& log = cluster.log(topic, partition);
    log.ReadCommitted(log.begin(), 1000, [&](const LogEntry& entry) {
      text += (text.empty() ? "" : " ") + entry.message.key + "=" + entry.message.value.value_or("-");
    });
    return text;
  }

  SimulatedClock clock{Instant{1'750'000'000'000}};
  SimulatedCluster cluster;
};

// Lets EXPECT_EQ print an outcome.
inline std::optional<TransactionErrorKind> KindOf(const TransactionOutcome& outcome) {
  return outcome ? std::optional(outcome->kind) : std::nullopt;
}

}  // namespace leadpulse::testing

namespace leadpulse::kafka {

inline bool operator==(const TransactionOutcome& outcome, std::nullopt_t) { return !outcome.has_value(); }
inline void PrintTo(const TransactionError& error, std::ostream* out) {
  *out << static_cast<int>(error.kind) << " " << error.message;
}

}  // namespace leadpulse::kafka
