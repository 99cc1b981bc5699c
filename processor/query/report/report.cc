#include "processor/query/report/report.h"

#include <algorithm>

namespace leadpulse::report {

std::optional<Stage> NextInFunnel(Stage stage) {
  const auto found = std::find(kFunnel.begin(), kFunnel.end(), stage);
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
