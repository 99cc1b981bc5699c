// Results of DID over a long journal, kept while they stand: most events are of types that a rule does not ask for.
//
// Not thread-safe. Nothing here fails.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "processor/base/event_types.h"
#include "processor/base/instant.h"
#include "processor/rules/evaluation/evaluator.h"

namespace leadpulse::rules {

// Of one journal. Its owner calls Forget when entries change.
class ResultCache {
 public:
  // The answer follows from the entries of these types alone at every instant from `from` until its next timer.
  struct Result {
    uint64_t step = 0;  // Step::id, which names the predicate
    EventTypes types;
    Instant from;
    Answer answer;
  };

  // Null if nothing is kept that stands at `now`. Good until the next Keep.
  const Answer* Find(uint64_t step, Instant now) const;
  // Replaces what is kept of the step. When the cache is full, another result goes. Of step 0 nothing is kept.
  void Keep(const Result& result);
  // Entries of these types came, left or were retracted.
  void Forget(EventTypes types);
  void Clear() { results_.clear(); }

  size_t MemoryBytes() const { return results_.capacity() * sizeof(Result); }

 private:
  // A template's rules have a dozen. Searching all of them costs less than the cheapest predicate.
  static constexpr size_t kMaxResults = 16;

  std::vector<Result> results_;
  size_t next_ = 0;  // to be replaced
};

// The cached answer, or what `evaluate` returns, which looks only at entries of these types.
template <typename Evaluate>
Answer CachedAnswer(uint64_t step, EventTypes types, const Facts& facts, Evaluate evaluate) {
  if (facts.results == nullptr) return evaluate();
  if (const Answer* cached = facts.results->Find(step, facts.now)) return *cached;
  const Answer answer = evaluate();
  facts.results->Keep({step, types, facts.now, answer});
  return answer;
}

}  // namespace leadpulse::rules
