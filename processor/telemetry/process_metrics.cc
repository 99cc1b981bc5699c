#include "processor/telemetry/process_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace leadpulse::telemetry {
namespace {

constexpr MetricType kCounter = MetricType::kCounter;
constexpr MetricType kGauge = MetricType::kGauge;

std::string ReadAll(const char* path) {
  std::ifstream file(path);
  return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

// Returns a field of /proc/self/stat by its number in proc(5). The second, the program's name, may hold spaces and
// parentheses, so only those from the third on are known.
std::optional<double> StatField(int number) {
  const std::string stat = ReadAll("/proc/self/stat");
  const size_t name_end = stat.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream fields(stat.substr(name_end + 1));
  std::string skipped;
  for (int at = 3; at < number; ++at) fields >> skipped;
  double value = 0;
  return fields >> value ? std::optional(value) : std::nullopt;
}

std::optional<double> ResidentBytes() {
  const std::optional<double> pages = StatField(24);
  return pages ? std::optional(*pages * static_cast<double>(sysconf(_SC_PAGESIZE))) : std::nullopt;
}

std::optional<double> CpuSeconds() {
  rusage used{};
  if (getrusage(RUSAGE_SELF, &used) != 0) return std::nullopt;
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

std::optional<double> StartSeconds() {
  const std::string stat = ReadAll("/proc/stat");
  constexpr std::string_view kBoot = "\nbtime ";  // seconds since 1970
  const size_t at = stat.find(kBoot);
  const std::optional<double> ticks_since_boot = StatField(22);
  if (at == std::string::npos || !ticks_since_boot) return std::nullopt;
  return std::stod(stat.substr(at + kBoot.size())) + *ticks_since_boot / static_cast<double>(sysconf(_SC_CLK_TCK));
}

std::optional<double> OpenFiles() {
  std::error_code error;
  double open = 0;
  for (std::filesystem::directory_iterator entry("/proc/self/fd", error), end; !error && entry != end;
       entry.increment(error)) {
    ++open;
  }
  return error ? std::nullopt : std::optional(open - 1);  // without the folder's own
}

std::optional<double> MostFiles() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return std::nullopt;
  return static_cast<double>(limit.rlim_cur);
}

struct ProcessMetric {
  const char* name;
  MetricType type;
  std::optional<double> (*value)();
  const char* help;
};

constexpr ProcessMetric kTable[] = {
    {"process_cpu_seconds_total", kCounter, CpuSeconds, "Processor time used, of users and of the system."},
    {"process_resident_memory_bytes", kGauge, ResidentBytes, "Memory of the process that is in RAM."},
    {"process_open_fds", kGauge, OpenFiles, "Open file descriptors."},
    {"process_max_fds", kGauge, MostFiles, "Limit of open file descriptors."},
    {"process_start_time_seconds", kGauge, StartSeconds, "Start of the process, in seconds since 1970."},
};

}  // namespace

void AddProcessMetrics(const std::string& version, const std::string& commit, MetricsPage* page) {
  for (const ProcessMetric& row : kTable) {
    page->Add(ChangingMetric{row.name, row.help, row.type, [value = row.value] {
                               const std::optional<double> known = value();
                               return known ? std::vector<MetricSample>{{{}, *known}} : std::vector<MetricSample>{};
                             }});
  }
  page->Add({"leadpulse_build_info",
             "1, with the version and the commit that the program was built from.",
             kGauge,
             {{"version", version}, {"commit", commit}},
             [] { return 1; }});
}

}  // namespace leadpulse::telemetry
