// Questions that wait in the run until it knows the answer: what became of records, and what has changed.
//
// One thread answers them all. It sleeps until there is a question, a commit, or the end of a wait, and then looks at
// the waiting questions, as of one commit.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
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
class WaitingQuestions {
 public:
  // Keeps the arguments, which must outlive this, and listens to the feed. `outcomes` null: nobody asks for them.
  WaitingQuestions(state::LeadStore* store, query::RecordOutcomes* outcomes, pipeline::ChangeFeed* feed,
                   const Clock* clock);
  ~WaitingQuestions() { Stop(); }
  WaitingQuestions(const WaitingQuestions&) = delete;
  WaitingQuestions& operator=(const WaitingQuestions&) = delete;

  // Calls `respond` once, perhaps later on the thread of this: as FindOutcomes in query.proto says.
  void AskForOutcomes(v1::FindOutcomes question, std::function<void(const OutcomeAnswer&)> respond);
  // Calls `respond` once, likewise: when `has_news` is true, at once or after a commit, after the wait of `question`,
  // or once its asker asks again. With false if too many questions wait, or the run stops.
  void AskForNews(const v1::ReadChanges& question, std::function<bool()> has_news, std::function<void(bool)> respond);
  // Returns how many commits there were.
  uint64_t commits() const { return commits_; }
  // Ends waiting and later questions without an answer.
  void Stop();

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Question {
    // Answers if the answer is known as of the commit, or if the wait is over. Returns whether it has answered.
    std::function<bool(const state::MetaReader& commit, bool is_over)> answer;
    std::function<void()> refuse;
    std::string asker = {};  // has one question that waits; empty: nobody in particular
    Time until = {};
  };

  void Add(std::chrono::milliseconds wait, Question question);
  // Looks at the waiting questions again.
  void OnCommit();
  void Run();
  // Returns when to look at `waiting`: now if there is a reason, else at the end of the first wait.
  void AwaitReason(std::unique_lock<std::mutex>* lock, const std::vector<Question>& waiting);
  // Moves what was added to `waiting`.
  void TakeAdded(std::vector<Question>* waiting);
  // Answers and removes those that need not wait any longer.
  void Look(std::vector<Question>* waiting);
  Result<v1::RecordOutcomes> Find(const state::MetaReader& commit, const v1::FindOutcomes& asked);

  state::LeadStore& store_;
  query::RecordOutcomes* const outcomes_;
  pipeline::ChangeFeed& feed_;
  const Clock& clock_;
  std::atomic<uint64_t> commits_{0};
  std::mutex mutex_;  // guards the members below
  std::condition_variable changed_;
  std::vector<Question> added_;
  size_t count_ = 0;  // added and waiting
  bool has_commit_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace leadpulse::serve
