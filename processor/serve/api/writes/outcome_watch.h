// The outcomes of records that the front has written. The run is asked once, and answers when it knows.
#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "processor/base/clock.h"
#include "processor/serve/runs/run_client.h"
#include "schemas/codec/records.h"

namespace leadpulse::serve {

// How long to wait for an outcome for which no client waits.
inline constexpr std::chrono::hours kLongestSeenThrough{1};
// The pause between two looks at a contact whose command is applied, and which waits for its mailbox.
inline constexpr std::chrono::milliseconds kMailboxPause{20};

// The watch of outcomes. Thread-safe, except Stop.
class OutcomeWatch {
 public:
  using Time = std::chrono::steady_clock::time_point;
  // Takes the outcome, or nullopt if the run has not answered in time.
  using OnOutcome = std::function<void(std::optional<v1::RecordOutcome> outcome)>;

  // Keeps the arguments, which must outlive this.
  OutcomeWatch(RunClient* run, const Clock* clock);
  ~OutcomeWatch() { Stop(); }
  OutcomeWatch(const OutcomeWatch&) = delete;
  OutcomeWatch& operator=(const OutcomeWatch&) = delete;

  // Calls `on_outcome` once, on the watch's thread: when the run has read the record at `at`, or reports that it cannot
  // know, or at `until` (of the monotonic clock), but not before `from`. It must not wait. `lead`: asked for in the
  // same question, as in RecordPosition of query.proto.
  void Add(const codec::SourcePosition& at, Time until, OnOutcome on_outcome, Time from = Time::min(),
           std::optional<v1::GetLead> lead = std::nullopt);
  // Calls all that wait, and later ones, with nullopt.
  void Stop();

 private:
  struct Waiting {
    codec::SourcePosition at;
    Time until;
    OnOutcome on_outcome;
    Time from;
    std::optional<v1::GetLead> lead;
  };
  void Run();
  // Removes and returns those to ask about now, kMostPositions at most. Waits until there are some; none: it stops.
  std::vector<Waiting> Take(std::unique_lock<std::mutex>* lock);
  // Asks once about all of `asked`, and removes and calls those that are settled. Returns false if there is no use in
  // asking again at once.
  bool Ask(std::vector<Waiting>* asked);

  // Records that were added while one question waits are in the next one, which need not wait for the same commit.
  static constexpr size_t kQuestions = 4;

  RunClient& run_;
  const Clock& clock_;
  std::mutex mutex_;  // guards the members below
  std::condition_variable changed_;
  std::vector<Waiting> waiting_;  // without those that are asked about
  bool stopping_ = false;
  std::array<std::thread, kQuestions> threads_;
};

}  // namespace leadpulse::serve
