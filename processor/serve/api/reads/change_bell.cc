#include "processor/serve/api/reads/change_bell.h"

#include <utility>

#include "processor/serve/access/secrets.h"

namespace leadpulse::serve {
namespace {

using std::chrono::milliseconds;

// Below kChangesTimeout, after which a run hangs.
constexpr milliseconds kLongestNewsWait{4'000};
constexpr milliseconds kBetweenRings{50};
constexpr milliseconds kPauseWhileAway{500};  // while the run does not answer

}  // namespace

ChangeBell::ChangeBell(RunClient* run, std::function<void()> ring)
    : run_(*run), name_(access::RandomId()), ring_(std::move(ring)) {
  for (size_t i = 0; i < run_.count(); ++i) {
    threads_.emplace_back([this, i](const std::stop_token& stop) { Listen(i, stop); });
  }
}

void ChangeBell::Stop() {
  for (std::jthread& thread : threads_) thread.request_stop();
  // The next question ends the one that waits.
  for (size_t i = 0; i < threads_.size(); ++i) (void)run_.NewsOf(i, QuestionFor(milliseconds(1)));
  threads_.clear();
}

void ChangeBell::Listen(size_t run, const std::stop_token& stop) {
  v1::ReadChanges question = QuestionFor(kLongestNewsWait);
  while (!stop.stop_requested()) {
    const auto answered = run_.NewsOf(run, question);
    const v1::ChangePages* news = AnswerIn(answered);
    if (news != nullptr && std::exchange(*question.mutable_seen(), news->newest()) != news->newest()) ring_();
    std::unique_lock lock(mutex_);
    stopped_.wait_for(lock, stop, news == nullptr ? kPauseWhileAway : kBetweenRings, [] { return false; });
  }
}

v1::ReadChanges ChangeBell::QuestionFor(milliseconds wait) const {
  v1::ReadChanges question;
  question.set_wait_ms(static_cast<uint32_t>(wait.count()));
  question.set_asker(name_);
  return question;
}

}  // namespace leadpulse::serve
