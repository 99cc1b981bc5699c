// The engine on a hot set: events a second that one core applies when every lead is in memory. METHOD.md explains the
// figures.
#include <benchmark/benchmark.h>

#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tests/bench/bench_options.h"
#include "tests/bench/engine_run.h"
#include "tests/bench/event_stream.h"
#include "tests/bench/feed.h"
#include "tests/support/memory_lead_store.h"
#include "tools/simulate/random.h"

namespace leadpulse::bench {
namespace {

constexpr size_t kCacheBytes = size_t{8} << 30;  // nothing leaves it
constexpr uint64_t kMeanEntries = 10;
// Resident memory of a lead with 5 entries, including its row in the store.
constexpr uint64_t kLeadBytes = 2048;
constexpr uint64_t kChaseLoads = 5'000'000;

StreamShape ShapeOf(const BenchOptions& options, Activity activity) {
  StreamShape shape;
  shape.leads = options.leads;
  shape.activity = activity;
  const auto total = static_cast<int64_t>(options.leads * kMeanEntries / 2 + options.events);
  shape.step = Millis{int64_t{30} * 86'400'000 / total};
  return shape;
}

void Report(benchmark::State& state, double seconds, uint64_t allocations, uint64_t events) {
  state.SetIterationTime(seconds);
  state.counters["events_per_second"] = static_cast<double>(events) / seconds;
  state.counters["allocations_per_event"] = static_cast<double>(allocations) / static_cast<double>(events);
}

// Applies half the mean number of entries first, unmeasured; then enough events to bring the mean to one and a half
// times it.
void Engine(benchmark::State& state, const BenchOptions& options, Activity activity) {
  for ([[maybe_unused]] auto iteration : state) {
    EventStream stream(ShapeOf(options, activity));
    std::unique_ptr<state::LeadStore> store = state::MakeMemoryLeadStore(1);
    EngineRun run(store.get(), kCacheBytes);
    Feed(options.leads * kMeanEntries / 2, &stream, &run);
    const uint64_t changes_before = run.changes();
    const double store_seconds_before = run.store_seconds();
    const FeedCost cost = Feed(options.events, &stream, &run);
    Report(state, cost.seconds(), cost.allocations(), options.events);
    const auto changes = static_cast<double>(run.changes() - changes_before);
    state.counters["changes_per_second"] = changes / cost.seconds();
    state.counters["changes_per_event"] = changes / static_cast<double>(options.events);
    state.counters["commit_share"] = cost.commit.seconds / cost.seconds();
    state.counters["store_share"] = (run.store_seconds() - store_seconds_before) / cost.seconds();
  }
}

// Looks up the lead's key of each event in a hash map and appends 32 bytes there: the yardstick. No program with
// journals by lead does less.
void HashMapAppend(benchmark::State& state, const BenchOptions& options) {
  struct Entry {
    int64_t at;
    uint64_t type, message, id;
  };
  for ([[maybe_unused]] auto iteration : state) {
    EventStream stream(ShapeOf(options, Activity::kUniform));
    std::unordered_map<std::string, std::vector<Entry>> journals;
    std::vector<codec::Event> batch;
    Meter meter, unmeasured;
    const auto feed = [&](uint64_t events, Meter* meter_used) {
      for (uint64_t done = 0; done < events; done += batch.size()) {
        stream.Fill(std::min<uint64_t>(kBatchRecords, events - done), &batch);
        meter_used->Begin();
        for (const codec::Event& event : batch) {
          journals[EncodeLeadKey(event.key)].push_back({event.occurred_at.millis, static_cast<uint64_t>(event.type),
                                                        std::hash<std::string>()(event.message_id),
                                                        std::hash<std::string>()(event.event_id)});
        }
        meter_used->End();
      }
    };
    feed(options.leads * kMeanEntries / 2, &unmeasured);
    feed(options.events, &meter);
    benchmark::DoNotOptimize(journals.size());
    Report(state, meter.seconds, meter.allocations, options.events);
  }
}

// Measures the time of a load whose address is the result of the load before, at random over as much memory as the
// engine's leads take, so that nothing can be prefetched. It shows how many such waits an event costs.
void PointerChase(benchmark::State& state, const BenchOptions& options) {
  struct alignas(64) Line {
    uint64_t next;
  };
  for ([[maybe_unused]] auto iteration : state) {
    std::vector<Line> lines(options.leads * kLeadBytes / sizeof(Line));
    for (uint64_t i = 0; i < lines.size(); ++i) lines[i].next = i;
    simulate::Random random(1);
    // Sattolo's shuffle: makes one ring of all lines.
    for (uint64_t i = lines.size() - 1; i > 0; --i) std::swap(lines[i].next, lines[random.Below(i)].next);
    uint64_t at = 0;
    Meter meter;
    meter.Begin();
    for (uint64_t i = 0; i < kChaseLoads; ++i) at = lines[at].next;
    meter.End();
    benchmark::DoNotOptimize(at);
    state.SetIterationTime(meter.seconds);
    state.counters["nanoseconds"] = meter.seconds / kChaseLoads * 1e9;
  }
}

}  // namespace
}  // namespace leadpulse::bench

int main(int argc, char** argv) {
  namespace bench = leadpulse::bench;
  const bench::BenchOptions options = bench::ParseBenchOptions(&argc, argv, {100'000, 1'000'000});
  bench::RegisterOnce("hash_map_append", [=](benchmark::State& state) { bench::HashMapAppend(state, options); });
  bench::RegisterOnce("pointer_chase", [=](benchmark::State& state) { bench::PointerChase(state, options); });
  bench::RegisterOnce("engine",
                      [=](benchmark::State& state) { bench::Engine(state, options, bench::Activity::kUniform); });
  bench::RegisterOnce("engine_skewed",
                      [=](benchmark::State& state) { bench::Engine(state, options, bench::Activity::kSkewed); });
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
