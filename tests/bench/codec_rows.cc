#include "tests/bench/codec_rows.h"

#include <vector>

#include "config/definitions_loader.h"
#include "processor/base/assert.h"
#include "processor/engine/apply_event.h"
#include "tests/bench/engine_run.h"

namespace leadpulse::bench {

CodecRows::CodecRows(const state::RocksDbOptions& options)
    : rows_(options), definitions_(Definitions(config::DefaultDefinitionsText()).current) {}

void CodecRows::Apply(const codec::Event& event) {
  const config::TenantDefinitions& definitions = definitions_->For(event.key.tenant);
  const std::string key = EncodeLeadKey(event.key);
  state::Lead lead;
  lead.key = event.key;
  Check(decoder_.Decode(rows_.Get(key), &lead));
  std::vector<engine::LeftOutProperty> left_out;
  const state::Journal::AddResult added =
      lead.journal.Add(engine::EntryOf(event, definitions, &left_out), definitions.journal_max_entries);
  LP_ASSERT(added.outcome == state::Journal::AddOutcome::kAdded);
  rows_.Put(key, encoder_.Encode(lead));
}

}  // namespace leadpulse::bench
