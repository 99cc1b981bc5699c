#include "tools/leadpulse/state_access.h"

#include <set>
#include <string_view>
#include <utility>

#include "processor/embedded/run_state.h"
#include "processor/engine/partitioner.h"
#include "state/lead_codec.h"
#include "state/rocksdb_lead_store.h"
#include "tools/leadpulse/run_options.h"
#include "tools/leadpulse/subcommand.h"

namespace leadpulse::tools {

Result<std::optional<Instant>> ParseAt(const std::string& text) {
  if (text.empty()) return std::optional<Instant>();
  const std::optional<Instant> at = ParseUntil(text);
  if (!at) return Status::Rejected("--at " + text + " is no time; write 2026-03-10T09:30:00Z or 2026-03-10");
  return at;
}

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

Result<Instant> AtOrClock(std::optional<Instant> at, const state::LeadStore& store) {
  if (at) return *at;
  return ClockOfState(store);
}

Result<std::vector<std::string>> TenantsInState(const state::LeadStore& store) {
  std::set<std::string> tenants;
  for (uint32_t i = 0; i < store.partition_count(); ++i) {
    std::string after;
    bool found = true;
    while (found) {
      found = false;
      LP_RETURN_IF_ERROR(store.VisitLeads(PartitionId{i}, after, [&](std::string_view key, std::string_view) {
        found = true;
        // Past every key of this tenant, for the byte that ends its name is NUL.
        after = *tenants.insert(DecodeLeadKey(key).tenant).first + '\x01';
        return false;
      }));
    }
  }
  return std::vector<std::string>(tenants.begin(), tenants.end());
}

Result<state::Lead> ReadLead(const state::LeadStore& store, const LeadKey& key) {
  Result<std::optional<std::string>> bytes =
      store.Get(engine::PartitionOf(key, store.partition_count()), EncodeLeadKey(key));
  if (!bytes.ok()) return bytes.status();
  if (!bytes->has_value()) {
    return Status::Rejected("tenant " + key.tenant + " has no lead " + key.lead +
                            "; ids compare byte by byte, and an email standing in for one is lower-case");
  }
  return state::DecodeLead(key, **bytes);
}

}  // namespace leadpulse::tools
