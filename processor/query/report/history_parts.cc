#include "processor/query/report/history_parts.h"

#include <algorithm>

namespace leadpulse::report {
namespace {

// As many points as a page can show apart.
constexpr int32_t kMaxDays = 45;
constexpr int32_t kMaxWeeksInDays = 54 * 7;
constexpr int32_t kMaxMonthsInDays = 5 * 366;
constexpr int32_t kMaxQuartersInDays = 15 * 366;

// The first day of the span that contains the day.
Day LastDayOf(const Span& span, Day day) {
  if (!span.unit) return day;
  return FirstDayOfPeriod(*span.unit, PeriodOf(*span.unit, day) + 1) - 1;
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

int64_t Drift::Of(const std::vector<int64_t>& counts, size_t index) {
  return index < counts.size() ? counts[index] : 0;
}

int64_t Drift::AtBeginning(size_t index, uint64_t at_clock) const {
  return static_cast<int64_t>(at_clock) - Of(since_beginning_, index);
}

int64_t Drift::AtEnd(size_t index, uint64_t at_clock) const {
  return static_cast<int64_t>(at_clock) - Of(past_end_, index);
}

Span SpanFor(Day first, Day last) {
  const int32_t days = last - first + 1;
  if (days <= kMaxDays) return {"day", std::nullopt};
  if (days <= kMaxWeeksInDays) return {"week", PeriodUnit::kWeek};
  if (days <= kMaxMonthsInDays) return {"month", PeriodUnit::kMonth};
  if (days <= kMaxQuartersInDays) return {"quarter", PeriodUnit::kQuarter};
  return {"year", PeriodUnit::kYear};
}

void AddTierPoints(Day first, Day last, const std::map<Day, std::vector<int64_t>>& by_day, TierHistory* history) {
  const Span span = SpanFor(first, last);
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

}  // namespace leadpulse::report
