// One worker: a member of the consumer group, a transactional producer, and the partitions that the group gave it.
//
// A worker runs in short rounds (RunOnce): poll, restore new partitions a little, apply records, fire due timers,
// commit if it is time. It uses Kafka only through ports.h, so a test can run several workers against a simulated
// cluster, round by round. Owned and called by one thread. The workers of a process share the store, which takes
// commits from several threads, and objects that they only read.
//
// A transaction contains the changes, dead letters, leads, erasures and positions of an epoch and its input offsets, or
// nothing. The store is written after the commit: it is a cache of the changelog, and stores for each partition the
// changelog offset that it corresponds to.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "config/definitions.h"
#include "config/settings.h"
#include "processor/base/clock.h"
#include "processor/base/clock_guard.h"
#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/engine/stored_definitions.h"
#include "processor/kafka/ports.h"
#include "processor/pipeline/change_feed.h"
#include "state/store/lead_store.h"

namespace leadpulse::kafka {

using InputFormat = config::RecordFormat;
using config::StartAt;
// What happens to a record in another partition than the one that Kafka's Java clients choose for the lead's key. With
// kAny it is handed to that one over lead.exchange, and applies there. With kMurmur2 it is a dead letter
// (`wrong_partition`). With kTrusted it applies where it is; the producers send a lead to the same partition number of
// both topics.
using config::InputPartitioning;

struct WorkerOptions {
  std::string application;  // the consumer group
  // The topic names in `source`.
  engine::ByInputTopic<std::string> input_topics{{"engagement.events", "lead.commands", "lead.exchange"}};
  // Returns a partition's name, such as `engagement.events [3]`.
  std::string PlaceName(InputTopic topic, PartitionId partition) const {
    return input_topics[topic] + " [" + std::to_string(partition.value) + "]";
  }
  std::array<std::string, engine::kRecordTopicCount> record_topics() const {
    return {input_topics[0], input_topics[1]};
  }
  // How records are encoded. The changelog and messages are always Protobuf.
  config::FormatSettings formats;
  // The group's session timeout: a member without heartbeats for this long is removed.
  std::chrono::milliseconds session_timeout{45'000};
  std::chrono::milliseconds commit_interval{100};
  std::chrono::milliseconds poll_wait{20};  // at most, without records; a timer fires at most this much late
  // A transaction is committed early once it has this many records (its maximum, which is lower after a failed
  // transaction: transactions.h), changes, or bytes of leads in memory. One record may exceed the last two.
  uint64_t max_epoch_records = 100'000;
  uint64_t max_epoch_changes = 100'000;
  size_t max_epoch_bytes = 64 << 20;
  // Also once it has this many timers, or leads re-evaluated under new definitions. Any number of them may be due at
  // once, and records wait while they are committed.
  uint64_t max_epoch_timers = 4096;
  uint64_t max_epoch_reevaluated = 2048;
  size_t lead_cache_bytes = 256 << 20;  // decoded leads of all partitions of this worker
  // Leads that a restore from the changelog's beginning gathers in memory before they go to the store.
  size_t restore_bytes = 32 << 20;
  // Leads in one round, before the next poll: those whose timers fire, in all partitions together, and those that one
  // partition evaluates again under new definitions.
  size_t leads_per_round = 512;
  // The longest time from a lead's change until its row is in lead.state; lead.journal has the change at once. If the
  // leads that wait for lead.state and lead.profiles take more than `unwritten_bytes`, they are written earlier.
  Millis changelog_interval{30'000};
  size_t unwritten_bytes = 32 << 20;
  // Whether leads are published as they are, and how soon.
  config::ProfileSettings profiles;
  // The pause between two copies of a partition by the standby.
  Millis standby_interval{10'000};
  // How long lead.journal keeps records at least that a restore no longer needs.
  Millis deltas_kept = std::chrono::hours(1);
  // The part of the worker's time that a rollout may take. Commits are not counted: records share them, and
  // max_epoch_reevaluated limits the re-evaluated leads in each.
  double reevaluation_share = 0.3;
  Millis max_future_skew = std::chrono::minutes(10);
  // Whether the erasure secret was changed before. Then a deployment was moved here, and its lead.state is not empty.
  bool has_former_erasure_secrets = false;
  // The application whose deployment is moved here before the first start; empty: none.
  std::string moved_from;
  // Start of a partition without committed offsets and state.
  StartAt start_at = StartAt::kBeginning;
  InputPartitioning input_partitioning = InputPartitioning::kAny;
  bool dead_letter_payload = true;
  // How long the changelog keeps tombstones (`delete.retention.ms`). An older state is restored from the beginning.
  Millis tombstones_kept = std::chrono::hours(24);
};

struct WantedDefinitions {
  std::shared_ptr<const config::Definitions> definitions;  // never null
  std::optional<engine::DefinitionsOrigin> origin;         // nullopt if they come from a file
};

// The current definitions. A partition rolls them out if they differ from its own and are not older ones from the same
// topic.
class DefinitionsFeed {
 public:
  virtual ~DefinitionsFeed() = default;
  // Returns the definitions that workers should use. Thread-safe.
  virtual WantedDefinitions Wanted() const = 0;
};

struct WorkerMetrics;   // worker_metrics.h
class CommandOutcomes;  // command_outcomes.h
class TenantMetrics;    // worker_metrics.h
class WriterFence;      // writer_fence.h

// The objects that a worker depends on. All must outlive it.
struct WorkerEnvironment {
  Connection* connection = nullptr;
  state::LeadStore* store = nullptr;
  WriterFence* writer_fence = nullptr;  // shared by all workers of the process
  const Clock* clock = nullptr;
  const DefinitionsFeed* definitions = nullptr;
  WorkerMetrics* metrics = nullptr;
  // All workers of the process share the next three.
  TenantMetrics* tenants = nullptr;      // null: tenants are not counted
  CommandOutcomes* outcomes = nullptr;   // null: nobody asks for them
  pipeline::ChangeFeed* feed = nullptr;  // gets the changes of each commit; null: nobody follows
  // Whether `clock` may be believed; while it may not, nothing is applied. Null: always.
  const ClockGuard* clock_guard = nullptr;
};

class Worker {
 public:
  virtual ~Worker() = default;

  // Joins the group and fences earlier producers of this worker. Call it once, first.
  virtual Status Start() = 0;
  // Runs one round. An error must end the process, with this message. Nothing uncommitted remains, and the next start
  // continues from the last commit.
  virtual Status RunOnce() = 0;
  // Commits the open epoch and leaves the group. Nothing else may be called afterwards.
  virtual Status Finish() = 0;

  // Whether the worker is a member of the group and all its partitions, if any, are restored.
  virtual bool ready() const = 0;
};

std::unique_ptr<Worker> MakeWorker(const WorkerOptions& options, const WorkerEnvironment& environment);

}  // namespace leadpulse::kafka
