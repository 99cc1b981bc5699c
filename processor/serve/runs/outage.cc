#include "processor/serve/runs/outage.h"

namespace leadpulse::serve {
namespace {

// After this time one query tries again.
constexpr std::chrono::seconds kPause{5};

}  // namespace

std::optional<Status> Outage::Current(Time now) const {
  const std::lock_guard lock(mutex_);
  return failure_ && now < until_ ? failure_ : std::nullopt;
}

void Outage::Failed(const Status& failure, Time begun, Time now) {
  // Sooner: somebody refused, which costs nothing to ask again. Later: the run took the query and was too slow for it.
  const auto took = now - begun;
  if (took < kConnectPatience || took >= 2 * kConnectPatience) return;
  const std::lock_guard lock(mutex_);
  failure_ = failure;
  until_ = now + kPause;
}

void Outage::Answered() {
  const std::lock_guard lock(mutex_);
  failure_.reset();
}

}  // namespace leadpulse::serve
