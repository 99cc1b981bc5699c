// The metrics of `leadpulse serve`.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

#include "processor/http/server.h"
#include "processor/serve/api/request/routes.h"
#include "processor/telemetry/histogram.h"
#include "processor/telemetry/metrics_page.h"

namespace leadpulse::serve {

// The metrics of the answers by route. Thread-safe.
class ApiMetrics {
 public:
  ApiMetrics() : routes_(Routes().size()) {}

  // Counts an answer. A null `route` means a page behind a link.
  void Count(const Route* route, unsigned int code, std::chrono::steady_clock::duration took);
  // Counts an answer that was sent before its route was called, such as a path that is not there or a body that is too
  // long.
  void CountRefused(unsigned int code);
  // Counts a page of the browser.
  void CountPage(std::chrono::steady_clock::duration took) { page_durations_.Observe(took); }
  void SetStreams(size_t open) { streams_ = open; }
  // Counts a stream that was cut because its client was too slow.
  void CountCutStream() { ++cut_streams_; }
  void CountWebhookPost(bool is_accepted) { ++(is_accepted ? accepted_posts_ : failed_posts_); }
  // Adds the metrics, which must outlive the page.
  void AddTo(telemetry::MetricsPage* page) const;

 private:
  static constexpr size_t kClasses = 4;  // 2xx to 5xx
  struct RouteMetrics {
    std::array<std::atomic<uint64_t>, kClasses> answers{};
    std::array<std::atomic<uint64_t>, kClasses> micros{};
  };
  static void CountIn(RouteMetrics* metrics, unsigned int code, std::chrono::steady_clock::duration took);
  static void AddRoute(const std::string& name, const RouteMetrics& metrics, telemetry::MetricsPage* page);

  std::deque<RouteMetrics> routes_;  // as Routes(); a deque, because atomics do not move
  RouteMetrics links_, refused_;
  // By access::RequestClass, which says what a request waits for. Not by route: each would be 15 lines of the page.
  std::array<telemetry::Histogram, access::kRequestClasses> class_durations_;
  telemetry::Histogram link_durations_, page_durations_;
  std::atomic<uint64_t> streams_{0};
  std::atomic<uint64_t> cut_streams_{0};
  std::atomic<uint64_t> accepted_posts_{0}, failed_posts_{0};
};

// Adds the metrics of the server, which must outlive the page.
void AddServerMetrics(const http::Server* server, telemetry::MetricsPage* page);

}  // namespace leadpulse::serve
