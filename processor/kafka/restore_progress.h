// What the log says of a partition's restore while it goes on: how much is done, what is left, how long that may take.
// Time is a parameter, and one that only goes forward. One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace leadpulse::kafka {

class RestoreProgress {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::seconds kInterval{10};

  // Changelog offsets read, and still to be read. What there is to say, once every interval; nothing: not yet. Where
  // less is done than before, the restore has begun anew, and so does its pace.
  std::optional<std::string> Note(uint64_t done, uint64_t left, Time now);

 private:
  struct Mark {
    uint64_t done;
    Time at;
  };
  std::optional<Mark> first_;  // the pace is counted from there
  Mark last_{};                // said
};

}  // namespace leadpulse::kafka
