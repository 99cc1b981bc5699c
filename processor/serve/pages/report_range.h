// The days that a report is about, and those before that it is compared with.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "processor/base/calendar.h"

namespace leadpulse::serve {

// A range that has a name. Days are those of the tenant's zone, weeks begin on Monday.
struct NamedRange {
  std::string_view name;   // in addresses
  std::string_view label;  // for people
};
inline constexpr auto kNamedRanges = std::to_array<NamedRange>({{"week", "This week"},
                                                                {"7", "7 days"},
                                                                {"30", "30 days"},
                                                                {"month", "This month"},
                                                                {"last_month", "Last month"},
                                                                {"quarter", "This quarter"}});
inline constexpr std::string_view kUsualRange = "30";

struct ReportRange {
  std::string name;  // of kNamedRanges; empty: other days
  Day first;
  Day last;
  // The first of the days before, which are as many, or fewer if the period before was shorter: a week that has three
  // days yet is compared with the first three days of the week before. nullopt: counts are not kept that long.
  std::optional<Day> before_first = {};

  int32_t days() const { return last - first + 1; }
  int32_t days_before() const;
};

// Returns the range of the name, or from `from` to `to` if one of them is set: without `from` 30 days, without `to`
// until today. nullopt: an unknown name, wrong days, or more than are counted.
std::optional<ReportRange> RangeOf(std::string_view name, std::string_view from, std::string_view to, Day today);

// Returns how many days of a range a column of its picture stands for, so that there are some 60 columns at most.
int32_t DaysOfColumn(const ReportRange& range);

}  // namespace leadpulse::serve
