#include "processor/view/score.h"

#include <algorithm>
#include <optional>
#include <span>

#include "absl/container/inlined_vector.h"
#include "processor/base/assert.h"
#include "processor/rules/step_search.h"
#include "processor/view/limit_groups.h"
#include "processor/view/marked_points.h"
#include "processor/view/worth.h"

namespace leadpulse::view {
namespace {

using state::JournalEntry;

// One scoring rule over the entries of a journal, which must be offered oldest first.
class RuleScorer {
 public:
  RuleScorer(const config::ScoringRule& rule, const rules::Facts& facts) : rule_(rule), now_(facts.now) {
    if (rule.limit) groups_.emplace(*rule.limit, *facts.calendar);
  }

  const rules::Step& step() const { return *rule_.step; }
  // Of an entry that matches the rule and is later than the reset.
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
    const Worth worth = DecayedWorth(rule_, entry.occurred_at, now_);
    contribution.points = worth.points;
    // An entry that decayed to nothing still holds its place in a limit until it expires.
    contribution.changes_at = std::min(worth.changes_at, expiry);
    return contribution;
  }

 private:
  const config::ScoringRule& rule_;
  const Instant now_;
  std::optional<LimitGroups> groups_;
};

// A rule whose step may match.
struct StepRule {
  const config::ScoringRule* rule = nullptr;
  size_t row = 0;  // of its marks, where it has some
};

using StepRules = absl::InlinedVector<StepRule, 8>;

// Spares the search of the journal for most leads, who never reset. Folded resets count here too: a needless search.
bool HasReset(const rules::Facts& facts, const config::TenantDefinitions& definitions) {
  return std::ranges::any_of(definitions.reset_on, [&](EventType type) { return (*facts.totals)[type].count > 0; });
}

// Spares the search of the journal for what most leads never do.
bool NeverHappened(const rules::Step& step, const state::EngagementTotals& totals) {
  return step.scope == rules::Scope::kPeople && totals[step.type].count == 0;
}

// Of the entries that a rule by count asks for, how many the journal holds.
int64_t HeldCount(const rules::Step& step, const rules::Facts& facts) {
  const auto count = [&step](const state::EngagementTotals& totals) {
    const uint64_t hard = totals.hard_bounces.count;
    if (!step.bounce) return totals[step.type].count;
    return *step.bounce == BounceKind::kSoft ? totals[step.type].count - hard : hard;
  };
  return static_cast<int64_t>(count(*facts.totals) - count(facts.lead->journal.folded().totals));
}

int64_t Clamp(int64_t sum, const config::TenantDefinitions& definitions) {
  if (definitions.score_min) sum = std::max(sum, *definitions.score_min);
  if (definitions.score_max) sum = std::min(sum, *definitions.score_max);
  return sum;
}

// The index of the latest effective entry of a type in reset_on.
std::optional<size_t> LastReset(const state::Journal& journal, const config::TenantDefinitions& definitions) {
  std::optional<size_t> last;
  if (const state::EntryKinds* kinds = journal.kinds()) {
    const state::EngagementTotals totals = journal.Totals();
    for (const EventType type : definitions.reset_on) {
      if (totals[type].count == 0) continue;
      state::EntryKind kind(type);
      kind.MustBeMachine(false);
      last = std::max(last, kinds->Last(kind, journal.entries().size()));
    }
    return last;
  }
  const std::span<const JournalEntry> entries = journal.entries();
  for (size_t i = entries.size(); i-- > 0;) {
    if (definitions.reset_on.Contains(entries[i].type) && entries[i].effective()) return i;
  }
  return last;
}

// The index of the first entry later than the reset.
size_t BeginAfterReset(const state::Journal& journal, const config::TenantDefinitions& definitions) {
  const std::optional<size_t> reset = LastReset(journal, definitions);
  if (!reset) return 0;
  const std::span<const JournalEntry> entries = journal.entries();
  const auto after = [t = entries[*reset].occurred_at](const JournalEntry& entry) { return t < entry.occurred_at; };
  return static_cast<size_t>(std::find_if(entries.begin() + static_cast<ptrdiff_t>(*reset), entries.end(), after) -
                             entries.begin());
}

}  // namespace

