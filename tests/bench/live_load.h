// Events that arrive at a rate while a worker has other work, in rounds like those of a worker on Kafka: it applies the
// events that have arrived, does a step of the other work, and commits when a commit is due. One thread.
#pragma once

#include <benchmark/benchmark.h>

#include <cstdint>
#include <functional>

#include "tests/bench/engine_run.h"
#include "tests/bench/event_stream.h"

namespace leadpulse::bench {

struct LiveLoad {
  double events_per_second = 20'000;
  double work_share = 1;  // the share of time, at most, for the other work
};

struct LiveResult {
  uint64_t events = 0;
  double seconds = 0;  // counted time
  // Time from the arrival of an event until it is applied.
  double p50_millis = 0, p99_millis = 0;
};

// Does a step of at most `leads` leads. Returns false when no work is left.
using LiveWork = std::function<bool(size_t leads)>;

// Runs until `work` has returned false, this is committed, and at least `events` events are applied. `work` may be
// null.
LiveResult RunLive(const LiveLoad& load, uint64_t events, const LiveWork& work, EventStream* stream, EngineRun* run);

// Sets the counters p50_millis, p99_millis, p99_without_millis and p99_ratio.
void ReportLive(const LiveResult& beside, const LiveResult& without, benchmark::State& state);

}  // namespace leadpulse::bench
