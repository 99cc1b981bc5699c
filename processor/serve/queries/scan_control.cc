#include "processor/serve/queries/scan_control.h"

#include "processor/base/clock.h"

namespace leadpulse::serve {

Scan ScanControl::Begin(const std::string& owner) {
  auto superseded = std::make_shared<std::atomic<bool>>(false);
  const std::lock_guard lock(mutex_);
  std::erase_if(latest_, [](const auto& entry) { return entry.second.expired(); });
  if (const auto earlier = latest_[owner].lock()) *earlier = true;
  latest_[owner] = superseded;
  return [this, superseded, late = MonotonicNow() + kScanTimeout] {
    if (stopped_) return ScanEnd::kStopped;
    if (*superseded) return ScanEnd::kSuperseded;
    return MonotonicNow() > late ? ScanEnd::kTooLong : ScanEnd::kNotEnded;
  };
}

}  // namespace leadpulse::serve
