#include "processor/query/report/history.h"

#include <algorithm>
#include <utility>

#include "processor/view/view.h"

namespace leadpulse::report {
namespace {

// Limits of points that a page can show distinctly.
constexpr int32_t kMaxDays = 45;
constexpr int32_t kMaxWeeksInDays = 54 * 7;
constexpr int32_t kMaxMonthsInDays = 5 * 366;
constexpr int32_t kMaxQuartersInDays = 15 * 366;

// Returns the last day of the span that contains the day.
Day LastDayOf(const PointSpan& span, Day day) {
  if (!span.unit) return day;
  return FirstDayOfPeriod(*span.unit, PeriodOf(*span.unit, day) + 1) - 1;
}

template <typename Count>
Count CountAt(const std::vector<Count>& counts, size_t index) {
  return index < counts.size() ? counts[index] : 0;
}

// Adds the points from the first to the last day, which need not be the first or last of a week, month and so on.
// `by_day` are differences of the tiers' counts, which are added to the history's at_beginning; set that first.
void AddTierPoints(Day first, Day last, const std::map<Day, std::vector<int64_t>>& by_day, TierHistory* history) {
  const PointSpan span = SpanFor(first, last);
  history->span = span.name;
  std::vector<int64_t> leads = history->at_beginning;
  auto next = by_day.begin();
  for (Day day = first; day <= last;) {
    const Day end = std::min(LastDayOf(span, day), last);
    for (; next != by_day.end() && next->first <= end; ++next) {
      for (size_t tier = 0; tier < next->second.size(); ++tier) leads[tier] += next->second[tier];
    }
    history->points.push_back({day, end, leads});
    day = end + 1;
  }
}

}  // namespace

size_t NameIndex::IndexOf(const std::string& name) {
  const auto found = indexes_.find(name);
  if (found != indexes_.end()) return found->second;
  if (names_.size() >= defined_ + kMaxFormerNames) return names_.size() - 1;
  const bool is_last = names_.size() + 1 == defined_ + kMaxFormerNames;
  names_.push_back(is_last ? "(others)" : name);
  return indexes_.emplace(name, names_.size() - 1).first->second;
}

void NameIndex::AddDefined(const std::string& name) {
  indexes_.emplace(name, names_.size());
  names_.push_back(name);
  ++defined_;
}

void Drift::Add(size_t index, int64_t by, bool since_beginning, bool past_end) {
  if (since_beginning_.size() <= index) {
    since_beginning_.resize(index + 1);
    past_end_.resize(index + 1);
  }
  if (since_beginning) since_beginning_[index] += by;
  if (past_end) past_end_[index] += by;
}

int64_t Drift::AtBeginning(size_t index, uint64_t at_clock) const {
  return static_cast<int64_t>(at_clock) - CountAt(since_beginning_, index);
}

int64_t Drift::AtEnd(size_t index, uint64_t at_clock) const {
  return static_cast<int64_t>(at_clock) - CountAt(past_end_, index);
}

PointSpan SpanFor(Day first, Day last) {
  const int32_t days = last - first + 1;
  if (days <= kMaxDays) return {"day", std::nullopt};
  if (days <= kMaxWeeksInDays) return {"week", PeriodUnit::kWeek};
  if (days <= kMaxMonthsInDays) return {"month", PeriodUnit::kMonth};
  if (days <= kMaxQuartersInDays) return {"quarter", PeriodUnit::kQuarter};
  return {"year", PeriodUnit::kYear};
}

HistoryCollector::HistoryCollector(const config::TenantDefinitions& definitions, const Period& period,
                                   const ErasedLeads& erased)
    : definitions_(definitions), period_(period), erased_(erased), first_tier_(view::TierOf(definitions, 0)) {
  for (const config::Tier& tier : definitions.tiers) tiers_.AddDefined(tier.name);
  for (const config::Segment& segment : definitions.segments) segments_.AddDefined(segment.id);
}

Status HistoryCollector::Take(const codec::Change& change) {
  if (period_.Includes(change.at)) {
    history_.first = history_.changes == 0 ? change.at : std::min(history_.first, change.at);
    history_.last = history_.changes == 0 ? change.at : std::max(history_.last, change.at);
    ++history_.changes;
  }
  switch (change.kind) {
    case codec::ChangeKind::kLeadCreated:
      Create(change);
      break;
    case codec::ChangeKind::kStageChanged:
      return MoveStage(change);
    case codec::ChangeKind::kTierChanged:
      MoveTier(change);
      break;
    case codec::ChangeKind::kSegmentEntered:
    case codec::ChangeKind::kSegmentLeft:
      MoveSegment(change);
      break;
    case codec::ChangeKind::kLeadMerged:
    case codec::ChangeKind::kLeadErased:
      Erase(change);
      break;
    default:
      break;
  }
  return Status::Ok();
}

void HistoryCollector::Create(const codec::Change& change) {
  ++created_less_erased_;
  ShiftStage(Stage::kNew, 1, change.at);
  ShiftTier(first_tier_, 1, change.at);
  if (period_.Includes(change.at)) {
    ++history_.created;
    ++history_.stages.entered[static_cast<size_t>(Stage::kNew)];
  }
  if (Followed* lead = FollowedOf(change.key)) {
    lead->created = true;
    lead->stage = Stage::kNew;
    lead->tier = first_tier_;
  }
}

Status HistoryCollector::MoveStage(const codec::Change& change) {
  const std::optional<Stage> from = StageFromName(change.from);
  const std::optional<Stage> to = StageFromName(change.to);
  if (!from || !to) return Status::Rejected("this is no change: it is of a stage that does not exist");
  ShiftStage(*from, -1, change.at);
  ShiftStage(*to, 1, change.at);
  if (period_.Includes(change.at)) {
    ++history_.stages.moves[static_cast<size_t>(*from)][static_cast<size_t>(*to)];
    ++history_.stages.entered[static_cast<size_t>(*to)];
  }
  if (Followed* lead = FollowedOf(change.key)) lead->stage = *to;
  return Status::Ok();
}

void HistoryCollector::MoveTier(const codec::Change& change) {
  const size_t to = tiers_.IndexOf(change.to);
  ShiftTier(tiers_.IndexOf(change.from), -1, change.at);
  ShiftTier(to, 1, change.at);
  if (Followed* lead = FollowedOf(change.key)) lead->tier = to;
}

void HistoryCollector::MoveSegment(const codec::Change& change) {
  const size_t segment = segments_.IndexOf(change.name);
  const bool enters = change.kind == codec::ChangeKind::kSegmentEntered;
  ShiftSegment(segment, enters ? 1 : -1, change);
  if (Followed* lead = FollowedOf(change.key)) {
    if (enters) {
      lead->segments.insert(segment);
    } else {
      lead->segments.erase(segment);
    }
  }
}

void HistoryCollector::Erase(const codec::Change& change) {
  Followed* lead = FollowedOf(change.key);
  if (lead == nullptr) return;
  const bool is_erased = change.kind == codec::ChangeKind::kLeadErased;
  if (is_erased && period_.Includes(change.at)) ++history_.erased;
  for (size_t segment : lead->segments) ShiftSegment(segment, -1, change);
  if (lead->created) {
    --created_less_erased_;
    ShiftStage(lead->stage, -1, change.at);
    ShiftTier(lead->tier, -1, change.at);
    if (period_.Includes(change.at)) ++history_.stages.erased[static_cast<size_t>(lead->stage)];
  }
  *lead = {};
}

HistoryCollector::Followed* HistoryCollector::FollowedOf(const LeadKey& key) {
  if (erased_.empty()) return nullptr;
  std::string encoded = EncodeLeadKey(key);
  return erased_.contains(encoded) ? &followed_[std::move(encoded)] : nullptr;
}

void HistoryCollector::Shift(Drift* drift, size_t index, int64_t by, Instant at) const {
  drift->Add(index, by, !(period_.from && at < *period_.from), period_.IsPast(at));
}

void HistoryCollector::ShiftStage(Stage stage, int64_t by, Instant at) {
  Shift(&stage_drift_, static_cast<size_t>(stage), by, at);
}

void HistoryCollector::ShiftTier(size_t tier, int64_t by, Instant at) {
  Shift(&tier_drift_, tier, by, at);
  if (!period_.Includes(at)) return;
  std::vector<int64_t>& day = tiers_by_day_[definitions_.calendar.DayOf(at)];
  if (day.size() <= tier) day.resize(tier + 1);
  day[tier] += by;
}

void HistoryCollector::ShiftSegment(size_t segment, int64_t by, const codec::Change& change) {
  Shift(&segment_drift_, segment, by, change.at);
  if (flows_.size() <= segment) flows_.resize(segment + 1);
  if (!period_.Includes(change.at)) return;
  const bool by_definitions = change.cause.kind == codec::CauseKind::kDefinitions;
  (by > 0 ? flows_[segment].entered : flows_[segment].left) += 1;
  (by > 0 ? flows_[segment].entered_by_definitions : flows_[segment].left_by_definitions) += by_definitions;
}

void HistoryCollector::Finish(const LeadCounts& at_clock, Instant clock, TenantReport* report) {
  history_.leads_before_changes = static_cast<int64_t>(at_clock.leads) - created_less_erased_;
  FinishStages(at_clock);
  FinishTiers(at_clock, clock);
  FinishSegments(at_clock, report);
  report->history = std::move(history_);
}

void HistoryCollector::FinishStages(const LeadCounts& at_clock) {
  for (size_t i = 0; i < kStageCount; ++i) {
    history_.stages.at_beginning[i] = stage_drift_.AtBeginning(i, at_clock.stages[i]);
    history_.stages.at_end[i] = stage_drift_.AtEnd(i, at_clock.stages[i]);
  }
}

void HistoryCollector::FinishTiers(const LeadCounts& at_clock, Instant clock) {
  history_.tiers.tiers = tiers_.names();
  for (size_t i = 0; i < tiers_.names().size(); ++i) {
    history_.tiers.at_beginning.push_back(tier_drift_.AtBeginning(i, CountAt(at_clock.tiers, i)));
  }
  if (!period_.from && history_.changes == 0) return;
  Instant end = history_.changes == 0 ? clock : std::max(clock, history_.last);
  if (period_.to) end = std::min(end, *period_.to - Millis(1));
  const Instant begin = period_.from.value_or(history_.first);
  if (end < begin) return;
  AddTierPoints(definitions_.calendar.DayOf(begin), definitions_.calendar.DayOf(end), tiers_by_day_, &history_.tiers);
}

void HistoryCollector::FinishSegments(const LeadCounts& at_clock, TenantReport* report) {
  flows_.resize(segments_.names().size());
  for (size_t i = 0; i < flows_.size(); ++i) {
    flows_[i].at_beginning = segment_drift_.AtBeginning(i, CountAt(at_clock.segments, i));
    flows_[i].at_end = segment_drift_.AtEnd(i, CountAt(at_clock.segments, i));
    if (i < segments_.defined()) {
      report->segments[i].flow = flows_[i];
    } else if (flows_[i].entered + flows_[i].left > 0 || flows_[i].at_beginning != 0) {
      report->segments.push_back({segments_.names()[i], "", false, 0, flows_[i]});
    }
  }
}

}  // namespace leadpulse::report
