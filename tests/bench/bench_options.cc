#include "tests/bench/bench_options.h"

#include <time.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace leadpulse::bench {
namespace {

bool ParseCount(std::string_view argument, std::string_view name, uint64_t* count) {
  if (!argument.starts_with(name)) return false;
  argument.remove_prefix(name.size());
  const auto [end, error] = std::from_chars(argument.data(), argument.data() + argument.size(), *count);
  return error == std::errc() && end == argument.data() + argument.size() && *count > 0;
}

double Seconds(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

}  // namespace

BenchOptions ParseBenchOptions(int* argc, char** argv, const BenchOptions& defaults) {
  BenchOptions options = defaults;
  benchmark::Initialize(argc, argv);
  for (int i = 1; i < *argc; ++i) {
    constexpr std::string_view kDirectory = "--directory=", kMix = "--mix=";
    const std::string_view argument = argv[i];
    if (ParseCount(argument, "--leads=", &options.leads) || ParseCount(argument, "--events=", &options.events))
      continue;
    if (argument.starts_with(kDirectory)) {
      options.directory = argument.substr(kDirectory.size());
      continue;
    }
    if (argument.starts_with(kMix)) {
      options.mix = argument.substr(kMix.size());
      continue;
    }
    std::fprintf(
        stderr,
        "%s: `%s` is no option; it takes --leads=N, --events=N, --directory=DIR, --mix=NAME and --benchmark_…\n",
        argv[0], argv[i]);
    std::exit(2);
  }
  return options;
}

void RegisterOnce(const std::string& name, const std::function<void(benchmark::State& state)>& run) {
  benchmark::RegisterBenchmark(name.c_str(), run)->Iterations(1)->UseManualTime()->Unit(benchmark::kMillisecond);
}

double ThreadSeconds() { return Seconds(CLOCK_THREAD_CPUTIME_ID); }
double WallSeconds() { return Seconds(CLOCK_MONOTONIC); }

}  // namespace leadpulse::bench
