// The facts about a simulated run that a checker needs besides the logs: the order of the records, the worker's wall
// clock at each, and the call that committed their offsets.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "processor/base/ids.h"
#include "processor/base/instant.h"
#include "tests/support/kafka/simulated_cluster.h"

namespace leadpulse::testing {

class SimulationTrace : public ClusterObserver {
 public:
  struct Delivery {
    LogId log;
    int64_t offset = 0;
    size_t round = 0;
  };
  // The last start of reading a partition at some offset. Earlier deliveries do not count.
  struct Fetch {
    size_t round = 0;
    size_t deliveries = 0;
  };
  // A call of SendOffsets: its round, and the number of deliveries before it.
  struct Epoch {
    size_t round = 0;
    size_t deliveries = 0;
  };
  struct Client {
    ClientName name;
    std::vector<Instant> rounds;  // the wall clock in each round
    std::vector<Delivery> deliveries;
    std::vector<Epoch> epochs;
    std::map<PartitionId, Fetch> fetches;
  };
  // A call of SendOffsets, and the deliveries before it.
  struct Call {
    const Client* client = nullptr;
    size_t epoch = 0;  // counted by the client
    size_t deliveries = 0;
    std::map<PartitionId, Fetch> fetches;
  };
  struct Commit {
    kafka::InputOffsets next;
    const Call* call = nullptr;
  };

  // Notes that a worker begins a round, during which its clock stands still.
  void OnRound(const ClientName& name, Instant wall) { Of(name).rounds.push_back(wall); }

  void OnFetch(const ClientName& name, PartitionId partition) override {
    Client& client = Of(name);
    client.fetches[partition] = {client.rounds.size() - 1, client.deliveries.size()};
    owners_[partition] = name;
  }
  void OnDelivered(const ClientName& name, const kafka::InputRecord& record) override {
    Client& client = Of(name);
    client.deliveries.push_back({{TopicOf(record.topic), record.partition}, record.offset, client.rounds.size() - 1});
  }
  uint64_t OnSendOffsets(const ClientName& name) override {
    Client& client = Of(name);
    calls_.push_back({&client, client.epochs.size(), client.deliveries.size(), client.fetches});
    client.epochs.push_back({client.rounds.size() - 1, client.deliveries.size()});
    return calls_.size() - 1;
  }
  void OnCommitted(PartitionId partition, const kafka::InputOffsets& next, uint64_t call) override {
    std::vector<Commit>& commits = commits_[partition];
    // Brokers that do not verify requests commit a late copy's offsets again, which changes nothing.
    if (!commits.empty() && commits.back().call == &calls_[call] && commits.back().next == next) return;
    commits.push_back({next, &calls_[call]});
  }

  // Returns the commits of a partition, in their order.
  const std::vector<Commit>& commits(PartitionId partition) { return commits_[partition]; }
  // Returns the client that fetched the partition last.
  const ClientName& owner(PartitionId partition) { return owners_[partition]; }

 private:
  Client& Of(const ClientName& name) {
    Client& client = clients_[{name.process, name.transactional_id}];
    client.name = name;
    return client;
  }

  std::map<std::pair<int, std::string>, Client> clients_;  // pointers to clients stay valid
  std::deque<Call> calls_;
  std::map<PartitionId, std::vector<Commit>> commits_;
  std::map<PartitionId, ClientName> owners_;
};

}  // namespace leadpulse::testing
