#include "tests/support/kafka/simulated_cluster.h"

#include <utility>

#include "tests/support/kafka/simulated_client.h"

namespace leadpulse::testing {
namespace {

// The chaos and a workload of one seed use different random numbers.
constexpr uint64_t kChaosSeed = 0x6b61666b61;

class SimulatedConnection : public kafka::Connection {
 public:
  explicit SimulatedConnection(ClientContext context) : context_(std::move(context)) {}

  Result<uint32_t> CountPartitions() override {
    LP_ASSIGN_OR_RETURN(const auto consumer, MakeConsumer());
    return consumer->partition_count();
  }
  Result<std::unique_ptr<kafka::InputConsumer>> MakeConsumer() override {
    if (!context_.is_alive()) return context_.Killed();
    return MakeSimulatedConsumer(context_);
  }
  Result<std::unique_ptr<kafka::TransactionalProducer>> MakeProducer() override {
    if (!context_.is_alive()) return context_.Killed();
    return MakeSimulatedProducer(context_);
  }
  Result<std::unique_ptr<kafka::ChangelogReader>> MakeChangelogReader() override {
    if (!context_.is_alive()) return context_.Killed();
    return std::unique_ptr<kafka::ChangelogReader>(MakeSimulatedChangelogReader(context_, Topic::kLeadState));
  }
  Result<std::unique_ptr<kafka::DeltaReader>> MakeDeltaReader() override {
    if (!context_.is_alive()) return context_.Killed();
    return MakeSimulatedChangelogReader(context_, Topic::kLeadJournal);
  }
  Result<std::unique_ptr<kafka::InputConsumer>> MakeOffsetReader(uint32_t /*partition_count*/) override {
    return MakeConsumer();  // it joins at its first poll
  }
  Result<std::unique_ptr<kafka::ChangelogReader>> MakeExchangeReader() override {
    if (!context_.is_alive()) return context_.Killed();
    return std::unique_ptr<kafka::ChangelogReader>(MakeSimulatedChangelogReader(context_, Topic::kExchange));
  }
  Result<std::optional<kafka::GroupMember>> FindInstanceHolder() override {
    SimulatedCluster& cluster = context_.cluster();
    return context_.Call<Result<std::optional<kafka::GroupMember>>>(
        "FindInstanceHolder", context_.Killed(), [&]() -> Result<std::optional<kafka::GroupMember>> {
          cluster.AdvanceTime(cluster.chaos().Latency());
          if (!cluster.group().is_here() || cluster.chaos().Happens(cluster.chaos().rates.failed_queries)) {
            return Status::Retriable("the group's coordinator is away");
          }
          const std::optional<int64_t> holder = cluster.group().HolderOf(context_.name().instance_id);
          if (!holder) return std::optional<kafka::GroupMember>();
          return std::optional(kafka::GroupMember{std::to_string(*holder), context_.name().instance_id, "simulated"});
        });
  }

 private:
  const ClientContext context_;
};

}  // namespace

SimulatedCluster::SimulatedCluster(const SimulatedClusterOptions& options, SimulatedClock* clock, uint64_t seed)
    : options_(options),
      chaos_(seed ^ kChaosSeed),
      agenda_(clock),
      group_(&agenda_, {options.partitions, options.session_timeout, options.rebalance_timeout}),
      transactions_(&agenda_, options.transaction_timeout, TransactionEffects()),
      away_until_(options.brokers) {
  for (auto& topic : logs_) topic.resize(options.partitions);
}

TransactionCoordinator::Effects SimulatedCluster::TransactionEffects() {
  return {
      .write_marker = [this](const LogId& log, const ProducerEpoch& producer,
                             bool commits) { At(log).EndTransaction(producer, commits); },
      .end_offsets = [this](const ProducerEpoch& producer,
                            bool commits) { offsets_.EndTransaction(producer, commits); },
      .marker_delay = [this] { return chaos_.MarkerDelay(); },
  };
}

std::unique_ptr<kafka::Connection> SimulatedCluster::Connect(const ClientName& name) {
  return std::make_unique<SimulatedConnection>(ClientContext(this, name));
}

void SimulatedCluster::set_observer(ClusterObserver* observer) {
  observer_ = observer;
  offsets_.set_on_committed([observer](PartitionId partition, const kafka::InputOffsets& next, uint64_t call) {
    observer->OnCommitted(partition, next, call);
  });
}

int64_t SimulatedCluster::Append(kafka::InputTopic topic, PartitionId partition, std::string key, std::string value) {
  return log(TopicOf(topic), partition).Append({std::move(key), std::move(value), {}});
}

size_t SimulatedCluster::AbortHanging() {
  size_t aborted = 0;
  for (auto& topic : logs_) {
    for (PartitionLog& log : topic) {
      for (const int64_t producer : log.open_producers()) {
        const std::optional<ProducerEpoch> idle = transactions_.Idle(producer);
        if (!idle) continue;
        log.EndTransaction(*idle, false);
        ++aborted;
      }
    }
  }
  for (const int64_t producer : offsets_.open_producers()) {
    const std::optional<ProducerEpoch> idle = transactions_.Idle(producer);
    if (!idle) continue;
    offsets_.EndTransaction(*idle, false);
    ++aborted;
  }
  return aborted;
}

void SimulatedCluster::RestartBroker(uint32_t broker, Millis away) {
  away_until_[broker] = agenda_.now() + away;
  ++brokers_lost_;
}

bool SimulatedCluster::Takes(Topic topic, const Message& message) const {
  const auto largest = options_.largest_records.find(topic);
  if (largest == options_.largest_records.end()) return true;
  size_t size = message.key.size() + message.value.value_or("").size();
  for (const auto& [name, value] : message.headers) size += name.size() + value.size();
  return size <= largest->second;
}

bool SimulatedCluster::HasLeader(const LogId& log) const {
  const size_t broker = (log.partition.value + static_cast<size_t>(log.topic)) % away_until_.size();
  const auto leaderless = leaderless_until_.find(log);
  return agenda_.now() >= away_until_[broker] &&
         (leaderless == leaderless_until_.end() || agenda_.now() >= leaderless->second);
}

void SimulatedCluster::CallHook(const ClientName& client, std::string_view call, PortCall::Moment moment) {
  if (!hook_ || IsKilled(client.process)) return;
  // The hook may set another one.
  const auto hook = hook_;
  hook({&client, call, moment});
}

std::optional<TransactionReply> SimulatedCluster::Request(const std::function<TransactionReply()>& request,
                                                          bool* is_stray) {
  const RequestFate fate = chaos_.PickFate();
  if (fate != RequestFate::kPrompt) *is_stray = true;
  if (fate == RequestFate::kLate) {
    agenda_.After(chaos_.Delay(), [request] { static_cast<void>(request()); });
  }
  if (fate == RequestFate::kLost || fate == RequestFate::kLate) {
    AdvanceTime(std::min(chaos_.Delay(), options_.request_timeout));
    return std::nullopt;
  }
  AdvanceTime(chaos_.Latency());
  const TransactionReply reply = request();
  if (fate == RequestFate::kRepeated) {
    agenda_.After(chaos_.Delay(), [request] { static_cast<void>(request()); });
  }
  AdvanceTime(fate == RequestFate::kUnanswered ? std::min(chaos_.Delay(), options_.request_timeout) : chaos_.Latency());
  if (fate == RequestFate::kUnanswered) return std::nullopt;
  return reply;
}

}  // namespace leadpulse::testing
