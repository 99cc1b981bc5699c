// The ends of scans before they have visited all leads: when the run stops, when the same caller asks again, or after a
// time.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace leadpulse::serve {

// The longest that a scan may take while someone waits for it; a front waits 30 seconds for an answer.
inline constexpr std::chrono::seconds kScanTimeout{20};

enum class ScanEnd { kNotEnded, kStopped, kSuperseded, kTooLong };

// Returns whether a scan must end, and why. Cheap enough to be called for each lead.
using Scan = std::function<ScanEnd()>;

// The control of running scans. Thread-safe. Must outlive its scans. Memory: one entry for each owner of a scan that
// runs.
class ScanControl {
 public:
  // Begins a scan. A running scan of the same owner is superseded.
  Scan Begin(const std::string& owner);
  // Ends all scans, also later ones.
  void Stop() { stopped_ = true; }

 private:
  std::atomic<bool> stopped_{false};
  std::mutex mutex_;
  std::map<std::string, std::weak_ptr<std::atomic<bool>>> latest_;  // by owner; guarded by mutex_
};

}  // namespace leadpulse::serve
