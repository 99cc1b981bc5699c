#include "processor/serve/pages/report_range.h"

#include <algorithm>

namespace leadpulse::serve {
namespace {

constexpr int32_t kDaysCounted = 800;  // as long as a run keeps counts
constexpr int32_t kWeek = 7, kMonthDays = 30;

ReportRange LastDays(std::string_view name, int32_t days, Day today) {
  return {std::string(name), today - (days - 1), today, today - (2 * days - 1)};
}

// Returns the present period until today, compared with the beginning of the one before.
ReportRange ThisPeriod(std::string_view name, PeriodUnit unit, Day today) {
  const int32_t period = PeriodOf(unit, today);
  return {std::string(name), FirstDayOfPeriod(unit, period), today, FirstDayOfPeriod(unit, period - 1)};
}

std::optional<ReportRange> Named(std::string_view name, Day today) {
  if (name == "week") return ThisPeriod(name, PeriodUnit::kWeek, today);
  if (name == "month") return ThisPeriod(name, PeriodUnit::kMonth, today);
  if (name == "quarter") return ThisPeriod(name, PeriodUnit::kQuarter, today);
  if (name == "7") return LastDays(name, kWeek, today);
  if (name == kUsualRange) return LastDays(name, kMonthDays, today);
  if (name != "last_month") return std::nullopt;
  const int32_t month = PeriodOf(PeriodUnit::kMonth, today);
  const auto first_of = [month](int32_t ago) { return FirstDayOfPeriod(PeriodUnit::kMonth, month - ago); };
  return ReportRange{std::string(name), first_of(1), first_of(0) - 1, first_of(2)};
}

}  // namespace

int32_t ReportRange::days_before() const { return before_first ? std::min(days(), first - *before_first) : 0; }

std::optional<ReportRange> RangeOf(std::string_view name, std::string_view from, std::string_view to, Day today) {
  if (from.empty() && to.empty()) return Named(name.empty() ? kUsualRange : name, today);
  const std::optional<Day> last = to.empty() ? today : ParseDay(to);
  if (!last) return std::nullopt;
  const std::optional<Day> first = from.empty() ? *last - (kMonthDays - 1) : ParseDay(from);
  if (!first || *last < *first || *last - *first >= kDaysCounted) return std::nullopt;
  ReportRange range{"", *first, *last};
  if (2 * range.days() <= kDaysCounted) range.before_first = *first - range.days();
  return range;
}

int32_t DaysOfColumn(const ReportRange& range) {
  constexpr int32_t kMostColumns = 62;
  for (const int32_t days : {1, kWeek}) {
    if (range.days() <= days * kMostColumns) return days;
  }
  return 4 * kWeek;
}

}  // namespace leadpulse::serve
