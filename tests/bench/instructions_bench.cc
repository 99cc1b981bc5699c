// Fixed small work of the engine, for valgrind to count: `instructions_bench engine|segments`. Prints what was done as
// JSON. What is counted stands in LeadpulseCountedWork, by name for `--toggle-collect`; instructions.py calls it.
//
// With the C library's malloc, unlike the other benchmarks: jemalloc asks for the number of processors and for time.
#include <gnu/libc-version.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "state/memory_lead_store.h"
#include "tests/bench/allocation_count.h"
#include "tests/bench/engine_run.h"
#include "tests/bench/event_stream.h"
#include "tests/bench/feed.h"
#include "tests/bench/lead_traits.h"
#include "tests/bench/segment_mix.h"

extern "C" __attribute__((noinline)) void LeadpulseCountedWork(const std::function<void()>& work) { work(); }

namespace leadpulse::bench {
namespace {

struct Work {
  uint64_t leads, entries, events;
  uint64_t segments;  // 0: the built-in definitions
};
constexpr Work kEngine = {2'000, 5, 20'000, 0};
constexpr Work kSegments = {500, 5, 2'000, 1'000};

std::vector<std::vector<codec::Event>> Batches(uint64_t events, EventStream* stream) {
  std::vector<std::vector<codec::Event>> batches;
  for (uint64_t made = 0; made < events; made += batches.back().size()) {
    stream->Fill(std::min<uint64_t>(kBatchRecords, events - made), &batches.emplace_back());
  }
  return batches;
}

void Run(const Work& work) {
  StreamShape shape;
  shape.leads = work.leads;
  shape.step = Millis{int64_t{30} * 86'400'000 / static_cast<int64_t>(work.leads * work.entries + work.events)};
  EventStream stream(shape);
  const std::unique_ptr<state::LeadStore> store = state::MakeMemoryLeadStore(1);
  EngineRun run = work.segments == 0 ? EngineRun(store.get(), size_t{1} << 30)
                                     : EngineRun(store.get(), size_t{1} << 30,
                                                 Definitions(SegmentDefinitions(1, work.segments, SegmentMix::kUsual)));
  if (work.segments > 0) GiveTraits(work.leads, 1, shape.start, &run);
  Feed(work.leads * work.entries, &stream, &run);
  const std::vector<std::vector<codec::Event>> batches = Batches(work.events, &stream);
  const uint64_t changes_before = run.changes(), allocations_before = AllocationCount();
  LeadpulseCountedWork([&] {
    for (const std::vector<codec::Event>& batch : batches) run.Apply(batch, stream.clock());
    run.EndEpoch(stream.clock());
  });
  std::printf(R"({"events": %lu, "allocations": %lu, "changes": %lu, "toolchain": "gcc %s, glibc %s"})", work.events,
              AllocationCount() - allocations_before, run.changes() - changes_before, __VERSION__,
              gnu_get_libc_version());
}

}  // namespace
}  // namespace leadpulse::bench

int main(int argc, char** argv) {
  namespace bench = leadpulse::bench;
  const std::string_view name = argc == 2 ? argv[1] : "";
  if (name != "engine" && name != "segments") {
    std::fprintf(stderr, "usage: %s engine|segments\n", argv[0]);
    return 2;
  }
  bench::Run(name == "engine" ? bench::kEngine : bench::kSegments);
  return 0;
}
