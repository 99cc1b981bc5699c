// The order in which passwords are checked.
//
// A check takes a tenth of a second, and one runs at a time. Nobody is refused because of what others have tried: after
// wrong passwords for a name, or from a client, the next checks wait some seconds, whether they are right or not, and
// those of names and clients with fewer wrong ones come first. A device on which the user has logged in before does
// not wait for what strangers do; its own wrong passwords count apart.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace leadpulse::serve {

struct LoginAttempt {
  std::string client;   // http::Request::client
  std::string name;     // the tenant and the user, as they were sent
  std::string device;   // the known device that sends it; empty: none
  uint64_t number = 0;  // set by LoginSchedule::Add
};

// How long checks wait after wrong passwords.
struct LoginPatience {
  double free = 5;                           // wrong passwords after which a check does not wait
  double forgets_per_second = 1;             // that many wrong ones
  static constexpr double kMostBeyond = 12;  // more wrong ones than this beyond `free` are not remembered
};
inline constexpr LoginPatience kPatienceWithName{5, 1.0 / 30};
// An office, or people behind a proxy that is not known as one, are one client.
inline constexpr LoginPatience kPatienceWithClient{20, 1};
inline constexpr LoginPatience kPatienceWithDevice{5, 1.0 / 30};
inline constexpr std::chrono::seconds kLongestLoginWait{8};

// Attempts that wait for their check. Not thread-safe.
class LoginSchedule {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // The most that wait. Of more, the one with most others of its client and name is refused.
  static constexpr size_t kMostWaiting = 256;
  // While more than these wait, the check of one follows that of another, which is slow enough.
  static constexpr size_t kMostWithWait = 64;
  // The most of one device that come before others.
  static constexpr size_t kMostOfDevice = 4;

  // Adds an attempt and gives it a number. Returns the number of the one that is refused for it, perhaps its own.
  struct Added {
    uint64_t number = 0;
    std::optional<uint64_t> refused = std::nullopt;
  };
  Added Add(LoginAttempt attempt, Time now);
  // Takes the next attempt to check; nullopt: none yet.
  std::optional<LoginAttempt> Next(Time now);
  // Returns when Next may have one; nullopt: not before another is added.
  std::optional<Time> NextTime(Time now);
  // Counts the result of a check.
  void Count(const LoginAttempt& attempt, bool is_right, Time now);

 private:
  struct Waiting {
    LoginAttempt attempt;
    Time since;
  };
  // Wrong passwords, of which some are forgotten each second.
  struct Tally {
    double wrong = 0;
    Time at = {};
  };
  using Tallies = std::unordered_map<std::string, Tally>;

  static double WrongOf(const Tallies& tallies, const std::string& key, const LoginPatience& patience, Time now);
  static void AddWrong(const std::string& key, const LoginPatience& patience, Time now, Tallies* tallies);
  bool IsKnown(const LoginAttempt& attempt, Time now) const;
  // Returns when the attempt may be checked.
  Time DueTime(const Waiting& waiting, Time now) const;
  // Returns how much was tried in vain by its client and for its name.
  double Weight(const LoginAttempt& attempt, Time now) const;
  uint64_t RefuseOne(Time now);

  uint64_t last_number_ = 0;
  uint64_t checks_ = 0;
  std::vector<Waiting> waiting_;  // in the order of Add
  Tallies names_, clients_, devices_;
};

}  // namespace leadpulse::serve
