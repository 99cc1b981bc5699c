// SegmentUpdate, part 2: finds the conditions whose result changed, and the first future boundary at which a rule's
// answer changes.
#include <algorithm>
#include <iterator>

#include "processor/rules/evaluation/value_evaluator.h"
#include "processor/view/incremental/segment_update.h"

namespace leadpulse::view {
namespace {

using rules::BuiltIn;
using rules::ConditionId;
using rules::Facts;
using rules::SubjectId;
using rules::TimeDependency;

// Limits of the search for the first change: rules evaluated and instants tried. Beyond them the result may be an
// instant at which nothing changes.
constexpr size_t kMaxRulesAhead = 64;
constexpr int kMaxInstantsAhead = 16;

}  // namespace

void SegmentUpdate::FindChanged() {
  FindChangedNumbers();
  FindChangedTexts();
  FindChangedInstants();
  FindChangedEntries();
  FindChangedProfile();
  FindDue();
}

void SegmentUpdate::FindChangedNumbers() {
  const auto compare = [this](BuiltIn field, auto before, auto after) {
    if (before == after) return;
    index().ConditionsBetween(field, static_cast<double>(before), static_cast<double>(after), &changed_);
  };
  compare(BuiltIn::kScore, before_.score, after_.score);
  compare(BuiltIn::kQuality, before_.quality, after_.quality);
  compare(BuiltIn::kQualification, before_.qualification, after_.qualification);
  for (auto i = static_cast<size_t>(BuiltIn::kSends); i <= static_cast<size_t>(BuiltIn::kVisits); ++i) {
    const EventType type = rules::kBuiltInFields[i].type;
    compare(static_cast<BuiltIn>(i), totals_before_[type].count, totals_[type].count);
  }
}

void SegmentUpdate::FindChangedTexts() {
  const auto compare = [this](BuiltIn field, auto before, auto after) {
    if (before != after) AddIfDifferent(index().ConditionsOn(field), before_, after_);
  };
  compare(BuiltIn::kTier, before_.tier, after_.tier);
  compare(BuiltIn::kEmailStatus, before_.email_status, after_.email_status);
  compare(BuiltIn::kStage, before_.stage, after_.stage);
  compare(BuiltIn::kStatus, before_.status, after_.status);
  const auto mail = [](const Facts& facts) { return std::pair(facts.sendable, facts.topics_out); };
  compare(BuiltIn::kSendable, mail(before_), mail(after_));
}

void SegmentUpdate::FindChangedInstants() {
  const auto instant = [](BuiltIn field, const Facts& facts) {
    return rules::InstantOf(rules::FieldOperand(field, facts));
  };
  for (const auto& [field, subject] : index().built_in_instants()) {
    if (instant(field, before_) != instant(field, after_)) TakeChangedInstant(subject);
  }
}

void SegmentUpdate::TakeChangedInstant(SubjectId id) {
  const TimeDependency& subject = index().subjects()[id];
  const rules::LatestTimes& times = Renew(id);
  subject.Changed(subject.TimesOf(before_), times, now_, &changed_);
  AddIfDifferent(subject.others, before_, after_);
}

void SegmentUpdate::FindChangedEntries() {
  for (const Touched& touched : touched_) {
    const TimeDependency& subject = index().subjects()[touched.subject];
    const rules::LatestTimes& times = Renew(touched.subject);
    subject.Changed(touched.times, times, now_, &changed_);
    for (size_t i = 0; i < subject.others.size(); ++i) {
      const bool holds = rules::Holds(index().condition(subject.others[i]), after_);
      if (holds != (touched.others[i] != 0)) changed_.push_back(subject.others[i]);
    }
  }
}

void SegmentUpdate::FindChangedProfile() {
  if (!profile_changes_) return;
  std::vector<ConditionId> named;
  index().profile().FindChanged(before_, after_, &named);
  AddIfDifferent(named, before_, after_);
  for (const SubjectId id : index().attribute_instants()) {
    const TimeDependency& subject = index().subjects()[id];
    if (subject.InstantIn(before_) != subject.InstantIn(after_)) TakeChangedInstant(id);
  }
  std::vector<rules::PredicateId>& predicates = memo().predicates;
  const std::vector<rules::PredicateId> predicates_before = predicates;
  if (from_nothing_) {
    predicates = index().predicates().HoldingFor(after_);
  } else {
    index().predicates().Update(before_.lead->profile, after_, &predicates);
  }
  std::ranges::set_symmetric_difference(predicates_before, predicates, std::back_inserter(changed_predicates_));
}

// Finds the conditions that are due. Also renews a change time at which no rule changes.
void SegmentUpdate::FindDue() {
  const std::vector<RuleMemo::ChangeTime>& change_times = memo().change_times;
  for (const auto& [id, at] : change_times) {
    if (at <= now_ && !IsRenewed(id)) FindChangedAt(index().subjects()[id], Renew(id), after_);
  }
}

void SegmentUpdate::AddIfDifferent(std::span<const ConditionId> conditions, const Facts& before, const Facts& after) {
  for (const ConditionId id : conditions) {
    const rules::Node& condition = index().condition(id);
    if (rules::Holds(condition, before) != rules::Holds(condition, after)) changed_.push_back(id);
  }
}

void SegmentUpdate::FindChangedAt(const TimeDependency& subject, const rules::LatestTimes& times, const Facts& facts) {
  subject.ChangedAt(times, facts.now, &changed_);
  if (subject.others.empty()) return;
  Facts just_before = facts;
  just_before.now = facts.now - Millis{1};
  AddIfDifferent(subject.others, just_before, facts);
}

// ---- The first change ----

// Returns the first boundary at which a rule's answer differs from now.
Instant SegmentUpdate::FirstChangeTime(Instant score_change_at) {
  ahead_.clear();
  for (const auto& [subject, at] : memo().change_times) {
    if (at < score_change_at) ahead_.push_back({subject, at, {}});
  }
  return ahead_.empty() ? score_change_at : FirstChangeTimeAhead(score_change_at);
}

Instant SegmentUpdate::FirstChangeTimeAhead(Instant score_change_at) {
  size_t budget = kMaxRulesAhead;
  Facts facts = after_;
  for (int instants = 0;; ++instants) {
    facts.now = std::ranges::min_element(ahead_, {}, &Ahead::at)->at;
    if (facts.now >= score_change_at) return score_change_at;
    if (instants == kMaxInstantsAhead) return facts.now;
    FindChangedAhead(facts);
    if (!changed_.empty() && AnyRuleChanges(facts, &budget)) return facts.now;
    for (Ahead& ahead : ahead_) {
      if (ahead.at == facts.now) ahead.at = NextChangeOf(index().subjects()[ahead.subject], *ahead.times, facts);
    }
  }
}

// Sets changed_ to at least the conditions that change exactly at facts.now.
void SegmentUpdate::FindChangedAhead(const Facts& facts) {
  changed_.clear();
  for (Ahead& ahead : ahead_) {
    if (ahead.at != facts.now) continue;
    const TimeDependency& subject = index().subjects()[ahead.subject];
    if (!ahead.times) ahead.times = TimesAfter(ahead.subject);
    FindChangedAt(subject, *ahead.times, facts);
  }
}

rules::LatestTimes SegmentUpdate::TimesAfter(rules::SubjectId subject) const {
  const Renewed* renewed = FindRenewed(subject);
  return renewed != nullptr ? renewed->times : index().subjects()[subject].TimesOf(after_);
}

// Whether a rule with a changed condition changes. Also true if the budget is used up.
bool SegmentUpdate::AnyRuleChanges(const Facts& facts, size_t* budget) {
  index().rules().Find(changed_, predicates_, &search_);
  answers_.Forget();
  for (const uint32_t rule : search_.found) {
    if (*budget == 0 || index().HoldsBehindPredicate(rule, facts, &answers_) != IsMember(rule)) return true;
    --*budget;
  }
  return false;
}

}  // namespace leadpulse::view
