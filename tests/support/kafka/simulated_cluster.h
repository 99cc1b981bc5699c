// A Kafka cluster in one thread: brokers, coordinators, a network that loses and delays, and the time that these take.
//
// Any number of clients use it, each through the ports of processor/kafka/ports.h. Everything happens inside their
// calls and inside AdvanceTime, and every choice comes from one seed. The work of a client between its calls takes no
// time.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/ids.h"
#include "processor/base/instant.h"
#include "processor/kafka/ports.h"
#include "tests/support/kafka/chaos.h"
#include "tests/support/kafka/group_coordinator.h"
#include "tests/support/kafka/group_offsets.h"
#include "tests/support/kafka/partition_log.h"
#include "tests/support/kafka/simulated_clock.h"
#include "tests/support/kafka/transaction_coordinator.h"

namespace leadpulse::testing {

struct SimulatedClusterOptions {
  uint32_t partitions = 4;
  uint32_t brokers = 3;
  Millis session_timeout{6000};
  Millis rebalance_timeout{6000};
  Millis transaction_timeout{10000};
  // How long a producer tries to send a batch, and any client waits for a response.
  Millis request_timeout{2000};
  size_t most_polled = 20;    // records
  bool polls_by_luck = true;  // returns a random number of them; else as many as there are
  // Whether leaders ask the transaction coordinator before they append (KIP-890, Kafka 3.6). If not, a late request of
  // an ended transaction joins the next one of its producer's epoch.
  bool verifies_transactions = true;
  // `max.message.bytes` of topics with such a limit: bytes of key, value and headers.
  std::map<Topic, size_t> largest_records = {};
};

// One connection and its identity. The connections of one process are killed together.
struct ClientName {
  int process = 0;
  std::string instance_id;  // empty: no static member
  std::string transactional_id;
};

// A client's position in a call of a port.
struct PortCall {
  enum class Moment : uint8_t { kBegin, kMiddle, kEnd };
  const ClientName* client = nullptr;
  std::string_view name;  // `Commit`
  Moment moment = Moment::kBegin;
};

// Receiver of the facts about a run that a checker needs besides the logs.
class ClusterObserver {
 public:
  virtual ~ClusterObserver() = default;
  virtual void OnFetch(const ClientName& client, PartitionId partition) = 0;
  virtual void OnDelivered(const ClientName& client, const kafka::InputRecord& record) = 0;
  // Returns a number for the call, which OnCommitted gets with its offsets.
  virtual uint64_t OnSendOffsets(const ClientName& client) = 0;
  virtual void OnCommitted(PartitionId partition, const kafka::InputOffsets& next, uint64_t call) = 0;
};

class SimulatedCluster {
 public:
  // Keeps `clock`, which must outlive this object.
  SimulatedCluster(const SimulatedClusterOptions& options, SimulatedClock* clock, uint64_t seed);
  SimulatedCluster(const SimulatedCluster&) = delete;
  SimulatedCluster& operator=(const SimulatedCluster&) = delete;

  const SimulatedClusterOptions& options() const { return options_; }
  Chaos& chaos() { return chaos_; }
  PartitionLog& log(Topic topic, PartitionId partition) { return At({topic, partition}); }
  GroupCoordinator& group() { return group_; }
  GroupOffsets& offsets() { return offsets_; }
  TransactionCoordinator& transactions() { return transactions_; }
  Agenda& agenda() { return agenda_; }

  // Returns a connection of a new client, which must not outlive the cluster.
  std::unique_ptr<kafka::Connection> Connect(const ClientName& name);
  // Makes each later call of the process's clients fail and do nothing, so that its objects can be destroyed. Its
  // requests stay in flight, and its membership in the group lasts until its session ends.
  void Kill(int process) { is_killed_[process] = true; }
  bool IsKilled(int process) const { return is_killed_.contains(process); }

  // Sets a function that each port call of each client calls. It may pass time, run other clients, or kill the process.
  void set_hook(std::function<void(const PortCall&)> hook) { hook_ = std::move(hook); }
  void set_observer(ClusterObserver* observer);

  void AdvanceTime(Millis time) { agenda_.Pass(time); }

  // Appends a record of another program. With `producer` < 0 it is part of a transaction that stays open until
  // EndTransaction of the log; the clients have ids above 0.
  int64_t Append(kafka::InputTopic topic, PartitionId partition, std::string key, std::string value);

  // Does what an operator does with `kafka-transactions abort`: ends transactions that are open in a log or in the
  // group's offsets and unknown to the coordinator. Only late requests without verification leave such transactions.
  // Returns their number.
  size_t AbortHanging();

  // Breaks the connections to the broker; its partitions have no leader for `away`.
  void RestartBroker(uint32_t broker, Millis away);
  // Takes the leader of one partition of a topic away for `away`; with 0 the partition gets one again.
  void LoseLeader(const LogId& log, Millis away) { leaderless_until_[log] = agenda_.now() + away; }
  // Returns the number of brokers lost since the beginning.
  uint64_t brokers_lost() const { return brokers_lost_; }

  // Whether the topic accepts a record of this size.
  bool Takes(Topic topic, const Message& message) const;

  // Calls the hook if the client's process is alive. Called by the clients.
  void CallHook(const ClientName& client, std::string_view call, PortCall::Moment moment);
  bool HasLeader(const LogId& log) const;
  ClusterObserver* observer() const { return observer_; }
  // Sends a request of a producer and waits for the response; returns nothing without one in time. Sets `is_stray` if
  // the request may be executed after this call. The broker executes it, so it must not refer to the client.
  std::optional<TransactionReply> Request(const std::function<TransactionReply()>& request, bool* is_stray);

 private:
  PartitionLog& At(const LogId& log) { return logs_[static_cast<size_t>(log.topic)][log.partition.value]; }
  TransactionCoordinator::Effects TransactionEffects();

  const SimulatedClusterOptions options_;
  Chaos chaos_;
  Agenda agenda_;
  std::array<std::vector<PartitionLog>, kTopicCount> logs_;
  GroupCoordinator group_;
  GroupOffsets offsets_;
  TransactionCoordinator transactions_;
  std::vector<Agenda::Time> away_until_;  // by broker
  uint64_t brokers_lost_ = 0;
  std::map<LogId, Agenda::Time> leaderless_until_;
  std::map<int, bool> is_killed_;
  std::function<void(const PortCall&)> hook_;
  ClusterObserver* observer_ = nullptr;
};

}  // namespace leadpulse::testing
