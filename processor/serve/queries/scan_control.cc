#include "processor/serve/queries/scan_control.h"

#include "processor/base/clock.h"

namespace leadpulse::serve {

Scan::Scan(std::shared_ptr<const std::atomic<bool>> superseded, const std::atomic<bool>* stopped)
    : superseded_(std::move(superseded)), stopped_(stopped), late_(MonotonicNow() + kScanPatience) {}

ScanEnd Scan::Ended() const {
  if (*stopped_) return ScanEnd::kStopped;
  if (*superseded_) return ScanEnd::kSuperseded;
  return MonotonicNow() > late_ ? ScanEnd::kTooLong : ScanEnd::kNotEnded;
}

Scan ScanControl::Begin(const std::string& owner) {
  auto superseded = std::make_shared<std::atomic<bool>>(false);
  const std::lock_guard lock(mutex_);
  std::erase_if(latest_, [](const auto& entry) { return entry.second.expired(); });
  if (const auto earlier = latest_[owner].lock()) *earlier = true;
  latest_[owner] = superseded;
  return {std::move(superseded), &stopped_};
}

}  // namespace leadpulse::serve
