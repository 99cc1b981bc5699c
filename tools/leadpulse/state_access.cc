#include "tools/leadpulse/state_access.h"

#include <utility>

#include "processor/embedded/run_state.h"
#include "processor/engine/partitioner.h"
#include "state/lead_codec.h"
#include "state/rocksdb_lead_store.h"
#include "tools/leadpulse/subcommand.h"

namespace leadpulse::tools {

Result<std::unique_ptr<state::LeadStore>> OpenStateToRead(const std::string& directory) {
  state::RocksDbOptions options;
  options.directory = directory;
  options.create_if_missing = false;
  options.read_only = true;
  options.on_damaged_log = [](const std::string& warning) { PrintError("warning: " + warning); };
  return state::OpenRocksDbLeadStore(options);
}

Result<std::shared_ptr<const config::Definitions>> DefinitionsInState(const state::LeadStore& store) {
  Result<std::optional<embedded::KeptDefinitions>> kept = embedded::ReadKeptDefinitions(store);
  if (!kept.ok()) return kept.status();
  if (!kept->has_value()) return Status::Rejected("the state holds no definitions yet; finish a run on it first");
  Result<engine::DefinitionsInForce> loaded = embedded::LoadKeptDefinitions(**kept);
  if (!loaded.ok()) return loaded.status();
  return loaded->current;
}

Result<Instant> ClockOfState(const state::LeadStore& store) {
  Result<std::optional<embedded::RunState>> run_state = embedded::ReadRunState(store);
  if (!run_state.ok()) return run_state.status();
  if (!run_state->has_value() || (*run_state)->clock == Instant::DistantPast()) {
    return Status::Rejected("no record has been accepted into the state yet, so it has no clock");
  }
  return (*run_state)->clock;
}

Result<std::optional<state::Lead>> ReadLead(const state::LeadStore& store, const LeadKey& key) {
  Result<std::optional<std::string>> bytes =
      store.Get(engine::PartitionOf(key, store.partition_count()), EncodeLeadKey(key));
  if (!bytes.ok()) return bytes.status();
  if (!bytes->has_value()) return std::optional<state::Lead>();
  Result<state::Lead> lead = state::DecodeLead(key, **bytes);
  if (!lead.ok()) return lead.status();
  return std::optional<state::Lead>(std::move(*lead));
}

}  // namespace leadpulse::tools
