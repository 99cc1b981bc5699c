#include "state/kept_answers.h"

#include <algorithm>

namespace leadpulse::state {

const KeptAnswers::Answer* KeptAnswers::Find(uint64_t question, Instant now) const {
  const auto found = std::ranges::find(answers_, question, &Answer::question);
  return found != answers_.end() && found->from <= now && now < found->until ? &*found : nullptr;
}

void KeptAnswers::Keep(const Answer& answer) {
  if (answer.question == 0) return;
  const auto known = std::ranges::find(answers_, answer.question, &Answer::question);
  if (known != answers_.end()) {
    *known = answer;
  } else if (answers_.size() < kMost) {
    answers_.push_back(answer);
  } else {
    answers_[next_++ % kMost] = answer;
  }
}

void KeptAnswers::Forget(EventType type) {
  for (Answer& answer : answers_) {
    if (answer.types.Contains(type)) answer.until = Instant::DistantPast();
  }
}

}  // namespace leadpulse::state
