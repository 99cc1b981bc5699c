// The live mode: workers, each on its own thread, and perhaps a standby on one, until Stop.
//
// One thread calls it. If a worker fails, all end: the others commit their epoch, or leave it to the next start, and
// Stop returns the first failure. If the standby fails, it tries again.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "processor/base/clock.h"
#include "processor/base/status.h"
#include "processor/kafka/ports.h"
#include "processor/kafka/standby.h"
#include "processor/kafka/worker.h"
#include "processor/kafka/worker_metrics.h"
#include "processor/kafka/writer_fence.h"
#include "state/store/lead_store.h"

namespace leadpulse::kafka {

// The division of a live process's memory, in bytes. tests/kafka/memory_test.py checks it on a process.
struct LiveMemory {
  // For all workers together.
  size_t cache = 0;         // decoded leads, and RocksDB's blocks
  size_t write_buffer = 0;  // RocksDB's, for leads; the other column families have a quarter each
  size_t write_behind = 0;  // commits that wait to be written to RocksDB (state::WriteBehindOptions::max_bytes)
  // For each worker.
  size_t epoch = 0;      // leads of one transaction, which is committed when they reach it
  size_t fetched = 0;    // records in the consumer's queue, uncompressed; at this limit librdkafka stops fetching
  size_t restore = 0;    // leads of a partition that is restored from the beginning (WorkerOptions::restore_bytes)
  size_t published = 0;  // records in the producer's queue; while it is full, the worker waits
  size_t unwritten = 0;  // which leads wait for lead.state and lead.profiles (WorkerOptions::unwritten_bytes)
};

// Divides the memory. `total` is for the whole process, as the kernel counts it. `cache` is the limit of that part. If
// `total` is too small, each part gets its minimum: the process then takes about 150 MiB and 50 MiB for each worker. A
// standby reads and gathers as a worker does that restores.
//
// Not included: the uncompressed size of one response to a fetch (compressed it has up to an eighth of `fetched`, at
// least a megabyte, from each broker), definitions with many thousand segments, and leads of megabytes; a round may
// read 2,000 leads.
LiveMemory PlanLiveMemory(size_t total, size_t cache, size_t workers, bool has_standby = false);

struct LiveRunOptions {
  WorkerOptions worker;  // all workers have these
  size_t workers = 1;
  bool has_standby = false;      // see Standby
  size_t counted_tenants = 100;  // see TenantMetrics
};

// The objects that a run depends on. All must outlive it.
struct LiveRunEnvironment {
  // Connects the worker with this number, from 0; the standby has the number after the last one.
  std::function<Result<std::unique_ptr<Connection>>(size_t worker)> connect;
  state::LeadStore* store = nullptr;
  const Clock* clock = nullptr;
  const DefinitionsFeed* definitions = nullptr;
  CommandOutcomes* outcomes = nullptr;      // null: nobody asks for them
  pipeline::ChangeFeed* feed = nullptr;     // null: nobody follows
  const ClockGuard* clock_guard = nullptr;  // see WorkerEnvironment
};

class LiveRun {
 public:
  LiveRun(const LiveRunOptions& options, const LiveRunEnvironment& environment);
  // Stops the workers.
  ~LiveRun();

  // Connects all workers, then starts their threads.
  Status Start();
  // Whether a worker has failed. Stop then returns why.
  bool failed() const { return failed_; }
  // Makes each worker commit and leave the group. Returns the first failure.
  Status Stop();

  // Whether all workers are ready.
  bool ready() const;
  const std::vector<std::unique_ptr<WorkerMetrics>>& metrics() const { return metrics_; }
  const TenantMetrics& tenants() const { return tenants_; }
  const StandbyMetrics& standby() const { return standby_metrics_; }

 private:
  struct Member {
    std::unique_ptr<Connection> connection;
    std::unique_ptr<Worker> worker;
    std::atomic<bool> ready{false};
    Status status;  // set when the thread has ended
    std::thread thread;
  };

  WorkerEnvironment EnvironmentOf(Connection* connection, WorkerMetrics* metrics);
  void Work(Member* member);
  void StandBy();

  const LiveRunOptions options_;
  const LiveRunEnvironment environment_;
  std::vector<std::unique_ptr<WorkerMetrics>> metrics_;
  TenantMetrics tenants_;
  StandbyMetrics standby_metrics_;
  WriterFence writer_fence_;
  std::vector<std::unique_ptr<Member>> members_;
  std::unique_ptr<Connection> standby_connection_;
  std::unique_ptr<Standby> standby_;
  std::thread standby_thread_;
  std::atomic<bool> stop_{false};
  std::atomic<bool> failed_{false};
};

}  // namespace leadpulse::kafka
