#include "processor/telemetry/metrics_page.h"

#include <prometheus/check_names.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <utility>

#include "processor/base/assert.h"

namespace leadpulse::telemetry {
namespace {

prometheus::ClientMetric ToClientMetric(const std::vector<MetricLabel>& labels, MetricType type, double value) {
  prometheus::ClientMetric metric;
  for (const MetricLabel& label : labels) metric.label.push_back({label.name, label.value});
  if (type == MetricType::kCounter) {
    metric.counter.value = value;
  } else {
    metric.gauge.value = value;
  }
  return metric;
}

}  // namespace

void MetricsPage::Add(Metric metric) {
  LP_ASSERT(prometheus::CheckMetricName(metric.name));
  LP_ASSERT(metric.name.ends_with("_total") == (metric.type == MetricType::kCounter));
  for (const MetricLabel& label : metric.labels) LP_ASSERT(prometheus::CheckLabelName(label.name));
  auto family = std::find_if(families_.begin(), families_.end(),
                             [&](const Family& existing) { return existing.name == metric.name; });
  if (family == families_.end()) {
    family = families_.insert(families_.end(), {metric.name, metric.help, metric.type, {}});
  }
  LP_ASSERT(family->help == metric.help && family->type == metric.type);
  family->members.push_back({std::move(metric.labels), std::move(metric.value)});
}

std::string MetricsPage::Text() const {
  std::vector<prometheus::MetricFamily> families;
  families.reserve(families_.size());
  for (const Family& family : families_) {
    const auto type =
        family.type == MetricType::kCounter ? prometheus::MetricType::Counter : prometheus::MetricType::Gauge;
    prometheus::MetricFamily& shown =
        families.emplace_back(prometheus::MetricFamily{family.name, family.help, type, {}});
    for (const Member& member : family.members) {
      shown.metric.push_back(ToClientMetric(member.labels, family.type, member.value()));
    }
  }
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace leadpulse::telemetry
