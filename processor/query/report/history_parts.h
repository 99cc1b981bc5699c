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

// Indexes of names: those of the definitions first, then those that only changes name, in the order met. Beyond
// kMaxFormerNames of these all others share one.
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

// By how much counts differ, by index, from two instants on.
class Drift {
 public:
  void Add(size_t index, int64_t by, bool since_beginning, bool past_end);
  // Counted back from `at_clock`, which is 0 where it has no such index.
  int64_t AtBeginning(size_t index, uint64_t at_clock) const;
  int64_t AtEnd(size_t index, uint64_t at_clock) const;

 private:
  static int64_t Of(const std::vector<int64_t>& counts, size_t index);
  std::vector<int64_t> since_beginning_, past_end_;
};

// What a point of a chart stands for: as many days that the points are few enough to be seen.
struct Span {
  const char* name;                // `week`
  std::optional<PeriodUnit> unit;  // nothing: a day
};
Span SpanFor(Day first, Day last);

// From the first to the last day, the ends of which need not be those of a week and so on. `by_day` are differences of
// the tiers' counts; at_beginning of the history must be set, and is what they are added to.
void AddTierPoints(Day first, Day last, const std::map<Day, std::vector<int64_t>>& by_day, TierHistory* history);

}  // namespace leadpulse::report
