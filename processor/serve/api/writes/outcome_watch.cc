#include "processor/serve/api/writes/outcome_watch.h"

#include <algorithm>
#include <iterator>
#include <span>
#include <utility>
#include <variant>

#include "processor/serve/api/writes/inbox.h"

namespace leadpulse::serve {
namespace {

// A commit of a run takes about as long.
constexpr std::chrono::milliseconds kBetweenLooks{5};

bool IsSettled(const v1::RecordOutcome& outcome) { return outcome.is_read() || !outcome.unknown().empty(); }

}  // namespace

OutcomeWatch::OutcomeWatch(RunClient* run, const Clock* clock) : run_(*run), clock_(*clock) {
  thread_ = std::thread([this] { Run(); });
}

void OutcomeWatch::Add(const codec::SourcePosition& at, Time until, OnOutcome on_outcome, Time from) {
  {
    const std::lock_guard lock(mutex_);
    if (!stopping_) {
      added_.push_back({at, until, std::move(on_outcome), from});
      changed_.notify_one();
      return;
    }
  }
  on_outcome(std::nullopt);
}

void OutcomeWatch::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

void OutcomeWatch::Run() {
  std::vector<Waiting> waiting;
  while (true) {
    {
      std::unique_lock lock(mutex_);
      const auto is_wanted = [this] { return stopping_ || !added_.empty(); };
      waiting.empty() ? changed_.wait(lock, is_wanted)
                      : static_cast<void>(changed_.wait_for(lock, kBetweenLooks, [this] { return stopping_; }));
      std::move(added_.begin(), added_.end(), std::back_inserter(waiting));
      added_.clear();
      if (stopping_) break;
    }
    Look(&waiting);
  }
  for (const Waiting& each : waiting) each.on_outcome(std::nullopt);
}

void OutcomeWatch::Look(std::vector<Waiting>* waiting) {
  v1::FindOutcomes request;
  for (const Waiting& each : std::span(*waiting).first(std::min(kMostPositions, waiting->size()))) {
    AskAbout(each.at, &request);
  }
  const auto answered = run_.Outcomes(request);
  const v1::RecordOutcomes* outcomes = AnswerIn(answered);
  const Time now = clock_.Monotonic();
  std::vector<Waiting> left;
  for (size_t i = 0; i < waiting->size(); ++i) {
    Waiting& each = (*waiting)[i];
    const bool is_known = outcomes != nullptr && i < static_cast<size_t>(outcomes->outcomes_size()) &&
                          IsSettled(outcomes->outcomes(static_cast<int>(i)));
    if (is_known && now >= each.from) {
      each.on_outcome(outcomes->outcomes(static_cast<int>(i)));
    } else if (now >= each.until) {
      each.on_outcome(std::nullopt);
    } else {
      left.push_back(std::move(each));
    }
  }
  // The others come first the next time.
  if (left.size() > kMostPositions) std::rotate(left.begin(), left.begin() + kMostPositions, left.end());
  *waiting = std::move(left);
}

}  // namespace leadpulse::serve
