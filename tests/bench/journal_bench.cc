// The cost of one more event for a lead with 10, 100 and 1,000 entries, in a commit of its own or with others.
// METHOD.md explains the figures.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "config/definitions_loader.h"
#include "tests/bench/bench_options.h"
#include "tests/bench/engine_run.h"
#include "tests/bench/event_stream.h"
#include "tests/bench/feed.h"
#include "tests/bench/segment_mix.h"
#include "tests/support/memory_lead_store.h"

namespace leadpulse::bench {
namespace {

constexpr size_t kCacheBytes = size_t{8} << 30;  // nothing leaves it
// Each lead gets one event an epoch, so no two events share a lead's cost at the epoch's end.
constexpr uint64_t kEpochs = 4;
// Epochs before these that are not measured: the first two times, a long journal is encoded whole.
constexpr uint64_t kEpochsBefore = 2;
// Events of one lead in a commit, as in a run: encoding the lead is then a small part of an event's cost.
constexpr uint64_t kBusyEvents = 100;

// Returns definitions with room for `entries` entries of a lead: the built-in ones, whose points mostly count entries,
// or the template b2b.
engine::DefinitionsInForce WithMaxEntries(uint64_t entries, std::string_view mix) {
  if (SegmentMixOf(mix) == SegmentMix::kOther) return B2bDefinitions(entries);
  std::string text(config::DefaultDefinitionsText());
  constexpr std::string_view kRoom = "max_entries: 1000";
  return Definitions(text.replace(text.find(kRoom), kRoom.size(), "max_entries: " + std::to_string(entries)));
}

struct JournalShape {
  uint64_t leads;
  uint64_t entries;               // each lead has before the measurement
  bool full;                      // each further event is an entry that folds
  uint64_t events_of_commit = 1;  // each lead has in one commit
};

void Journal(benchmark::State& state, const std::string& mix, const JournalShape& journal) {
  for ([[maybe_unused]] auto iteration : state) {
    const uint64_t entries = journal.entries;
    const uint64_t epoch_events = journal.leads * journal.events_of_commit;
    StreamShape shape;
    shape.leads = journal.leads;
    shape.activity = Activity::kInTurn;
    const auto total = static_cast<int64_t>(journal.leads * entries + epoch_events * kEpochs);
    shape.step = Millis{std::max<int64_t>(1, int64_t{60} * 86'400'000 / total)};
    EventStream stream(shape);
    std::unique_ptr<state::LeadStore> store = state::MakeMemoryLeadStore(1);
    const uint64_t room = journal.full ? 0 : kEpochs * journal.events_of_commit;
    EngineRun run(store.get(), kCacheBytes, WithMaxEntries(entries + room, mix));
    Feed(journal.leads * (entries - kEpochsBefore), &stream, &run);
    Feed(journal.leads * kEpochsBefore, &stream, &run, journal.leads);
    const uint64_t folded_before = run.counters().folded;
    const FeedCost cost = Feed(epoch_events * kEpochs, &stream, &run, epoch_events);
    const auto events = static_cast<double>(epoch_events * kEpochs);
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
  const auto add = [&](const std::string& name, const bench::JournalShape& journal) {
    bench::RegisterOnce(name,
                        [=](benchmark::State& state) { bench::Journal(state, std::string(options.mix), journal); });
  };
  for (const uint64_t entries : {10, 100, 1'000}) {
    add("journal_" + std::to_string(entries), {options.leads, entries, false});
  }
  add("journal_1000_full", {options.leads, 1'000, true});
  const uint64_t busy_leads = std::max<uint64_t>(1, options.leads / 8);
  add("journal_1000_busy", {busy_leads, 1'000, false, bench::kBusyEvents});
  add("journal_1000_busy_full", {busy_leads, 1'000, true, bench::kBusyEvents});
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
