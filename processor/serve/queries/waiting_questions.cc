#include "processor/serve/queries/waiting_questions.h"

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "processor/base/assert.h"

namespace leadpulse::serve {
namespace {

// Whether a question need not wait any longer: an outcome is known, or no commit of this process makes one known.
bool IsAnswer(const v1::RecordOutcomes& found) {
  return std::ranges::any_of(found.outcomes(), &v1::RecordOutcome::is_known) ||
         std::ranges::all_of(found.outcomes(), &v1::RecordOutcome::is_elsewhere);
}

// The entries as of the latest commit. The first one opens the snapshot, and each is read once.
class LatestCommit {
 public:
  explicit LatestCommit(state::LeadStore* store) : store_(*store) {}

  Result<std::optional<std::string>> Read(std::string_view name) {
    if (snapshot_ == nullptr) {
      LP_ASSIGN_OR_RETURN(snapshot_, store_.Snapshot());
    }
    auto entry = entries_.find(name);
    if (entry == entries_.end()) entry = entries_.emplace(name, snapshot_->GetMeta(name)).first;
    return entry->second;
  }

 private:
  state::LeadStore& store_;
  std::unique_ptr<const state::LeadReader> snapshot_;
  std::map<std::string, Result<std::optional<std::string>>, std::less<>> entries_;
};

}  // namespace

WaitingQuestions::WaitingQuestions(state::LeadStore* store, query::RecordOutcomes* outcomes, pipeline::ChangeFeed* feed,
                                   const Clock* clock)
    : store_(*store), outcomes_(outcomes), feed_(*feed), clock_(*clock) {
  thread_ = std::thread([this] { Run(); });
  feed_.Listen([this] { OnCommit(); });
}

void WaitingQuestions::AskForOutcomes(v1::FindOutcomes question, std::function<void(const OutcomeAnswer&)> respond) {
  LP_ASSERT(outcomes_ != nullptr);
  const std::chrono::milliseconds wait(question.wait_ms());
  if (wait.count() > 0) feed_.Await(clock_.Monotonic());
  std::function<void()> refuse = [respond] { respond(std::nullopt); };
  const auto answer = [this, question = std::move(question), respond = std::move(respond)](
                          const state::MetaReader& commit, bool is_over) {
    const Result<v1::RecordOutcomes> found = Find(commit, question);
    if (found.ok() && !IsAnswer(*found) && !is_over) return false;
    respond(found);
    return true;
  };
  Add(wait, {answer, std::move(refuse)});
}

void WaitingQuestions::AskForNews(const v1::ReadChanges& question, std::function<bool()> has_news,
                                  std::function<void(bool)> respond) {
  std::function<void()> refuse = [respond] { respond(false); };
  const auto answer = [has_news = std::move(has_news), respond = std::move(respond)](
                          const state::MetaReader& /*commit*/, bool is_over) {
    if (!is_over && !has_news()) return false;
    respond(true);
    return true;
  };
  Add(std::chrono::milliseconds(question.wait_ms()), {answer, std::move(refuse), question.asker()});
}

void WaitingQuestions::Add(std::chrono::milliseconds wait, Question question) {
  question.until = clock_.Monotonic() + std::min<std::chrono::milliseconds>(wait, kLongestWait);
  {
    const std::lock_guard lock(mutex_);
    if (!stopping_ && count_ < kMostQuestions) {
      ++count_;
      added_.push_back(std::move(question));
      changed_.notify_one();
      return;
    }
  }
  question.refuse();
}

void WaitingQuestions::OnCommit() {
  ++commits_;
  const std::lock_guard lock(mutex_);
  has_commit_ = true;
  if (count_ > 0) changed_.notify_one();
}

void WaitingQuestions::Stop() {
  feed_.Listen(nullptr);
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

void WaitingQuestions::Run() {
  std::vector<Question> waiting;
  std::unique_lock lock(mutex_);
  while (true) {
    AwaitReason(&lock, waiting);
    has_commit_ = false;
    TakeAdded(&waiting);
    if (stopping_) break;
    lock.unlock();
    Look(&waiting);
    lock.lock();
    count_ = waiting.size() + added_.size();
  }
  lock.unlock();
  for (const Question& question : waiting) question.refuse();
}

void WaitingQuestions::AwaitReason(std::unique_lock<std::mutex>* lock, const std::vector<Question>& waiting) {
  const auto has_reason = [&] { return stopping_ || !added_.empty() || (has_commit_ && !waiting.empty()); };
  if (waiting.empty()) return changed_.wait(*lock, has_reason);
  const Time first = std::ranges::min_element(waiting, {}, &Question::until)->until;
  changed_.wait_for(*lock, first - clock_.Monotonic(), has_reason);
}

void WaitingQuestions::TakeAdded(std::vector<Question>* waiting) {
  for (Question& added : added_) {
    for (Question& earlier : *waiting) {
      if (!added.asker.empty() && earlier.asker == added.asker) earlier.until = Time::min();
    }
    waiting->push_back(std::move(added));
  }
  added_.clear();
}

void WaitingQuestions::Look(std::vector<Question>* waiting) {
  const Time now = clock_.Monotonic();
  LatestCommit latest(&store_);
  const state::MetaReader commit = [&latest](std::string_view name) { return latest.Read(name); };
  std::erase_if(*waiting, [&](const Question& question) { return question.answer(commit, now >= question.until); });
}

Result<v1::RecordOutcomes> WaitingQuestions::Find(const state::MetaReader& commit, const v1::FindOutcomes& asked) {
  v1::RecordOutcomes answer;
  for (const v1::RecordPosition& at : asked.positions()) {
    const Result<query::RecordOutcome> found =
        outcomes_->Find(commit, {at.input(), at.partition(), at.offset(), /*line=*/0});
    if (!found.ok() && found.status().kind() != ErrorKind::kRejected) return found.status();
    v1::RecordOutcome* outcome = answer.add_outcomes();
    outcome->set_is_known(!found.ok() || found->is_read);
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
