// Follows a definitions file during a live run. An editor may still be writing it, so it is read once it has not
// changed for a while.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "config/definitions.h"
#include "processor/base/clock.h"
#include "processor/base/status.h"
#include "tools/leadpulse/live/live_definitions.h"

namespace leadpulse::tools {

// How long modification time, size and content must stay the same. If a copy stalls for longer, half of it is read.
inline constexpr std::chrono::seconds kSettleTime{2};

// A file that is read once it is complete. Owned and called by one thread.
class SettledFile {
 public:
  // Creates it. `clock` outlives it. ReadFile limits the text.
  SettledFile(std::string path, size_t max_bytes, const Clock* clock)
      : path_(std::move(path)), max_bytes_(max_bytes), clock_(clock) {}

  // Returns the text once after the first call and after each change; nullopt while the file is still changing, or the
  // text was already returned. Call it repeatedly. Rejected, once after each change, if the file cannot be read.
  Result<std::optional<std::string>> Look();

  const std::string& path() const { return path_; }

 private:
  // Attributes that show a change without reading the file.
  struct Stamp {
    std::filesystem::file_time_type written;
    uintmax_t size = 0;
    friend bool operator==(const Stamp&, const Stamp&) = default;
  };
  static Stamp StampOf(const std::string& path);
  // Starts to wait with the current text.
  Status BeginToWait();

  const std::string path_;
  const size_t max_bytes_;
  const Clock* const clock_;
  std::optional<Stamp> stamp_;       // nullopt: not read yet
  std::optional<std::string> text_;  // set while waiting
  std::chrono::steady_clock::time_point since_;
};

// Returns at once if the file was last written more than kSettleTime ago by the wall clock, or cannot be read; else
// once it has settled, or `stop` is true.
void WaitUntilSettled(const std::string& path, size_t max_bytes, const Clock& clock, const std::atomic<bool>& stop);

class WatchedDefinitions : public LiveDefinitions {
 public:
  // Starts with `first`, read from the file when the process started; it may be older now, because the process waited
  // for brokers. `clock` outlives this.
  WatchedDefinitions(std::string path, std::shared_ptr<const config::Definitions> first,
                     config::InputPartitioning partitioning, const Clock* clock,
                     size_t max_bytes = kMaxLiveDefinitionsBytes);

  // Takes the file's text if it has changed, once it has settled.
  void LookAgain() override;

 private:
  SettledFile file_;
  std::string considered_;  // the last text, usable or not
};

}  // namespace leadpulse::tools
