#include "processor/view/score.h"

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/inlined_vector.h"
#include "processor/base/assert.h"
#include "processor/base/text.h"
#include "processor/rules/evaluation/step_search.h"
#include "processor/view/counted_entries.h"
#include "processor/view/journal_memo.h"
#include "processor/view/lead_memo.h"

namespace leadpulse::view {
namespace {

using state::JournalEntry;

// Counts by message id. Most leads have few messages, which are compared one by one. Keeps views of the ids.
class MessageCounts {
 public:
  uint32_t& operator[](std::string_view id) {
    if (!many_.empty()) return many_[id];
    for (auto& [held, count] : few_) {
      if (held == id) return count;
    }
    if (few_.size() < kFew) return few_.emplace_back(id, 0).second;
    many_.insert(few_.begin(), few_.end());
    return many_[id];
  }

 private:
  static constexpr size_t kFew = 8;

  absl::InlinedVector<std::pair<std::string_view, uint32_t>, kFew> few_;
  absl::flat_hash_map<std::string_view, uint32_t> many_;
};

// Counter, for one scoring rule with a limit, of the entries in each group that have given points.
class LimitGroups {
 public:
  // Creates the counter. Both arguments outlive it.
  LimitGroups(const config::Limit& limit, const Calendar& calendar) : limit_(limit), calendar_(calendar) {}

  // Whether the entry is among the first `count` of its group. Entries must be passed in journal order. An entry
  // without a message (campaign) is a group of its own.
  bool Admit(const JournalEntry& entry) {
    switch (limit_.per) {
      case config::LimitPer::kLifetime:
        return ++lifetime_ <= limit_.count;
      case config::LimitPer::kDay:
        return ++by_day_[calendar_.DayOf(entry.occurred_at).since_epoch] <= limit_.count;
      case config::LimitPer::kMessage:
        return entry.message_id().empty() || ++by_message_[entry.message_id()] <= limit_.count;
      case config::LimitPer::kCampaign:
        return entry.campaign_id().empty() || ++by_campaign_[FoldCase(entry.campaign_id())] <= limit_.count;
    }
    LP_ASSERT(false);
    return false;
  }

 private:
  const config::Limit& limit_;
  const Calendar& calendar_;
  uint32_t lifetime_ = 0;
  MessageCounts by_message_;
  absl::flat_hash_map<std::string, uint32_t> by_campaign_;  // case-folded
  absl::flat_hash_map<int32_t, uint32_t> by_day_;
};

// One scoring rule over the entries of a journal, which must be passed oldest first.
class RuleScorer {
 public:
  RuleScorer(const config::ScoringRule& rule, const rules::Facts& facts) : rule_(rule), now_(facts.now) {
    if (rule.limit) groups_.emplace(*rule.limit, *facts.calendar);
  }

  const rules::Step& step() const { return *rule_.step; }
  // Returns the contribution of an entry that matches the rule and is later than the reset.
  Contribution Judge(const JournalEntry& entry) {
    Contribution contribution;
    contribution.entry = &entry;
    const Instant expiry = rule_.expires_after ? entry.occurred_at + *rule_.expires_after : Instant::Never();
    if (now_ >= expiry) {
      contribution.kind = ContributionKind::kExpired;
      return contribution;
    }
    if (groups_ && !groups_->Admit(entry)) {
      contribution.kind = ContributionKind::kCutByLimit;
      return contribution;
    }
    const DecayedPoints decayed = PointsAfterDecay(rule_, entry.occurred_at, now_);
    contribution.points = decayed.points;
    // An entry that decayed to 0 points still counts toward a limit until it expires.
    contribution.changes_at = std::min(decayed.changes_at, expiry);
    return contribution;
  }

