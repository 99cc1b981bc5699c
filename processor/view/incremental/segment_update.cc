#include "processor/view/incremental/segment_update.h"

#include <utility>

#include "processor/base/assert.h"
#include "processor/base/prefetch.h"
#include "processor/view/quality.h"
#include "processor/view/stage.h"

namespace leadpulse::view {
namespace {

using rules::BuiltIn;
using rules::ConditionId;
using rules::Facts;
using rules::PredicateId;
using rules::SubjectId;
using rules::TimeDependency;
using state::Lead;

}  // namespace

void SegmentUpdate::Start(const config::TenantDefinitions& definitions, Instant now, Lead* lead) {
  LP_ASSERT(definitions.segment_index != nullptr);
  definitions_ = &definitions;
  lead_ = lead;
  now_ = now;
  touched_.clear();
  changed_predicates_.clear();
  renewed_.clear();
}

void SegmentUpdate::Begin(const config::TenantDefinitions& definitions, Instant now, Lead* lead) {
  Start(definitions, now, lead);
  time_alone_ = true;
  from_nothing_ = profile_changes_ = false;
  totals_before_ = lead->journal.Totals();
  rest_before_ = ViewBefore();
  TakeViewBefore(rest_before_, *lead);
  members_ = lead->view.segments;
  if (FindRuleMemo(*lead) == nullptr) MakeMemo();
}

View SegmentUpdate::ViewBefore() const {
  const state::PublishedView& known = lead_->view;
  View view;
  view.published.score = known.score;
  view.published.tier = known.tier;
  view.published.email_status = known.email_status;
  view.published.sendable = known.sendable;
  view.published.topics_out = known.topics_out;
  view.published.stage = known.stage;
  const bool asked = index().AsksForNumber(BuiltIn::kQuality) || index().AsksForNumber(BuiltIn::kQualification);
  view.quality = asked ? QualityOf(PartOfProfile(), known.score, definitions_->quality) : 0;
  view.qualification = QualificationOf(lead_->profile, view.quality);
  view.status = StatusOf(known.email_status, known.stage);
  return view;
}

int64_t SegmentUpdate::PartOfProfile() const {
  RuleMemo* known = FindRuleMemo(*lead_);
  if (known != nullptr && known->profile_quality) return *known->profile_quality;
  const int64_t part = ProfileQuality(*lead_, definitions_->quality);
  if (known != nullptr) known->profile_quality = part;
  return part;
}

void SegmentUpdate::BeginFromNothing(const config::TenantDefinitions& definitions, Instant now, Lead* lead) {
  Start(definitions, now, lead);
  time_alone_ = false;
  from_nothing_ = profile_changes_ = true;
  totals_before_ = {};
  lead_before_ = {};
  const View& empty = EmptyLeadView();
  TakeViewBefore(empty, lead_before_);
  members_ = empty.published.segments;
  if (LeadMemo* kept = FindMemo(*lead)) kept->rule_memo.reset();  // Evaluate makes it again
  found_.clear();
  for (const state::JournalEntry& entry : lead->journal.entries()) Touch(entry);
  TouchFound();
}

void SegmentUpdate::TakeViewBefore(const View& view, const Lead& lead) {
  before_ = JournalFacts(lead, totals_before_, *definitions_, now_);
  before_.email_status = view.published.email_status;
  before_.sendable = view.published.sendable;
  before_.topics_out = view.published.topics_out;
  CompleteFacts(view, *definitions_, &before_);
}

// Returns the view of an empty lead under these definitions; it does not change by time.
const View& SegmentUpdate::EmptyLeadView() {
  const rules::RuleIndex* key = definitions_->segment_index.get();
  const auto known = empty_views_.find(key);
  // An expired entry belongs to deleted definitions that had the same memory address.
  if (known != empty_views_.end() && !known->second.index.expired()) return known->second.view;
  absl::erase_if(empty_views_, [](const auto& entry) { return entry.second.index.expired(); });
  EmptyView empty{definitions_->segment_index, EvaluateView(Lead(), *definitions_, now_)};
  LP_ASSERT(empty.view.next_change_at == Instant::Never());
  return empty_views_.emplace(key, std::move(empty)).first->second.view;
}

void SegmentUpdate::MakeEmptyMemo() {
  RuleMemo& made = MemoOf(*lead_).rule_memo.emplace();
  made.definitions = definitions_;
  if (!index().has_references()) return;
  for (const uint32_t member : members_) AppendPredicateOf(member, &made.segment_predicates);
}

// Makes the memo as of just before now, so that changes due now are found.
void SegmentUpdate::MakeMemo() {
  MakeEmptyMemo();
  Facts facts = before_;
  facts.now = now_ - Millis{1};
  memo().predicates = index().predicates().HoldingFor(facts);
  TakePredicates();
  index().rules().Mark(predicates_, &search_);
  found_.assign(index().attribute_instants().begin(), index().attribute_instants().end());
  for (const auto& [field, subject] : index().built_in_instants()) found_.push_back(subject);
  for (const state::JournalEntry& entry : lead_->journal.entries()) Touch(entry);
  for (const SubjectId subject : found_) {
    const TimeDependency& timed = index().subjects()[subject];
    KeepChangeTime(subject, timed.TimesOf(facts), facts);
  }
  rules::RuleLists::Unmark(&search_);
}

void SegmentUpdate::ExpectEntry(const state::EntryFields& entry) {
  time_alone_ = false;
  found_.clear();
  index().entries().Find({entry.type, entry.machine, entry.campaign_id, entry.name}, &found_);
  const auto entries = lead_->journal.entries();
  // Entries of other origins with the same id stay, but touching them is harmless.
  const auto touch_retracted = [&](std::string_view event_id) {
    for (const state::JournalEntry& held : entries) {
      if (held.event_id() == event_id) Touch(held);
    }
  };
  if (entry.type == EventType::kRetract) touch_retracted(entry.subject);
  // Entries that will fold to make room for the new one.
  const size_t folding = lead_->journal.FoldedBy(entry, definitions_->journal_max_entries);
  for (const state::JournalEntry& folded : entries.first(folding)) {
    Touch(folded);
    if (folded.type == EventType::kRetract) touch_retracted(folded.subject());
  }
  TouchFound();
}

void SegmentUpdate::Touch(const state::JournalEntry& entry) {
  index().entries().Find({entry.type, entry.machine, entry.campaign_id(), entry.name()}, &found_);
}

void SegmentUpdate::TouchFound() {
  for (const SubjectId id : found_) {
    if (std::ranges::find(touched_, id, &Touched::subject) != touched_.end()) continue;
    const TimeDependency& subject = index().subjects()[id];
    Touched touched{id, subject.TimesOf(before_), {}};
    for (const ConditionId other : subject.others) {
      touched.others.push_back(rules::Holds(index().condition(other), before_));
    }
    touched_.push_back(std::move(touched));
  }
}

void SegmentUpdate::ExpectProfile() {
  if (profile_changes_) return;
  time_alone_ = false;
  profile_changes_ = true;
  lead_before_ = {};
  lead_before_.key = lead_->key;
  lead_before_.profile = lead_->profile;
  before_.lead = &lead_before_;
}

View SegmentUpdate::Evaluate() {
  if (FindRuleMemo(*lead_) == nullptr) MakeEmptyMemo();
  changed_.clear();
  View view = EvaluateRest();
  EvaluateChangedRules();
  TakeNewPredicates();
  index().rules().Mark(predicates_, &search_);
  for (const auto& [subject, times] : renewed_) KeepChangeTime(subject, times, after_);
  view.next_change_at = FirstChangeTime(view.next_change_at);
  rules::RuleLists::Unmark(&search_);
  LP_ASSERT(view.next_change_at > now_);
  ClearHolds();
  return view;
}

// Evaluates the rest of the view. If only time has passed without a change of the score, only segments may differ.
View SegmentUpdate::EvaluateRest() {
  Instant& rest_stands_until = memo().rest_stands_until;
  View view;
  if (time_alone_ && now_ < rest_stands_until) {
    after_ = before_;
    view = rest_before_;
    view.next_change_at = rest_stands_until;
    FindDue();
  } else {
    totals_ = lead_->journal.Totals();
    after_ = FactsOf(*lead_, totals_, *definitions_, now_);
    if (profile_changes_) memo().profile_quality.reset();
    view = EvaluateWithoutSegments(*definitions_, PartOfProfile(), &after_);
    rest_stands_until = view.next_change_at;
    FindChanged();
  }
  return view;
}

Instant SegmentUpdate::NextChangeOf(const TimeDependency& subject, const rules::LatestTimes& times,
                                    const Facts& facts) const {
  const rules::ActiveBoundaries asked = index().rules().Asked(search_);
  Instant next = subject.NextBoundary(times, facts.now, asked);
  for (size_t i = 0; i < subject.others.size(); ++i) {
    if (!asked.Contains(subject.PlaceOfOther(i))) continue;
    next = std::min(next, rules::Evaluate(index().condition(subject.others[i]), facts).next_change_at);
  }
  return next;
}

const rules::LatestTimes& SegmentUpdate::Renew(SubjectId subject) {
  renewed_.push_back({subject, index().subjects()[subject].TimesOf(after_)});
  return renewed_.back().times;
}

// Stores the change time, even Never(): new predicates may later depend on more boundaries.
void SegmentUpdate::KeepChangeTime(SubjectId id, const rules::LatestTimes& times, const Facts& facts) {
  const TimeDependency& subject = index().subjects()[id];
  std::vector<RuleMemo::ChangeTime>& change_times = memo().change_times;
  const auto known = std::ranges::find(change_times, id, &RuleMemo::ChangeTime::subject);
  if (times.empty() && subject.others.empty()) {
    if (known == change_times.end()) return;
    *known = change_times.back();
    return change_times.pop_back();
  }
  const Instant at = NextChangeOf(subject, times, facts);
  if (known == change_times.end()) {
    change_times.push_back({id, at});
  } else {
    known->at = at;
  }
}

void SegmentUpdate::TakeNewPredicates() {
  for (const PredicateId predicate : changed_predicates_) {
    if (std::ranges::binary_search(memo().predicates, predicate)) RenewChangeTimesBehind(predicate);
  }
  if (!index().has_references() || changed_rules_.empty()) return;
  std::vector<PredicateId>& predicates = memo().segment_predicates;
  for (const uint32_t segment : left_) {
    if (const std::optional<PredicateId> predicate = index().PredicateOfSegment(segment))
      std::erase(predicates, *predicate);
  }
  const size_t known = predicates.size();
  for (const uint32_t segment : entered_) AppendPredicateOf(segment, &predicates);
  for (size_t i = known; i < predicates.size(); ++i) RenewChangeTimesBehind(predicates[i]);
  TakePredicates();
}

void SegmentUpdate::RenewChangeTimesBehind(PredicateId predicate) {
  const std::vector<RuleMemo::ChangeTime>& change_times = memo().change_times;
  for (const rules::PlaceId place : index().rules().PlacesOf(predicate)) {
    const SubjectId subject = index().SubjectAt(place);
    const bool known = std::ranges::find(change_times, subject, &RuleMemo::ChangeTime::subject) != change_times.end();
    if (known && !IsRenewed(subject)) Renew(subject);
  }
}

void SegmentUpdate::EvaluateChangedRules() {
  changed_rules_.clear();
  TakePredicates();
  index().rules().Find(changed_, predicates_, &search_);
  if (holds_.size() < definitions_->segments.size()) holds_.resize(definitions_->segments.size(), 0);
  for (const uint32_t member : members_) holds_[member] = 1;
  after_.segments = holds_;
  to_evaluate_.clear();
  answers_.Forget();
  for (const uint32_t rule : search_.found) SetHolds(rule, index().HoldsBehindPredicate(rule, after_, &answers_));
  EvaluateChangedPredicates();
  // The loop appends rules that ask for a changed segment.
  for (size_t i = 0; i < to_evaluate_.size(); ++i) {
    const uint32_t rule = to_evaluate_[i];
    SetHolds(rule, rules::Holds(*definitions_->segments[rule].rule.root, after_));
  }
  KeepNetChanges();
  left_.clear();
  entered_.clear();
  for (const uint32_t rule : changed_rules_) (IsMember(rule) ? entered_ : left_).push_back(rule);
}

void SegmentUpdate::EvaluateChangedPredicates() {
  const std::vector<PredicateId>& predicates = memo().predicates;
  for (const PredicateId predicate : changed_predicates_) {
    const bool met = std::ranges::binary_search(predicates, predicate);
    for (const uint32_t rule : index().rules().RulesOf(predicate)) {
      SetHolds(rule, met && index().HoldsBehindPredicate(rule, after_, &answers_));
    }
  }
}

void SegmentUpdate::TakePredicates() {
  predicates_ = memo().predicates;
  predicates_.insert(predicates_.end(), memo().segment_predicates.begin(), memo().segment_predicates.end());
}

void SegmentUpdate::AppendPredicateOf(uint32_t segment, std::vector<PredicateId>* predicates) const {
  if (const std::optional<PredicateId> predicate = index().PredicateOfSegment(segment))
    predicates->push_back(*predicate);
}

void SegmentUpdate::SetHolds(uint32_t rule, bool holds) {
  if (holds == IsMember(rule)) return;
  changed_rules_.push_back(rule);
  holds_[rule] = holds;
  PrefetchMemory(&definitions_->segments[rule].id, sizeof(std::string));  // the change will contain it
  for (const uint32_t referrer : index().RulesThatReferTo(rule)) to_evaluate_.push_back(referrer);
}

// Leaves in changed_rules_, ascending, the rules that changed and did not change back when a referenced segment did.
void SegmentUpdate::KeepNetChanges() {
  std::ranges::sort(changed_rules_);
  size_t kept = 0;
  for (size_t i = 0; i < changed_rules_.size(); ++i) {
    const uint32_t rule = changed_rules_[i];
    if (kept > 0 && changed_rules_[kept - 1] == rule) {
      --kept;
    } else {
      changed_rules_[kept++] = rule;
    }
  }
  changed_rules_.resize(kept);
}

void SegmentUpdate::ClearHolds() {
  for (const uint32_t member : members_) holds_[member] = 0;
  for (const uint32_t rule : changed_rules_) holds_[rule] = 0;
}

state::SegmentIndexes SegmentUpdate::Segments() const {
  state::SegmentIndexes segments(members_.begin(), members_.end());
  ApplyDiff(diff(), &segments);
  return segments;
}

}  // namespace leadpulse::view
