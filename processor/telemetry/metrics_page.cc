#include "processor/telemetry/metrics_page.h"

#include <prometheus/check_names.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <utility>

#include "processor/base/assert.h"

namespace leadpulse::telemetry {
namespace {

prometheus::ClientMetric ToClientMetric(const MetricSample& sample, MetricType type) {
  prometheus::ClientMetric metric;
  for (const MetricLabel& label : sample.labels) {
    LP_ASSERT(prometheus::CheckLabelName(label.name));
    metric.label.push_back({label.name, label.value});
  }
  if (type == MetricType::kCounter) {
    metric.counter.value = sample.value;
  } else {
    metric.gauge.value = sample.value;
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
    const auto type =
        family.type == MetricType::kCounter ? prometheus::MetricType::Counter : prometheus::MetricType::Gauge;
    prometheus::MetricFamily& shown =
        families.emplace_back(prometheus::MetricFamily{family.name, family.help, type, {}});
    for (const Source& source : family.sources) {
      for (const MetricSample& sample : source()) shown.metric.push_back(ToClientMetric(sample, family.type));
    }
  }
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace leadpulse::telemetry
