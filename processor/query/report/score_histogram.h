// How scores are spread, counted in bounded memory.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace leadpulse::report {

struct HistogramBar {
  std::optional<int64_t> from;  // nothing: everything below `to`
  std::optional<int64_t> to;    // not included; nothing: everything from `from` on
  uint64_t leads = 0;
};

struct Histogram {
  uint64_t leads = 0;
  int64_t min = 0;  // these where there are leads
  int64_t max = 0;
  int64_t median = 0;  // the lower of two; exact, unless `width_counted` is above 1: then the beginning of its span
  int64_t width_counted = 1;
  std::vector<HistogramBar> bars;  // ascending and without a gap
};

// Counts scores one by one; where there are more than kMaxSpans different ones, by spans of 10, 100 and so on.
class ScoreHistogram {
 public:
  static constexpr size_t kMaxSpans = 4'096;
  static constexpr size_t kMaxBars = 16;

  void Add(int64_t score);
  // Bars of 1, 2 or 5 times a power of ten. Those at the ends are open where one in a hundred lies beyond.
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
