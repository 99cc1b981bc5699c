// Options of the benchmark programs beside Google Benchmark's own.
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
  std::string mix = "usual";  // which segments a benchmark with segments uses
};

// Removes --leads=N, --events=N, --directory=DIR and --mix=NAME from the arguments, after Google Benchmark has removed
// its own. Ends the program with 2 if others are left.
BenchOptions ParseBenchOptions(int* argc, char** argv, const BenchOptions& defaults);

// Registers a benchmark that runs once and sets its own time.
void RegisterOnce(const std::string& name, const std::function<void(benchmark::State& state)>& run);

// Returns the processor seconds of this thread. WallSeconds returns the seconds of a clock that never jumps.
double ThreadSeconds();
double WallSeconds();

}  // namespace leadpulse::bench
