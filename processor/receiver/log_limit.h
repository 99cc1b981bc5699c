// What strangers can cause must not fill the log: the same thing is said once in a while, with how often it was.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>

namespace leadpulse::receiver {

// From any thread.
class LogLimit {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  LogLimit(std::chrono::seconds interval, size_t most_names) : interval_(interval), most_names_(most_names) {}

  // Nothing: it was said less than the interval ago. Else how often it was kept to itself since. `what` comes from a
  // set that is bounded.
  std::optional<uint64_t> Say(const std::string& what, TimePoint now);
  // Whether this name is said for the first time; false, too, for all beyond the first so many.
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