Instant ResetAt(const state::Journal& journal, const config::TenantDefinitions& definitions) {
  const std::optional<size_t> reset = LastReset(journal, definitions);
  return reset ? journal.entries()[*reset].occurred_at : Instant::DistantPast();
}

namespace {

// The points of the entries of a short journal. Once through it, and past what no rule asks for.
int64_t JudgeShort(const rules::Facts& facts, const config::TenantDefinitions& definitions, bool has_reset,
                   const StepRules& asked, Instant* next_flip) {
  absl::InlinedVector<RuleScorer, 8> scorers;
  EventTypes types;  // that any of them asks for
  for (const StepRule& of : asked) {
    scorers.emplace_back(*of.rule, facts);
    types.Insert(of.rule->step->type);
  }
  const state::Journal& journal = facts.lead->journal;
  const size_t begin = has_reset ? BeginAfterReset(journal, definitions) : 0;
  int64_t sum = 0;
  for (const JournalEntry& entry : journal.entries().subspan(begin)) {
    if (!types.Contains(entry.type)) continue;
    for (RuleScorer& scorer : scorers) {
      if (!rules::StepMatches(scorer.step(), entry)) continue;
      const Contribution contribution = scorer.Judge(entry);
      sum += contribution.points;
      *next_flip = std::min(*next_flip, contribution.changes_at);
    }
  }
  return sum;
}

// Of a long journal, by a rule, those of its kind.
Worth JudgeKind(const rules::Facts& facts, const config::ScoringRule& rule, size_t begin) {
  const std::span<const JournalEntry> entries = facts.lead->journal.entries();
  const rules::StepSearch search(*rule.step, facts.lead->journal);
  RuleScorer scorer(rule, facts);
  Worth sum;
  for (size_t i = search.First(begin); i < entries.size(); i = search.First(i + 1)) {
    const Contribution contribution = scorer.Judge(entries[i]);
    sum.points += contribution.points;
    sum.changes_at = std::min(sum.changes_at, contribution.changes_at);
  }
  return sum;
}

// What the rules give to the entries of a long journal: each rule looks only at what is of its kind, or at marks, and
// not again for as long as its last answer stands.
class LongScore {
 public:
  LongScore(const rules::Facts& facts, const config::TenantDefinitions& definitions, bool has_reset)
      : facts_(facts), definitions_(definitions), journal_(facts.lead->journal), has_reset_(has_reset) {}

  Worth Of(const StepRule& of) {
    const rules::Step& step = *of.rule->step;
    state::KeptAnswers& answers = *journal_.answers();
    if (const auto* kept = answers.Find(step.id, facts_.now)) return {kept->value, kept->until};
    const Worth worth = Judge(of);
    EventTypes types = definitions_.reset_on;
    types.Insert(step.type);
    answers.Keep({step.id, types, facts_.now, worth.changes_at, worth.points});
    return worth;
  }

 private:
  Worth Judge(const StepRule& of) {
    const config::ScoringRule& rule = *of.rule;
    if (!begin_) begin_ = has_reset_ ? BeginAfterReset(journal_, definitions_) : 0;
    if (rule.by_count) {
      const size_t count = journal_.kinds()->Count(rules::KindOf(*rule.step), *begin_);
      return {rule.points * static_cast<int64_t>(count), Instant::Never()};
    }
    if (!config::IsMarked(rule)) return JudgeKind(facts_, rule, *begin_);
    if (!marked_) marked_.emplace(facts_, definitions_, *begin_);
    return marked_->Of(rule, of.row);
  }

  const rules::Facts& facts_;
  const config::TenantDefinitions& definitions_;
  const state::Journal& journal_;
  const bool has_reset_;
  std::optional<size_t> begin_;  // the first entry later than the reset; not asked for at most evaluations, nor marks
  std::optional<MarkedPoints> marked_;
};

int64_t JudgeLong(const rules::Facts& facts, const config::TenantDefinitions& definitions, bool has_reset,
                  const StepRules& asked, Instant* next_flip) {
  LongScore score(facts, definitions, has_reset);
  int64_t sum = 0;
  for (const StepRule& of : asked) {
    const Worth worth = score.Of(of);
    sum += worth.points;
    *next_flip = std::min(*next_flip, worth.changes_at);
  }
  return sum;
}

}  // namespace

