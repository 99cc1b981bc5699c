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

// A rule whose step may match, on its way through the journal.
struct StepScorer {
  const config::ScoringRule* rule = nullptr;
  size_t row = 0;  // of its marks, where it has some
  RuleScorer scorer;
};

using StepScorers = absl::InlinedVector<StepScorer, 8>;

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

// The points of the entries, of the types that any scorer asks for. Once through the journal, which may be long, and
// past what nobody asks for.
int64_t JudgeEntries(std::span<const JournalEntry> entries, EventTypes types, StepScorers& scorers,
                     Instant* next_flip) {
  int64_t sum = 0;
  for (const JournalEntry& entry : entries) {
    if (!types.Contains(entry.type)) continue;
    for (StepScorer& scorer : scorers) {
      if (!rules::StepMatches(*scorer.rule->step, entry)) continue;
      const Contribution contribution = scorer.scorer.Judge(entry);
      sum += contribution.points;
      *next_flip = std::min(*next_flip, contribution.changes_at);
    }
  }
  return sum;
}

// Of a rule, those of its kind.
Worth JudgeKind(const state::Journal& journal, size_t begin, StepScorer& scorer) {
  const std::span<const JournalEntry> entries = journal.entries();
  const rules::StepSearch search(*scorer.rule->step, journal);
  Worth sum;
  for (size_t i = search.First(begin); i < entries.size(); i = search.First(i + 1)) {
    const Contribution contribution = scorer.scorer.Judge(entries[i]);
    sum.points += contribution.points;
    sum.changes_at = std::min(sum.changes_at, contribution.changes_at);
  }
  return sum;
}

// The same of a long journal, from `begin` on: each rule looks only at what is of its kind, or at marks.
int64_t JudgeLong(const rules::Facts& facts, const config::TenantDefinitions& definitions, size_t begin,
                  StepScorers& scorers, Instant* next_flip) {
  const state::Journal& journal = facts.lead->journal;
  MarkedPoints marked(facts, definitions, begin);
  int64_t sum = 0;
  for (StepScorer& scorer : scorers) {
    const config::ScoringRule& rule = *scorer.rule;
    if (rule.by_count) {
      sum += rule.points * static_cast<int64_t>(journal.kinds()->Count(rules::KindOf(*rule.step), begin));
      continue;
    }
    const Worth worth = config::IsMarked(rule) ? marked.Of(rule, scorer.row) : JudgeKind(journal, begin, scorer);
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
  StepScorers scorers;
  EventTypes types;  // that any of them asks for
  size_t row = 0;    // of the marks of the next rule that is marked
  for (const config::ScoringRule& rule : *definitions.scoring) {
    const size_t row_of_rule = config::IsMarked(rule) ? row++ : row;
    if (rule.by_count && !has_reset) {
      sum += rule.points * HeldCount(*rule.step, facts);
    } else if (rule.when) {
      const rules::Answer answer = rules::Evaluate(*rule.when->root, facts);
      result.next_flip = std::min(result.next_flip, answer.next_flip);
      if (answer.holds) sum += rule.points;
    } else if (!NeverHappened(*rule.step, *facts.totals)) {
      scorers.push_back({&rule, row_of_rule, RuleScorer(rule, facts)});
      types.Insert(rule.step->type);
    }
  }
  if (!scorers.empty()) {
    const size_t begin = has_reset ? BeginAfterReset(journal, definitions) : 0;
    sum += journal.kinds() != nullptr
               ? JudgeLong(facts, definitions, begin, scorers, &result.next_flip)
               : JudgeEntries(journal.entries().subspan(begin), types, scorers, &result.next_flip);
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
