// What is counted of each tenant: by a partition during an epoch, and by the process once that is committed.
//
// How many tenants there are is for those to say who send records, so a page of them has a bound: so many have counts
// of their own, the first ones that are met, and the rest is counted together. A tenant that has a place keeps it until
// the process ends, for a counter may not go back.
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

// Of one epoch, so as many as its records and changes name. One thread.
using EpochTenants = absl::flat_hash_map<std::string, TenantCounts>;

// Of all workers of a process. Thread-safe.
class TenantMetrics {
 public:
  // `limit`: of tenants that are counted apart. 0: nothing is counted.
  explicit TenantMetrics(size_t limit) : limit_(limit) {}

  // Once for each epoch of a partition that is committed, with one lock.
  void Add(PartitionId partition, const EpochTenants& epoch);

  struct Tenant {
    std::string name;  // empty, as no tenant's is: all others together
    TenantCounts counts;
    std::set<PartitionId> partitions;  // in which it was met
  };
  // Ascending by name; the others last, where there are some.
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
