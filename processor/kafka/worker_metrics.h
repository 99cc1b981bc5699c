// The counts of workers, for the metrics and for the log.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "processor/base/ids.h"
#include "processor/base/instant.h"
#include "processor/pipeline/apply_metrics.h"

namespace leadpulse::kafka {

// The lag of a partition that is being read.
struct PartitionLag {
  PartitionId partition;
  int64_t records = 0;  // up to the last known ends
  // When the newest record that this worker has read happened; DistantPast() before the first.
  Instant newest = Instant::DistantPast();
  Millis clock_ahead{0};  // the partition's clock minus this machine's
  friend bool operator==(const PartitionLag&, const PartitionLag&) = default;
};

// The lags of all partitions that are being read, ascending. The worker replaces them a few times a second.
class PartitionLags {
 public:
  void Set(std::vector<PartitionLag> lags) {
    const std::lock_guard lock(mutex_);
    lags_ = std::move(lags);
  }
  std::vector<PartitionLag> Get() const {
    const std::lock_guard lock(mutex_);
    return lags_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<PartitionLag> lags_;
};

// The warning in the log that the clocks of partitions are ahead of this machine's clock.
class ClockWarning {
 public:
  // Logs the partition that is most ahead, if it is ahead by more than clocks usually differ. A partition's clock never
  // goes back, so the warning is repeated while one is ahead, but not at every call.
  void Log(std::span<const PartitionLag> partitions, std::chrono::steady_clock::time_point now);

 private:
  std::chrono::steady_clock::time_point next_{};
};

// The warning in the log that records are handed on, because their producers use another partitioner.
class HandedOnWarning {
 public:
  // Counts records that a partition of a topic has handed on.
  void Add(const std::string& topic, PartitionId partition, uint64_t records);
  // Logs what was added since the last warning, if there is anything, once a minute at most. Names the partition with
  // the most.
  void Log(std::chrono::steady_clock::time_point now);

 private:
  std::map<std::pair<std::string, PartitionId>, uint64_t> counts_;
  std::chrono::steady_clock::time_point next_{};
};

// The metrics of one worker. Written by the worker, read by any thread. All but the gauges only grow.
struct WorkerMetrics : pipeline::ApplyMetrics {
  std::atomic<uint64_t> records_handed_on{0};  // to the partitions of their leads, committed
  std::atomic<uint64_t> messages_sent{0};      // between leads, committed
  std::atomic<uint64_t> messages_received{0};  // between leads, committed
  std::atomic<uint64_t> aborts{0};             // aborted or doubtful transactions
  std::atomic<uint64_t> producers{0};          // made; more than one if one was lost
  std::atomic<uint64_t> rebalances{0};         // partitions came or went
  std::atomic<uint64_t> restored_records{0};   // changelog records read
  std::atomic<uint64_t> full_restores{0};      // partitions whose local state could not be used

  // Gauges.
  std::atomic<uint32_t> partitions{0};              // assigned
  std::atomic<uint32_t> partitions_restoring{0};    // assigned, but not live yet
  std::atomic<uint64_t> restore_remaining{0};       // changelog offsets still to be read
  std::atomic<uint32_t> partitions_rolling_out{0};  // some leads are under previous definitions
  std::atomic<uint32_t> partitions_failing{0};      // could not be restored or read, and are tried again
  std::atomic<int64_t> lag{0};                      // input records up to the last known ends
  std::atomic<uint64_t> unwritten_leads{0};         // whose last changes lead.journal has and lead.state has not
  std::atomic<uint64_t> unwritten_profiles{0};      // whose last changes lead.profiles has not
  PartitionLags partition_lags;
};

// The metrics of the standby of a process. Written by the standby, read by any thread.
struct StandbyMetrics {
  std::atomic<uint32_t> copies{0};    // partitions of other processes that were copied a minute ago at most
  std::atomic<uint64_t> failures{0};  // times that a partition could not be copied
};

// ---- Tenants ----
//
// Counts for each tenant: a partition's during an epoch, and the process's, which include committed epochs.
//
// Senders decide how many tenants there are, so the page has a limit: the first tenants have their own counts, and the
// others are counted together. A tenant keeps its counts until the process ends, because a counter must not go back.

struct TenantCounts {
  uint64_t records = 0;  // applied
  uint64_t changes = 0;

  void Add(const TenantCounts& other) {
    records += other.records;
    changes += other.changes;
  }
  friend bool operator==(const TenantCounts&, const TenantCounts&) = default;
};

// The tenants in the records and changes of one epoch. One thread.
using EpochTenants = absl::flat_hash_map<std::string, TenantCounts>;

// The counts of all workers of a process. Thread-safe.
class TenantMetrics {
 public:
  // Counts for at most `limit` tenants each. With 0 nothing is counted.
  explicit TenantMetrics(size_t limit) : limit_(limit) {}

  // Adds a committed epoch of a partition. Call it once for each. Takes one lock.
  void Add(PartitionId partition, const EpochTenants& epoch);

  struct Tenant {
    std::string name;  // empty: all others together; no tenant's name is empty
    TenantCounts counts;
    std::set<PartitionId> partitions;  // which have its records
  };
  // Returns the tenants, ascending by name. The others together are last, if there are any.
  std::vector<Tenant> Get() const;

 private:
  Tenant& TenantOf(const std::string& name);

  const size_t limit_;
  mutable std::mutex mutex_;
  std::map<std::string, Tenant, std::less<>> tenants_;
  std::optional<Tenant> others_;
};

}  // namespace leadpulse::kafka
