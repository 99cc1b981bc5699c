// The page of numbers that Prometheus reads: what each of them is called, and where it comes from.
//
// Whoever counts keeps plain atomics and knows nothing of this; the page asks for the values when somebody asks for it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace leadpulse::telemetry {

enum class MetricType : uint8_t {
  kCounter,  // only grows, from 0 at the start of the process; its name ends with `_total`
  kGauge,
};

struct MetricLabel {
  std::string name;
  std::string value;
};

struct Metric {
  std::string name;  // with its unit: `leadpulse_commit_seconds_total`
  std::string help;  // one sentence
  MetricType type = MetricType::kCounter;
  std::vector<MetricLabel> labels;
  std::function<double()> value;  // called from the thread that asks for the page; quick, and safe from there
};

struct MetricSample {
  std::vector<MetricLabel> labels;  // values are any UTF-8: they are escaped
  double value = 0;
};

// Where what there is to tell comes and goes: partitions, tenants. How many there may be is for who counts to bound.
struct ChangingMetric {
  std::string name;
  std::string help;
  MetricType type = MetricType::kCounter;
  std::function<std::vector<MetricSample>()> samples;  // as `value` above; of one family no labels twice
};

// Add everything first; afterwards Text may be called from any thread.
class MetricsPage {
 public:
  // Metrics with one name are one family: the same help and type, other labels. Anything else is our own mistake.
  void Add(Metric metric);
  void Add(ChangingMetric metric);

  // In Prometheus' text format (0.0.4), families in the order of their first metric.
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
