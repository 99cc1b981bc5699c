// A million leads who all leave a segment within one minute: how many flips a second, and what live events wait
// meanwhile. README.md says what the figures mean.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <vector>

#include "state/memory_lead_store.h"
#include "tests/bench/bench_options.h"
#include "tests/bench/engine_run.h"
#include "tests/bench/event_stream.h"
#include "tests/bench/feed.h"
#include "tests/bench/live_load.h"

namespace leadpulse::bench {
namespace {

constexpr size_t kCacheBytes = size_t{1} << 30;
constexpr int64_t kMinute = 60'000;
constexpr Millis kUntilFlip{int64_t{30} * 86'400'000};  // `recently-opened`, of the built-in definitions

// Each lead opens once, all within one minute.
Instant OpenWithinAMinute(uint64_t leads, EngineRun* run) {
  const Instant begin = StreamShape().start;
  std::vector<codec::Event> batch;
  for (uint64_t i = 0; i < leads; ++i) {
    codec::Event& event = batch.emplace_back();
    event.key = StreamLead(i);
    event.event_id = "open-" + std::to_string(i);
    event.type = EventType::kOpen;
    event.occurred_at = begin + Millis{static_cast<int64_t>(i) * kMinute / static_cast<int64_t>(leads)};
    if (batch.size() < kBatchRecords && i + 1 < leads) continue;
    run->Apply(batch, batch.back().occurred_at);
    run->EndEpoch(batch.back().occurred_at);
    batch.clear();
  }
  return begin + Millis{kMinute};
}

// Half of the flips with nothing else to do; then the other half while events come; then events alone.
void Time(benchmark::State& state, const BenchOptions& options) {
  for ([[maybe_unused]] auto iteration : state) {
    std::unique_ptr<state::LeadStore> store = state::MakeMemoryLeadStore(1);
    EngineRun run(store.get(), kCacheBytes);
    const Instant due = OpenWithinAMinute(options.leads, &run) + kUntilFlip;
    const uint64_t flips_before = run.counters().flips;
    Meter alone;
    alone.Begin();
    bool more = true;
    while (more && run.counters().flips - flips_before < options.leads / 2) {
      more = run.FireSome(due, kLeadsPerStep);
      run.Commit();
    }
    alone.End();
    const uint64_t fired = run.counters().flips - flips_before;

    StreamShape shape;
    shape.leads = options.leads;
    shape.start = due;
    shape.step = Millis{1};
    EventStream stream(shape);
    const LiveLoad load;
    const LiveResult beside = RunLive(
        load, 0, [&](size_t leads) { return run.FireSome(stream.clock(), leads); }, &stream, &run);
    const uint64_t fired_beside = run.counters().flips - flips_before - fired;
    const LiveResult without = RunLive(load, std::max(options.events, beside.events), nullptr, &stream, &run);

    state.SetIterationTime(alone.seconds);
    state.counters["flips_per_second"] = static_cast<double>(fired) / alone.seconds;
    state.counters["live_flips_per_second"] = static_cast<double>(fired_beside) / beside.seconds;
    state.counters["flips_of_a_lead"] = static_cast<double>(fired + fired_beside) / static_cast<double>(options.leads);
    ReportLive(beside, without, state);
  }
}

}  // namespace
}  // namespace leadpulse::bench

int main(int argc, char** argv) {
  namespace bench = leadpulse::bench;
  const bench::BenchOptions options = bench::ParseBenchOptions(&argc, argv, {1'000'000, 20'000});
  bench::RegisterOnce("time", [=](benchmark::State& state) { bench::Time(state, options); });
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
