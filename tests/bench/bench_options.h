// What the benchmark programs take beside Google Benchmark's own options.
#pragma once

#include <benchmark/benchmark.h>

#include <cstdint>
#include <functional>
#include <string>

namespace leadpulse::bench {

struct BenchOptions {
  uint64_t leads = 0;   // 0: the benchmark's own
  uint64_t events = 0;  // measured
  std::string directory = "build/bench";
  std::string mix = "usual";  // of segments, where there are any
};

// Takes --leads=N, --events=N, --directory=DIR and --mix=NAME out of the arguments, after Google Benchmark took its
// own. Ends the program with 2 where something else is left.
BenchOptions ParseBenchOptions(int* argc, char** argv, const BenchOptions& defaults);

// A benchmark that is run once and sets its own time.
void RegisterOnce(const std::string& name, const std::function<void(benchmark::State& state)>& run);

// Seconds this thread has spent on a processor; and those of a clock on the wall.
double ThreadSeconds();
double WallSeconds();

}  // namespace leadpulse::bench
