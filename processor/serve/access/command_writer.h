// Writes to the log of commands for many requests at once: those that wait share a transaction, and so a sync. They
// wait a moment for new commands that other requests are about to add, as for those that come during a sync.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "processor/base/status.h"
#include "processor/serve/access/command_log.h"

namespace leadpulse::access {

// One thread that writes what waits. Thread-safe, except Stop.
class CommandWriter {
 public:
  // Takes the earlier command with the id, if there is one. Called once, on the thread of this; it must not wait.
  using Done = std::function<void(const Result<std::optional<SentCommand>>& earlier)>;

  // A request that is about to add a command, as long as this exists.
  class Coming {
   public:
    explicit Coming(CommandWriter* writer);
    ~Coming();
    Coming(const Coming&) = delete;
    Coming& operator=(const Coming&) = delete;

   private:
    CommandWriter& writer_;
  };

  // The longest wait for those that come: about as long as a sync.
  static constexpr std::chrono::milliseconds kGather{2};

  // Keeps the log, which must outlive this.
  explicit CommandWriter(CommandLog* log, std::chrono::milliseconds gather = kGather);
  ~CommandWriter() { Stop(); }
  CommandWriter(const CommandWriter&) = delete;
  CommandWriter& operator=(const CommandWriter&) = delete;

  // Writes as CommandLog::Write does; writes about the same command stay in their order. `action` as in CommandWrite.
  void Add(SentCommand command, std::string action, Done done);
  // Writes what waits. Later writes are refused as Retriable.
  void Stop();

 private:
  struct Waiting {
    SentCommand command;
    std::string action;
    Done done;
  };

  void Run();
  // Writes these. If they are rejected together, writes each alone: one of them is at fault.
  void Write(const std::vector<Waiting>& group);

  CommandLog& log_;
  const std::chrono::milliseconds gather_;
  std::mutex mutex_;  // guards the members below
  std::condition_variable changed_;
  std::vector<Waiting> waiting_;
  size_t coming_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace leadpulse::access
