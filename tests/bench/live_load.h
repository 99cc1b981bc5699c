// Events that come at a rate while a worker has other work to do, in rounds as the live mode's worker makes them: what
// has come is applied, then a step of the other work, and a commit when one is due. One thread.
//
// Time is counted, not waited for: what the engine does takes the seconds that this thread was on a processor
// meanwhile, and where nothing is to be done, time goes on to the next event. So other programs on the machine delay
// nothing.
#pragma once

#include <benchmark/benchmark.h>

#include <cstdint>
#include <functional>

#include "tests/bench/engine_run.h"
#include "tests/bench/event_stream.h"

namespace leadpulse::bench {

struct LiveLoad {
  double events_per_second = 20'000;
  double work_share = 1;  // of the time, at most, for the other work
};

struct LiveResult {
  uint64_t events = 0;
  double seconds = 0;  // of counted time
  // From the instant at which an event comes until it is applied.
  double p50_millis = 0, p99_millis = 0;
};

// A step of at most so many leads; false: there is no more.
using LiveWork = std::function<bool(size_t leads)>;

// Until `work` returns false, that is committed, and at least `events` events have been applied. `work` may be null.
LiveResult RunLive(const LiveLoad& load, uint64_t events, const LiveWork& work, EventStream* stream, EngineRun* run);

// The counters p50_millis, p99_millis, p99_without_millis and p99_ratio.
void ReportLive(const LiveResult& beside, const LiveResult& without, benchmark::State& state);

}  // namespace leadpulse::bench
