// The growth of the cost of an event, and of a change of an attribute that most rules use, with the number of segments.
// METHOD.md explains the figures.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "tests/bench/bench_options.h"
#include "tests/bench/engine_run.h"
#include "tests/bench/event_stream.h"
#include "tests/bench/feed.h"
#include "tests/bench/lead_traits.h"
#include "tests/bench/segment_mix.h"
#include "tests/support/memory_lead_store.h"

namespace leadpulse::bench {
namespace {

constexpr size_t kCacheBytes = size_t{8} << 30;  // nothing leaves it
constexpr uint64_t kMeanEntries = 10;            // before the measurement
constexpr uint64_t kEventsPerChange = 10;        // measured events for each measured change of an attribute

// Sends `changes` commands to random leads; returns their cost.
Meter MoveAccounts(uint64_t changes, const StreamShape& shape, Instant at, EngineRun* run) {
  Meter meter;
  simulate::Random random(3);
  std::vector<codec::Command> commands;
  for (uint64_t i = 0; i < changes; ++i) {
    commands.push_back(MoveAccount(StreamLead(random.Below(shape.leads), shape.tenants), i, at));
    if (commands.size() < kBatchRecords && i + 1 < changes) continue;
    meter.Begin();
    run->Apply(commands, at);
    meter.End();
    commands.clear();
  }
  meter.Begin();
  run->EndEpoch(at);
  meter.End();
  return meter;
}

double MeanSegments(const engine::EngineCounters& counters, uint64_t leads) {
  const auto of = [&](codec::ChangeKind kind) {
    return static_cast<double>(counters.changes[static_cast<size_t>(kind)]);
  };
  return (of(codec::ChangeKind::kSegmentEntered) - of(codec::ChangeKind::kSegmentLeft)) / static_cast<double>(leads);
}

// Measures the same events at every number of segments. First it makes the leads with their history and traits, then it
// rolls the definitions out.
void Segments(benchmark::State& state, const BenchOptions& options, uint64_t tenants, uint64_t segments) {
  for ([[maybe_unused]] auto iteration : state) {
    std::unique_ptr<state::LeadStore> store = state::MakeMemoryLeadStore(1);
    StreamShape shape;
    shape.leads = options.leads;
    shape.tenants = tenants;
    const uint64_t total = options.leads * kMeanEntries + options.events;
    shape.step = Millis{std::max<int64_t>(1, int64_t{60} * 86'400'000 / static_cast<int64_t>(total))};
    EventStream stream(shape);
    const SegmentMix mix = SegmentMixOf(options.mix);
    const engine::DefinitionsInForce none = Definitions(SegmentDefinitions(tenants, 0, mix));
    {
      EngineRun before(store.get(), kCacheBytes, none);
      GiveTraits(options.leads, tenants, shape.start, &before);
      Feed(options.leads * kMeanEntries, &stream, &before);
    }
    EngineRun run(store.get(), kCacheBytes,
                  NextDefinitions(none, SegmentDefinitions(tenants, segments, mix), stream.clock()));
    run.RollOutDefinitions();
    const engine::EngineCounters rolled_out = run.counters();
    const uint64_t changes_before = run.changes();

    const FeedCost cost = Feed(options.events, &stream, &run);
    const auto events = static_cast<double>(options.events);
    state.SetIterationTime(cost.seconds());
    state.counters["nanoseconds"] = cost.seconds() / events * 1e9;
    state.counters["allocations_per_event"] = static_cast<double>(cost.allocations()) / events;
    state.counters["changes_per_event"] = static_cast<double>(run.changes() - changes_before) / events;
    state.counters["flips_per_event"] = static_cast<double>(run.counters().timers - rolled_out.timers) / events;
    state.counters["segments_of_a_lead"] = MeanSegments(run.counters(), options.leads);

    const uint64_t moves = std::max<uint64_t>(1, options.events / kEventsPerChange);
    const Meter moved = MoveAccounts(moves, shape, stream.clock(), &run);
    state.counters["attribute_nanoseconds"] = moved.seconds / static_cast<double>(moves) * 1e9;
  }
}

}  // namespace
}  // namespace leadpulse::bench

int main(int argc, char** argv) {
  namespace bench = leadpulse::bench;
  const bench::BenchOptions options = bench::ParseBenchOptions(&argc, argv, {20'000, 100'000});
  const auto add = [&](const std::string& name, uint64_t tenants, uint64_t segments) {
    bench::RegisterOnce(name, [=](benchmark::State& state) { bench::Segments(state, options, tenants, segments); });
  };
  for (const uint64_t segments : {10, 100, 1'000, 10'000}) add("segments_" + std::to_string(segments), 1, segments);
  for (const uint64_t tenants : {1, 1'000}) add("tenants_" + std::to_string(tenants), tenants, 50);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
