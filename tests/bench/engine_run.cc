#include "tests/bench/engine_run.h"

#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>

#include "config/definitions_loader.h"
#include "processor/base/assert.h"
#include "tests/bench/bench_options.h"

namespace leadpulse::bench {
void Check(const Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "%s\n", status.message().c_str());
  std::exit(1);
}

engine::DefinitionsInForce Definitions(std::string_view yaml) {
  config::LoadedDefinitions loaded = config::LoadDefinitions(yaml);
  for (const config::DefinitionsProblem& problem : loaded.errors) {
    std::fprintf(stderr, "%s\n", config::RenderProblem("definitions", "error", problem).c_str());
  }
  LP_ASSERT(loaded.definitions != nullptr);
  engine::DefinitionsInForce definitions;
  definitions.current = std::move(loaded.definitions);
  return definitions;
}

engine::DefinitionsInForce B2bDefinitions(uint64_t max_entries) {
  std::string text(config::TemplateText("b2b").value());
  constexpr std::string_view kTenant = "  \"*\":\n";
  text.insert(text.find(kTenant) + kTenant.size(), "    journal: {max_entries: " + std::to_string(max_entries) + "}\n");
  return Definitions(text);
}

engine::DefinitionsInForce NextDefinitions(const engine::DefinitionsInForce& previous, std::string_view yaml,
                                           Instant at) {
  engine::DefinitionsInForce next = Definitions(yaml);
  next.number = DefinitionsNumber{previous.number.value + 1};
  next.previous = previous.current;
  next.rolled_out_at = at;
  return next;
}

EngineRun::EngineRun(state::LeadStore* store, size_t cache_bytes)
    : EngineRun(store, cache_bytes, Definitions(config::DefaultDefinitionsText())) {}

EngineRun::EngineRun(state::LeadStore* store, size_t cache_bytes, engine::DefinitionsInForce definitions)
    : engine_(PartitionId{0}, store, cache_bytes, std::move(definitions), &output_), store_(store) {
  output_.take_changes = [this] { TakeChanges(); };
}

void EngineRun::TakeChanges() {
  changes_ += output_.changes.size();
  output_.changes.clear();
}

template <typename Record>
void EngineRun::ApplyRecords(const std::vector<Record>& batch, Instant clock) {
  keys_.clear();
  for (const Record& record : batch) keys_.push_back(&record.key);
  Check(engine_.Prefetch(keys_).status());
  codec::SourcePosition source{"events.jsonl", 0, 0, 0};
  for (const Record& record : batch) {
    ++source.line;
    Check(engine_.Apply(record, clock, source).status());
  }
  TakeChanges();
}

void EngineRun::Apply(const std::vector<codec::Event>& batch, Instant clock) { ApplyRecords(batch, clock); }
void EngineRun::Apply(const std::vector<codec::Command>& batch, Instant clock) { ApplyRecords(batch, clock); }

void EngineRun::Commit() {
  state::EpochWrite write;
  Check(engine_.CollectWrites(&write));
  for (const state::RowWrite& lead : write.leads) bytes_written_ += lead.key.size() + lead.value->size();
  const double before = ThreadSeconds();
  Check(store_->Commit(write));
  store_seconds_ += ThreadSeconds() - before;
  engine_.Committed();
  TakeChanges();
}

bool EngineRun::FireSome(Instant clock, size_t leads) {
  Result<bool> more = engine_.FireDueTimers(clock, {leads});
  Check(more.status());
  return *more;
}

bool EngineRun::RollOutSome(size_t leads) {
  Result<bool> more = engine_.RollOutDefinitions({leads});
  Check(more.status());
  return *more;
}

void EngineRun::EndEpoch(Instant clock) {
  bool more = true;
  while (more) {
    more = FireSome(clock, kLeadsPerStep);
    Commit();
  }
}

void EngineRun::RollOutDefinitions() {
  bool more = true;
  while (more) {
    more = RollOutSome(kLeadsPerStep);
    Commit();
  }
}

}  // namespace leadpulse::bench
