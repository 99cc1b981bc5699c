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

// Add everything first; afterwards Text may be called from any thread.
class MetricsPage {
 public:
  // Metrics with one name are one family: the same help and type, other labels. Anything else is our own mistake.
  void Add(Metric metric);

  // In Prometheus' text format (0.0.4), families in the order of their first metric.
  std::string Text() const;

 private:
  struct Member {
    std::vector<MetricLabel> labels;
    std::function<double()> value;
  };
  struct Family {
    std::string name;
    std::string help;
    MetricType type;
    std::vector<Member> members;
  };
  std::vector<Family> families_;
};

}  // namespace leadpulse::telemetry
