#include "processor/view/incremental/segment_update.h"

#include <algorithm>
#include <utility>

#include "processor/base/assert.h"
#include "processor/base/prefetch.h"
#include "processor/view/lead_memo.h"
#include "processor/view/quality.h"
#include "processor/view/stage.h"

namespace leadpulse::view {
namespace {

using rules::BuiltIn;
using rules::ConditionId;
using rules::Facts;
using rules::GuardId;
using rules::SubjectId;
using rules::TimedSubject;
using state::Lead;

}  // namespace

void SegmentUpdate::Start(const config::TenantDefinitions& definitions, Instant now, Lead* lead) {
  LP_ASSERT(definitions.segment_index != nullptr);
  definitions_ = &definitions;
  lead_ = lead;
  now_ = now;
  touched_.clear();
  changed_guards_.clear();
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
  if (LeadMemo* kept = FindMemo(*lead)) kept->rule_memo.reset();  // made again by Evaluate
  found_.clear();
  for (const state::JournalEntry& entry : lead->journal.entries()) Touch(entry);
  TouchFound();
}

void SegmentUpdate::TakeViewBefore(const View& view, const Lead& lead) {
  before_ = {};
  before_.lead = &lead;
  before_.totals = &totals_before_;
  before_.fields = &definitions_->fields;
  before_.calendar = &definitions_->calendar;
  before_.now = now_;
  if (JournalMemo* journal = UpdatedJournalMemo(lead)) before_.results = journal->results();
  before_.email_status = view.published.email_status;
  before_.sendable = view.published.sendable;
  CompleteFacts(view, *definitions_, &before_);
}

// Under these definitions; nothing of it changes by time.
const View& SegmentUpdate::EmptyLeadView() {
  const rules::RuleIndex* key = definitions_->segment_index.get();
  const auto known = empty_views_.find(key);
  // Expired, it is of definitions that are gone, and whose address these have.
  if (known != empty_views_.end() && !known->second.index.expired()) return known->second.view;
  absl::erase_if(empty_views_, [](const auto& entry) { return entry.second.index.expired(); });
  EmptyView empty{definitions_->segment_index, EvaluateView(Lead(), *definitions_, now_)};
  LP_ASSERT(empty.view.next_flip == Instant::Never());
  return empty_views_.emplace(key, std::move(empty)).first->second.view;
}

void SegmentUpdate::MakeEmptyMemo() {
  RuleMemo& made = MemoOf(*lead_).rule_memo.emplace();
  made.definitions = definitions_;
  if (!index().has_references()) return;
  for (const uint32_t member : members_) AppendGuardOf(member, &made.segment_guards);
}

// As of just before now, so that what is due now is found due.
void SegmentUpdate::MakeMemo() {
  MakeEmptyMemo();
  Facts facts = before_;
  facts.now = now_ - Millis{1};
  memo().guards = index().guards().HoldingFor(facts);
  TakeGuards();
  index().rules().Mark(guards_, &search_);
  found_.assign(index().attribute_instants().begin(), index().attribute_instants().end());
  for (const auto& [field, subject] : index().built_in_instants()) found_.push_back(subject);
  for (const state::JournalEntry& entry : lead_->journal.entries()) Touch(entry);
  for (const SubjectId subject : found_) {
    const TimedSubject& timed = index().subjects()[subject];
    KeepFlip(subject, timed.TimesOf(facts), facts);
  }
  rules::RuleLists::Unmark(&search_);
}

void SegmentUpdate::ExpectEntry(const state::EntryFields& entry) {
  time_alone_ = false;
  found_.clear();
  index().entries().Find({entry.type, entry.machine, entry.campaign_id, entry.name}, &found_);
  const auto entries = lead_->journal.entries();
  const auto touch_retracted = [&](std::string_view event_id) {
    const auto retracted = std::ranges::find(entries, event_id, &state::JournalEntry::event_id);
    if (retracted != entries.end()) Touch(*retracted);
  };
  if (entry.type == EventType::kRetract) touch_retracted(entry.retracts);
  // Those that will make room for it.
  const size_t folding = lead_->journal.FoldedBy(entry, definitions_->journal_max_entries);
  for (const state::JournalEntry& folded : entries.first(folding)) {
    Touch(folded);
    if (folded.type == EventType::kRetract) touch_retracted(folded.retracts());
  }
  TouchFound();
}

void SegmentUpdate::Touch(const state::JournalEntry& entry) {
  index().entries().Find({entry.type, entry.machine, entry.campaign_id(), entry.name()}, &found_);
}

void SegmentUpdate::TouchFound() {
  for (const SubjectId id : found_) {
    if (std::ranges::find(touched_, id, &Touched::subject) != touched_.end()) continue;
    const TimedSubject& subject = index().subjects()[id];
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
  TakeNewGuards();
  index().rules().Mark(guards_, &search_);
  for (const auto& [subject, times] : renewed_) KeepFlip(subject, times, after_);
  view.next_flip = FirstFlip(view.next_flip);
  rules::RuleLists::Unmark(&search_);
  LP_ASSERT(view.next_flip > now_);
  ClearHolds();
  return view;
}

// Where only time has passed, and not until the score's next flip, all but the segments is as it was.
View SegmentUpdate::EvaluateRest() {
  Instant& rest_stands_until = memo().rest_stands_until;
  View view;
  if (time_alone_ && now_ < rest_stands_until) {
    after_ = before_;
    view = rest_before_;
    view.next_flip = rest_stands_until;
    FindDue();
  } else {
    totals_ = lead_->journal.Totals();
    after_ = FactsOf(*lead_, totals_, *definitions_, now_);
    if (profile_changes_) memo().profile_quality.reset();
    view = EvaluateWithoutSegments(*definitions_, PartOfProfile(), &after_);
    rest_stands_until = view.next_flip;
    FindChanged();
  }
  return view;
}

Instant SegmentUpdate::NextFlipOf(const TimedSubject& subject, const rules::LatestTimes& times,
                                  const Facts& facts) const {
  const rules::AskedPlaces asked = index().rules().Asked(search_);
  Instant next = subject.NextBoundary(times, facts.now, asked);
  for (size_t i = 0; i < subject.others.size(); ++i) {
    if (!asked.Contains(subject.PlaceOfOther(i))) continue;
    next = std::min(next, rules::Evaluate(index().condition(subject.others[i]), facts).next_flip);
  }
  return next;
}

const rules::LatestTimes& SegmentUpdate::Renew(SubjectId subject) {
  renewed_.push_back({subject, index().subjects()[subject].TimesOf(after_)});
  return renewed_.back().times;
}

// Never, too: rules that are asked later may ask for more.
void SegmentUpdate::KeepFlip(SubjectId id, const rules::LatestTimes& times, const Facts& facts) {
  const TimedSubject& subject = index().subjects()[id];
  std::vector<RuleMemo::Flip>& flips = memo().flips;
  const auto known = std::ranges::find(flips, id, &RuleMemo::Flip::subject);
  if (times.empty() && subject.others.empty()) {
    if (known == flips.end()) return;
    *known = flips.back();
    return flips.pop_back();
  }
  const Instant at = NextFlipOf(subject, times, facts);
  if (known == flips.end()) {
    flips.push_back({id, at});
  } else {
    known->at = at;
  }
}

void SegmentUpdate::TakeNewGuards() {
  for (const GuardId guard : changed_guards_) {
    if (std::ranges::binary_search(memo().guards, guard)) RenewFlipsBehind(guard);
  }
  if (!index().has_references() || flipped_.empty()) return;
  std::vector<GuardId>& guards = memo().segment_guards;
  for (const uint32_t segment : left_) {
    if (const std::optional<GuardId> guard = index().GuardOfSegment(segment)) std::erase(guards, *guard);
  }
  const size_t known = guards.size();
  for (const uint32_t segment : entered_) AppendGuardOf(segment, &guards);
  for (size_t i = known; i < guards.size(); ++i) RenewFlipsBehind(guards[i]);
  TakeGuards();
}

void SegmentUpdate::RenewFlipsBehind(GuardId guard) {
  const std::vector<RuleMemo::Flip>& flips = memo().flips;
  for (const rules::PlaceId place : index().rules().PlacesOf(guard)) {
    const SubjectId subject = index().SubjectAt(place);
    const bool known = std::ranges::find(flips, subject, &RuleMemo::Flip::subject) != flips.end();
    if (known && !IsRenewed(subject)) Renew(subject);
  }
}

void SegmentUpdate::EvaluateChangedRules() {
  flipped_.clear();
  TakeGuards();
  index().rules().Find(changed_, guards_, &search_);
  if (holds_.size() < definitions_->segments.size()) holds_.resize(definitions_->segments.size(), 0);
  for (const uint32_t member : members_) holds_[member] = 1;
  after_.segments = holds_;
  to_evaluate_.clear();
  answers_.Forget();
  for (const uint32_t rule : search_.found) SetHolds(rule, index().HoldsBehindGuard(rule, after_, &answers_));
  EvaluateChangedGuards();
  // Grows while it is gone through: by the rules that ask for a segment that has flipped.
  for (size_t i = 0; i < to_evaluate_.size(); ++i) {
    const uint32_t rule = to_evaluate_[i];
    SetHolds(rule, rules::Holds(*definitions_->segments[rule].rule.root, after_));
  }
  KeepLastFlips();
  left_.clear();
  entered_.clear();
  for (const uint32_t rule : flipped_) (IsMember(rule) ? entered_ : left_).push_back(rule);
}

void SegmentUpdate::EvaluateChangedGuards() {
  const std::vector<GuardId>& guards = memo().guards;
  for (const GuardId guard : changed_guards_) {
    const bool met = std::ranges::binary_search(guards, guard);
    for (const uint32_t rule : index().rules().RulesOf(guard)) {
      SetHolds(rule, met && index().HoldsBehindGuard(rule, after_, &answers_));
    }
  }
}

void SegmentUpdate::TakeGuards() {
  guards_ = memo().guards;
  guards_.insert(guards_.end(), memo().segment_guards.begin(), memo().segment_guards.end());
}

void SegmentUpdate::AppendGuardOf(uint32_t segment, std::vector<GuardId>* guards) const {
  if (const std::optional<GuardId> guard = index().GuardOfSegment(segment)) guards->push_back(*guard);
}

void SegmentUpdate::SetHolds(uint32_t rule, bool holds) {
  if (holds == IsMember(rule)) return;
  flipped_.push_back(rule);
  holds_[rule] = holds;
  PrefetchMemory(&definitions_->segments[rule].id, sizeof(std::string));  // the change will name it
  for (const uint32_t referrer : index().RulesThatReferTo(rule)) to_evaluate_.push_back(referrer);
}

// Leaves in flipped_, ascending, those that flipped and did not flip back when a segment they ask for did.
void SegmentUpdate::KeepLastFlips() {
  std::ranges::sort(flipped_);
  size_t kept = 0;
  for (size_t i = 0; i < flipped_.size(); ++i) {
    const uint32_t rule = flipped_[i];
    if (kept > 0 && flipped_[kept - 1] == rule) {
      --kept;
    } else {
      flipped_[kept++] = rule;
    }
  }
  flipped_.resize(kept);
}

void SegmentUpdate::ClearHolds() {
  for (const uint32_t member : members_) holds_[member] = 0;
  for (const uint32_t rule : flipped_) holds_[rule] = 0;
}

state::SegmentIndexes SegmentUpdate::Segments() const {
  state::SegmentIndexes segments(members_.begin(), members_.end());
  ApplyDiff(diff(), &segments);
  return segments;
}

}  // namespace leadpulse::view
