// How many leads each user sees, and how many of them are to be followed up today: the number in the rail of every
// page.
//
// Thread-safe. No page waits for a run that hangs: a thread asks the run, for each user at most once in two seconds,
// and less often while that takes long.
#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "processor/base/clock.h"
#include "processor/serve/access/principal.h"
#include "processor/serve/api/dispatch/lead_api.h"

namespace leadpulse::serve {

// The rule of leads whose day to follow up is today or past.
inline constexpr char kDueRule[] = "follow_up_on BEFORE TOMORROW";

// Numbers as digits; empty: not known.
struct NumbersOfUser {
  std::string all;
  std::string due;
};

class LeadNumbers {
 public:
  // Keeps both, which must outlive this.
  LeadNumbers(LeadApi* api, const Clock* clock);
  ~LeadNumbers() { Stop(); }

  // Ends the thread, once a question that it asks is answered.
  void Stop();

  // Returns the numbers. While no run answers, those of before.
  NumbersOfUser Of(const access::Principal& user);

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Entry {
    NumbersOfUser numbers;
    std::optional<Time> fresh_until;  // nullopt before the first answer
  };

  // Counts for the users in `wanted_`, until Stop.
  void CountForWanted();

  LeadApi* const api_;
  const Clock* const clock_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, Entry> by_user_;             // by tenant and name
  std::map<std::string, access::Principal> wanted_;  // likewise; those counted for now, too
  bool stops_ = false;
  std::thread thread_;
};

}  // namespace leadpulse::serve
