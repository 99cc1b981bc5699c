#include "processor/files/summary.h"

#include <numeric>

namespace leadpulse::files {

uint64_t RunSummary::TotalRejected() const { return std::accumulate(rejected.begin(), rejected.end(), uint64_t{0}); }

uint64_t RunSummary::TotalChanges() const {
  return std::accumulate(engine.changes.begin(), engine.changes.end(), uint64_t{0});
}

uint64_t RunSummary::RecordsPerSecond() const {
  double seconds = std::chrono::duration<double>(elapsed).count();
  return seconds > 0 ? static_cast<uint64_t>(static_cast<double>(records) / seconds) : 0;
}

}  // namespace leadpulse::files
