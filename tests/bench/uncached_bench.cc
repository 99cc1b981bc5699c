// Leads that do not fit the cache. The engine over RocksDB runs against a plain loop that gets each lead's bytes from
// an equal RocksDB and puts them back one entry longer, and against the same loop through the stored form of a lead. So
// it shows the cost of RocksDB, of the codec and of the engine. METHOD.md explains the figures.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "state/codec/lead_codec.h"
#include "state/rocksdb/rocksdb_lead_store.h"
#include "tests/bench/bench_options.h"
#include "tests/bench/codec_rows.h"
#include "tests/bench/counting_store.h"
#include "tests/bench/engine_run.h"
#include "tests/bench/event_stream.h"
#include "tests/bench/lead_templates.h"
#include "tests/bench/plain_rows.h"

namespace leadpulse::bench {
namespace {

constexpr uint64_t kEntries = 20;
constexpr uint64_t kStateToCache = 20;
// About the limit of an epoch in a run, 256 MiB of changed leads.
constexpr uint64_t kEpochRecords = 128 << 10;
// The sides take turns of kEpochsPerTurn epochs, so that a machine that gets slower does so for all.
constexpr uint64_t kEpochsPerTurn = 2;

struct Filled {
  uint64_t bytes = 0;       // keys and values
  uint64_t disk_bytes = 0;  // files of the engine's store
};

// The sides that take turns.
struct Sides {
  CountingStore store;
  PlainRows plain;
  CodecRows codec;
};

std::unique_ptr<state::LeadStore> OpenStore(const state::RocksDbOptions& options) {
  Result<std::unique_ptr<state::LeadStore>> store = state::OpenRocksDbLeadStore(options);
  Check(store.status());
  return std::move(*store);
}

state::RocksDbOptions In(const std::filesystem::path& directory, state::RocksDbOptions options) {
  options.directory = directory;
  return options;
}

// Writes the same leads to all sides. `directory` is that of the engine's store.
Filled FillAll(uint64_t leads, const std::string& directory, Templates* templates, Sides* sides) {
  Filled filled;
  WriteLeads(leads, templates, &sides->store, [&](const state::EpochWrite& write) {
    for (const state::RowWrite& lead : write.leads) filled.bytes += lead.key.size() + lead.value->size();
    for (PlainRows* rows : {&sides->plain, &sides->codec.rows()}) {
      for (const state::RowWrite& lead : write.leads) rows->Put(lead.key, *lead.value);
      rows->Commit();
    }
  });
  WaitUntilNothingIsWritten();
  for (const auto& file : std::filesystem::directory_iterator(directory)) filled.disk_bytes += file.file_size();
  return filled;
}

struct EntryBytes {
  double ids = 0;     // bytes of the ids of event and message
  double beside = 0;  // what else an entry adds to its lead's key and value
};

// Returns averages over uncompressed rows.
EntryBytes BytesOfEntries(Templates* templates) {
  uint64_t entries = 0, ids = 0, rows = 0;
  for (uint64_t i = 0; i < templates->leads.size(); ++i) {
    const state::Lead& lead = templates->Lead(i);
    rows += EncodeLeadKey(lead.key).size() + state::EncodeLead(lead).size();
    for (const state::JournalEntry& entry : lead.journal.entries()) {
      ids += entry.event_id().size() + entry.message_id().size();
      ++entries;
    }
  }
  const auto count = static_cast<double>(entries);
  return {static_cast<double>(ids) / count, static_cast<double>(rows - ids) / count};
}

struct Cost {
  double seconds = 0;            // wall clock
  double processor_seconds = 0;  // this thread's
  uint64_t disk_bytes = 0;       // by any thread
};

struct Turns {
  Cost engine, plain, codec;
  uint64_t fetched = 0;  // leads that events of the engine had to get from the store
};

// Takes one side's turn on the same events and adds its cost.
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
  WaitUntilNothingIsWritten();  // each side waits for its own compactions
  cost->disk_bytes += BytesWrittenByProcess() - bytes_before;
}

Turns Alternate(uint64_t events, EventStream* stream, EngineRun* engine, Sides* sides, size_t growth) {
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
          for (const codec::Event& event : batch) sides->plain.Grow(EncodeLeadKey(event.key), growth);
        },
        [&] { sides->plain.Commit(); }, &turns.plain);
    TakeTurn(
        batches,
        [&](const auto& batch) {
          for (const codec::Event& event : batch) sides->codec.Apply(event);
        },
        [&] { sides->codec.rows().Commit(); }, &turns.codec);
    TakeTurn(
        batches,
        [&](const auto& batch) {
          const uint64_t before = sides->store.asked();
          engine->Apply(batch, stream->clock());
          turns.fetched += sides->store.asked() - before;
        },
        [&] { engine->EndEpoch(stream->clock()); }, &turns.engine);
  }
  return turns;
}

