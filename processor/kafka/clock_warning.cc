#include "processor/kafka/clock_warning.h"

#include <algorithm>
#include <string>

#include "processor/base/instant.h"
#include "processor/telemetry/logging.h"

namespace leadpulse::kafka {
namespace {

// Machines whose clocks are set by NTP differ by less.
constexpr Millis kClockAheadWarned = std::chrono::seconds(10);
constexpr std::chrono::minutes kClockWarningInterval{10};

}  // namespace

void ClockWarning::Log(std::span<const PartitionLag> partitions, std::chrono::steady_clock::time_point now) {
  const auto most = std::ranges::max_element(partitions, {}, &PartitionLag::clock_ahead);
  if (most == partitions.end() || most->clock_ahead < kClockAheadWarned || now < next_) return;
  next_ = now + kClockWarningInterval;
  const auto ahead = std::ranges::count_if(
      partitions, [](const PartitionLag& partition) { return partition.clock_ahead >= kClockAheadWarned; });
  telemetry::LogWarning(
      "partition " + std::to_string(most->partition.value) + ": partition clock is " +
      std::to_string(std::chrono::duration_cast<std::chrono::seconds>(most->clock_ahead).count()) +
      " s ahead of this machine's clock; its records and timers apply at that instant until the machine's clock has "
      "reached it" +
      (ahead == 1 ? std::string() : ". Partitions that are ahead: " + std::to_string(ahead)));
}

}  // namespace leadpulse::kafka
