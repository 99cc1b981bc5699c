// Counts for each tenant: a partition's during an epoch, and the process's, which include committed epochs.
//
// Senders decide how many tenants there are, so the page has a limit: the first tenants have their own counts, and the
// others are counted together. A tenant keeps its counts until the process ends, because a counter must not go back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "processor/base/ids.h"

namespace leadpulse::kafka {

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
  // `limit`: the number of tenants with their own counts. 0: nothing is counted.
  explicit TenantMetrics(size_t limit) : limit_(limit) {}

  // Call it once for each committed epoch of a partition. Takes one lock.
  void Add(PartitionId partition, const EpochTenants& epoch);

  struct Tenant {
    std::string name;  // empty: all others together; no tenant's name is empty
    TenantCounts counts;
    std::set<PartitionId> partitions;  // that have its records
  };
  // Ascending by name. The others together are last, if there are any.
  std::vector<Tenant> Get() const;

 private:
  struct Place {
    TenantCounts counts;
    std::set<PartitionId> partitions;
  };
  Place& PlaceOf(const std::string& tenant);

  const size_t limit_;
  mutable std::mutex mutex_;
  std::map<std::string, Place, std::less<>> tenants_;
  Place others_;
  bool has_others_ = false;
};

}  // namespace leadpulse::kafka
