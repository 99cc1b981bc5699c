// Threads for requests that take long, behind a bounded queue that tenants and, within a tenant, its askers share
// fairly: whoever has used least lately comes first, and nobody has all threads.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

namespace leadpulse::http {

// Who asks: a user or a token of a tenant. An empty `who` is the tenant's own work, which has no budget.
struct Asker {
  std::string tenant;
  std::string who;
};

// A budget in seconds of threads: `burst` at once, and `per_second` more each second.
struct TimeBudget {
  double burst = std::numeric_limits<double>::infinity();
  double per_second = 0.1;
};

struct FairQueueOptions {
  size_t threads = 2;
  size_t of_tenant = 2;   // the most threads of one tenant
  size_t of_asker = 2;    // the most threads of one asker
  size_t waiting = 256;   // requests that wait for a thread
  int niceness = 0;       // above 0, the threads have lower priority than others
  TimeBudget asker = {};  // what one may use
  TimeBudget tenant = {};
  // What a request uses: the processor time of its thread. Otherwise the time that it has the thread.
  bool counts_processor_time = true;
};

// The order of a FairQueue. Not thread-safe.
class FairSchedule {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit FairSchedule(const FairQueueOptions& options) : options_(options) {}

  struct Refused {
    uint64_t number = 0;
    int64_t retry_after = 0;  // seconds until there is budget; 0: too many wait
  };
  struct Added {
    uint64_t number = 0;
    std::optional<Refused> refused = std::nullopt;  // perhaps the one that was added
  };
  // Adds a request. One is refused if the budget is used up or too many wait: the newest of those who have most.
  Added Add(Asker asker, Time now);
  // Takes the next request to answer; nullopt: none that may run now.
  std::optional<uint64_t> Next(Time now);
  // Notes that the answer of a request has taken this time.
  void Ended(uint64_t number, double seconds, Time now);

 private:
  using Key = std::pair<std::string, std::string>;  // tenant and asker; of a tenant itself: tenant and NUL
  struct Use {
    double seconds = 0;
    Time at = {};
    size_t running = 0;
  };

  static Key KeyOf(const Asker& asker) { return {asker.tenant, asker.who}; }
  static Key KeyOfTenant(const Asker& asker) { return {asker.tenant, std::string(1, '\0')}; }
  double Used(const Key& key, const TimeBudget& budget, Time now) const;
  size_t Running(const Key& key) const;
  // Returns the seconds until the asker may use more; 0: now.
  int64_t SecondsUntilBudget(const Asker& asker, Time now) const;
  uint64_t RefuseOne();
  void ForgetUnused(Time now);

  const FairQueueOptions options_;
  uint64_t last_number_ = 0;
  std::vector<std::pair<uint64_t, Asker>> waiting_;  // the first added first
  std::unordered_map<uint64_t, Asker> running_;
  std::map<Key, Use> uses_;
};

// The queue with its threads. Thread-safe, except Stop.
class FairQueue {
 public:
  // Answers that the request is refused. `retry_after`: as in FairSchedule; nullopt: the queue stops.
  using Refuse = std::function<void(std::optional<int64_t> retry_after)>;

  explicit FairQueue(const FairQueueOptions& options);
  ~FairQueue() { Stop(); }
  FairQueue(const FairQueue&) = delete;
  FairQueue& operator=(const FairQueue&) = delete;

  // Calls exactly one of the two, once: `answer` on a thread of the queue, or `refuse`, perhaps before this returns.
  void Add(Asker asker, std::function<void()> answer, Refuse refuse);
  // Refuses waiting and later requests, and returns when the running ones are answered.
  void Stop();

 private:
  struct Calls {
    std::function<void()> answer;
    Refuse refuse;
  };

  void Work();

  const FairQueueOptions options_;
  std::mutex mutex_;  // guards the members below
  std::condition_variable changed_;
  FairSchedule schedule_;
  std::unordered_map<uint64_t, Calls> calls_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace leadpulse::http
