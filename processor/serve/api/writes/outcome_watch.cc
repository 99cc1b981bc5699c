#include "processor/serve/api/writes/outcome_watch.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <variant>

#include "processor/serve/api/writes/inbox.h"

namespace leadpulse::serve {
namespace {

using std::chrono::milliseconds;

// The pause after a question that the run could not wait with: it does not answer, or is just taking the partition.
constexpr milliseconds kRetryPause{20};
// The longest wait of a question, and so of a front that stops.
constexpr milliseconds kLongestQuestion{1'000};

}  // namespace

OutcomeWatch::OutcomeWatch(RunClient* run, const Clock* clock) : run_(*run), clock_(*clock) {
  for (std::thread& thread : threads_) thread = std::thread([this] { Run(); });
}

void OutcomeWatch::Add(const codec::SourcePosition& at, Time until, OnOutcome on_outcome, Time from,
                       std::optional<v1::GetLead> lead) {
  {
    std::unique_lock lock(mutex_);
    if (!stopping_) {
      waiting_.push_back({at, until, std::move(on_outcome), from, std::move(lead)});
      lock.unlock();  // the thread that this wakes needs it
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
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
  for (const Waiting& each : std::exchange(waiting_, {})) each.on_outcome(std::nullopt);
}

void OutcomeWatch::Run() {
  std::unique_lock lock(mutex_);
  for (std::vector<Waiting> asked = Take(&lock); !asked.empty(); asked = Take(&lock)) {
    lock.unlock();
    const bool may_ask_again = Ask(&asked);
    lock.lock();
    std::ranges::move(asked, std::back_inserter(waiting_));
    if (!may_ask_again) changed_.wait_for(lock, kRetryPause, [this] { return stopping_; });
  }
}

std::vector<OutcomeWatch::Waiting> OutcomeWatch::Take(std::unique_lock<std::mutex>* lock) {
  const auto due = [](const Waiting& each) { return std::min(each.from, each.until); };
  while (!stopping_) {
    const Time now = clock_.Monotonic();
    const auto is_due = [&](const Waiting& each) { return due(each) <= now; };
    const auto later = std::partition(waiting_.begin(), waiting_.end(), is_due);
    const auto ready = std::min<std::ptrdiff_t>(later - waiting_.begin(), kMostPositions);
    if (ready > 0) {
      std::vector<Waiting> asked(std::make_move_iterator(waiting_.begin()),
                                 std::make_move_iterator(waiting_.begin() + ready));
      waiting_.erase(waiting_.begin(), waiting_.begin() + ready);
      return asked;
    }
    if (waiting_.empty()) {
      changed_.wait(*lock);
    } else {
      changed_.wait_for(*lock, due(*std::ranges::min_element(waiting_, {}, due)) - now);
    }
  }
  return {};
}

bool OutcomeWatch::Ask(std::vector<Waiting>* asked) {
  v1::FindOutcomes question;
  for (const Waiting& each : *asked) {
    AskAbout(each.at, &question);
    if (each.lead) *question.mutable_positions()->rbegin()->mutable_lead() = *each.lead;
  }
  const Time begun = clock_.Monotonic();
  const Time first = std::ranges::min_element(*asked, {}, &Waiting::until)->until;
  const auto wait = std::clamp(std::chrono::ceil<milliseconds>(first - begun), milliseconds(0), kLongestQuestion);
  question.set_wait_ms(static_cast<uint32_t>(wait.count()));
  auto answered = run_.Outcomes(question);
  auto* const outcomes = answered.ok() ? std::get_if<v1::RecordOutcomes>(&*answered) : nullptr;
  const Time now = clock_.Monotonic();
  const size_t count = asked->size();
  std::vector<Waiting> left;
  for (size_t i = 0; i < count; ++i) {
    Waiting& each = (*asked)[i];
    v1::RecordOutcome* const outcome = outcomes != nullptr && i < static_cast<size_t>(outcomes->outcomes_size())
                                           ? outcomes->mutable_outcomes(static_cast<int>(i))
                                           : nullptr;
    if (outcome != nullptr && outcome->is_known() && now >= each.from) {
      each.on_outcome(std::move(*outcome));
    } else if (now >= each.until) {
      each.on_outcome(std::nullopt);
    } else {
      left.push_back(std::move(each));
    }
  }
  const bool has_waited = outcomes != nullptr && now - begun >= wait;
  const bool may_ask_again = has_waited || left.size() < count;
  *asked = std::move(left);
  return may_ask_again;
}

}  // namespace leadpulse::serve
