#include "processor/telemetry/process_metrics.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <vector>

#include "processor/base/clock.h"
#include "tests/unit/telemetry/metrics_lines.h"

namespace leadpulse::telemetry::process_metrics_test {

class ProcessMetrics : public ::testing::Test {
 protected:
  ProcessMetrics() { AddProcessMetrics("1.2.3", "abcd", &page_); }
  double Value(const std::string& name) const { return ParseMetrics(page_.Text()).at(name).samples.at(""); }

  MetricsPage page_;
};

TEST_F(ProcessMetrics, HaveTheNamesOfPrometheusClients) {
  const std::map<std::string, ParsedFamily> families = ParseMetrics(page_.Text());
  std::vector<std::string> names;
  for (const auto& [name, family] : families) names.push_back(name + " " + family.type);
  EXPECT_EQ(names,
            (std::vector<std::string>{"leadpulse_build_info gauge", "process_cpu_seconds_total counter",
                                      "process_max_fds gauge", "process_open_fds gauge",
                                      "process_resident_memory_bytes gauge", "process_start_time_seconds gauge"}));
  EXPECT_EQ(families.at("leadpulse_build_info").samples,
            (std::map<std::string, double>{{R"(version="1.2.3",commit="abcd")", 1}}));
}

TEST_F(ProcessMetrics, AreOfThisProcess) {
  const double memory = Value("process_resident_memory_bytes");
  EXPECT_GT(memory, 1 << 20);
  std::vector<char> more(64 << 20, 'x');
  EXPECT_GT(Value("process_resident_memory_bytes"), memory + (60 << 20)) << more.size();

  const double open = Value("process_open_fds");
  const std::ifstream file("/proc/self/stat");
  EXPECT_EQ(Value("process_open_fds"), open + 1);
  EXPECT_GE(Value("process_max_fds"), open);

  const double now = static_cast<double>(SystemClock().Now().millis) / 1e3;
  EXPECT_LE(Value("process_start_time_seconds"), now + 2);
  EXPECT_GT(Value("process_start_time_seconds"), now - 3600);
  const double used = Value("process_cpu_seconds_total");
  EXPECT_GT(used, 0);
  while (Value("process_cpu_seconds_total") <= used) continue;
}

}  // namespace leadpulse::telemetry::process_metrics_test
