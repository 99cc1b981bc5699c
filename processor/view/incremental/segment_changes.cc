// SegmentUpdate, part 2: finds the conditions whose result changed.
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

// Finds the conditions that are due. A change time at which no rule changes is renewed as well.
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

}  // namespace leadpulse::view
