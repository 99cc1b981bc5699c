#include "processor/serve/pages/lead_numbers.h"

#include <algorithm>

#include "processor/base/text.h"
#include "processor/serve/pages/api_reply.h"

namespace leadpulse::serve {
namespace {

constexpr std::chrono::milliseconds kLifetime{2'000};
// How long a page waits for a number: if the former one is known, and if none is.
constexpr std::chrono::milliseconds kPatience{50}, kFirstPatience{500};
constexpr int kShare = 20;           // a count that takes a second is asked for every 20 seconds
constexpr size_t kMostUsers = 4096;  // beyond, all are counted anew

std::string UserKey(const access::Principal& user) {
  return Concat({user.tenant, std::string_view("\0", 1), user.who});
}

// Returns the number of leads that the rule holds for; empty if the run does not answer.
std::string Count(const std::string& rule, LeadApi* api, const access::Principal& user) {
  const auto answered = api->Ask<v1::FoundLeads>(
      {.action = "contact.search", .parameters = {{"where", rule}, {"limit", "1"}, {"count", "estimate"}}}, user);
  const auto* found = std::get_if<v1::FoundLeads>(&answered);
  return found == nullptr ? "" : CountIn(*found);
}

}  // namespace

LeadNumbers::LeadNumbers(LeadApi* api, const Clock* clock)
    : api_(api), clock_(clock), thread_([this] { CountForWanted(); }) {}

void LeadNumbers::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stops_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

NumbersOfUser LeadNumbers::Of(const access::Principal& user) {
  std::unique_lock lock(mutex_);
  const std::string key = UserKey(user);
  const auto is_fresh = [&] {
    const auto& until = by_user_[key].fresh_until;
    return until && clock_->Monotonic() < *until;
  };
  if (!is_fresh() && !stops_) {
    wanted_.emplace(key, user);
    changed_.notify_all();
    const bool is_known = by_user_[key].fresh_until.has_value();
    changed_.wait_for(lock, is_known ? kPatience : kFirstPatience, [&] { return stops_ || is_fresh(); });
  }
  return by_user_[key].numbers;
}

void LeadNumbers::CountForWanted() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stops_ || !wanted_.empty(); });
    if (stops_) return;
    const auto [key, user] = *wanted_.begin();
    lock.unlock();
    const Time begun = clock_->Monotonic();
    const NumbersOfUser numbers = {Count("", api_, user), Count(kDueRule, api_, user)};
    const Time now = clock_->Monotonic();
    lock.lock();
    if (by_user_.size() > kMostUsers) by_user_.clear();
    Entry& entry = by_user_[key];
    if (!numbers.all.empty() && !numbers.due.empty()) entry.numbers = numbers;
    entry.fresh_until = now + std::max<Time::duration>(kLifetime, kShare * (now - begun));
    wanted_.erase(key);
    changed_.notify_all();
  }
}

}  // namespace leadpulse::serve
