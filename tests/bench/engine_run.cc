#include "tests/bench/engine_run.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "config/definitions_loader.h"
#include "processor/base/assert.h"
#include "tests/bench/bench_options.h"

namespace leadpulse::bench {
namespace {

constexpr size_t kLeadsPerStep = 4096;

engine::DefinitionsInForce BuiltInDefinitions() {
  config::LoadedDefinitions loaded = config::LoadDefinitions(config::DefaultDefinitionsText());
  LP_ASSERT(loaded.definitions != nullptr);
  engine::DefinitionsInForce definitions;
  definitions.current = std::move(loaded.definitions);
  return definitions;
}

}  // namespace

void Check(const Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "%s\n", status.message().c_str());
  std::exit(1);
}

EngineRun::EngineRun(state::LeadStore* store, size_t cache_bytes)
    : engine_(PartitionId{0}, store, cache_bytes, BuiltInDefinitions()), store_(store) {}

void EngineRun::Apply(const std::vector<codec::Event>& batch, Instant clock) {
  keys_.clear();
  for (const codec::Event& event : batch) keys_.push_back(&event.key);
  Check(engine_.Prefetch(keys_));
  codec::SourcePosition source{"events.jsonl", 0, 0, 0};
  for (const codec::Event& event : batch) {
    ++source.line;
    Check(engine_.Apply(event, clock, source, &output_).status());
  }
  changes_ += output_.changes.size();
  output_.changes.clear();
}

void EngineRun::EndEpoch(Instant clock) {
  bool more = true;
  while (more) {
    Result<bool> fired = engine_.FireDue(clock, kLeadsPerStep, &output_);
    Check(fired.status());
    more = *fired;
    state::EpochWrite write;
    engine_.CollectWrites(&write);
    for (const state::LeadWrite& lead : write.leads) bytes_written_ += lead.key.size() + lead.value->size();
    const double before = ThreadSeconds();
    Check(store_->Commit(write));
    store_seconds_ += ThreadSeconds() - before;
    engine_.Committed();
  }
  changes_ += output_.changes.size();
  output_.changes.clear();
}

}  // namespace leadpulse::bench
