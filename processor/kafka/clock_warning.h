// The warning in the log that the clocks of partitions are ahead of this machine's clock.
#pragma once

#include <chrono>
#include <span>

#include "processor/kafka/worker_metrics.h"

namespace leadpulse::kafka {

class ClockWarning {
 public:
  // Logs the partition that is most ahead, if it is ahead by more than clocks usually differ. A partition's clock never
  // goes back, so the warning is repeated while one is ahead, but not at every call.
  void Log(std::span<const PartitionLag> partitions, std::chrono::steady_clock::time_point now);

 private:
  std::chrono::steady_clock::time_point next_{};
};

}  // namespace leadpulse::kafka
