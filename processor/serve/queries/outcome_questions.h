// Questions for what became of records, each of which waits until the run knows it.
//
// One thread answers them all. It sleeps until there is a question, a commit, or the end of a wait, and then looks at
// the waiting questions in one snapshot.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "leadpulse/v1/query.pb.h"
#include "processor/base/clock.h"
#include "processor/base/status.h"
#include "processor/pipeline/change_feed.h"
#include "processor/query/outcomes/record_outcomes.h"
#include "state/store/lead_store.h"

namespace leadpulse::serve {

// The longest wait of a question: a front that is gone is forgotten.
inline constexpr std::chrono::seconds kLongestWait{10};
// The most questions that wait; each front asks a few.
inline constexpr size_t kMostQuestions = 1'000;

// The outcomes; an error if they cannot be read. nullopt: too many questions wait, or the run stops.
using OutcomeAnswer = std::optional<Result<v1::RecordOutcomes>>;

// The questions of a run. Thread-safe, except Stop.
class OutcomeQuestions {
 public:
  // Keeps the arguments, which must outlive this, and listens to the feed. `outcomes` null: nothing may be added.
  OutcomeQuestions(state::LeadStore* store, query::RecordOutcomes* outcomes, pipeline::ChangeFeed* feed,
                   const Clock* clock);
  ~OutcomeQuestions() { Stop(); }
  OutcomeQuestions(const OutcomeQuestions&) = delete;
  OutcomeQuestions& operator=(const OutcomeQuestions&) = delete;

  // Calls `respond` once, perhaps later on the thread of this: as FindOutcomes in query.proto says.
  void Add(v1::FindOutcomes question, std::function<void(const OutcomeAnswer&)> respond);
  // Answers waiting and later questions with nullopt.
  void Stop();

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Question {
    v1::FindOutcomes asked;
    std::function<void(const OutcomeAnswer&)> respond;
    Time until;
  };

  // Looks at the waiting questions again.
  void OnCommit();
  void Run();
  // Returns when to look at `waiting`: now if there is a reason, else at the end of the first wait.
  void AwaitReason(std::unique_lock<std::mutex>* lock, const std::vector<Question>& waiting);
  // Answers and removes those that need not wait any longer.
  void Look(std::vector<Question>* waiting);
  Result<v1::RecordOutcomes> Find(const state::LeadReader& rows, const v1::FindOutcomes& asked);

  state::LeadStore& store_;
  query::RecordOutcomes* const outcomes_;
  pipeline::ChangeFeed& feed_;
  const Clock& clock_;
  std::mutex mutex_;  // guards the members below
  std::condition_variable changed_;
  std::vector<Question> added_;
  size_t count_ = 0;  // added and waiting
  bool has_commit_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace leadpulse::serve
