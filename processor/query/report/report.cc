#include "processor/query/report/report.h"

#include <algorithm>

namespace leadpulse::report {
namespace {

int64_t DivideDown(int64_t number, int64_t by) { return number / by - (number % by < 0 ? 1 : 0); }

}  // namespace

void ScoreHistogram::Add(int64_t score, uint64_t leads) {
  min_ = leads_ == 0 ? score : std::min(min_, score);
  max_ = leads_ == 0 ? score : std::max(max_, score);
  leads_ += leads;
  spans_[DivideDown(score, width_)] += leads;
  while (spans_.size() > kMaxSpans) Coarsen();
}

void ScoreHistogram::Add(const Histogram& other) {
  if (other.leads == 0) return;
  while (width_ < other.width_counted) Coarsen();
  for (const auto& [score, leads] : other.spans) Add(std::clamp(score, other.min, other.max), leads);
  max_ = std::max(max_, other.max);
}

void ScoreHistogram::Coarsen() {
  std::map<int64_t, uint64_t> wider;
  for (const auto& [span, leads] : spans_) wider[DivideDown(span, 10)] += leads;
  spans_ = std::move(wider);
  width_ *= 10;
}

int64_t ScoreHistogram::SpanOf(uint64_t number) const {
  uint64_t passed = 0;
  for (const auto& [span, leads] : spans_) {
    passed += leads;
    if (number < passed) return span;
  }
  return spans_.rbegin()->first;
}

int64_t ScoreHistogram::BarWidth(int64_t low, int64_t high) const {
  for (int64_t power = width_;; power *= 10) {
    for (int64_t width : {power, 2 * power, 5 * power}) {
      const int64_t bars = DivideDown(high, width) - DivideDown(low, width) + 1;
      if (bars <= static_cast<int64_t>(kMaxBars)) return width;
    }
  }
}

Histogram ScoreHistogram::Finish() const {
  Histogram histogram;
  histogram.width_counted = width_;
  if (leads_ == 0) return histogram;
  histogram.leads = leads_;
  histogram.min = min_;
  histogram.max = max_;
  histogram.median = std::max(min_, SpanOf((leads_ - 1) / 2) * width_);
  const int64_t low = SpanOf(leads_ / 100) * width_;
  const int64_t high = SpanOf(leads_ - 1 - leads_ / 100) * width_;
  const int64_t width = BarWidth(low, high);
  const int64_t first = DivideDown(low, width);
  const int64_t last = DivideDown(high, width);
  for (int64_t bar = first; bar <= last; ++bar) histogram.bars.push_back({bar * width, (bar + 1) * width, 0});
  for (const auto& [span, leads] : spans_) {
    histogram.spans.emplace_back(span * width_, leads);
    const int64_t bar = std::clamp(DivideDown(span * width_, width), first, last);
    histogram.bars[static_cast<size_t>(bar - first)].leads += leads;
  }
  if (DivideDown(min_, width) < first) histogram.bars.front().from.reset();
  if (DivideDown(max_, width) > last) histogram.bars.back().to.reset();
  return histogram;
}

std::optional<Stage> NextInFunnel(Stage stage) {
  const auto found = std::ranges::find(kFunnel, stage);
  if (found == kFunnel.end() || found + 1 == kFunnel.end()) return std::nullopt;
  return *(found + 1);
}

uint64_t StageHistory::MovedOn(Stage from) const {
  uint64_t moved = 0;
  for (auto to = NextInFunnel(from); to; to = NextInFunnel(*to)) {
    moved += moves[static_cast<size_t>(from)][static_cast<size_t>(*to)];
  }
  return moved;
}

std::optional<double> StageHistory::ConversionRate(Stage from) const {
  if (!NextInFunnel(from)) return std::nullopt;
  const size_t index = static_cast<size_t>(from);
  const int64_t there = std::max<int64_t>(at_beginning[index], 0) + static_cast<int64_t>(entered[index]);
  return Ratio(MovedOn(from), static_cast<uint64_t>(there));
}

uint64_t TenantReport::Reached(Stage stage) const {
  uint64_t reached = stages[static_cast<size_t>(stage)];
  for (auto next = NextInFunnel(stage); next; next = NextInFunnel(*next)) reached += stages[static_cast<size_t>(*next)];
  return reached;
}

std::optional<double> TenantReport::ConversionToNext(Stage stage) const {
  const std::optional<Stage> next = NextInFunnel(stage);
  if (!next) return std::nullopt;
  return Ratio(Reached(*next), Reached(stage));
}

}  // namespace leadpulse::report
