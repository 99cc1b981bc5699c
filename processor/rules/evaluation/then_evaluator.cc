// DID sequences: DID this THEN that.
#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "processor/base/text.h"
#include "processor/rules/evaluation/did_evaluator.h"
#include "processor/rules/evaluation/step_search.h"

namespace leadpulse::rules {
namespace {

using Entries = std::span<const state::JournalEntry>;

// The union, at `now`, of ranges that are added in ascending order of both ends.
class UnionAtNow {
 public:
  explicit UnionAtNow(Instant now) : now_(now) {}

  // Adds a range. False: no later range can change the answer.
  bool Add(const TimeRange& range) {
    if (range.until <= now_ || range.from >= range.until) return true;
    if (!answer_.holds && range.from > now_) {
      answer_.next_change_at = range.from;
      return false;
    }
    if (answer_.holds && range.from > answer_.next_change_at) return false;
    answer_ = {true, range.until};
    return range.until != Instant::Never();
  }
  const Answer& answer() const { return answer_; }

 private:
  Instant now_;
  Answer answer_;
};

// The entries of a sequence's second step. Usually one or two entries of the first step decide, and a walk from each
// finds its follower; if more are asked for, the entries are grouped by the key that SAME compares.
class Followers {
 public:
  // Finds followers among the entries from index `begin` on.
  Followers(const DidThen& did, const state::Journal& journal, size_t begin)
      : same_(did.same),
        within_(did.within),
        entries_(journal.entries()),
        search_(did.second, journal),
        begin_(begin) {}

  // Whether another entry of the second step follows entries[x] in time. `simultaneous` is the index of the first entry
  // with the same occurred_at.
  bool Follows(size_t x, size_t simultaneous) {
    if (!HasKey(entries_[x])) return false;
    if (asked_ == kMaxWalks) Group();
    return asked_++ < kMaxWalks ? FollowsByWalk(x, simultaneous) : FollowsByGroup(x, simultaneous);
  }

 private:
  static constexpr size_t kMaxWalks = 4;

  struct Follower {
    uint64_t key_hash = 0;
    size_t index = 0;
    friend auto operator<=>(const Follower&, const Follower&) = default;
  };

  void Group() {
    for (size_t i = search_.First(begin_); i < entries_.size(); i = search_.First(i + 1)) {
      if (HasKey(entries_[i])) followers_.push_back({KeyHash(entries_[i]), i});
    }
    std::sort(followers_.begin(), followers_.end());
  }

  bool FollowsByWalk(size_t x, size_t simultaneous) const {
    const Instant end = entries_[x].occurred_at + within_;
    for (size_t y = search_.First(simultaneous); y < entries_.size(); y = search_.First(y + 1)) {
      if (entries_[y].occurred_at >= end) return false;
      if (y != x && HasKey(entries_[y]) && SameKeys(x, y)) return true;
    }
    return false;
  }

  bool FollowsByGroup(size_t x, size_t simultaneous) const {
    const uint64_t hash = KeyHash(entries_[x]);
    auto y = std::lower_bound(followers_.begin(), followers_.end(), Follower{hash, simultaneous});
    while (y != followers_.end() && y->key_hash == hash && (y->index == x || !SameKeys(x, y->index))) ++y;
    if (y == followers_.end() || y->key_hash != hash) return false;
    return entries_[y->index].occurred_at < entries_[x].occurred_at + within_;
  }

  // Returns the key that SAME compares.
  std::string_view KeyOf(const state::JournalEntry& entry) const {
    if (same_ == SameKey::kMessage) return entry.message_id();
    return same_ == SameKey::kCampaign ? entry.campaign_id() : std::string_view();
  }
  bool HasKey(const state::JournalEntry& entry) const { return same_ == SameKey::kNone || !KeyOf(entry).empty(); }
  // Hashes the key: message ids compare exactly, campaigns without case.
  uint64_t KeyHash(const state::JournalEntry& entry) const {
    if (same_ == SameKey::kCampaign) return std::hash<std::string>{}(FoldCase(KeyOf(entry)));
    return std::hash<std::string_view>{}(KeyOf(entry));
  }
  bool SameKeys(size_t x, size_t y) const {
    const std::string_view a = KeyOf(entries_[x]), b = KeyOf(entries_[y]);
    return same_ == SameKey::kCampaign ? EqualsFolded(b, FoldCase(a)) : a == b;
  }