StreamShape ShapeOf(const BenchOptions& options, Activity activity, const Templates& templates) {
  StreamShape shape;
  shape.leads = options.leads;
  shape.activity = activity;
  shape.step = Millis{std::max<int64_t>(1, int64_t{30} * 86'400'000 / static_cast<int64_t>(options.leads * kEntries))};
  shape.start = templates.clock;
  shape.first_event = templates.events;
  shape.seed = 2;
  return shape;
}

void Report(benchmark::State& state, const Turns& turns, uint64_t events) {
  const auto count = static_cast<double>(events);
  const auto report = [&](const std::string& side, const Cost& cost) {
    state.counters[side + "per_second"] = count / cost.seconds;
    state.counters[side + "processor_nanoseconds"] = cost.processor_seconds / count * 1e9;
  };
  state.SetIterationTime(turns.engine.seconds);
  report("engine_", turns.engine);
  report("plain_", turns.plain);
  report("codec_", turns.codec);
  state.counters["ratio"] = turns.plain.seconds / turns.engine.seconds;
  state.counters["in_memory_share"] = 1 - static_cast<double>(turns.fetched) / count;
}

void ReportBytes(benchmark::State& state, const Turns& turns, double engine_bytes, double plain_bytes,
                 uint64_t events) {
  const auto count = static_cast<double>(events);
  state.counters["bytes_per_event"] = engine_bytes / count;
  state.counters["plain_bytes_per_event"] = plain_bytes / count;
  state.counters["disk_bytes_per_event"] = static_cast<double>(turns.engine.disk_bytes) / count;
  state.counters["plain_disk_bytes_per_event"] = static_cast<double>(turns.plain.disk_bytes) / count;
  state.counters["write_amplification"] = static_cast<double>(turns.engine.disk_bytes) / engine_bytes;
  state.counters["plain_write_amplification"] = static_cast<double>(turns.plain.disk_bytes) / plain_bytes;
}

void Uncached(benchmark::State& state, const BenchOptions& options, Activity activity) {
  const std::filesystem::path directory = options.directory + "/uncached";
  for ([[maybe_unused]] auto iteration : state) {
    std::filesystem::remove_all(directory);
    std::filesystem::create_directories(directory);
    Templates templates = MakeTemplates(std::min(options.leads, kTemplates), kEntries);
    const EntryBytes entry = BytesOfEntries(&templates);
    const auto state_bytes = static_cast<uint64_t>((entry.ids + entry.beside) * kEntries) * options.leads;
    state::RocksDbOptions rocksdb;
    rocksdb.partition_count = 1;
    rocksdb.block_cache_bytes = state_bytes / kStateToCache / 2;
    Sides sides{CountingStore(OpenStore(In(directory / "engine", rocksdb))),
                PlainRows(In(directory / "plain", rocksdb)), CodecRows(In(directory / "codec", rocksdb))};
    const Filled filled = FillAll(options.leads, directory / "engine", &templates, &sides);

    EventStream stream(ShapeOf(options, activity, templates));
    EngineRun engine(&sides.store, state_bytes / kStateToCache / 2);
    const uint64_t plain_before = sides.plain.bytes_written();
    const Turns turns = Alternate(options.events, &stream, &engine, &sides, filled.bytes / options.leads / kEntries);

    Report(state, turns, options.events);
    ReportBytes(state, turns, static_cast<double>(engine.bytes_written()),
                static_cast<double>(sides.plain.bytes_written() - plain_before), options.events);
    state.counters["state_to_cache"] =
        static_cast<double>(filled.bytes) / static_cast<double>(state_bytes / kStateToCache);
    state.counters["entry_bytes"] = entry.beside;
    state.counters["entry_disk_bytes"] =
        static_cast<double>(filled.disk_bytes) / static_cast<double>(options.leads * kEntries);
    state.counters["flips_per_event"] =
        static_cast<double>(engine.counters().timers) / static_cast<double>(options.events);
  }
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace leadpulse::bench

int main(int argc, char** argv) {
  namespace bench = leadpulse::bench;
  bench::BenchOptions defaults;
  defaults.leads = 2'000'000;
  defaults.events = 400'000;
  const bench::BenchOptions options = bench::ParseBenchOptions(&argc, argv, defaults);
  const auto add = [&](const char* name, bench::Activity activity) {
    bench::RegisterOnce(name, [=](benchmark::State& state) { bench::Uncached(state, options, activity); });
  };
  add("uncached", bench::Activity::kUniform);
  add("uncached_zipf", bench::Activity::kZipf);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
