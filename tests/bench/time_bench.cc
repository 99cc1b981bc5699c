// A million leads that change by time alone within one minute: how many timers fire a second, and how long live events
// wait meanwhile. METHOD.md explains the figures.
#include <benchmark/benchmark.h>

#include <string>
#include <string_view>
#include <vector>

#include "config/definitions_loader.h"
#include "tests/bench/bench_options.h"
#include "tests/bench/engine_run.h"
#include "tests/bench/event_stream.h"
#include "tests/bench/feed.h"
#include "tests/bench/live_load.h"
#include "tests/bench/segment_mix.h"
#include "tests/support/memory_lead_store.h"

namespace leadpulse::bench {
namespace {

constexpr size_t kCacheBytes = size_t{1} << 30;
constexpr int64_t kMinute = 60'000;
constexpr int64_t kHour = 3'600'000;
constexpr int64_t kDay = 24 * kHour;

// The definitions, the hourly events of a lead, and the time from its last event to the change of its view.
struct Shape {
  engine::DefinitionsInForce definitions;
  std::vector<EventType> events;
  Millis until_change;
};

// Returns the shape of leads that leave `recently-opened` of the built-in definitions, or of leads whose points for a
// click expire after those for an open did, which moves them a tier and a segment.
Shape ShapeOf(std::string_view mix) {
  if (SegmentMixOf(mix) == SegmentMix::kUsual) {
    return {Definitions(config::DefaultDefinitionsText()), {EventType::kOpen}, Millis{30 * kDay}};
  }
  constexpr std::string_view kExpiringPoints = R"(
tenants:
  "*":
    scoring:
      rules:
        - {event: open, points: 3, expires_after: 20d}
        - {event: click, points: 10, expires_after: 20d}
    tiers: [{name: hot, at_least: 10}, {name: cold}]
    segments: [{id: hot, name: Hot, rule: 'tier = "hot"'}]
)";
  return {Definitions(kExpiringPoints),
          {EventType::kSent, EventType::kDelivered, EventType::kOpen, EventType::kClick},
          Millis{20 * kDay}};
}

// Applies the events. The last event of each lead is within one minute.
Instant ActWithinAMinute(uint64_t leads, const Shape& shape, EngineRun* run) {
  const Instant begin = StreamShape().start;
  std::vector<codec::Event> batch;
  for (uint64_t i = 0; i < leads; ++i) {
    const Instant last = begin + Millis{static_cast<int64_t>(i) * kMinute / static_cast<int64_t>(leads)};
    for (size_t j = 0; j < shape.events.size(); ++j) {
      codec::Event& event = batch.emplace_back();
      event.key = StreamLead(i);
      event.type = shape.events[j];
      event.event_id = std::string(EventTypeName(event.type)) + "-" + std::to_string(i);
      event.occurred_at = last - Millis{static_cast<int64_t>(shape.events.size() - 1 - j) * kHour};
    }
    if (batch.size() < kBatchRecords && i + 1 < leads) continue;
    run->Apply(batch, last);
    run->EndEpoch(last);
    batch.clear();
  }
  run->EndEpoch(begin + shape.until_change - Millis{1});
  return begin + Millis{kMinute};
}

// Fires half of the timers with nothing else to do, then the other half beside live events; then only events come.
void Time(benchmark::State& state, const BenchOptions& options) {
  for ([[maybe_unused]] auto iteration : state) {
    std::unique_ptr<state::LeadStore> store = state::MakeMemoryLeadStore(1);
    const Shape shape = ShapeOf(options.mix);
    EngineRun run(store.get(), kCacheBytes, shape.definitions);
    const Instant due = ActWithinAMinute(options.leads, shape, &run) + shape.until_change;
    const uint64_t timers_before = run.counters().timers;
    Meter alone;
    alone.Begin();
    bool more = true;
    while (more && run.counters().timers - timers_before < options.leads / 2) {
      more = run.FireSome(due, kLeadsPerStep);
      run.Commit();
    }
    alone.End();
    const uint64_t fired = run.counters().timers - timers_before;

    StreamShape live;
    live.leads = options.leads;
    live.start = due;
    live.step = Millis{1};
    EventStream stream(live);
    const LiveLoad load;
    const LiveResult beside = RunLive(
        load, 0, [&](size_t leads) { return run.FireSome(stream.clock(), leads); }, &stream, &run);
    const uint64_t fired_beside = run.counters().timers - timers_before - fired;
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
