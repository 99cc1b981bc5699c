#include "processor/serve/api/request/api_metrics.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace leadpulse::serve {
namespace {

constexpr telemetry::MetricType kCounter = telemetry::MetricType::kCounter;
constexpr telemetry::MetricType kGauge = telemetry::MetricType::kGauge;

}  // namespace

void ApiMetrics::Count(const Route* route, unsigned int code, std::chrono::steady_clock::duration took) {
  RouteMetrics& metrics = route == nullptr ? links_ : routes_[static_cast<size_t>(route - Routes().data())];
  CountIn(&metrics, code, took);
  telemetry::Histogram& durations =
      route == nullptr ? link_durations_ : class_durations_[static_cast<size_t>(route->request_class)];
  durations.Observe(took);
}

void ApiMetrics::CountRefused(unsigned int code) { CountIn(&refused_, code, std::chrono::steady_clock::duration(0)); }

void ApiMetrics::CountIn(RouteMetrics* metrics, unsigned int code, std::chrono::steady_clock::duration took) {
  const size_t code_class = std::clamp<size_t>(code / 100, 2, kClasses + 1) - 2;
  ++metrics->answers[code_class];
  metrics->micros[code_class] +=
      static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(took).count());
}

void ApiMetrics::AddRoute(const std::string& name, const RouteMetrics& metrics, telemetry::MetricsPage* page) {
  for (size_t i = 0; i < kClasses; ++i) {
    const std::vector<telemetry::MetricLabel> labels = {{"route", name}, {"code", std::to_string(i + 2) + "xx"}};
    page->Add("leadpulse_serve_answers_total", "Requests answered, by route and the class of the answer's code.",
              kCounter, &metrics.answers[i], labels);
    page->Add("leadpulse_serve_answer_seconds_total",
              "Time from a request to its answer. For a write, this includes the commit of the run.", kCounter,
              &metrics.micros[i], labels, 1e-6);
  }
}

void ApiMetrics::AddTo(telemetry::MetricsPage* page) const {
  for (size_t i = 0; i < routes_.size(); ++i) AddRoute(std::string(Routes()[i].action), routes_[i], page);
  AddRoute("link", links_, page);
  AddRoute("refused", refused_, page);
  const auto add_durations = [page](std::string_view request_class, const telemetry::Histogram* durations) {
    page->Add("leadpulse_serve_request_duration_seconds",
              "Time from a request to its answer, by what it is: read, write, scan, import, link or page.", durations,
              {{"class", std::string(request_class)}});
  };
  for (size_t i = 0; i < class_durations_.size(); ++i) {
    add_durations(access::NameOf(static_cast<access::RequestClass>(i)), &class_durations_[i]);
  }
  add_durations("link", &link_durations_);
  add_durations("page", &page_durations_);
  page->Add("leadpulse_serve_streams", "Streams of changes that are open.", kGauge, &streams_);
  page->Add("leadpulse_serve_cut_streams_total", "Streams of changes that were cut because their client was too slow.",
            kCounter, &cut_streams_);
  for (const auto& [outcome, posts] : {std::pair("accepted", &accepted_posts_), std::pair("failed", &failed_posts_)}) {
    page->Add("leadpulse_serve_webhook_posts_total", "Posts of webhooks, by whether the receiver answered 2xx.",
              kCounter, posts, {{"outcome", outcome}});
  }
}

void AddServerMetrics(const http::Server* server, telemetry::MetricsPage* page) {
  page->Add({"leadpulse_serve_connections", "Connections that are open.", kGauge, {}, [server] {
               return static_cast<double>(server->connections());
             }});
  page->Add({"leadpulse_serve_requests", "Requests that are being received or answered.", kGauge, {}, [server] {
               return static_cast<double>(server->requests());
             }});
}

}  // namespace leadpulse::serve
