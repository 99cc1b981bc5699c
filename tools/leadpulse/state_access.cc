#include "tools/leadpulse/state_access.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <thread>
#include <tuple>
#include <utility>

#include "processor/base/nearest.h"
#include "processor/embedded/run_state.h"
#include "processor/engine/kept_definitions.h"
#include "processor/engine/partition_meta.h"
#include "processor/engine/partitioner.h"
#include "processor/upkeep/engine_check.h"
#include "state/lead_codec.h"
#include "state/meta_reader.h"
#include "state/rocksdb_lead_store.h"
#include "tools/leadpulse/run_options.h"
#include "tools/leadpulse/subcommand.h"

namespace leadpulse::tools {
namespace {

using Partitions = std::vector<engine::LocalPartition>;

Status WarnOfRestores(const state::LeadStore& store, const Partitions& partitions) {
  const Result<std::vector<uint32_t>> restoring = PartitionsRestoring(store, partitions);
  if (!restoring.ok()) return restoring.status();
  if (!restoring->empty()) {
    PrintError("warning: the restore of " + SpellPartitions(*restoring) +
               " is under way or was cut short: what is said of these leads is not up to date, and some are missing");
  }
  return Status::Ok();
}

// Those that were adopted last.
const engine::KeptDefinitions& LatestDefinitions(const Partitions& partitions) {
  const auto age = [](const engine::LocalPartition& one) {
    return std::tuple(one.definitions.adopted_at, one.definitions.number);
  };
  return std::ranges::max_element(partitions, {}, age)->definitions;
}

void WarnOfOtherDefinitions(const Partitions& partitions, const engine::KeptDefinitions& latest) {
  std::vector<uint32_t> behind;
  for (const engine::LocalPartition& one : partitions) {
    if (one.definitions.text != latest.text || one.definitions.previous_text) behind.push_back(one.partition.value);
  }
  if (behind.empty()) return;
  PrintError(
      "warning: new definitions are being adopted, and " + SpellPartitions(behind) +
      (behind.size() == 1 ? " is" : " are") +
      " not through with it: what is published may still be that of the earlier ones; this is under the new ones");
}

void WarnOfLater(Instant at, const std::string& what, Instant then) {
  PrintError("warning: --at " + FormatRfc3339(at) + " is before " + what + ", " + FormatRfc3339(then) +
             ": what has come since is known and counts, too");
}

Result<engine::KeptDefinitions> KeptInState(const state::LeadStore& store) {
  Result<std::optional<Partitions>> live = LivePartitions(store);
  if (!live.ok()) return live.status();
  if (*live) {
    LP_RETURN_IF_ERROR(WarnOfRestores(store, **live));
    if ((*live)->empty()) return NothingRestoredYet();
    const engine::KeptDefinitions& latest = LatestDefinitions(**live);
    WarnOfOtherDefinitions(**live, latest);
    return latest;
  }
  Result<std::optional<engine::KeptDefinitions>> kept = embedded::ReadKeptDefinitions(state::MetaOf(store));
  if (!kept.ok()) return kept.status();
  if (!kept->has_value()) return Status::Rejected("the state holds no definitions yet; finish a run on it first");
  return std::move(**kept);
}

// Of an encoded lead; nothing where it is not held.
Result<std::optional<std::string>> FindLeadBytes(const state::LeadStore& store, const LeadKey& key) {
  const std::string encoded = EncodeLeadKey(key);
  const PartitionId right = engine::PartitionOf(key, store.partition_count());
  Result<std::optional<std::string>> bytes = store.Get(right, encoded);
  if (!bytes.ok() || *bytes) return bytes;
  Result<bool> live = engine::IsLiveState(state::MetaOf(store), store.partition_count());
  if (!live.ok()) return live.status();
  for (PartitionId other; *live && other.value < store.partition_count(); ++other.value) {
    bytes = store.Get(other, encoded);
    if (!bytes.ok() || *bytes) return bytes;
  }
  return bytes;
}

}  // namespace

Result<std::optional<Partitions>> LivePartitions(const state::LeadStore& store) {
  const state::MetaReader read = state::MetaOf(store);
  Result<bool> live = engine::IsLiveState(read, store.partition_count());
  if (!live.ok()) return live.status();
  if (!*live) return std::optional<Partitions>();
  Result<Partitions> partitions = engine::ReadLocalPartitions(read, store.partition_count());
  if (!partitions.ok()) return partitions.status();
  return std::optional(std::move(*partitions));
}

Status NothingRestoredYet() {
  return Status::Rejected("the state holds no partition yet: its process restores them, or has none; see its /readyz");
}

std::string SpellPartitions(const std::vector<uint32_t>& partitions) {
  std::string text = partitions.size() == 1 ? "partition " : "partitions ";
  for (size_t i = 0; i < partitions.size(); ++i) text += (i > 0 ? ", " : "") + std::to_string(partitions[i]);
  return text;
}

Result<std::vector<uint32_t>> PartitionsRestoring(const state::LeadStore& store, const Partitions& partitions) {
  std::vector<uint32_t> restoring;
  auto known = partitions.begin();
  for (uint32_t i = 0; i < store.partition_count(); ++i) {
    bool holds_part = false;
    if (known != partitions.end() && known->partition.value == i) {
      holds_part = known++->local.catching_up;
    } else {
      LP_RETURN_IF_ERROR(store.VisitLeads(PartitionId{i}, "", [&holds_part](std::string_view, std::string_view) {
        holds_part = true;
        return false;
      }));
    }
    if (holds_part) restoring.push_back(i);
  }
  return restoring;
}

Result<std::optional<Instant>> ParseAt(const std::string& text) {
  if (text.empty()) return std::optional<Instant>();
  const std::optional<Instant> at = ParseUntil(text);
  if (!at) return Status::Rejected("--at " + text + " is no time; write 2026-03-10T09:30:00Z or 2026-03-10");
  return at;
}

Result<std::unique_ptr<state::LeadStore>> OpenStateToRead(const std::string& directory) {
  Result<std::unique_ptr<state::LeadStore>> store = OpenAnyStateToRead(directory);
  if (!store.ok()) return store;
  LP_RETURN_IF_ERROR(CheckEngine(**store));
  return store;
}

Status CheckEngine(const state::LeadStore& store) {
  return upkeep::CheckEngineOfState(state::MetaOf(store), store.partition_count());
}

Result<std::unique_ptr<state::LeadStore>> OpenAnyStateToRead(const std::string& directory) {
  state::RocksDbOptions options;
  options.directory = directory;
  options.create_if_missing = false;
  options.read_only = true;
  options.on_damaged_log = [](const std::string& warning) { PrintError("warning: " + warning); };
  return state::OpenRocksDbLeadStore(options);
}

Result<std::shared_ptr<const config::Definitions>> DefinitionsInState(const state::LeadStore& store) {
  Result<engine::KeptDefinitions> kept = KeptInState(store);
  if (!kept.ok()) return kept.status();
  Result<engine::DefinitionsInForce> loaded = engine::LoadKeptDefinitions(*kept);
  if (!loaded.ok()) return loaded.status();
  return loaded->current;
}

Result<Instant> ClockOfState(const state::LeadStore& store) {
  Result<std::optional<Partitions>> live = LivePartitions(store);
  if (!live.ok()) return live.status();
  if (*live && (*live)->empty()) return NothingRestoredYet();
  if (*live) {
    const auto clock = [](const engine::LocalPartition& one) { return one.local.position.clock; };
    return clock(*std::ranges::max_element(**live, {}, clock));
  }
  Result<std::optional<embedded::RunState>> run_state = embedded::ReadRunState(state::MetaOf(store));
  if (!run_state.ok()) return run_state.status();
  if (!run_state->has_value() || (*run_state)->clock == Instant::DistantPast()) {
    return Status::Rejected("no record has been accepted into the state yet, so it has no clock");
  }
  return (*run_state)->clock;
}

Result<Instant> AtOrClock(std::optional<Instant> at, const state::LeadStore& store) {
  Result<Instant> clock = ClockOfState(store);
  if (!at) return clock;
  if (clock.ok() && *at < *clock) WarnOfLater(*at, "the state's clock", *clock);
  return *at;
}

Result<Instant> AtOrClock(std::optional<Instant> at, const state::LeadStore& store, const state::Lead& lead) {
  if (!at) return ClockOfState(store);
  const auto entries = lead.journal.entries();
  const Instant last = entries.empty() ? lead.journal.folded().newest_at : entries.back().occurred_at;
  if (*at < last) WarnOfLater(*at, "the lead's last event", last);
  return *at;
}

Result<std::vector<std::string>> TenantsInState(const state::LeadStore& store) {
  std::set<std::string> tenants;
  Status damage;
  for (uint32_t i = 0; i < store.partition_count(); ++i) {
    std::string after;
    bool found = true;
    while (found) {
      found = false;
      LP_RETURN_IF_ERROR(store.VisitLeads(PartitionId{i}, after, [&](std::string_view key, std::string_view) {
        found = true;
        Result<LeadKey> lead = state::ParseLeadKey(key);
        damage = lead.status();
        // Past every key of this tenant, for the byte that ends its name is NUL.
        if (lead.ok()) after = *tenants.insert(lead->tenant).first + '\x01';
        return false;
      }));
      LP_RETURN_IF_ERROR(damage);
    }
  }
  return std::vector<std::string>(tenants.begin(), tenants.end());
}

Result<std::vector<std::string>> TenantsAsked(const std::string& tenant, const state::LeadStore& store,
                                              const config::Definitions& definitions) {
  Result<std::vector<std::string>> tenants = TenantsInState(store);
  if (!tenants.ok() || tenant.empty()) return tenants;
  if (!std::ranges::binary_search(*tenants, tenant) && !definitions.tenants.contains(tenant)) {
    const std::optional<std::string> nearest = NearestName(tenant, *tenants);
    return Status::Rejected("the state has no lead of tenant " + tenant + ", nor do its definitions name it" +
                            (nearest ? "; did you mean " + *nearest + "?" : "; without --tenant all are shown"));
  }
  return std::vector<std::string>{tenant};
}

size_t WorkersFor(const state::LeadStore& store) {
  return std::clamp<size_t>(std::thread::hardware_concurrency(), 1, store.partition_count());
}

Result<std::optional<state::Lead>> FindLead(const state::LeadStore& store, const LeadKey& key) {
  const Result<std::optional<std::string>> bytes = FindLeadBytes(store, key);
  if (!bytes.ok()) return bytes.status();
  if (!bytes->has_value()) return std::optional<state::Lead>();
  Result<state::Lead> lead = state::DecodeLead(key, **bytes);
  if (!lead.ok()) return lead.status();
  return std::optional<state::Lead>(std::move(*lead));
}

Result<state::Lead> ReadLead(const state::LeadStore& store, const LeadKey& key) {
  Result<std::optional<state::Lead>> lead = FindLead(store, key);
  if (!lead.ok()) return lead.status();
  if (!lead->has_value()) {
    return Status::Rejected("tenant " + key.tenant + " has no lead " + key.lead +
                            "; ids compare byte by byte, and an email standing in for one is lower-case");
  }
  return std::move(**lead);
}

}  // namespace leadpulse::tools
