// A file that may still be being written: its text counts once it has not changed for a while.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "processor/base/clock.h"
#include "processor/base/status.h"

namespace leadpulse::tools {

// How long time of writing, size and content must stay the same. A copy that stalls for longer is read half.
inline constexpr std::chrono::seconds kSettleTime{2};

// Owned and called by one thread.
class SettledFile {
 public:
  // `clock` outlives this. A text is cut as ReadFile does it.
  SettledFile(std::string path, size_t max_bytes, const Clock* clock)
      : path_(std::move(path)), max_bytes_(max_bytes), clock_(clock) {}

  // To be called again and again. The text, once after each change, and after the first call; nothing: it is not
  // settled, or was given. Rejected, once after each change: it cannot be read.
  Result<std::optional<std::string>> Look();

  const std::string& path() const { return path_; }

 private:
  // Tells a change without reading the file.
  struct Stamp {
    std::filesystem::file_time_type written;
    uintmax_t size = 0;
    friend bool operator==(const Stamp&, const Stamp&) = default;
  };
  static Stamp StampOf(const std::string& path);
  // Begins to wait with the text that the file has now.
  Status BeginToWait();

  const std::string path_;
  const size_t max_bytes_;
  const Clock* const clock_;
  std::optional<Stamp> stamp_;       // nothing: not looked at yet
  std::optional<std::string> text_;  // while it is waited for
  std::chrono::steady_clock::time_point since_;
};

// Returns at once where the file was last written longer than kSettleTime ago, by the wall clock, or cannot be read;
// else once it is settled, or `stop` is true.
void WaitUntilSettled(const std::string& path, size_t max_bytes, const Clock& clock, const std::atomic<bool>& stop);

}  // namespace leadpulse::tools
