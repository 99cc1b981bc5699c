// A process of the simulation: some workers, perhaps a standby, a store, clocks and its definitions.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "processor/base/clock.h"
#include "processor/kafka/standby.h"
#include "processor/kafka/worker.h"
#include "processor/kafka/worker_metrics.h"
#include "processor/kafka/writer_fence.h"
#include "processor/pipeline/change_feed.h"
#include "state/store/lead_store.h"
#include "state/store/write_behind_store.h"
#include "tests/kafka/simulation_trace.h"
#include "tests/support/kafka/simulated_cluster.h"

namespace leadpulse::testing {

// The clock of one worker: its machine's clock, slightly wrong. It stands still during a round, so that a checker knows
// at which instant a record was applied.
class WorkerClock : public Clock {
 public:
  WorkerClock(const SimulatedClock* clock, Millis skew) : clock_(clock), skew_(skew) { BeginRound(); }

  void BeginRound() { now_ = clock_->Now() + skew_; }
  // Takes effect in the next round.
  void set_skew(Millis skew) { skew_ = skew; }
  Instant Now() const override { return now_; }
  std::chrono::steady_clock::time_point Monotonic() const override { return clock_->Monotonic(); }

 private:
  const SimulatedClock* clock_;
  Millis skew_;
  Instant now_;
};

class KnownDefinitions : public kafka::DefinitionsFeed {
 public:
  kafka::WantedDefinitions Wanted() const override { return known; }
  kafka::WantedDefinitions known;
};

class SimulatedProcess {
 public:
  struct World {
    SimulatedCluster* cluster = nullptr;
    const SimulatedClock* clock = nullptr;
    SimulationTrace* trace = nullptr;
    state::WriteBehindOptions write_behind = {};
    const ClockGuard* clock_guard = nullptr;  // of all workers; see kafka::WorkerEnvironment
  };

  // Starts a process. `number` is new with every start. `place` is the machine: a process that starts there takes over
  // its names and store.
  // With `has_standby`, the member after the workers is a standby, which runs like a worker.
  SimulatedProcess(const World& world, int number, int place, size_t workers, bool has_standby,
                   const kafka::WorkerOptions& options, state::LeadStore* store,
                   std::shared_ptr<const config::Definitions> definitions, Millis skew)
      : world_(world),
        number_(number),
        skew_(skew),
        store_(store),
        behind_(state::MakeWriteBehindStore(world.write_behind, store, world.clock)) {
    definitions_.known.definitions = std::move(definitions);
    for (size_t i = 0; i < workers + (has_standby ? 1 : 0); ++i) {
      const std::string name = std::to_string(place) + "-" + std::to_string(i);
      auto member = std::make_unique<Member>(ClientName{number, "instance-" + name, "leadpulse-" + name},
                                             WorkerClock(world.clock, skew));
      member->connection = world.cluster->Connect(member->name);
      const kafka::WorkerEnvironment environment{
          member->connection.get(), behind_.get(), &writer_fence_,       &member->clock, &definitions_,
          &member->metrics,         &tenants_,     /*outcomes=*/nullptr, &feed_,         world.clock_guard};
      if (i < workers) {
        member->worker = kafka::MakeWorker(options, environment);
      } else {
        member->standby = std::make_unique<kafka::Standby>(options, environment, &standby_metrics_);
      }
      members_.push_back(std::move(member));
    }
  }

  int number() const { return number_; }
  state::LeadStore* store() const { return store_; }
  // Returns the error of the machine's clock.
  Millis skew() const { return skew_; }
  void set_skew(Millis skew) {
    skew_ = skew;
    for (const auto& member : members_) member->clock.set_skew(skew);
  }
  KnownDefinitions& definitions() { return definitions_; }
  pipeline::ChangeFeed& feed() { return feed_; }

