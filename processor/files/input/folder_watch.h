// Which files appear in a followed folder.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "processor/base/status.h"
#include "processor/files/input/followed_disk.h"

namespace leadpulse::input {

// Owned and called by one thread at a time.
class FolderWatch {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // `disk` outlives this.
  FolderWatch(std::string path, FollowedDisk* disk) : path_(std::move(path)), disk_(disk) {}

  const std::string& path() const { return path_; }

  // The inputs that were not there at an earlier call, by name. One look at the folder; it is listed only where its
  // names may have changed. Fatal: the folder cannot be read.
  Result<std::vector<std::string>> NewFiles(Time now);
  // A new file that was gone again before it was opened: if it comes back, it is new.
  void Forget(const std::string& path) { known_.erase(path); }

 private:
  bool NamesMayHaveChanged(Time now);

  const std::string path_;
  FollowedDisk* const disk_;
  std::unordered_set<std::string> known_;
  std::optional<int64_t> modified_ns_;  // as last seen
  Time changed_at_;                     // when it was first seen so
  Time listed_at_;
};

}  // namespace leadpulse::input
