#include "processor/rules/evaluation/did_evaluator.h"

#include <algorithm>

#include "processor/base/text.h"
#include "processor/rules/evaluation/step_search.h"
#include "processor/rules/evaluation/value_evaluator.h"

namespace leadpulse::rules {
namespace {

using Entries = std::span<const state::JournalEntry>;

bool NameMatches(const Step& step, const state::JournalEntry& entry) {
  if (std::holds_alternative<std::monostate>(step.name)) return true;
  if (entry.name().empty()) return false;
  if (const auto* text = std::get_if<Text>(&step.name)) return EqualsFolded(entry.name(), text->folded);
  const auto& test = std::get<TextTest>(step.name);
  return MatchesText(test, entry.name()) != test.negated;
}

bool BounceMatches(const Step& step, const state::JournalEntry& entry) {
  if (!step.bounce) return true;
  return (entry.bounce_kind == BounceKind::kSoft) == (*step.bounce == BounceKind::kSoft);
}

// Returns the entry's property of that name; null if it has none.
const Value* PropertyOf(const state::JournalEntry& entry, std::string_view name) {
  if (entry.properties() == nullptr) return nullptr;
  for (const auto& [property, value] : *entry.properties()) {  // at most 16
    if (property == name) return &value;
  }
  return nullptr;
}

bool PropertiesMatch(const Step& step, const state::JournalEntry& entry) {
  return std::all_of(step.where.begin(), step.where.end(), [&](const PropertyTest& test) {
    return PassesTest(test.test, PropertyOperand(PropertyOf(entry, test.property)));
  });
}

// Whether the count satisfies `did`. A DID without a comparison asks for at least one.
bool CountHolds(const DidCount& did, uint64_t count) {
  return did.op ? Compares(*did.op, count, uint64_t{did.count}) : count >= 1;
}

// Whether at least `wanted` entries have now - occurred_at < duration. Such entries only leave, oldest first, so the
// wanted-th latest one decides.
Answer AtLeastInLast(const Step& step, Millis duration, uint64_t wanted, const Facts& facts) {
  if (wanted == 0) return {true, Instant::Never()};
  const Entries entries = facts.lead->journal.entries();
  const StepSearch search(step, facts.lead->journal);
  uint64_t found = 0;
  for (auto i = search.LastCandidate(entries.size()); i; i = search.LastCandidate(*i)) {
    const Instant until = entries[*i].occurred_at + duration;
    if (until <= facts.now) break;
    if (StepMatches(step, entries[*i]) && ++found == wanted) return {true, until};
  }
  return {false, Instant::Never()};
}

Answer CountAll(const DidCount& did, const Facts& facts) {
  const size_t end = facts.lead->journal.entries().size();
  const StepSearch search(did.step, facts.lead->journal);
  uint64_t count = 0;
  // Above the rule's count no comparison changes any more.
  for (size_t i = search.First(0); i < end && count <= did.count; i = search.First(i + 1)) ++count;
  return {CountHolds(did, count), Instant::Never()};
}

// Follows the entries into and out of the window until the answer changes.
Answer CountInWindow(const DidCount& did, const Facts& facts) {
  MatchCursor leaving(did.step, did.window, facts);
  while (!leaving.done() && leaving.until() <= facts.now) leaving.Advance();
  MatchCursor entering = leaving;
  uint64_t count = 0;
  const auto move_to = [&](Instant t) {
    for (; !entering.done() && entering.from() <= t; entering.Advance()) ++count;
    for (; !leaving.done() && leaving.until() <= t; leaving.Advance()) --count;
  };
  move_to(facts.now);
  const bool holds = CountHolds(did, count);
  while (true) {
    const Instant next = std::min(entering.from(), leaving.until());
    if (next == Instant::Never()) return {holds, next};
    move_to(next);
    if (CountHolds(did, count) != holds) return {holds, next};
  }
}

Answer CountNow(const DidCount& did, const Facts& facts) {
  if (!did.window) return CountAll(did, facts);
  const auto* last = std::get_if<InLast>(&*did.window);
  const std::optional<Threshold> threshold = last != nullptr ? ThresholdOf(did) : std::nullopt;
  if (!threshold) return CountInWindow(did, facts);
  Answer answer = AtLeastInLast(did.step, last->duration, threshold->count, facts);
  answer.holds = answer.holds != threshold->negated;
  return answer;
}

}  // namespace

std::optional<Threshold> ThresholdOf(const DidCount& did) {
  const uint32_t n = did.count;
  switch (did.op.value_or(Compare::kGreaterOrEqual)) {
    case Compare::kGreaterOrEqual:
      return Threshold{n, false};
    case Compare::kGreater:
      return Threshold{n + 1, false};
    case Compare::kLess:
      return Threshold{n, true};
    case Compare::kLessOrEqual:
      return Threshold{n + 1, true};
    case Compare::kEqual:
      if (n == 0) return Threshold{1, true};
      break;
    case Compare::kNotEqual:
      if (n == 0) return Threshold{1, false};
      break;
  }
  return std::nullopt;
}

bool StepOfTypeMatches(const Step& step, const state::JournalEntry& entry) {
  if (entry.retracted || entry.type == EventType::kRetract) return false;
  if (step.scope != Scope::kAny && entry.machine != (step.scope == Scope::kMachine)) return false;
  if (!BounceMatches(step, entry)) return false;
  if (step.campaign && !EqualsFolded(entry.campaign_id(), step.campaign->folded)) return false;
  return NameMatches(step, entry) && PropertiesMatch(step, entry);
}

Answer EvaluateDidCount(const DidCount& did, const Facts& facts) {
  return CachedAnswer(did.step.id, {did.step.type}, facts, [&] { return CountNow(did, facts); });
}

const Answer* ResultCache::Find(uint64_t step, Instant now) const {
  const auto found = std::ranges::find(results_, step, &Result::step);
  return found != results_.end() && found->from <= now && now < found->answer.next_change_at ? &found->answer : nullptr;
}

void ResultCache::Keep(const Result& result) {
  if (result.step == 0) return;
  const auto known = std::ranges::find(results_, result.step, &Result::step);
  if (known != results_.end()) {
    *known = result;
  } else if (results_.size() < kMaxResults) {
    results_.push_back(result);
  } else {
    results_[next_++ % kMaxResults] = result;
  }
}

void ResultCache::Forget(EventTypes types) {
  for (Result& result : results_) {
    if (result.types.Intersects(types)) result.answer.next_change_at = Instant::DistantPast();
  }
}

}  // namespace leadpulse::rules
