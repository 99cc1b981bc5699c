// Leads that do not fit the cache: the engine over RocksDB against a plain loop that gets each lead's bytes from a
// RocksDB set up alike, and puts them back grown by one entry. README.md says what the figures mean.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "state/lead_codec.h"
#include "state/memory_lead_store.h"
#include "state/rocksdb_lead_store.h"
#include "tests/bench/bench_options.h"
#include "tests/bench/engine_run.h"
#include "tests/bench/event_stream.h"
#include "tests/bench/plain_rows.h"

namespace leadpulse::bench {
namespace {

constexpr uint64_t kEntries = 20;
constexpr uint64_t kStateToCache = 20;
// What 256 MiB of changed leads, an epoch's bound in a run, come to here.
constexpr uint64_t kEpochRecords = 128 << 10;
// Both sides in turns of so many epochs, so that a machine that grows slower grows slower for both.
constexpr uint64_t kEpochsPerTurn = 2;
// Leads with a history of their own; the others are like one of them.
constexpr uint64_t kTemplates = 2000;
constexpr uint64_t kLeadsPerWrite = 20'000;

// Stored leads with 20 entries each on average, as the engine left them, and where their time ended.
struct Templates {
  std::vector<state::Lead> leads;
  Instant clock;
  uint64_t events = 0;
};

Templates MakeTemplates(uint64_t count) {
  StreamShape shape;
  shape.leads = count;
  shape.step = Millis{int64_t{30} * 86'400'000 / static_cast<int64_t>(count * kEntries)};
  EventStream stream(shape);
  std::unique_ptr<state::LeadStore> store = state::MakeMemoryLeadStore(1);
  EngineRun run(store.get(), size_t{1} << 30);
  std::vector<codec::Event> batch;
  Templates made;
  for (; made.events < count * kEntries; made.events += batch.size()) {
    stream.Fill(std::min<uint64_t>(kBatchRecords, count * kEntries - made.events), &batch);
    run.Apply(batch, stream.clock());
    run.EndEpoch(stream.clock());
  }
  made.clock = stream.clock();
  Check(store->VisitLeads(PartitionId{0}, "", [&](std::string_view key, std::string_view value) {
    Result<state::Lead> lead = state::DecodeLead(DecodeLeadKey(key), value);
    Check(lead.status());
    made.leads.push_back(std::move(*lead));
    return true;
  }));
  return made;
}

// Writes the same leads to both; gives their bytes.
uint64_t FillBoth(const BenchOptions& options, Templates* templates, state::LeadStore* store, PlainRows* plain) {
  uint64_t bytes = 0;
  for (uint64_t first = 0; first < options.leads; first += kLeadsPerWrite) {
    state::EpochWrite write;
    for (uint64_t i = first; i < std::min(options.leads, first + kLeadsPerWrite); ++i) {
      state::Lead& lead = templates->leads[i % templates->leads.size()];
      lead.key = StreamLead(i);
      std::string key = EncodeLeadKey(lead.key);
      std::string value = state::EncodeLead(lead);
      bytes += key.size() + value.size();
      plain->Put(key, value);
      write.leads.push_back({PartitionId{0}, std::move(key), std::move(value), Instant::Never(), lead.next_flip});
    }
    Check(store->Commit(write));
    plain->Commit();
  }
  return bytes;
}

struct Cost {
  double seconds = 0;            // of a clock on the wall
  double processor_seconds = 0;  // of this thread
  uint64_t disk_bytes = 0;       // by any thread
};

struct Turns {
  Cost engine, plain;
};

// One side's turn on the same events; adds what it cost.
template <typename Apply, typename End>
void TakeTurn(const std::vector<std::vector<codec::Event>>& batches, const Apply& apply, const End& end, Cost* cost) {
  const uint64_t bytes_before = BytesWrittenByProcess();
  const double wall_before = WallSeconds(), thread_before = ThreadSeconds();
  uint64_t records = 0;
  for (const std::vector<codec::Event>& batch : batches) {
    apply(batch);
    records += batch.size();
    if (records % kEpochRecords == 0) end();
  }
  if (records % kEpochRecords != 0) end();
  cost->seconds += WallSeconds() - wall_before;
  cost->processor_seconds += ThreadSeconds() - thread_before;
  cost->disk_bytes += BytesWrittenByProcess() - bytes_before;
}

Turns Alternate(uint64_t events, EventStream* stream, EngineRun* engine, PlainRows* plain, size_t growth) {
  Turns turns;
  std::vector<std::vector<codec::Event>> batches;
  for (uint64_t done = 0; done < events;) {
    batches.clear();
    const uint64_t end = std::min(events, done + kEpochsPerTurn * kEpochRecords);
    while (done < end) {
      stream->Fill(std::min<uint64_t>(kBatchRecords, end - done), &batches.emplace_back());
      done += batches.back().size();
    }
    TakeTurn(
        batches,
        [&](const auto& batch) {
          for (const codec::Event& event : batch) plain->Grow(EncodeLeadKey(event.key), growth);
        },
        [&] { plain->Commit(); }, &turns.plain);
    TakeTurn(
        batches, [&](const auto& batch) { engine->Apply(batch, stream->clock()); },
        [&] { engine->EndEpoch(stream->clock()); }, &turns.engine);
  }
  return turns;
}

void Uncached(benchmark::State& state, const BenchOptions& options) {
  const std::filesystem::path directory = options.directory + "/uncached";
  for ([[maybe_unused]] auto iteration : state) {
    std::filesystem::remove_all(directory);
    std::filesystem::create_directories(directory);
    Templates templates = MakeTemplates(std::min(options.leads, kTemplates));
    const double lead_bytes = static_cast<double>(state::EncodeLead(templates.leads[0]).size());
    const size_t cache_bytes = static_cast<size_t>(lead_bytes) * options.leads / kStateToCache;
    state::RocksDbOptions rocksdb;
    rocksdb.directory = directory / "engine";
    rocksdb.partition_count = 1;
    rocksdb.block_cache_bytes = cache_bytes / 2;
    Result<std::unique_ptr<state::LeadStore>> store = state::OpenRocksDbLeadStore(rocksdb);
    Check(store.status());
    rocksdb.directory = directory / "plain";
    PlainRows plain(rocksdb);
    const uint64_t state_bytes = FillBoth(options, &templates, store->get(), &plain);

    StreamShape shape;
    shape.leads = options.leads;
    shape.step =
        Millis{std::max<int64_t>(1, int64_t{30} * 86'400'000 / static_cast<int64_t>(options.leads * kEntries))};
    shape.start = templates.clock;
    shape.first_event = templates.events;
    shape.seed = 2;
    EventStream stream(shape);
    EngineRun engine(store->get(), cache_bytes / 2);
    const uint64_t plain_before = plain.bytes_written();
    const Turns turns = Alternate(options.events, &stream, &engine, &plain, state_bytes / options.leads / kEntries);

    const auto events = static_cast<double>(options.events);
    state.SetIterationTime(turns.engine.seconds);
    state.counters["events_per_second"] = events / turns.engine.seconds;
    state.counters["plain_per_second"] = events / turns.plain.seconds;
    state.counters["ratio"] = turns.plain.seconds / turns.engine.seconds;
    state.counters["processor_ratio"] = turns.plain.processor_seconds / turns.engine.processor_seconds;
    state.counters["state_bytes"] = static_cast<double>(state_bytes);
    state.counters["state_to_cache"] = static_cast<double>(state_bytes) / static_cast<double>(cache_bytes);
    state.counters["bytes_per_event"] = static_cast<double>(engine.bytes_written()) / events;
    state.counters["plain_bytes_per_event"] = static_cast<double>(plain.bytes_written() - plain_before) / events;
    state.counters["disk_bytes_per_event"] = static_cast<double>(turns.engine.disk_bytes) / events;
    state.counters["plain_disk_bytes_per_event"] = static_cast<double>(turns.plain.disk_bytes) / events;
    state.counters["flips_per_event"] = static_cast<double>(engine.counters().flips) / events;
  }
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace leadpulse::bench

int main(int argc, char** argv) {
  namespace bench = leadpulse::bench;
  bench::BenchOptions defaults;
  defaults.leads = 1'000'000;
  defaults.events = 400'000;
  const bench::BenchOptions options = bench::ParseBenchOptions(&argc, argv, defaults);
  benchmark::RegisterBenchmark("uncached", [=](benchmark::State& state) { bench::Uncached(state, options); })
      ->Iterations(1)
      ->UseManualTime()
      ->Unit(benchmark::kMillisecond);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