ScoreResult EvaluateScore(const rules::Facts& facts, const config::TenantDefinitions& definitions) {
  ScoreResult result;
  if (definitions.exclude) {
    const rules::Answer excluded = rules::Evaluate(*definitions.exclude->root, facts);
    result.next_flip = excluded.next_flip;
    if (excluded.holds) return result;
  }
  const state::Journal& journal = facts.lead->journal;
  const bool has_reset = HasReset(facts, definitions);
  int64_t sum = 0;
  StepRules asked;
  size_t row = 0;  // of the marks of the next rule that is marked
  for (const config::ScoringRule& rule : *definitions.scoring) {
    const size_t row_of_rule = config::IsMarked(rule) ? row++ : row;
    if (rule.by_count && !has_reset) {
      sum += rule.points * HeldCount(*rule.step, facts);
    } else if (rule.when) {
      const rules::Answer answer = rules::Evaluate(*rule.when->root, facts);
      result.next_flip = std::min(result.next_flip, answer.next_flip);
      if (answer.holds) sum += rule.points;
    } else if (!NeverHappened(*rule.step, *facts.totals)) {
      asked.push_back({&rule, row_of_rule});
    }
  }
  if (!asked.empty()) {
    sum += journal.kinds() != nullptr ? JudgeLong(facts, definitions, has_reset, asked, &result.next_flip)
                                      : JudgeShort(facts, definitions, has_reset, asked, &result.next_flip);
  }
  result.score = Clamp(sum, definitions);
  return result;
}

namespace {

void ExplainWhen(size_t index, const config::ScoringRule& rule, const rules::Facts& facts,
                 ScoreExplanation* explanation) {
  const rules::Answer answer = rules::Evaluate(*rule.when->root, facts);
  if (!answer.holds) return;
  Contribution contribution;
  contribution.rule = index;
  contribution.points = rule.points;
  contribution.changes_at = answer.next_flip;
  explanation->contributions.push_back(contribution);
  explanation->sum += rule.points;
}

void ExplainStep(size_t index, const config::ScoringRule& rule, const rules::Facts& facts,
                 ScoreExplanation* explanation) {
  RuleScorer scorer(rule, facts);
  for (const JournalEntry& entry : facts.lead->journal.entries()) {
    JournalEntry as_if_true = entry;
    as_if_true.retracted = false;
    if (!rules::StepMatches(*rule.step, as_if_true)) continue;
    Contribution contribution;
    if (entry.retracted) {
      contribution.kind = ContributionKind::kRetracted;
    } else if (entry.occurred_at <= explanation->reset_at) {
      contribution.kind = ContributionKind::kBeforeReset;
    } else {
      contribution = scorer.Judge(entry);
    }
    contribution.rule = index;
    contribution.entry = &entry;
    explanation->contributions.push_back(contribution);
    explanation->sum += contribution.points;
  }
}

}  // namespace

ScoreExplanation ExplainScore(const rules::Facts& facts, const config::TenantDefinitions& definitions) {
  ScoreExplanation explanation;
  explanation.reset_at = ResetAt(facts.lead->journal, definitions);
  for (size_t index = 0; index < definitions.scoring->size(); ++index) {
    const config::ScoringRule& rule = (*definitions.scoring)[index];
    if (rule.when) {
      ExplainWhen(index, rule, facts, &explanation);
    } else {
      ExplainStep(index, rule, facts, &explanation);
    }
  }
  explanation.excluded = definitions.exclude && rules::Evaluate(*definitions.exclude->root, facts).holds;
  explanation.score = explanation.excluded ? 0 : Clamp(explanation.sum, definitions);
  return explanation;
}

}  // namespace leadpulse::view
