// The order in which requests get threads. Tenants, and the askers of each tenant, share the threads by the processor
// time that they have used lately: the one that has used least comes first.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace leadpulse::http {

// Who asks: a user or a token of a tenant. An empty `who` is the tenant's own work, which has no budget.
struct Asker {
  std::string tenant;
  std::string who;
};

// A budget of processor time in seconds: `burst` at once, and `per_second` more each second.
struct TimeBudget {
  double burst = std::numeric_limits<double>::infinity();
  double per_second = 0.1;  // also how fast a use is forgotten
};

struct FairShares {
  size_t waiting = 256;  // requests that wait for a thread
  // The most threads of one tenant, and of one asker.
  size_t of_tenant = std::numeric_limits<size_t>::max();
  size_t of_asker = std::numeric_limits<size_t>::max();
  TimeBudget tenant = {};  // shared by all askers of a tenant
  TimeBudget asker = {};
};

// Not thread-safe. Memory: the requests that wait or run, and those who have used processor time that is not forgotten.
class FairSchedule {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit FairSchedule(const FairShares& shares) : shares_(shares) {}

  struct Refused {
    uint64_t number = 0;
    int64_t retry_after = 0;  // seconds until there is budget; 0: too many wait
  };
  struct Added {
    uint64_t number = 0;
    std::optional<Refused> refused = std::nullopt;  // not always the request that was added
  };
  // Adds a request. Refuses it if its budget is used up. If too many wait, refuses the newest request of the asker who
  // has most of them, in the tenant that has most.
  Added Add(Asker asker, Time now);
  // Takes the next request to answer; nullopt: none may run now.
  std::optional<uint64_t> Next(Time now);
  // Notes that a request that was taken is answered, and the processor time that it has used.
  void End(uint64_t number, double seconds, Time now);

 private:
  using Key = std::pair<std::string, std::optional<std::string>>;  // tenant and asker; nullopt: all of the tenant
  struct Use {
    double seconds = 0;
    double charged = 0;  // the part of `seconds` that counts against the budget; a tenant's own work does not
    Time at = {};
    size_t running = 0;
  };

  static Key KeyOf(const Asker& asker) { return {asker.tenant, asker.who}; }
  static Key KeyOfTenant(const Asker& asker) { return {asker.tenant, std::nullopt}; }
  const TimeBudget& BudgetOf(const Key& key) const { return key.second ? shares_.asker : shares_.tenant; }
  // Returns the seconds of a use that are forgotten by now.
  double Forgotten(const Key& key, const Use& use, Time now) const;
  Use UseOf(const Key& key, Time now) const;
  // Returns the seconds until the asker may use more; 0: now.
  int64_t SecondsUntilBudget(const Asker& asker, Time now) const;
  uint64_t RefuseOne();

  const FairShares shares_;
  uint64_t last_number_ = 0;
  std::vector<std::pair<uint64_t, Asker>> waiting_;  // the first added first
  std::unordered_map<uint64_t, Asker> running_;
  std::map<Key, Use> uses_;
};

}  // namespace leadpulse::http
