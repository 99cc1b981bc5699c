// Limits log lines that strangers can cause: the same line is logged once in an interval, with the number of times.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>

namespace leadpulse::receiver {

// Thread-safe.
class LogLimit {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  LogLimit(std::chrono::seconds interval, size_t most_names) : interval_(interval), most_names_(most_names) {}

  // nullopt if `what` was logged less than the interval ago; else how often it was suppressed since. `what` must come
  // from a bounded set.
  std::optional<uint64_t> Say(const std::string& what, TimePoint now);
  // Whether this name comes for the first time. False also after the first `most_names` names.
  bool SayOnce(const std::string& name);

 private:
  struct Said {
    TimePoint at;
    uint64_t unsaid = 0;
  };

  const std::chrono::seconds interval_;
  const size_t most_names_;
  std::mutex mutex_;
  std::map<std::string, Said> said_;
  std::set<std::string> names_;
};

}  // namespace leadpulse::receiver
