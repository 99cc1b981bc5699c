// What is counted of each tenant: by a partition during an epoch, and by the process once that is committed.
//
// How many tenants there are is for those to say who send records, so a page of them has a bound: so many have counts
// of their own, the first ones that are met, and the rest is counted together. A tenant that has a place keeps it until
// the process ends, for a counter may not go back.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "processor/base/instant.h"

namespace leadpulse::kafka {

struct TenantCounts {
  uint64_t records = 0;  // applied
  uint64_t changes = 0;
  // When the newest of the records happened, by the clock they were applied at at most; DistantPast(): there was none.
  Instant newest = Instant::DistantPast();

  void Add(const TenantCounts& other) {
    records += other.records;
    changes += other.changes;
    newest = std::max(newest, other.newest);
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

  // Once for each epoch that is committed, with one lock.
  void Add(const EpochTenants& epoch);

  struct Tenant {
    std::string name;  // empty, as no tenant's is: all others together
    TenantCounts counts;
  };
  // Ascending by name; the others last, where there are some.
  std::vector<Tenant> Get() const;

 private:
  TenantCounts& PlaceOf(const std::string& tenant);

  const size_t limit_;
  mutable std::mutex mutex_;
  std::map<std::string, TenantCounts, std::less<>> tenants_;
  TenantCounts others_;
  bool has_others_ = false;
};

}  // namespace leadpulse::kafka
