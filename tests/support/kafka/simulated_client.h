// The clients of a simulated cluster, one for each port. Private to this folder.
#pragma once

#include <memory>
#include <string_view>
#include <utility>

#include "processor/kafka/ports.h"
#include "tests/support/kafka/simulated_cluster.h"

namespace leadpulse::testing {

// The cluster and the name of a client.
class ClientContext {
 public:
  ClientContext(SimulatedCluster* cluster, ClientName name) : cluster_(cluster), name_(std::move(name)) {}

  SimulatedCluster& cluster() const { return *cluster_; }
  Chaos& chaos() const { return cluster_->chaos(); }
  const ClientName& name() const { return name_; }

  bool is_alive() const { return !cluster_->IsKilled(name_.process); }
  Status Killed() const { return Status::Fatal("the process of " + name_.transactional_id + " is killed"); }

  // Whether the client is alive after the hook.
  bool Reaches(std::string_view call, PortCall::Moment moment) const {
    cluster_->CallHook(name_, call, moment);
    return is_alive();
  }

  // Runs `action`, the body of a port call, between the hooks of the call.
  template <typename Outcome, typename Action>
  Outcome Call(std::string_view call, Outcome when_killed, const Action& action) const {
    if (!is_alive() || !Reaches(call, PortCall::Moment::kBegin)) return when_killed;
    Outcome outcome = action();
    return Reaches(call, PortCall::Moment::kEnd) ? std::move(outcome) : when_killed;
  }

 private:
  SimulatedCluster* cluster_;
  ClientName name_;
};

// The membership of a consumer in its group, as SendOffsets takes it.
class SimulatedGroupMetadata : public kafka::GroupMetadata {
 public:
  explicit SimulatedGroupMetadata(MemberIdentity who) : who_(std::move(who)) {}
  int32_t generation() const override { return who_.generation; }
  const MemberIdentity& who() const { return who_; }

 private:
  MemberIdentity who_;
};

std::unique_ptr<kafka::InputConsumer> MakeSimulatedConsumer(const ClientContext& context);
std::unique_ptr<kafka::TransactionalProducer> MakeSimulatedProducer(const ClientContext& context);
std::unique_ptr<kafka::DeltaReader> MakeSimulatedChangelogReader(const ClientContext& context, Topic topic);

}  // namespace leadpulse::testing
