// Who gets in while others try passwords: attacks, and the owners of names among them.
#include "processor/serve/pages/login_schedule.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace leadpulse::serve::login_schedule_test {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kCheck{100};  // what a check takes
constexpr seconds kAttackBefore{60}, kAttack{120};

// An attack: `a_second` wrong passwords, each from a client and for a name.
struct Attack {
  const char* name;
  int a_second;
  std::function<std::string(int number)> client, user;
  size_t parallel = 0;  // how many the attacker leaves waiting; 0: any number
};
// What an owner of `kim` does, who has the right password and tries again a second after a refusal.
struct Owner {
  const char* name;
  std::string client;
  std::string device;
  int wrong_before = 0;  // own typing errors
};

struct Outcome {
  std::optional<milliseconds> in;  // how long the owner took; nullopt: not in
  int refusals = 0;
  int checked_guesses = 0;  // of passwords of kim, by strangers
};

Outcome Play(const Attack& attack, const Owner& owner) {
  LoginSchedule schedule;
  const LoginSchedule::Time begin{};
  Outcome outcome;
  std::map<uint64_t, bool> owners;  // waiting attempts of the owner: whether they are right
  std::optional<LoginSchedule::Time> since, again;
  std::optional<std::pair<LoginAttempt, LoginSchedule::Time>> checked;  // and when it ends
  size_t strangers_wait = 0;
  int sent = 0, left_wrong = owner.wrong_before;
  const auto refused = [&](std::optional<uint64_t> number, LoginSchedule::Time now) {
    if (!number) return;
    if (owners.erase(*number) == 0) {
      --strangers_wait;
      return;
    }
    ++outcome.refusals;
    again = now + seconds(1);
  };
  const auto try_to_log_in = [&](LoginSchedule::Time now) {
    again.reset();
    const auto added = schedule.Add({owner.client, "kim", owner.device}, now);
    owners[added.number] = left_wrong-- <= 0;
    refused(added.refused, now);
  };
  constexpr milliseconds kStep{20};
  for (LoginSchedule::Time now = begin; now < begin + kAttackBefore + kAttack; now += kStep) {
    const double passed = std::chrono::duration<double>(now - begin).count();
    while (sent < passed * attack.a_second && (attack.parallel == 0 || strangers_wait < attack.parallel)) {
      ++strangers_wait;
      refused(schedule.Add({attack.client(sent), attack.user(sent), ""}, now).refused, now);
      ++sent;
    }
    sent = std::max(sent, static_cast<int>(passed * attack.a_second));
    if (!since && now >= begin + kAttackBefore) {
      since = now;
      try_to_log_in(now);
    }
    if (again && now >= *again) try_to_log_in(now);
    if (checked && now >= checked->second) {
      const auto of_owner = owners.find(checked->first.number);
      const bool is_right = of_owner != owners.end() && of_owner->second;
      schedule.Count(checked->first, is_right, now);
      if (of_owner == owners.end()) {
        --strangers_wait;
        outcome.checked_guesses += checked->first.name == "kim" ? 1 : 0;
      } else if (is_right) {
        outcome.in = std::chrono::duration_cast<milliseconds>(now - *since);
        return outcome;
      } else {
        try_to_log_in(now);
      }
      checked.reset();
    }
    if (checked) continue;
    if (auto next = schedule.Next(now)) checked = {*std::move(next), now + kCheck};
  }
  return outcome;
}

std::string Many(const char* what, int number) { return what + std::to_string(number); }

std::vector<Attack> Attacks() {
  const auto one = [](const char* text) { return [text](int) { return std::string(text); }; };
  const auto many = [](const char* what) { return [what](int number) { return Many(what, number); }; };
  return {
      {"four a second from the proxy of all, for one name", 4, one("proxy"), one("kim")},
      {"four a second from the proxy of all, for many names", 4, one("proxy"), many("user")},
      {"fifty a second from one client for one name", 50, one("villain"), one("kim")},
      {"fifty a second from one client for many names", 50, one("villain"), many("user")},
      {"fifty a second from many clients for one name", 50, many("bot"), one("kim")},
      {"fifty a second from many clients for many names", 50, many("bot"), many("user")},
      {"all that one client can have waiting", 1'000, one("villain"), one("kim"), 200},
      {"all that the proxy of all can have waiting", 1'000, one("proxy"), many("user"), 200},
  };
}

TEST(LoginScheduleTest, AKnownDeviceIsNotHeldUpByAnyAttack) {
  for (const Attack& attack : Attacks()) {
    for (const Owner& owner : {Owner{"at home", "home", "laptop"}, Owner{"behind the proxy", "proxy", "laptop"},
                               Owner{"who types wrongly", "proxy", "laptop", 3}}) {
      const Outcome outcome = Play(attack, owner);
      ASSERT_TRUE(outcome.in) << attack.name << "; " << owner.name;
      EXPECT_LE(*outcome.in, (2 + owner.wrong_before) * kCheck + kCheck) << attack.name << "; " << owner.name;
      EXPECT_EQ(outcome.refusals, 0) << attack.name << "; " << owner.name;
    }
  }
}

TEST(LoginScheduleTest, ANewDeviceGetsInSlowly) {
  for (const Attack& attack : Attacks()) {
    const Outcome at_home = Play(attack, {"at home", "home", ""});
    ASSERT_TRUE(at_home.in) << attack.name;
    // If nothing tells the owner from the strangers, neither the name nor the client, it is one of many.
    const bool is_like_others = attack.user(0) == "kim" || attack.client(0) != attack.client(1);
    EXPECT_LE(*at_home.in, is_like_others ? seconds(60) : 3 * kCheck) << attack.name;
    if (attack.a_second > 4) continue;
    // Nobody has said that the proxy is one, so that all behind it are one client.
    const Outcome behind_proxy = Play(attack, {"behind the proxy", "proxy", ""});
    ASSERT_TRUE(behind_proxy.in) << attack.name;
    EXPECT_LE(*behind_proxy.in, kLongestLoginWait + seconds(8)) << attack.name;
    EXPECT_EQ(behind_proxy.refusals, 0) << attack.name;
  }
}

TEST(LoginScheduleTest, GuessesOfOneNameAreFew) {
  for (const Attack& attack : Attacks()) {
    // More than a check a tenth of a second is impossible; from one client, which waits for its answers, far fewer.
    const Outcome outcome = Play(attack, {"nobody", "home", "", 1'000'000});
    const double a_second =
        static_cast<double>(outcome.checked_guesses) / static_cast<double>((kAttackBefore + kAttack).count());
    EXPECT_LE(a_second, 10) << attack.name;
  }
  const Attack patient{"one at a time", 1'000, [](int) { return "villain"; }, [](int) { return "kim"; }, 1};
  EXPECT_LE(Play(patient, {"nobody", "home", "", 1'000'000}).checked_guesses, 5 + 180 / 2);
}

TEST(LoginScheduleTest, AStolenDeviceHelpsWithFewGuesses) {
  LoginSchedule schedule;
  LoginSchedule::Time now{};
  int at_once = 0;
  for (int i = 0; i < 60; ++i) {
    (void)schedule.Add({"villain", "kim", "laptop"}, now);
    for (std::optional<LoginAttempt> next; (next = schedule.Next(now)); now += kCheck) {
      ++at_once;
      schedule.Count(*next, /*is_right=*/false, now);
    }
  }
  EXPECT_LE(at_once, 12);
}

}  // namespace leadpulse::serve::login_schedule_test
