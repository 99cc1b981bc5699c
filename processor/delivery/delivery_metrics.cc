#include "processor/delivery/delivery_metrics.h"

#include <algorithm>
#include <utility>

namespace leadpulse::delivery {

using telemetry::MetricType;

constexpr MetricType kCounter = MetricType::kCounter;
constexpr MetricType kGauge = MetricType::kGauge;

void AddDeliveryMetrics(const DeliveryMetrics* metrics, const Clock* clock, telemetry::MetricsPage* page) {
  for (const auto& [outcome, posts] :
       {std::pair("delivered", &metrics->delivered_posts), std::pair("failed", &metrics->failed_posts),
        std::pair("refused", &metrics->refused_posts)}) {
    page->Add("leadpulse_delivery_posts_total",
              "Posts by outcome: delivered (2xx), failed, which are posted again, or refused (4xx).", kCounter, posts,
              {{"outcome", outcome}});
  }
  for (const auto& [outcome, changes] :
       {std::pair("delivered", &metrics->delivered), std::pair("set_aside", &metrics->set_aside),
        std::pair("left_out", &metrics->left_out)}) {
    page->Add("leadpulse_delivery_changes_total",
              "Changes by outcome: delivered, set_aside because they were refused, or left_out by the filter.",
              kCounter, changes, {{"outcome", outcome}});
  }
  page->Add("leadpulse_delivery_post_duration_seconds", "Time of a post, until its answer or failure.",
            &metrics->post_durations);
  page->Add("leadpulse_delivery_waiting_bytes", "Bytes of changes that are committed and not delivered yet.", kGauge,
            &metrics->waiting_bytes);
  page->Add({"leadpulse_delivery_oldest_waiting_seconds",
             "Age of the oldest change that is not delivered yet; 0 if none waits.",
             kGauge,
             {},
             [metrics, clock] {
               const Instant oldest{metrics->oldest_waiting.load()};
               if (oldest == Instant::Never()) return 0.0;
               return std::max(std::chrono::duration<double>(clock->Now() - oldest).count(), 0.0);
             }});
}

}  // namespace leadpulse::delivery
