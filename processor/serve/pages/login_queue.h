// A thread that checks passwords one at a time, in the order of a LoginSchedule.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "processor/base/clock.h"
#include "processor/serve/pages/login_schedule.h"

namespace leadpulse::serve {

enum class LoginResult { kRight, kWrong, kUnknown };

// Thread-safe, except Stop.
class LoginQueue {
 public:
  // Checks the password and answers the request.
  using Check = std::function<LoginResult()>;
  // Answers that it is not checked: too many wait, or the queue stops.
  using Refuse = std::function<void(bool is_stopping)>;

  explicit LoginQueue(const Clock* clock);
  ~LoginQueue() { Stop(); }
  LoginQueue(const LoginQueue&) = delete;
  LoginQueue& operator=(const LoginQueue&) = delete;

  // Calls exactly one of the two, once: `check` on the thread of the queue, or `refuse`, perhaps before this returns.
  void Add(LoginAttempt attempt, Check check, Refuse refuse);
  // Refuses waiting and later attempts, and returns when the running check is answered.
  void Stop();

 private:
  struct Calls {
    Check check;
    Refuse refuse;
  };

  void Work();

  const Clock& clock_;
  std::mutex mutex_;  // guards the members below
  std::condition_variable changed_;
  LoginSchedule schedule_;
  std::unordered_map<uint64_t, Calls> calls_;  // by LoginAttempt::number
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace leadpulse::serve
