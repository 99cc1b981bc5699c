// Rings when a run has changes or erasures that were not there before, for all that follow them: streams, notices,
// webhooks, and what the front forgets. One question to each run waits for the next ones, so that nobody asks again and
// again.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "leadpulse/v1/query.pb.h"
#include "processor/serve/runs/run_client.h"

namespace leadpulse::serve {

// The bell of one front. Thread-safe, except Stop.
class ChangeBell {
 public:
  // Keeps the client, which must outlive this. Calls `ring` on threads of this, also once for the beginning of each
  // run; it must not wait.
  ChangeBell(RunClient* run, std::function<void()> ring);
  ~ChangeBell() { Stop(); }
  ChangeBell(const ChangeBell&) = delete;
  ChangeBell& operator=(const ChangeBell&) = delete;

  // Ends the waiting questions. Returns once nothing rings any more.
  void Stop();

 private:
  // Asks a run.
  void Listen(size_t run, const std::stop_token& stop);

  // Returns a question of this bell.
  v1::ReadChanges QuestionFor(std::chrono::milliseconds wait) const;

  RunClient& run_;
  const std::string name_;
  const std::function<void()> ring_;
  std::mutex mutex_;
  std::condition_variable_any stopped_;
  std::vector<std::jthread> threads_;  // one for each run
};

}  // namespace leadpulse::serve
