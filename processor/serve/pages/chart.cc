#include "processor/serve/pages/chart.h"

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <vector>

namespace leadpulse::serve {
namespace {

constexpr double kWhole = 100;         // per cent
constexpr double kLeastVisible = 0.5;  // of a bar's length
constexpr double kColumnShare = 0.6;   // of the place of a column; the range before takes more
constexpr double kBeforeShare = 0.9;
constexpr size_t kMostLabels = 6;

std::string PerCent(double number) {
  char text[24];
  std::snprintf(text, sizeof text, "%.2f", number);
  std::string spelled = text;
  spelled.erase(spelled.find_last_not_of('0') + 1);
  if (spelled.back() == '.') spelled.pop_back();
  return spelled + "%";
}

// Returns the counts that are not 0, of both ranges, the least first.
std::vector<uint64_t> CountsOf(std::span<const ChartColumn> columns) {
  std::vector<uint64_t> counts;
  for (const ChartColumn& column : columns) {
    for (const uint64_t count : {column.count, column.before.value_or(0)}) {
      if (count > 0) counts.push_back(count);
    }
  }
  std::ranges::sort(counts);
  return counts;
}

// Returns the highest count that the scale reaches. `counts`: those of CountsOf, not empty.
uint64_t HighestOf(const std::vector<uint64_t>& counts, HighColumns high) {
  constexpr size_t kFew = 5;              // of which none is usual
  constexpr uint64_t kTimesTheUsual = 8;  // from here on a count stands out
  if (high == HighColumns::kWhole || counts.size() < kFew) return counts.back();
  const uint64_t usual = counts[(counts.size() - 1) * 9 / 10];  // nine tenths are at most as high
  return *std::prev(std::ranges::upper_bound(counts, kTimesTheUsual * usual));
}

double HeightOf(uint64_t count, uint64_t top) {
  if (count == 0) return 0;
  return std::clamp(kWhole * static_cast<double>(count) / static_cast<double>(top), kLeastVisible, kWhole);
}

// Sets NAMEx, NAMEy, NAMEwidth and NAMEheight of a bar in the middle of its place.
void AddBar(const std::string& name, double left, double place, double share, double height, PageData* data) {
  (*data)[name + "x"] = PerCent(left + place * (1 - share) / 2);
  (*data)[name + "width"] = PerCent(place * share);
  (*data)[name + "y"] = PerCent(kWhole - height);
  (*data)[name + "height"] = PerCent(height);
}

PageList TicksTo(uint64_t top, uint64_t step, const ShownNumbers& numbers) {
  PageList ticks;
  for (uint64_t number = 0; number <= top; number += step) {
    ticks.push_back(PageRow{{"y", PerCent(kWhole - kWhole * static_cast<double>(number) / static_cast<double>(top))},
                            {"text", numbers.Of(number)}});
  }
  return ticks;
}

}  // namespace

uint64_t ScaleStep(uint64_t most) {
  constexpr uint64_t kMostLines = 4;
  uint64_t power = 1;
  while (true) {
    for (const uint64_t step : {power, 2 * power, 5 * power}) {
      if ((most + step - 1) / step <= kMostLines) return step;
    }
    power *= 10;
  }
}

std::string BarLength(uint64_t part, uint64_t whole) { return PerCent(whole == 0 ? 0 : HeightOf(part, whole)); }

PageData ColumnChart(std::span<const ChartColumn> columns, const ShownNumbers& numbers, HighColumns high) {
  const std::vector<uint64_t> counts = CountsOf(columns);
  if (counts.empty()) return false;
  const uint64_t most = HighestOf(counts, high);
  const uint64_t step = ScaleStep(most);
  uint64_t top = (most + step - 1) / step * step;
  if (counts.back() > top) top += step;  // so that the cut columns rise above the others
  const double place = kWhole / static_cast<double>(columns.size());
  const size_t label_every = (columns.size() + kMostLabels - 1) / kMostLabels;
  PageList bars, labels;
  for (size_t i = 0; i < columns.size(); ++i) {
    const ChartColumn& column = columns[i];
    const double left = place * static_cast<double>(i);
    PageData bar;
    bar["title"] = column.title;
    bar["leads_query"] = TextData(column.count > 0 ? column.leads_query : "");
    bar["moved_query"] = TextData(column.count > 0 ? column.moved_query : "");
    bar["place_x"] = PerCent(left);
    bar["place_width"] = PerCent(place);
    AddBar("", left, place, kColumnShare, HeightOf(column.count, top), &bar);
    bar["has_before"] = column.before.has_value();
    AddBar("before_", left, place, kBeforeShare, HeightOf(column.before.value_or(0), top), &bar);
    const uint64_t higher = std::max(column.count, column.before.value_or(0));
    bar["cut_text"] = higher > top ? PageData(numbers.Of(higher)) : PageData(false);
    bar["middle_x"] = PerCent(left + place / 2);
    bars.push_back(bar);
    if (i % label_every == 0) labels.push_back(PageRow{{"x", PerCent(left + place / 2)}, {"text", column.label}});
  }
  PageData chart;
  chart["ticks"] = TicksTo(top, step, numbers);
  chart["columns"] = bars;
  chart["labels"] = labels;
  return chart;
}

}  // namespace leadpulse::serve