  SameKey same_;
  Millis within_;
  Entries entries_;
  StepSearch search_;
  size_t begin_;
  size_t asked_ = 0;
  std::vector<Follower> followers_;  // ascending; within a key by time
};

// Evaluator of `IN LAST`. An entry's range begins at once, or, for NOT THEN, when the time for a follower is over; it
// ends when the entry leaves the window. So only two entries matter: the latest one that counts and, while it holds,
// the one that will be the latest when it ends. Those between them are not read.
class ThenInLast {
 public:
  ThenInLast(const DidThen& did, Millis duration, const Facts& facts)
      : did_(did),
        duration_(duration),
        now_(facts.now),
        journal_(facts.lead->journal),
        entries_(journal_.entries()),
        search_(did.first, journal_),
        oldest_(FirstFrom(now_ - duration + Millis{1}, entries_, 0, entries_.size())) {}

  Answer Evaluate() {
    if (!did_.negated) {
      const std::optional<size_t> latest = Latest(oldest_, entries_.size());
      return latest ? Answer{true, EndOf(*latest)} : Answer{false, Instant::Never()};
    }
    if (did_.within >= duration_) return {false, Instant::Never()};
    const size_t waiting = FirstWaiting(now_);
    std::optional<size_t> latest = Latest(oldest_, waiting);
    if (!latest) return {false, FirstBeginning(waiting)};
    Instant until = now_;
    while (latest) {
      until = EndOf(*latest);
      latest = Latest(*latest + 1, FirstWaiting(until));
    }
    return {true, until};
  }

 private:
  Instant EndOf(size_t index) const { return entries_[index].occurred_at + duration_; }

  // Returns the first entry of NOT THEN that has not begun at `t`.
  size_t FirstWaiting(Instant t) const {
    return FirstFrom(t - did_.within + Millis{1}, entries_, oldest_, entries_.size());
  }

  // Returns the latest entry in [begin, end) that matches the first step and is followed by the second or, for NOT
  // THEN, is not.
  std::optional<size_t> Latest(size_t begin, size_t end) {
    for (auto i = search_.LastCandidate(end); i && *i >= begin; i = search_.LastCandidate(*i)) {
      if (StepMatches(did_.first, entries_[*i]) && Counts(*i)) return i;
    }
    return std::nullopt;
  }

  Instant FirstBeginning(size_t begin) {
    for (size_t i = search_.First(begin); i < entries_.size(); i = search_.First(i + 1)) {
      if (Counts(i)) return entries_[i].occurred_at + did_.within;
    }
    return Instant::Never();
  }

  bool Counts(size_t index) {
    if (!followers_) followers_.emplace(did_, journal_, oldest_);
    const size_t simultaneous = FirstFrom(entries_[index].occurred_at, entries_, oldest_, index);
    return followers_->Follows(index, simultaneous) != did_.negated;
  }

  const DidThen& did_;
  const Millis duration_;
  const Instant now_;
  const state::Journal& journal_;
  const Entries entries_;
  const StepSearch search_;
  const size_t oldest_;                 // all entries before it have left the window
  std::optional<Followers> followers_;  // most leads never did the first step
};

Answer SequenceNow(const DidThen& did, const Facts& facts) {
  if (did.window && std::holds_alternative<InLast>(*did.window)) {
    return ThenInLast(did, std::get<InLast>(*did.window).duration, facts).Evaluate();
  }
  const Entries entries = facts.lead->journal.entries();
  UnionAtNow holding(facts.now);
  std::optional<Followers> followers;  // most leads never did the first step
  size_t simultaneous = 0;
  for (MatchCursor x(did.first, did.window, facts); !x.done(); x.Advance()) {
    if (x.until() <= facts.now) continue;
    const Instant at = entries[x.index()].occurred_at;
    simultaneous = FirstFrom(at, entries, simultaneous, x.index());
    if (!followers) followers.emplace(did, facts.lead->journal, simultaneous);
    if (followers->Follows(x.index(), simultaneous) == did.negated) continue;
    // The absence of a follower is known only when the time for it is over.
    const TimeRange known = did.negated ? TimeRange{at + did.within, Instant::Never()} : TimeRange::Always();
    if (!holding.Add(x.range().Intersect(known))) break;
  }
  return holding.answer();
}

}  // namespace

Answer EvaluateDidThen(const DidThen& did, const Facts& facts) {
  const EventTypes types = {did.first.type, did.second.type};
  return CachedAnswer(did.first.id, types, facts, [&] { return SequenceNow(did, facts); });
}

}  // namespace leadpulse::rules
