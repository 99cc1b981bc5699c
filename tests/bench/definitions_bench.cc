// New definitions over many leads: how many leads are evaluated again a second, and how long live events wait
// meanwhile. METHOD.md explains the figures.
#include <benchmark/benchmark.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "config/definitions_loader.h"
#include "processor/kafka/worker.h"
#include "processor/view/view.h"
#include "state/codec/lead_codec.h"
#include "state/rocksdb/rocksdb_lead_store.h"
#include "tests/bench/bench_options.h"
#include "tests/bench/engine_run.h"
#include "tests/bench/event_stream.h"
#include "tests/bench/feed.h"
#include "tests/bench/lead_templates.h"
#include "tests/bench/live_load.h"
#include "tests/bench/segment_mix.h"
#include "tests/support/memory_lead_store.h"

namespace leadpulse::bench {
namespace {

constexpr uint64_t kEntries = 10;
constexpr uint64_t kSegments = 10;
constexpr uint64_t kLeadsInParts = 200'000;
constexpr size_t kCacheBytes = size_t{256} << 20;

engine::DefinitionsInForce Changed(const BenchOptions& options, Instant at) {
  return NextDefinitions(Definitions(config::DefaultDefinitionsText()),
                         SegmentDefinitions(1, kSegments, SegmentMixOf(options.mix)), at);
}

// Rolls out in steps until all leads, or at least `leads` of them, are up to date.
void RollOut(uint64_t leads, EngineRun* run) {
  bool more = true;
  while (more && run->counters().reevaluated < leads) {
    more = run->RollOutSome(kLeadsPerStep);
    run->Commit();
  }
}

void Report(benchmark::State& state, double seconds, const EngineRun& run) {
  state.SetIterationTime(seconds);
  state.counters["leads_per_second"] = static_cast<double>(run.counters().reevaluated) / seconds;
  const auto leads = static_cast<double>(run.counters().reevaluated);
  state.counters["changes_of_a_lead"] = static_cast<double>(run.changes()) / leads;
  state.counters["commit_nanoseconds"] = run.store_seconds() / leads * 1e9;
}

// The costs of a re-evaluation, measured separately: visiting the rows, decoding them, evaluating the leads.
struct Parts {
  uint64_t leads = 0;
  Meter visit, decode, evaluate;
};

// Measures the first leads. All leads of a step are decoded before they are evaluated, so they are in memory then.
Parts MeasureParts(const state::LeadStore& store, const engine::DefinitionsInForce& definitions) {
  Parts parts;
  state::LeadDecoder decoder;
  std::vector<std::pair<std::string, std::string>> rows;
  std::vector<state::Lead> leads;
  for (std::string last; parts.leads < kLeadsInParts && (parts.leads == 0 || !rows.empty());
       parts.leads += rows.size()) {
    rows.clear();
    parts.visit.Begin();
    Check(store.VisitLeads(PartitionId{0}, last, [&](std::string_view key, std::string_view value) {
      rows.emplace_back(key, value);
      return rows.size() < kLeadsPerStep;
    }));
    parts.visit.End();
    leads = std::vector<state::Lead>(rows.size());
    parts.decode.Begin();
    for (size_t i = 0; i < rows.size(); ++i) {
      leads[i].key = DecodeLeadKey(rows[i].first);
      Check(decoder.Decode(rows[i].second, &leads[i]));
    }
    parts.decode.End();
    parts.evaluate.Begin();
    for (const state::Lead& lead : leads) {
      benchmark::DoNotOptimize(
          view::EvaluateView(lead, definitions.current->For(lead.key.tenant), definitions.rolled_out_at)
              .next_change_at);
    }
    parts.evaluate.End();
    if (!rows.empty()) last = rows.back().first;
  }
  return parts;
}

void ReportParts(benchmark::State& state, const Parts& parts) {
  const auto report = [&](const char* name, const Meter& meter) {
    state.counters[name] = meter.seconds / static_cast<double>(parts.leads) * 1e9;
  };
  report("visit_nanoseconds", parts.visit);
  report("decode_nanoseconds", parts.decode);
  report("evaluate_nanoseconds", parts.evaluate);
}

// Rolls out half of the leads with nothing else to do, then the other half beside live events; then only events come.
void InMemory(benchmark::State& state, const BenchOptions& options) {
  for ([[maybe_unused]] auto iteration : state) {
    std::unique_ptr<state::LeadStore> store = state::MakeMemoryLeadStore(1);
    Templates templates = MakeTemplates(std::min(options.leads, kTemplates), kEntries);
    WriteLeads(options.leads, &templates, store.get());
    ReportParts(state, MeasureParts(*store, Changed(options, templates.clock)));
    EngineRun run(store.get(), kCacheBytes, Changed(options, templates.clock));
    Meter alone;
    alone.Begin();
    RollOut(options.leads / 2, &run);
    alone.End();
    Report(state, alone.seconds, run);

    StreamShape shape;
    shape.leads = options.leads;
    shape.start = templates.clock;
    shape.first_event = templates.events;
    shape.step = Millis{1};
    EventStream stream(shape);
    LiveLoad load;
    load.work_share = kafka::WorkerOptions().reevaluation_share;
    const LiveResult beside = RunLive(
        load, 0, [&](size_t leads) { return run.RollOutSome(leads); }, &stream, &run);
    const LiveResult without = RunLive(load, std::max(options.events, beside.events), nullptr, &stream, &run);
    ReportLive(beside, without, state);
  }
}

void OnDisk(benchmark::State& state, const BenchOptions& options) {
  const std::filesystem::path directory = options.directory + "/definitions";
  for ([[maybe_unused]] auto iteration : state) {
    std::filesystem::remove_all(directory);
    std::filesystem::create_directories(directory);
    state::RocksDbOptions rocksdb;
    rocksdb.directory = directory;
    rocksdb.partition_count = 1;
    Result<std::unique_ptr<state::LeadStore>> store = state::OpenRocksDbLeadStore(rocksdb);
    Check(store.status());
    Templates templates = MakeTemplates(std::min(options.leads, kTemplates), kEntries);
    WriteLeads(options.leads, &templates, store->get());
    ReportParts(state, MeasureParts(**store, Changed(options, templates.clock)));
    EngineRun run(store->get(), kCacheBytes, Changed(options, templates.clock));
    const double before = WallSeconds(), thread_before = ThreadSeconds();
    RollOut(options.leads, &run);
    Report(state, WallSeconds() - before, run);
    state.counters["processor_nanoseconds"] =
        (ThreadSeconds() - thread_before) / static_cast<double>(run.counters().reevaluated) * 1e9;
  }
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace leadpulse::bench

int main(int argc, char** argv) {
  namespace bench = leadpulse::bench;
  const bench::BenchOptions options = bench::ParseBenchOptions(&argc, argv, {2'000'000, 20'000});
  bench::RegisterOnce("definitions", [=](benchmark::State& state) { bench::InMemory(state, options); });
  bench::RegisterOnce("definitions_on_disk", [=](benchmark::State& state) { bench::OnDisk(state, options); });
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
