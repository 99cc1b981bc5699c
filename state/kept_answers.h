// What was answered to questions about a long journal, for as long as the answers stand: most entries that come are of
// types that a question does not ask for. Kept by Journal, which forgets where an entry comes, goes or is taken back.
//
// Not thread-safe. Nothing here fails.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "processor/base/event_types.h"
#include "processor/base/instant.h"

namespace leadpulse::state {

class KeptAnswers {
 public:
  // It follows from the entries of these types and the question alone at every instant from `from` to before `until`.
  struct Answer {
    uint64_t question = 0;  // no two have the same number; 0: of one that has none nothing is kept
    EventTypes types;
    Instant from;
    Instant until;
    int64_t value = 0;
  };

  // Null where none that is kept stands at `now`. Good until the next Keep.
  const Answer* Find(uint64_t question, Instant now) const;
  // In place of what was kept of the question. Where there are too many, one of the others goes.
  void Keep(const Answer& answer);
  // An entry of that type came, went or was taken back.
  void Forget(EventType type);

  // Of memory held.
  size_t MemoryBytes() const { return answers_.capacity() * sizeof(Answer); }

 private:
  // Of a template's rules there are a dozen. A look at all of so many costs less than the quickest question.
  static constexpr size_t kMost = 16;

  std::vector<Answer> answers_;
  size_t next_ = 0;  // to go
};

}  // namespace leadpulse::state
