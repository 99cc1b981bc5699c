// Workers on the simulated Kafka without faults. The caller sets the wall clock, and a record applies at exactly that
// instant: the result of a run does not depend on how many calls the workers make.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "config/definitions.h"
#include "processor/kafka/ports.h"
#include "tests/kafka/simulated_process.h"
#include "tests/kafka/simulation_trace.h"
#include "tests/support/kafka/simulated_cluster.h"

namespace leadpulse::testing {

struct SteadyOptions {
  uint32_t partitions = 1;
  kafka::InputFormat format = kafka::InputFormat::kJson;
  kafka::InputPartitioning partitioning = kafka::InputPartitioning::kMurmur2;
  size_t changelog_read = 20;  // records that one call of the changelog's reader returns at most
  size_t restore_bytes = 32 << 20;
  size_t leads_per_round = 512;
  std::string moved_from;
};

class SteadyRun {
 public:
  SteadyRun(const SteadyOptions& options, Instant wall);
  ~SteadyRun();
  SteadyRun(const SteadyRun&) = delete;
  SteadyRun& operator=(const SteadyRun&) = delete;

  SimulatedCluster& cluster() { return cluster_; }
  const Clock& clock() const { return clock_; }
  Instant wall() const { return wall_; }
  void SetWall(Instant wall) { wall_ = wall; }

  // Sets the definitions wanted, by this process and later ones.
  void Want(std::shared_ptr<const config::Definitions> definitions);

  // Starts a process of one worker. `store` must outlive it, and no one else may use it. At most one process runs at a
  // time.
  void Start(state::LeadStore* store);
  // Stops in order: commits and writes the store.
  Status Stop();
  // Stops at once, but writes the store. Its unfinished work in the cluster times out.
  Status Kill();
  // Writes out the rest of its store.
  Status WriteOut() { return process_->WriteOut(); }
  // Runs one round of the worker.
  Status Round();
  // Runs until all input is committed, everything due has fired and all leads have the definitions wanted.
  Status RunToRest();

  // Whether all partitions are restored. reevaluated() returns how many leads were evaluated under new definitions.
  bool is_ready() const { return process_->is_ready(); }
  uint64_t reevaluated() const { return process_->Sum(&kafka::WorkerMetrics::reevaluated); }

 private:
  bool IsAtRest();
  int64_t Written();

  const SteadyOptions options_;
  Instant wall_;
  SimulatedClock clock_;
  SimulatedCluster cluster_;
  SimulationTrace trace_;
  std::shared_ptr<const config::Definitions> definitions_;
  std::unique_ptr<SimulatedProcess> process_;
  int last_number_ = 0;
};

// Returns the records that committed readers of the topics see, one a line in the order of topic, partition and offset:
// `{"topic", "partition", "key", "value", "headers"}`, bytes in hexadecimal. Offsets are left out, because transactions
// take some.
std::vector<std::string> DescribeTopics(SimulatedCluster* cluster, const std::vector<Topic>& topics);

}  // namespace leadpulse::testing
