// The distribution of scores, counted in bounded memory.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace leadpulse::report {

struct HistogramBar {
  std::optional<int64_t> from;  // nullopt: everything below `to`
  std::optional<int64_t> to;    // not included; nullopt: everything from `from` on
  uint64_t leads = 0;
};

struct Histogram {
  uint64_t leads = 0;
  int64_t min = 0;  // the next three are set if there are leads
  int64_t max = 0;
  int64_t median = 0;  // the lower of two; if `width_counted` is above 1, the beginning of its span
  int64_t width_counted = 1;
  std::vector<HistogramBar> bars;  // ascending and without a gap
};

// Counts scores one by one; beyond kMaxSpans different ones, by spans of 10, 100 and so on.
class ScoreHistogram {
 public:
  static constexpr size_t kMaxSpans = 4'096;
  static constexpr size_t kMaxBars = 16;

  void Add(int64_t score);
  // Bars of 1, 2 or 5 times a power of ten. The bars at the ends are open if one in a hundred is beyond them.
  Histogram Finish() const;

 private:
  void Coarsen();
  // The span in which the lead with this number (from 0, ascending) lies.
  int64_t SpanOf(uint64_t number) const;
  int64_t BarWidth(int64_t low, int64_t high) const;

  std::map<int64_t, uint64_t> spans_;  // by score / width_, rounded down
  int64_t width_ = 1;
  uint64_t leads_ = 0;
  int64_t min_ = 0;
  int64_t max_ = 0;
};

}  // namespace leadpulse::report
