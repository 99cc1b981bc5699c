#include "processor/serve/queries/outcome_questions.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

namespace leadpulse::serve {
namespace {

bool IsKnown(const v1::RecordOutcome& outcome) { return outcome.is_read() || !outcome.unknown().empty(); }

// Whether a question need not wait any longer: an outcome is known, or no commit of this process makes one known.
bool IsAnswer(const v1::RecordOutcomes& found) {
  return std::ranges::any_of(found.outcomes(), IsKnown) ||
         std::ranges::all_of(found.outcomes(), &v1::RecordOutcome::is_elsewhere);
}

}  // namespace

OutcomeQuestions::OutcomeQuestions(state::LeadStore* store, query::RecordOutcomes* outcomes, pipeline::ChangeFeed* feed,
                                   const Clock* clock)
    : store_(*store), outcomes_(outcomes), feed_(*feed), clock_(*clock) {
  if (outcomes_ == nullptr) return;
  thread_ = std::thread([this] { Run(); });
  feed_.Listen([this] { OnCommit(); });
}

void OutcomeQuestions::Add(v1::FindOutcomes question, std::function<void(const OutcomeAnswer&)> respond) {
  const auto wait = std::min<std::chrono::milliseconds>(std::chrono::milliseconds(question.wait_ms()), kLongestWait);
  const Time now = clock_.Monotonic();
  if (wait.count() > 0) feed_.Await(now);
  {
    const std::lock_guard lock(mutex_);
    if (!stopping_ && count_ < kMostQuestions) {
      ++count_;
      added_.push_back({std::move(question), std::move(respond), now + wait});
      changed_.notify_one();
      return;
    }
  }
  respond(std::nullopt);
}

void OutcomeQuestions::OnCommit() {
  const std::lock_guard lock(mutex_);
  has_commit_ = true;
  if (count_ > 0) changed_.notify_one();
}

void OutcomeQuestions::Stop() {
  if (outcomes_ != nullptr) feed_.Listen(nullptr);
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

void OutcomeQuestions::Run() {
  std::vector<Question> waiting;
  std::unique_lock lock(mutex_);
  while (true) {
    AwaitReason(&lock, waiting);
    has_commit_ = false;
    std::ranges::move(added_, std::back_inserter(waiting));
    added_.clear();
    if (stopping_) break;
    lock.unlock();
    Look(&waiting);
    lock.lock();
    count_ = waiting.size() + added_.size();
  }
  lock.unlock();
  for (const Question& question : waiting) question.respond(std::nullopt);
}

void OutcomeQuestions::AwaitReason(std::unique_lock<std::mutex>* lock, const std::vector<Question>& waiting) {
  const auto has_reason = [&] { return stopping_ || !added_.empty() || (has_commit_ && !waiting.empty()); };
  if (waiting.empty()) return changed_.wait(*lock, has_reason);
  const Time first = std::ranges::min_element(waiting, {}, &Question::until)->until;
  changed_.wait_for(*lock, first - clock_.Monotonic(), has_reason);
}

void OutcomeQuestions::Look(std::vector<Question>* waiting) {
  const Time now = clock_.Monotonic();
  std::unique_ptr<const state::LeadReader> snapshot;
  if (outcomes_->needs_snapshot()) {
    Result<std::unique_ptr<const state::LeadReader>> rows = store_.Snapshot();
    if (!rows.ok()) {
      for (const Question& question : std::exchange(*waiting, {}))
        question.respond(Result<v1::RecordOutcomes>(rows.status()));
      return;
    }
    snapshot = std::move(*rows);
  }
  const state::LeadReader& rows = snapshot != nullptr ? *snapshot : store_;
  std::erase_if(*waiting, [&](const Question& question) {
    const Result<v1::RecordOutcomes> found = Find(rows, question.asked);
    if (found.ok() && !IsAnswer(*found) && now < question.until) return false;
    question.respond(found);
    return true;
  });
}

Result<v1::RecordOutcomes> OutcomeQuestions::Find(const state::LeadReader& rows, const v1::FindOutcomes& asked) {
  v1::RecordOutcomes answer;
  for (const v1::RecordPosition& at : asked.positions()) {
    const Result<query::RecordOutcome> found =
        outcomes_->Find(rows, {at.input(), at.partition(), at.offset(), /*line=*/0});
    if (!found.ok() && found.status().kind() != ErrorKind::kRejected) return found.status();
    v1::RecordOutcome* outcome = answer.add_outcomes();
    if (!found.ok()) {
      outcome->set_unknown(found.status().message());
      continue;
    }
    outcome->set_is_read(found->is_read);
    outcome->set_is_elsewhere(found->is_elsewhere);
    if (!found->refusal) continue;
    outcome->set_reason(found->refusal->reason);
    outcome->set_detail(found->refusal->detail);
  }
  return answer;
}

}  // namespace leadpulse::serve
