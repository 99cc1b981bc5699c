// DID: counts and sequences of steps in a lead's journal, in windows that move with `now`.
//
// A window is monotone: it never starts or stops holding for a later instant before it does so for an earlier one. The
// journal is ordered by time, so the entries inside a window are consecutive among those that match, and one pass over
// the journal finds the answer and its next change.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "processor/base/engagement.h"
#include "processor/base/instant.h"
#include "processor/rules/evaluation/evaluator.h"
#include "processor/rules/language/ast.h"

namespace leadpulse::rules {

Answer EvaluateDidCount(const DidCount& did, const Facts& facts);
Answer EvaluateDidThen(const DidThen& did, const Facts& facts);

// A comparison that asks for at least `count` entries or, negated, for fewer.
struct Threshold {
  uint32_t count = 1;
  bool negated = false;
};
// Returns the threshold of a count; nullopt if it asks for an exact count above 0.
std::optional<Threshold> ThresholdOf(const DidCount& did);

// Cached results of DID over a long journal: most events have types that a rule does not ask for. Not thread-safe. For
// one journal, whose owner calls Forget when entries change.
class ResultCache {
 public:
  // An answer that depends only on entries of these types. It is valid from `from` until its next_change_at.
  struct Result {
    uint64_t step = 0;  // Step::id, which identifies the predicate
    EventTypes types;
    Instant from;
    Answer answer;
  };

  // Returns the answer, valid until the next Keep; null if no result is valid at `now`.
  const Answer* Find(uint64_t step, Instant now) const;
  // Replaces the result of the step. If the cache is full, evicts another result. Ignores step 0.
  void Keep(const Result& result);
  // Drops results that depend on these types, because such entries were added, removed or retracted.
  void Forget(EventTypes types);
  void Clear() { results_.clear(); }

  size_t MemoryBytes() const { return results_.capacity() * sizeof(Result); }

 private:
  // A template's rules have a dozen. Searching all of them costs less than the cheapest predicate.
  static constexpr size_t kMaxResults = 16;

  std::vector<Result> results_;
  size_t next_ = 0;  // the result to replace next
};

// Returns the cached answer, or the result of `evaluate`, which may depend only on entries of these types.
template <typename Evaluate>
Answer CachedAnswer(uint64_t step, EventTypes types, const Facts& facts, Evaluate evaluate) {
  if (facts.results == nullptr) return evaluate();
  if (const Answer* cached = facts.results->Find(step, facts.now)) return *cached;
  const Answer answer = evaluate();
  facts.results->Keep({step, types, facts.now, answer});
  return answer;
}

}  // namespace leadpulse::rules
