#include "processor/telemetry/metrics_page.h"

#include <prometheus/check_names.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "processor/base/assert.h"

namespace leadpulse::telemetry {
namespace {

prometheus::MetricType ToMetricType(MetricType type) {
  switch (type) {
    case MetricType::kCounter:
      return prometheus::MetricType::Counter;
    case MetricType::kGauge:
      return prometheus::MetricType::Gauge;
    case MetricType::kHistogram:
      return prometheus::MetricType::Histogram;
  }
  LP_ASSERT(false);
}

prometheus::ClientMetric::Histogram ToClientHistogram(const Histogram::Counts& counts) {
  prometheus::ClientMetric::Histogram histogram;
  uint64_t total = 0;
  for (size_t i = 0; i < counts.in_bucket.size(); ++i) {
    total += counts.in_bucket[i];
    const bool is_last = i == Histogram::kBounds.size();
    histogram.bucket.push_back({total, is_last ? std::numeric_limits<double>::infinity() : Histogram::kBounds[i]});
  }
  histogram.sample_count = total;
  histogram.sample_sum = counts.seconds;
  return histogram;
}

prometheus::ClientMetric ToClientMetric(const MetricSample& sample, MetricType type) {
  prometheus::ClientMetric metric;
  for (const MetricLabel& label : sample.labels) {
    LP_ASSERT(prometheus::CheckLabelName(label.name));
    metric.label.push_back({label.name, label.value});
  }
  switch (type) {
    case MetricType::kCounter:
      metric.counter.value = sample.value;
      break;
    case MetricType::kGauge:
      metric.gauge.value = sample.value;
      break;
    case MetricType::kHistogram:
      LP_ASSERT(sample.histogram != nullptr);
      metric.histogram = ToClientHistogram(sample.histogram->Read());
      break;
  }
  return metric;
}

}  // namespace

void MetricsPage::Add(Metric metric) {
  for (const MetricLabel& label : metric.labels) LP_ASSERT(prometheus::CheckLabelName(label.name));
  Add(ChangingMetric{std::move(metric.name), std::move(metric.help), metric.type,
                     [labels = std::move(metric.labels), value = std::move(metric.value)] {
                       return std::vector<MetricSample>{{labels, value()}};
                     }});
}

void MetricsPage::Add(const char* name, const char* help, MetricType type, const std::atomic<uint64_t>* count,
                      std::vector<MetricLabel> labels, double unit) {
  Add({name, help, type, std::move(labels),
       [count, unit] { return static_cast<double>(count->load(std::memory_order_relaxed)) * unit; }});
}

void MetricsPage::Add(const char* name, const char* help, const Histogram* histogram, std::vector<MetricLabel> labels) {
  Add(ChangingMetric{name, help, MetricType::kHistogram, [histogram, labels = std::move(labels)] {
                       return std::vector<MetricSample>{{labels, 0, histogram}};
                     }});
}

void MetricsPage::Add(ChangingMetric metric) {
  LP_ASSERT(prometheus::CheckMetricName(metric.name));
  LP_ASSERT(metric.name.ends_with("_total") == (metric.type == MetricType::kCounter));
  auto family = std::ranges::find(families_, metric.name, &Family::name);
  if (family == families_.end()) {
    family = families_.insert(families_.end(), {metric.name, metric.help, metric.type, {}});
  }
  LP_ASSERT(family->help == metric.help && family->type == metric.type);
  family->sources.push_back(std::move(metric.samples));
}

std::string MetricsPage::Text() const {
  std::vector<prometheus::MetricFamily> families;
  families.reserve(families_.size());
  for (const Family& family : families_) {
    prometheus::MetricFamily& shown =
        families.emplace_back(prometheus::MetricFamily{family.name, family.help, ToMetricType(family.type), {}});
    for (const Source& source : family.sources) {
      for (const MetricSample& sample : source()) shown.metric.push_back(ToClientMetric(sample, family.type));
    }
  }
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace leadpulse::telemetry
