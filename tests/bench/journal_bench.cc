// What one event more costs a lead with 10, 100 and 1,000 entries. README.md says what the figures mean.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "config/definitions_loader.h"
#include "state/memory_lead_store.h"
#include "tests/bench/bench_options.h"
#include "tests/bench/engine_run.h"
#include "tests/bench/event_stream.h"
#include "tests/bench/feed.h"
#include "tests/bench/segment_mix.h"

namespace leadpulse::bench {
namespace {

constexpr size_t kCacheBytes = size_t{8} << 30;  // nothing leaves it
// Of which each lead gets one event: what a lead costs at an epoch's end is shared by nothing.
constexpr uint64_t kEpochs = 4;
// As many before them that are not measured: the first and the second time, a long journal is encoded whole.
constexpr uint64_t kEpochsBefore = 2;

// With room for so many entries of a lead: the built-in definitions, whose points count entries, most of them; or the
// template b2b, whose points are limited by message and day and fade with the entry's age.
engine::DefinitionsInForce WithMaxEntries(uint64_t entries, std::string_view mix) {
  const std::string room = "max_entries: " + std::to_string(entries);
  if (SegmentMixOf(mix) == SegmentMix::kUsual) {
    std::string text(config::DefaultDefinitionsText());
    constexpr std::string_view kRoom = "max_entries: 1000";
    text.replace(text.find(kRoom), kRoom.size(), room);
    return Definitions(text);
  }
  std::string text(config::TemplateText("b2b").value());
  constexpr std::string_view kTenant = "  \"*\":\n";
  return Definitions(text.insert(text.find(kTenant) + kTenant.size(), "    journal: {" + room + "}\n"));
}

// `folding`: the journal is full, so that each event more is one that leaves.
void Journal(benchmark::State& state, const BenchOptions& options, uint64_t entries, bool folding) {
  for ([[maybe_unused]] auto iteration : state) {
    StreamShape shape;
    shape.leads = options.leads;
    shape.activity = Activity::kInTurn;
    const auto total = static_cast<int64_t>(options.leads * (entries + kEpochs));
    shape.step = Millis{std::max<int64_t>(1, int64_t{60} * 86'400'000 / total)};
    EventStream stream(shape);
    std::unique_ptr<state::LeadStore> store = state::MakeMemoryLeadStore(1);
    EngineRun run(store.get(), kCacheBytes, WithMaxEntries(entries + (folding ? 0 : kEpochs), options.mix));
    Feed(options.leads * (entries - kEpochsBefore), &stream, &run);
    Feed(options.leads * kEpochsBefore, &stream, &run, options.leads);
    const uint64_t folded_before = run.counters().folded;
    const FeedCost cost = Feed(options.leads * kEpochs, &stream, &run, options.leads);
    const auto events = static_cast<double>(options.leads * kEpochs);
    state.SetIterationTime(cost.seconds());
    state.counters["nanoseconds"] = cost.seconds() / events * 1e9;
    state.counters["commit_share"] = cost.commit.seconds / cost.seconds();
    state.counters["allocations_per_event"] = static_cast<double>(cost.allocations()) / events;
    state.counters["folded_per_event"] = static_cast<double>(run.counters().folded - folded_before) / events;
  }
}

}  // namespace
}  // namespace leadpulse::bench

int main(int argc, char** argv) {
  namespace bench = leadpulse::bench;
  const bench::BenchOptions options = bench::ParseBenchOptions(&argc, argv, {5'000, 1});
  const auto add = [&](const std::string& name, uint64_t entries, bool folding) {
    bench::RegisterOnce(name, [=](benchmark::State& state) { bench::Journal(state, options, entries, folding); });
  };
  for (const uint64_t entries : {10, 100, 1'000}) add("journal_" + std::to_string(entries), entries, false);
  add("journal_1000_full", 1'000, true);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
