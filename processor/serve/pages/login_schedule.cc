#include "processor/serve/pages/login_schedule.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>
#include <utility>

namespace leadpulse::serve {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// A check takes a tenth of a second and each wrong one is forgotten, so fewer than these are remembered at a time.
constexpr size_t kMostTallies = 20'000;

// Returns how long a check waits after `wrong` passwords: one second, then two, four and eight.
milliseconds WaitAfter(double wrong, const LoginPatience& patience) {
  const double beyond = std::floor(wrong - patience.free);
  if (beyond < 0) return milliseconds(0);
  constexpr double kMostDoublings = 3;
  return std::min<milliseconds>(seconds(1) * (1 << static_cast<int>(std::min(beyond, kMostDoublings))),
                                kLongestLoginWait);
}

}  // namespace

double LoginSchedule::WrongOf(const Tallies& tallies, const std::string& key, const LoginPatience& patience, Time now) {
  const auto found = tallies.find(key);
  if (found == tallies.end()) return 0;
  const std::chrono::duration<double> passed = now - found->second.at;
  return std::max(0.0, found->second.wrong - passed.count() * patience.forgets_per_second);
}

void LoginSchedule::AddWrong(const std::string& key, const LoginPatience& patience, Time now, Tallies* tallies) {
  if (tallies->size() >= kMostTallies) {
    std::erase_if(*tallies, [&](const auto& entry) { return WrongOf(*tallies, entry.first, patience, now) == 0; });
  }
  const double before = WrongOf(*tallies, key, patience, now);
  (*tallies)[key] = {std::min(before + 1, patience.free + LoginPatience::kMostBeyond), now};
}

bool LoginSchedule::IsKnown(const LoginAttempt& attempt, Time now) const {
  return !attempt.device.empty() &&
         WrongOf(devices_, attempt.device, kPatienceWithDevice, now) < kPatienceWithDevice.free;
}

LoginSchedule::Time LoginSchedule::DueTime(const Waiting& waiting, Time now) const {
  const LoginAttempt& attempt = waiting.attempt;
  if (IsKnown(attempt, now) || waiting_.size() > kMostWithWait) return waiting.since;
  const double of_name = WrongOf(names_, attempt.name, kPatienceWithName, now);
  const double of_client = WrongOf(clients_, attempt.client, kPatienceWithClient, now);
  return waiting.since + std::max(WaitAfter(of_name, kPatienceWithName), WaitAfter(of_client, kPatienceWithClient));
}

double LoginSchedule::Weight(const LoginAttempt& attempt, Time now) const {
  return WrongOf(names_, attempt.name, kPatienceWithName, now) +
         WrongOf(clients_, attempt.client, kPatienceWithClient, now);
}

LoginSchedule::Added LoginSchedule::Add(LoginAttempt attempt, Time now) {
  const auto of_device = std::ranges::count_if(
      waiting_, [&attempt](const Waiting& waiting) { return waiting.attempt.device == attempt.device; });
  if (static_cast<size_t>(of_device) >= kMostOfDevice) attempt.device.clear();
  attempt.number = ++last_number_;
  waiting_.push_back({std::move(attempt), now});
  Added added{last_number_};
  if (waiting_.size() > kMostWaiting) added.refused = RefuseOne(now);
  return added;
}

uint64_t LoginSchedule::RefuseOne(Time now) {
  std::map<std::string, double> of_client, of_name;
  for (const Waiting& waiting : waiting_) {
    ++of_client[waiting.attempt.client];
    ++of_name[waiting.attempt.name];
  }
  const auto rank = [&](const Waiting& waiting) {
    const LoginAttempt& attempt = waiting.attempt;
    // Among equals any, so that each has a chance, whenever it came.
    constexpr uint64_t kMixed = 0x9E3779B97F4A7C15;
    return std::tuple(IsKnown(attempt, now) ? 0 : 1,
                      Weight(attempt, now) + of_client[attempt.client] + of_name[attempt.name],
                      attempt.number * kMixed);
  };
  const auto worst = std::ranges::max_element(waiting_, std::less<>(), rank);
  const uint64_t number = worst->attempt.number;
  waiting_.erase(worst);
  return number;
}

std::optional<LoginAttempt> LoginSchedule::Next(Time now) {
  // Some come in the order in which they were sent, so that a name with many wrong passwords has its turn, too.
  constexpr uint64_t kOneOf = 4;
  const bool is_by_age = ++checks_ % kOneOf == 0;
  const auto rank = [&](const Waiting& waiting) {
    const LoginAttempt& attempt = waiting.attempt;
    return std::tuple(DueTime(waiting, now) > now, !IsKnown(attempt, now), is_by_age ? 0 : Weight(attempt, now),
                      attempt.number);
  };
  const auto next = std::ranges::min_element(waiting_, std::less<>(), rank);
  if (next == waiting_.end() || DueTime(*next, now) > now) return std::nullopt;
  LoginAttempt attempt = std::move(next->attempt);
  waiting_.erase(next);
  return attempt;
}

std::optional<LoginSchedule::Time> LoginSchedule::NextTime(Time now) {
  std::optional<Time> next;
  for (const Waiting& waiting : waiting_) {
    const Time due = DueTime(waiting, now);
    if (!next || due < *next) next = due;
  }
  return next;
}

void LoginSchedule::Count(const LoginAttempt& attempt, bool is_right, Time now) {
  if (is_right) {
    devices_.erase(attempt.device);
    return;
  }
  if (IsKnown(attempt, now)) return AddWrong(attempt.device, kPatienceWithDevice, now, &devices_);
  AddWrong(attempt.name, kPatienceWithName, now, &names_);
  AddWrong(attempt.client, kPatienceWithClient, now, &clients_);
}

}  // namespace leadpulse::serve
