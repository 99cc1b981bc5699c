#include "processor/receiver/log_limit.h"

#include <utility>

namespace leadpulse::receiver {

std::optional<uint64_t> LogLimit::Say(const std::string& what, TimePoint now) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto [said, is_new] = said_.try_emplace(what, Said{now, 0});
  if (is_new) return 0;
  if (now - said->second.at < interval_) {
    ++said->second.unsaid;
    return std::nullopt;
  }
  said->second.at = now;
  return std::exchange(said->second.unsaid, 0);
}

bool LogLimit::SayOnce(const std::string& name) {
  const std::lock_guard<std::mutex> lock(mutex_);
  return names_.size() < most_names_ && names_.insert(name).second;
}

}  // namespace leadpulse::receiver
