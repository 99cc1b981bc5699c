// Small parts of a history: names and differences by index, and points in time.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "processor/base/calendar.h"
#include "processor/query/report/report.h"

namespace leadpulse::report {

// Indexes of names: first those in the definitions, then those that only changes have, in their order. After
// kMaxFormerNames of these, all others share one index.
class NameIndex {
 public:
  size_t IndexOf(const std::string& name);
  void AddDefined(const std::string& name);
  const std::vector<std::string>& names() const { return names_; }
  size_t defined() const { return defined_; }

 private:
  std::vector<std::string> names_;
  std::map<std::string, size_t, std::less<>> indexes_;
  size_t defined_ = 0;
};

// How much counts changed, by index, since two instants.
class Drift {
 public:
  void Add(size_t index, int64_t by, bool since_beginning, bool past_end);
  // Counted back from `at_clock`; an index that it lacks counts as 0.
  int64_t AtBeginning(size_t index, uint64_t at_clock) const;
  int64_t AtEnd(size_t index, uint64_t at_clock) const;

 private:
  static int64_t Of(const std::vector<int64_t>& counts, size_t index);
  std::vector<int64_t> since_beginning_, past_end_;
};

// The length of time that a point of a chart stands for, long enough that the points stay distinguishable.
struct Span {
  const char* name;                // `week`
  std::optional<PeriodUnit> unit;  // nullopt: a day
};
Span SpanFor(Day first, Day last);

// The points from the first to the last day, which need not begin or end a week, month and so on. `by_day` are
// differences of the tiers' counts, which are added to the history's at_beginning; set that first.
void AddTierPoints(Day first, Day last, const std::map<Day, std::vector<int64_t>>& by_day, TierHistory* history);

}  // namespace leadpulse::report