 private:
  const config::ScoringRule& rule_;
  const Instant now_;
  std::optional<LimitGroups> groups_;
};

// Whether the score may have been reset; false saves most leads a search of the journal. Folded resets count, too, and
// cause a needless search.
bool HasReset(const rules::Facts& facts, const config::TenantDefinitions& definitions) {
  return std::ranges::any_of(definitions.reset_on, [&](EventType type) { return (*facts.totals)[type].count > 0; });
}

// Whether the step's action never happened; saves a search of the journal for rare actions.
bool NeverHappened(const rules::Step& step, const state::EngagementTotals& totals) {
  return step.scope == rules::Scope::kPeople && totals[step.type].count == 0;
}

// Returns the number of entries in the journal that a rule by count counts.
int64_t HeldCount(const rules::Step& step, const rules::Facts& facts) {
  const auto count = [&step](const state::EngagementTotals& totals) {
    const uint64_t hard = totals.hard_bounces.count;
    if (!step.bounce) return totals[step.type].count;
    return *step.bounce == BounceKind::kSoft ? totals[step.type].count - hard : hard;
  };
  const state::Journal& journal = facts.lead->journal;
  const uint64_t folded = journal.has_folded() ? count(journal.folded().totals) : 0;
  return static_cast<int64_t>(count(*facts.totals) - folded);
}

int64_t Clamp(int64_t sum, const config::TenantDefinitions& definitions) {
  if (definitions.score_min) sum = std::max(sum, *definitions.score_min);
  if (definitions.score_max) sum = std::min(sum, *definitions.score_max);
  return sum;
}

// Whether the entry resets the score. An UNSUBSCRIBE from a declared topic does not: the person still wants other mail.
bool Resets(const JournalEntry& entry, const config::TenantDefinitions& definitions) {
  if (!definitions.reset_on.Contains(entry.type) || !entry.effective()) return false;
  return entry.type != EventType::kUnsubscribe || entry.topic().empty() ||
         !definitions.topic_indexes.contains(entry.topic());
}

// Returns the index of the latest entry that resets the score.
std::optional<size_t> LastReset(const state::Journal& journal, const config::TenantDefinitions& definitions) {
  const std::span<const JournalEntry> entries = journal.entries();
  std::optional<size_t> last;
  if (const state::EntryCodes* kinds = journal.kinds()) {
    const state::EngagementTotals totals = journal.Totals();
    for (const EventType type : definitions.reset_on) {
      if (totals[type].count == 0) continue;
      state::EntryCode kind(type);
      kind.MustBeMachine(false);
      std::optional<size_t> found = kinds->Last(kind, entries.size());
      while (found && !Resets(entries[*found], definitions)) found = kinds->Last(kind, *found);
      last = std::max(last, found);
    }
    return last;
  }
  for (size_t i = entries.size(); i-- > 0;) {
    if (Resets(entries[i], definitions)) return i;
  }
  return last;
}

// Returns the index of the first entry later than the reset.
size_t BeginAfterReset(const state::Journal& journal, const config::TenantDefinitions& definitions) {
  const std::optional<size_t> reset = LastReset(journal, definitions);
  if (!reset) return 0;
  const std::span<const JournalEntry> entries = journal.entries();
  const auto after = [t = entries[*reset].occurred_at](const JournalEntry& entry) { return t < entry.occurred_at; };
  return static_cast<size_t>(std::find_if(entries.begin() + static_cast<ptrdiff_t>(*reset), entries.end(), after) -
                             entries.begin());
}

// The score of one lead at one instant: rule by rule, each through the entries later than the reset. If it explains, it
// appends to `contributions`; the engine's does not.
template <bool kExplains>
class Scorer {
 public:
  Scorer(const rules::Facts& facts, const config::TenantDefinitions& definitions,
         std::vector<Contribution>* contributions)
      : facts_(facts),
        definitions_(definitions),
        journal_(facts.lead->journal),
        contributions_(contributions),
        has_reset_(HasReset(facts, definitions)) {}

  ScoreResult Score() {
    if (definitions_.exclude) {
      const rules::Answer excluded = rules::Evaluate(*definitions_.exclude->root, facts_);
      result_.next_change_at = excluded.next_change_at;
      result_.excluded = excluded.holds;
      if (excluded.holds && !kExplains) return result_;
    }
    for (size_t index = 0; index < definitions_.scoring->size(); ++index) AddRule(index);
    if (!result_.excluded) result_.score = Clamp(sum_, definitions_);
    return result_;
  }

 private:
  void AddRule(size_t index) {
    const config::ScoringRule& rule = (*definitions_.scoring)[index];
    if (rule.when) return AddWhen(index, rule);
    if (NeverHappened(*rule.step, *facts_.totals)) return;
    if (rule.by_count && !has_reset_ && !kExplains) {
      sum_ += rule.points * HeldCount(*rule.step, facts_);
    } else {
      Add(PointsOf(index, rule));
    }
  }