  // Whether a call of this worker, or of any, is under way: then the worker cannot be called, or the process destroyed.
  bool is_running(size_t worker) const { return members_[worker]->is_running; }
  bool is_running() const {
    for (const auto& member : members_) {
      if (member->is_running) return true;
    }
    return false;
  }
  bool is_ready() const {
    for (const auto& member : members_) {
      if (member->worker != nullptr && !(member->is_started && member->worker->ready())) return false;
    }
    return true;
  }
  // Whether there is a standby, and its last round left it something to do.
  bool has_standby() const { return members_.back()->standby != nullptr; }
  bool is_copying() const { return members_.back()->is_copying; }
  uint64_t standby_failures() const { return standby_metrics_.failures; }

  Status RunOnce(size_t worker) {
    return Enter(worker, [](Member& member) {
      if (member.standby != nullptr) {
        LP_ASSIGN_OR_RETURN(member.is_copying, member.standby->RunOnce());
        return Status::Ok();
      }
      if (!std::exchange(member.is_started, true)) LP_RETURN_IF_ERROR(member.worker->Start());
      return member.worker->RunOnce();
    });
  }
  Status Finish(size_t worker) {
    return Enter(worker,
                 [](Member& member) { return member.worker == nullptr ? Status::Ok() : member.worker->Finish(); });
  }

  // Does the work of another thread of the process, possibly in the middle of a worker's call.
  Status WriteOutDue() { return behind_->WriteOutDue(); }
  Status WriteOut() { return behind_->WriteOut(); }

  // Sums a counter over all workers.
  template <typename Counter>
  uint64_t Sum(Counter counter) const {
    uint64_t sum = 0;
    for (const auto& member : members_) sum += (member->metrics.*counter).load();
    return sum;
  }
  // Sums the dead letters of all workers.
  uint64_t DeadLetters() const {
    uint64_t sum = 0;
    for (const auto& member : members_) {
      for (const auto& of_reason : member->metrics.dead_letters) sum += of_reason;
    }
    return sum;
  }
  // Returns a gauge of one worker.
  template <typename Metric>
  auto Gauge(size_t worker, Metric gauge) const {
    return (members_[worker]->metrics.*gauge).load();
  }
  // Whether the counts of all tenants add up to those of the workers.
  bool TenantsAddUp() const {
    kafka::TenantCounts sum;
    for (const auto& tenant : tenants_.Get()) sum.Add(tenant.counts);
    using Metrics = kafka::WorkerMetrics;
    return sum.records == Sum(&Metrics::events) + Sum(&Metrics::commands) && sum.changes == Sum(&Metrics::changes);
  }

 private:
  struct Member {
    Member(ClientName of_client, const WorkerClock& of_machine) : name(std::move(of_client)), clock(of_machine) {}

    const ClientName name;
    WorkerClock clock;
    kafka::WorkerMetrics metrics;
    std::unique_ptr<kafka::Connection> connection;
    std::unique_ptr<kafka::Worker> worker;    // null: the standby
    std::unique_ptr<kafka::Standby> standby;  // null: a worker
    bool is_started = false;
    bool is_running = false;
    bool is_copying = false;
  };

  template <typename Action>
  Status Enter(size_t worker, const Action& action) {
    Member& member = *members_[worker];
    LP_ASSERT(!member.is_running);
    member.clock.BeginRound();
    world_.trace->OnRound(member.name, member.clock.Now());
    member.is_running = true;
    Status status = action(member);
    member.is_running = false;
    return status;
  }

  const World world_;
  const int number_;
  Millis skew_;
  state::LeadStore* const store_;
  const std::unique_ptr<state::WriteBehindStore> behind_;
  KnownDefinitions definitions_;
  kafka::TenantMetrics tenants_{2};
  kafka::StandbyMetrics standby_metrics_;
  kafka::WriterFence writer_fence_;
  pipeline::ChangeFeed feed_{{}};
  std::vector<std::unique_ptr<Member>> members_;
};

}  // namespace leadpulse::testing
