#include "processor/rules/did_evaluator.h"

#include <algorithm>
#include <functional>
#include <string>

#include "processor/base/text.h"
#include "processor/rules/step_search.h"
#include "processor/rules/time_test.h"
#include "processor/rules/value_evaluator.h"

namespace leadpulse::rules {
namespace {

using Entries = std::span<const state::JournalEntry>;

bool InScope(Scope scope, const state::JournalEntry& entry) {
  switch (scope) {
    case Scope::kPeople:
      return !entry.machine;
    case Scope::kAny:
      return true;
    case Scope::kMachine:
      return entry.machine;
  }
  return false;
}

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

// Null where the entry has no property of that name.
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

// The entries that match a step and are at some time inside its window, oldest first.
class MatchCursor {
 public:
  MatchCursor(const Step& step, const std::optional<TimeTest>& window, const Facts& facts)
      : search_(step, facts.lead->journal),
        window_(window ? &*window : nullptr),
        facts_(&facts),
        entries_(facts.lead->journal.entries()) {
    Settle();
  }
  bool done() const { return index_ == entries_.size(); }
  size_t index() const { return index_; }
  const Stretch& stretch() const { return stretch_; }
  // The next instant at which the entry enters or leaves the window; Never() after the last one.
  Instant from() const { return done() ? Instant::Never() : stretch_.from; }
  Instant until() const { return done() ? Instant::Never() : stretch_.until; }
  void Advance() {
    ++index_;
    Settle();
  }

 private:
  void Settle() {
    for (index_ = search_.First(index_); !done(); index_ = search_.First(index_ + 1)) {
      if (window_ == nullptr) return;
      stretch_ = HoldsDuring(*window_, entries_[index_].occurred_at, *facts_->calendar);
      if (stretch_.from < stretch_.until) return;
    }
  }

  StepSearch search_;
  const TimeTest* window_;
  const Facts* facts_;
  Entries entries_;
  size_t index_ = 0;
  Stretch stretch_;
};

// A comparison that asks for at least `count`, or for less.
struct Threshold {
  uint64_t count = 1;
  bool negated = false;
};

std::optional<Threshold> ThresholdOf(const DidCount& did) {
  const uint64_t n = did.count;
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

// The count is what `did` asks for. A DID without a comparison asks for at least one.
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
  // Beyond the count asked for no comparison changes any more.
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

// The union of stretches that are added in ascending order of both ends, as it stands at `now`.
class UnionAtNow {
 public:
  explicit UnionAtNow(Instant now) : now_(now) {}

  // False: nothing that follows can change the answer.
  bool Add(const Stretch& stretch) {
    if (stretch.until <= now_ || stretch.from >= stretch.until) return true;
    if (!answer_.holds && stretch.from > now_) {
      answer_.next_flip = stretch.from;
      return false;
    }
    if (answer_.holds && stretch.from > answer_.next_flip) return false;
    answer_ = {true, stretch.until};
    return stretch.until != Instant::Never();
  }
  const Answer& answer() const { return answer_; }

 private:
  Instant now_;
  Answer answer_;
};

// The entries of a sequence's second step, grouped by what SAME compares.
class Followers {
 public:
  // Of entries from index `begin` on.
  Followers(const DidThen& did, Entries entries, size_t begin)
      : same_(did.same), within_(did.within), entries_(entries) {
    for (size_t i = begin; i < entries.size(); ++i) {
      if (HasKey(entries[i]) && StepMatches(did.second, entries[i])) followers_.push_back({KeyHash(entries[i]), i});
    }
    std::sort(followers_.begin(), followers_.end());
  }

  // Whether another entry of the second step follows entries[x] in time. `simultaneous` is the index of the first
  // entry with the same occurred_at.
  bool Follows(size_t x, size_t simultaneous) const {
    if (!HasKey(entries_[x])) return false;
    const uint64_t hash = KeyHash(entries_[x]);
    auto y = std::lower_bound(followers_.begin(), followers_.end(), Follower{hash, simultaneous});
    while (y != followers_.end() && y->key_hash == hash && (y->index == x || !SameKeys(x, y->index))) ++y;
    if (y == followers_.end() || y->key_hash != hash) return false;
    return entries_[y->index].occurred_at < entries_[x].occurred_at + within_;
  }

 private:
  struct Follower {
    uint64_t key_hash = 0;
    size_t index = 0;
    friend auto operator<=>(const Follower&, const Follower&) = default;
  };

  bool HasKey(const state::JournalEntry& entry) const {
    switch (same_) {
      case SameKey::kMessage:
        return !entry.message_id().empty();
      case SameKey::kCampaign:
        return !entry.campaign_id().empty();
      case SameKey::kNone:
        break;
    }
    return true;
  }
  uint64_t KeyHash(const state::JournalEntry& entry) const {
    switch (same_) {
      case SameKey::kMessage:
        return std::hash<std::string_view>{}(entry.message_id());
      case SameKey::kCampaign:
        return std::hash<std::string>{}(FoldCase(entry.campaign_id()));
      case SameKey::kNone:
        break;
    }
    return 0;
  }
  // Message ids are the same exactly, campaigns without case.
  bool SameKeys(size_t x, size_t y) const {
    switch (same_) {
      case SameKey::kMessage:
        return entries_[x].message_id() == entries_[y].message_id();
      case SameKey::kCampaign:
        return EqualsFolded(entries_[y].campaign_id(), FoldCase(entries_[x].campaign_id()));
      case SameKey::kNone:
        break;
    }
    return true;
  }

  SameKey same_;
  Millis within_;
  Entries entries_;
  std::vector<Follower> followers_;  // ascending: of one key in the order of time
};

}  // namespace

bool StepOfTypeMatches(const Step& step, const state::JournalEntry& entry) {
  if (entry.retracted || entry.type == EventType::kRetract) return false;
  if (!InScope(step.scope, entry) || !BounceMatches(step, entry)) return false;
  if (step.campaign && !EqualsFolded(entry.campaign_id(), step.campaign->folded)) return false;
  return NameMatches(step, entry) && PropertiesMatch(step, entry);
}

Answer EvaluateDidCount(const DidCount& did, const Facts& facts) {
  if (!did.window) return CountAll(did, facts);
  const auto* last = std::get_if<InLast>(&*did.window);
  const std::optional<Threshold> threshold = last != nullptr ? ThresholdOf(did) : std::nullopt;
  if (!threshold) return CountInWindow(did, facts);
  Answer answer = AtLeastInLast(did.step, last->duration, threshold->count, facts);
  answer.holds = answer.holds != threshold->negated;
  return answer;
}

Answer EvaluateDidThen(const DidThen& did, const Facts& facts) {
  const Entries entries = facts.lead->journal.entries();
  UnionAtNow holding(facts.now);
  std::optional<Followers> followers;  // most leads never took the first step
  size_t simultaneous = 0;
  for (MatchCursor x(did.first, did.window, facts); !x.done(); x.Advance()) {
    if (x.until() <= facts.now) continue;
    const Instant at = entries[x.index()].occurred_at;
    while (entries[simultaneous].occurred_at < at) ++simultaneous;
    if (!followers) followers.emplace(did, entries, simultaneous);
    if (followers->Follows(x.index(), simultaneous) == did.negated) continue;
    // Whether nothing followed is known only when the time for it is over.
    const Stretch known = did.negated ? Stretch{at + did.within, Instant::Never()} : Stretch::Always();
    if (!holding.Add(x.stretch().Intersect(known))) break;
  }
  return holding.answer();
}

}  // namespace leadpulse::rules