  void AddWhen(size_t index, const config::ScoringRule& rule) {
    const rules::Answer answer = rules::Evaluate(*rule.when->root, facts_);
    Add({answer.holds ? rule.points : 0, answer.next_change_at});
    if (!kExplains || !answer.holds) return;
    contributions_->push_back({index, nullptr, ContributionKind::kCounted, rule.points, answer.next_change_at});
  }

  void Add(const DecayedPoints& points) {
    sum_ += points.points;
    result_.next_change_at = std::min(result_.next_change_at, points.changes_at);
  }

  // Returns the points of a rule; for a long journal from the memo, which has no contributions of single entries.
  DecayedPoints PointsOf(size_t index, const config::ScoringRule& rule) {
    JournalMemo* memo = kExplains ? nullptr : FindJournalMemo(*facts_.lead);
    if (memo == nullptr) return Walk(index, rule);
    if (const DecayedPoints* kept = memo->FindPoints(index, definitions_, facts_.now)) return *kept;
    const DecayedPoints points =
        CountedEntries::CanCount(rule) ? memo->CountPoints(index, facts_, definitions_, Begin()) : Walk(index, rule);
    memo->KeepPoints(index, points, facts_.now);
    return points;
  }

  DecayedPoints Walk(size_t index, const config::ScoringRule& rule) {
    const std::span<const JournalEntry> entries = journal_.entries();
    const rules::StepSearch search(*rule.step, journal_);
    RuleScorer scorer(rule, facts_);
    DecayedPoints sum;
    for (size_t i = search.First(Begin()); i < entries.size(); i = search.First(i + 1)) {
      Contribution contribution = scorer.Judge(entries[i]);
      contribution.rule = index;
      if (kExplains) contributions_->push_back(contribution);
      sum.points += contribution.points;
      sum.changes_at = std::min(sum.changes_at, contribution.changes_at);
    }
    return sum;
  }

  // Returns the first entry later than the reset, found on demand: most evaluations do not need it.
  size_t Begin() {
    if (!begin_) begin_ = has_reset_ ? BeginAfterReset(journal_, definitions_) : 0;
    return *begin_;
  }

  const rules::Facts& facts_;
  const config::TenantDefinitions& definitions_;
  const state::Journal& journal_;
  std::vector<Contribution>* const contributions_;  // null unless it explains
  const bool has_reset_;
  std::optional<size_t> begin_;
  int64_t sum_ = 0;
  ScoreResult result_;
};

// Collects entries that the rule would count if they were not retracted or before the reset.
void CollectUncounted(size_t index, const config::ScoringRule& rule, const state::Journal& journal,
                      ScoreExplanation* explanation) {
  for (const JournalEntry& entry : journal.entries()) {
    if (!entry.retracted && entry.occurred_at > explanation->reset_at) continue;
    JournalEntry as_if_true = entry;
    as_if_true.retracted = false;
    if (!rules::StepMatches(*rule.step, as_if_true)) continue;
    const ContributionKind kind = entry.retracted ? ContributionKind::kRetracted : ContributionKind::kBeforeReset;
    explanation->contributions.push_back({index, &entry, kind, 0, Instant::Never()});
  }
}

}  // namespace

Instant ResetAt(const state::Journal& journal, const config::TenantDefinitions& definitions) {
  const std::optional<size_t> reset = LastReset(journal, definitions);
  return reset ? journal.entries()[*reset].occurred_at : Instant::DistantPast();
}

ScoreResult EvaluateScore(const rules::Facts& facts, const config::TenantDefinitions& definitions) {
  return Scorer<false>(facts, definitions, nullptr).Score();
}

ScoreExplanation ExplainScore(const rules::Facts& facts, const config::TenantDefinitions& definitions) {
  ScoreExplanation explanation;
  const state::Journal& journal = facts.lead->journal;
  explanation.reset_at = ResetAt(journal, definitions);
  const ScoreResult result = Scorer<true>(facts, definitions, &explanation.contributions).Score();
  explanation.excluded = result.excluded;
  explanation.score = result.score;
  for (const Contribution& contribution : explanation.contributions) explanation.sum += contribution.points;
  for (size_t index = 0; index < definitions.scoring->size(); ++index) {
    const config::ScoringRule& rule = (*definitions.scoring)[index];
    if (rule.step) CollectUncounted(index, rule, journal, &explanation);
  }
  // The entries of a journal are ordered by time.
  std::ranges::sort(explanation.contributions, {}, [](const Contribution& c) { return std::pair(c.rule, c.entry); });
  return explanation;
}

}  // namespace leadpulse::view
