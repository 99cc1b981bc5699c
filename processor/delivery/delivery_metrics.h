// The metrics of `leadpulse deliver` and their names.
#pragma once

#include <atomic>
#include <cstdint>

#include "processor/base/clock.h"
#include "processor/base/instant.h"
#include "processor/telemetry/histogram.h"
#include "processor/telemetry/metrics_page.h"

namespace leadpulse::delivery {

// Written by the delivery, read by any thread. All but the gauges only grow.
struct DeliveryMetrics {
  std::atomic<uint64_t> delivered_posts{0};  // posts that the receiver took
  std::atomic<uint64_t> failed_posts{0};     // each is posted again
  std::atomic<uint64_t> refused_posts{0};    // the receiver refuses their content
  std::atomic<uint64_t> delivered{0};        // changes
  std::atomic<uint64_t> set_aside{0};        // changes written to the file of refused ones
  std::atomic<uint64_t> left_out{0};         // changes that the filter skipped
  telemetry::Histogram post_durations;

  // Gauges.
  std::atomic<uint64_t> waiting_bytes{0};  // committed, and neither delivered nor left out
  // When the oldest change happened that waits to be delivered; Never() if none waits.
  std::atomic<int64_t> oldest_waiting{Instant::Never().millis};
  std::atomic<bool> has_changes{false};  // a run has published what is committed
  std::atomic<bool> is_failing{false};   // the last post failed
};

// Adds the metrics to `page`, which the arguments outlive; its thread calls the clock.
void AddDeliveryMetrics(const DeliveryMetrics* metrics, const Clock* clock, telemetry::MetricsPage* page);

}  // namespace leadpulse::delivery
