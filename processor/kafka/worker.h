// One worker: a member of the consumer group, a transactional producer, and the partitions that the group gave it.
//
// A worker goes in rounds (RunOnce), each short: poll, restore a little where a partition is new, apply, fire what is
// due, commit where it is time. It knows Kafka only through ports.h, so a test can run several of them against a
// simulated cluster, a round at a time. Owned and called by one thread; of what workers of one process share, the
// store takes commits from several threads and the rest is only read.
//
// What it promises: a transaction holds the changes, dead letters, leads, erasures and positions of an epoch and the
// offsets it read to, or nothing of it. The store is written after the commit: it is a cache of the changelog, and what
// it holds of a partition is known by the offset in the changelog it was made from.
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
#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/engine/stored_definitions.h"
#include "processor/kafka/ports.h"
#include "schemas/codec/output_encoder.h"
#include "state/store/lead_store.h"

namespace leadpulse::kafka {

// How records are encoded. Leads and what else is in the changelog are always Protobuf.
using InputFormat = config::RecordFormat;
struct OutputFormats {
  codec::OutputFormat changes = codec::OutputFormat::kProtobuf;
  codec::OutputFormat dead_letters = codec::OutputFormat::kProtobuf;
  uint32_t change_schema_id = 0;       // of the schema registry, for kConfluent
  uint32_t dead_letter_schema_id = 0;  // the same
};

using config::StartAt;
// Who is believed about the partition of a record. kMurmur2: nobody; it must be that of Kafka's default partitioner for
// the lead's key, else `wrong_partition`. kTrusted: the producers; one lead comes to one partition number in both
// topics.
using config::InputPartitioning;

struct WorkerOptions {
  std::string application;  // the consumer group
  std::array<std::string, kInputTopicCount> input_topics{"engagement.events",
                                                         "lead.commands"};  // as `source` says them
  std::array<InputFormat, kInputTopicCount> input_formats{};
  OutputFormats output_formats;
  // As the group's: a member without a sign of life for so long is dropped.
  std::chrono::milliseconds session_timeout{45'000};
  std::chrono::milliseconds commit_interval{100};
  std::chrono::milliseconds poll_wait{20};  // at most, while nothing comes; bounds how late a timer is seen
  // A transaction is committed before its time once it has so many records, which are the most that it may have (fewer
  // after one that failed: transactions.h), so many changes, or leads of so many bytes in memory. One record may exceed
  // the last two.
  uint64_t max_epoch_records = 100'000;
  uint64_t max_epoch_changes = 100'000;
  size_t max_epoch_bytes = 64 << 20;
  // Or so many timers, or leads re-evaluated under new definitions: of these any number may be due at once, and as long
  // as their commit takes, records wait.
  uint64_t max_epoch_timers = 4096;
  uint64_t max_epoch_reevaluated = 2048;
  size_t lead_cache_bytes = 256 << 20;  // of decoded leads, for all partitions of this worker
  // What a partition that is made anew from the changelog gathers in memory before it goes to the store.
  size_t restore_bytes = 32 << 20;
  // In one round, before records are asked for again: leads whose timers fire, of all partitions together, and leads
  // that one partition re-evaluates under new definitions.
  size_t leads_per_round = 512;
  // Of the worker's time, at most, while definitions are being rolled out. Commits are not counted: records share them,
  // and max_epoch_reevaluated bounds what they hold of it.
  double reevaluation_share = 0.3;
  Millis max_future_skew = std::chrono::minutes(10);
  StartAt start_at = StartAt::kBeginning;  // of a partition that nothing is known of
  InputPartitioning input_partitioning = InputPartitioning::kMurmur2;
  bool dead_letter_payload = true;
  // How long the changelog keeps tombstones (`delete.retention.ms`): a state that is older is restored anew.
  Millis tombstones_kept = std::chrono::hours(24);
};

struct WantedDefinitions {
  std::shared_ptr<const config::Definitions> definitions;  // never null
  std::optional<engine::DefinitionsOrigin> origin;         // nothing: they are of a file
};

// The definitions wanted now: each partition rolls out them when it sees that they are other ones than its own, and not
// older ones of the same topic.
class DefinitionsFeed {
 public:
  virtual ~DefinitionsFeed() = default;
  // Thread-safe.
  virtual WantedDefinitions Wanted() const = 0;
};

struct WorkerMetrics;  // worker_metrics.h
class TenantMetrics;   // tenant_metrics.h
class WriterFence;     // writer_fence.h

// What a worker uses of the world. All outlive it.
struct WorkerEnvironment {
  Connection* connection = nullptr;
  state::LeadStore* store = nullptr;
  WriterFence* writer_fence = nullptr;  // of all workers of the process
  const Clock* clock = nullptr;
  const DefinitionsFeed* definitions = nullptr;
  WorkerMetrics* metrics = nullptr;
  TenantMetrics* tenants = nullptr;  // of all workers of the process; null: nobody asks
};

class Worker {
 public:
  Worker(const WorkerOptions& options, const WorkerEnvironment& environment);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Once, first: joins the group and fences earlier producers of this worker.
  Status Start();
  // One round. An error is for the whole process: it ends with what the message says. Whatever happened, nothing that
  // was not committed remains, and the next start goes on from there.
  Status RunOnce();
  // Commits what there is and leaves the group. Nothing else may be called afterwards.
  Status Finish();

  // Whether the worker is a member of the group and every partition that it has, of which there may be none, is
  // restored.
  bool ready() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace leadpulse::kafka
