// Fixed small work of the engine, for valgrind to count: `instructions_bench WORK`. Prints a summary of the work as
// JSON. The counted work is in LeadpulseCountedWork, a name for `--toggle-collect`; instructions.py calls this program.
// What comes before it makes most of the events. valgrind does not instrument it, which saves most of its time.
// It uses the C library's malloc, unlike the other benchmarks: jemalloc depends on the number of processors and on
// time.
#include <gnu/libc-version.h>
#ifdef LEADPULSE_HAS_CALLGRIND
#include <valgrind/callgrind.h>
#else
#define CALLGRIND_START_INSTRUMENTATION
#define CALLGRIND_STOP_INSTRUMENTATION
#endif

#include <algorithm>
#include <cstdio>
#include <functional>
#include <iterator>
#include <memory>
#include <string_view>
#include <vector>

#include "config/definitions_loader.h"
#include "tests/bench/allocation_count.h"
#include "tests/bench/engine_run.h"
#include "tests/bench/event_stream.h"
#include "tests/bench/feed.h"
#include "tests/bench/lead_traits.h"
#include "tests/bench/live_epochs.h"
#include "tests/bench/segment_mix.h"
#include "tests/support/file_content.h"
#include "tests/support/memory_lead_store.h"

extern "C" __attribute__((noinline)) void LeadpulseCountedWork(const std::function<void()>& work) { work(); }

namespace leadpulse::bench {
namespace {

struct Work {
  const char* name;
  uint64_t leads;
  uint64_t entries;  // how many each lead has before instructions are counted
  uint64_t events;
  uint64_t segments = 0;     // 0: none
  uint64_t max_entries = 0;  // above 0: the template b2b with this bound of a journal, and leads take turns
  bool commands = false;     // changes of the attribute that most rules use, instead of events
  bool live = false;         // through a partition of the live mode
};
constexpr Work kWorks[] = {
    {.name = "engine", .leads = 2'000, .entries = 5, .events = 20'000},
    {.name = "segments", .leads = 500, .entries = 5, .events = 2'000, .segments = 1'000},
    {.name = "profile", .leads = 500, .entries = 5, .events = 2'000, .segments = 1'000, .commands = true},
    {.name = "counted", .leads = 20, .entries = 1'000, .events = 2'000},
    {.name = "journal", .leads = 20, .entries = 1'000, .events = 2'000, .max_entries = 2'000},
    {.name = "full", .leads = 20, .entries = 1'000, .events = 2'000, .max_entries = 1'000},
    {.name = "live", .leads = 5'000, .entries = 5, .events = 20'000, .live = true},
};

std::vector<std::vector<codec::Event>> Batches(uint64_t events, EventStream* stream) {
  std::vector<std::vector<codec::Event>> batches;
  for (uint64_t made = 0; made < events; made += batches.back().size()) {
    stream->Fill(std::min<uint64_t>(kBatchRecords, events - made), &batches.emplace_back());
  }
  return batches;
}

std::vector<codec::Command> Moves(const Work& work, Instant at) {
  std::vector<codec::Command> commands;
  for (uint64_t i = 0; i < work.events; ++i) commands.push_back(MoveAccount(StreamLead(i % work.leads), i, at));
  return commands;
}

engine::DefinitionsInForce DefinitionsOf(const Work& work) {
  if (work.segments > 0) return Definitions(SegmentDefinitions(1, work.segments, SegmentMix::kUsual));
  return work.max_entries > 0 ? B2bDefinitions(work.max_entries) : Definitions(config::DefaultDefinitionsText());
}

StreamShape ShapeOf(const Work& work) {
  StreamShape shape;
  shape.leads = work.leads;
  shape.step = Millis{int64_t{30} * 86'400'000 / static_cast<int64_t>(work.leads * work.entries + work.events)};
  return shape;
}

void Print(const Work& work, uint64_t allocations, uint64_t changes) {
  std::printf(R"({"events": %lu, "allocations": %lu, "changes": %lu, "toolchain": "gcc %s, glibc %s"})", work.events,
              allocations, changes, __VERSION__, gnu_get_libc_version());
}

// Runs epochs of a partition as with some 80,000 events a second in four partitions. Rows and profiles come sooner,
// because there are fewer leads.
void RunLive(const Work& work) {
  constexpr size_t kEpochEvents = 2'000;
  constexpr int kEpochsDue = 10;
  EventStream stream(ShapeOf(work));
  LiveEpochs live(testing::ReadWholeFile(LEADPULSE_LIVE_DEFINITIONS), kEpochsDue);
  std::vector<std::vector<std::string>> epochs;
  std::vector<codec::Event> events;
  std::vector<Instant> clocks;
  for (uint64_t made = 0; made < work.leads * work.entries + work.events; made += kEpochEvents) {
    stream.Fill(kEpochEvents, &events);
    epochs.push_back(EncodeEvents(events));
    clocks.push_back(stream.clock());
  }
  const size_t counted_from = work.leads * work.entries / kEpochEvents;
  const auto run = [&](size_t epoch) {
    live.Apply(epochs[epoch], clocks[epoch]);
    live.EndEpoch();
  };
  for (size_t epoch = 0; epoch < counted_from; ++epoch) run(epoch);
  const uint64_t produced_before = live.produced(), allocations_before = AllocationCount();
  CALLGRIND_START_INSTRUMENTATION;
  LeadpulseCountedWork([&] {
    for (size_t epoch = counted_from; epoch < epochs.size(); ++epoch) run(epoch);
  });
  CALLGRIND_STOP_INSTRUMENTATION;
  Print(work, AllocationCount() - allocations_before, live.produced() - produced_before);
}

void Run(const Work& work) {
  if (work.live) return RunLive(work);
  StreamShape shape = ShapeOf(work);
  if (work.max_entries > 0) shape.activity = Activity::kInTurn;
  EventStream stream(shape);
  const std::unique_ptr<state::LeadStore> store = state::MakeMemoryLeadStore(1);
  EngineRun run(store.get(), size_t{1} << 30, DefinitionsOf(work));
  if (work.segments > 0) GiveTraits(work.leads, 1, shape.start, &run);
  Feed(work.leads * work.entries, &stream, &run);
  const std::vector<std::vector<codec::Event>> batches = Batches(work.commands ? 0 : work.events, &stream);
  const std::vector<codec::Command> commands = Moves(work, stream.clock());
  const uint64_t changes_before = run.changes(), allocations_before = AllocationCount();
  CALLGRIND_START_INSTRUMENTATION;
  LeadpulseCountedWork([&] {
    for (const std::vector<codec::Event>& batch : batches) run.Apply(batch, stream.clock());
    if (work.commands) run.Apply(commands, stream.clock());
    run.EndEpoch(stream.clock());
  });
  CALLGRIND_STOP_INSTRUMENTATION;
  Print(work, AllocationCount() - allocations_before, run.changes() - changes_before);
}

}  // namespace
}  // namespace leadpulse::bench

int main(int argc, char** argv) {
  namespace bench = leadpulse::bench;
  const std::string_view name = argc == 2 ? argv[1] : "";
  const auto* const work = std::ranges::find(bench::kWorks, name, &bench::Work::name);
  if (work == std::end(bench::kWorks)) {
    std::fprintf(stderr, "usage: %s WORK, one of instructions.py's\n", argv[0]);
    return 2;
  }
  bench::Run(*work);
  return 0;
}
