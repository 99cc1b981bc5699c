#include "tests/bench/lead_templates.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "processor/base/ids.h"
#include "state/codec/lead_codec.h"
#include "tests/bench/engine_run.h"
#include "tests/bench/event_stream.h"
#include "tests/bench/feed.h"
#include "tests/support/memory_lead_store.h"

namespace leadpulse::bench {
namespace {

constexpr uint64_t kLeadsPerWrite = 20'000;

}  // namespace

const state::Lead& Templates::Lead(uint64_t number) {
  state::Lead& lead = leads[number % leads.size()];
  lead.key = StreamLead(number);
  return lead;
}

Templates MakeTemplates(uint64_t count, uint64_t entries) {
  StreamShape shape;
  shape.leads = count;
  shape.step = Millis{int64_t{30} * 86'400'000 / static_cast<int64_t>(count * entries)};
  EventStream stream(shape);
  std::unique_ptr<state::LeadStore> store = state::MakeMemoryLeadStore(1);
  EngineRun run(store.get(), size_t{1} << 30);
  Templates made;
  made.events = count * entries;
  Feed(made.events, &stream, &run);
  made.clock = stream.clock();
  Check(store->VisitLeads(PartitionId{0}, "", [&](std::string_view key, std::string_view value) {
    Result<state::Lead> lead = state::DecodeLead(DecodeLeadKey(key), value);
    Check(lead.status());
    made.leads.push_back(std::move(*lead));
    return true;
  }));
  return made;
}

void WriteLeads(uint64_t leads, Templates* templates, state::LeadStore* store, const SeeWrite& written) {
  for (uint64_t first = 0; first < leads; first += kLeadsPerWrite) {
    state::EpochWrite write;
    for (uint64_t i = first; i < std::min(leads, first + kLeadsPerWrite); ++i) {
      const state::Lead& lead = templates->Lead(i);
      write.leads.push_back(
          {PartitionId{0}, EncodeLeadKey(lead.key), state::EncodeLead(lead), Instant::Never(), lead.next_change_at});
    }
    if (written) written(write);
    Check(store->Commit(write));
  }
}

}  // namespace leadpulse::bench
