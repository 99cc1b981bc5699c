// The metrics page for Prometheus: the name of each metric, and the function that returns its value.
//
// Components count in plain atomics and do not know this file. The page reads the values when it is requested.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "processor/telemetry/histogram.h"

namespace leadpulse::telemetry {

enum class MetricType : uint8_t {
  kCounter,  // only grows, from 0 at the start of the process; its name ends with `_total`
  kGauge,
  kHistogram,  // of durations, in seconds
};

struct MetricLabel {
  std::string name;
  std::string value;
};

struct Metric {
  std::string name;  // ends with its unit: `leadpulse_commit_seconds_total`
  std::string help;  // one sentence
  MetricType type = MetricType::kCounter;
  std::vector<MetricLabel> labels;
  std::function<double()> value;  // called by the thread that requests the page; quick and thread-safe
};

struct MetricSample {
  std::vector<MetricLabel> labels;  // values may be any UTF-8 and are escaped
  double value = 0;
  const Histogram* histogram = nullptr;  // in place of `value`, for a kHistogram
};

// A metric whose labels come and go, such as partitions or tenants. The component limits their number.
struct ChangingMetric {
  std::string name;
  std::string help;
  MetricType type = MetricType::kCounter;
  std::function<std::vector<MetricSample>()> samples;  // called as `value` above; no labels twice in a family
};

// The page of all metrics. Add everything first; afterwards Text may be called from any thread.
class MetricsPage {
 public:
  // Adds a metric. Metrics with the same name are a family: they must have the same help and type, and different
  // labels.
  void Add(Metric metric);
  void Add(ChangingMetric metric);
  // Adds a metric whose value is `count` times `unit`. `count` outlives this.
  void Add(const char* name, const char* help, MetricType type, const std::atomic<uint64_t>* count,
           std::vector<MetricLabel> labels = {}, double unit = 1);
  // Adds a kHistogram. `histogram` outlives this.
  void Add(const char* name, const char* help, const Histogram* histogram, std::vector<MetricLabel> labels = {});

  // Returns the page in Prometheus' text format (0.0.4), families in the order of their first metric.
  std::string Text() const;

 private:
  using Source = std::function<std::vector<MetricSample>()>;
  struct Family {
    std::string name;
    std::string help;
    MetricType type;
    std::vector<Source> sources;
  };
  std::vector<Family> families_;
};

}  // namespace leadpulse::telemetry
