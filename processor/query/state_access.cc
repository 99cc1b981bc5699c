#include "processor/query/state_access.h"

#include <algorithm>
#include <set>
#include <span>
#include <string_view>
#include <thread>
#include <tuple>
#include <utility>

#include "absl/strings/str_join.h"
#include "processor/base/address.h"
#include "processor/base/nearest.h"
#include "processor/base/text.h"
#include "processor/engine/partitioner.h"
#include "processor/query/leads/where_rule.h"
#include "state/codec/lead_codec.h"
#include "state/rocksdb/rocksdb_lead_store.h"
#include "state/store/lead_reader.h"

namespace leadpulse::query {
namespace {

using Partitions = std::vector<engine::LocalPartition>;

Status WarnOfRestores(const state::LeadReader& store, const Partitions& partitions, const Warn& warn) {
  LP_ASSIGN_OR_RETURN(const std::vector<uint32_t> restoring, PartitionsRestoring(store, partitions));
  if (!restoring.empty()) {
    warn("the restore of " + SpellPartitions(restoring) +
         " is under way or was cut short: what is said of these leads is not up to date, and some are missing");
  }
  return Status::Ok();
}

// Returns the definitions that were rolled out last.
const engine::StoredDefinitions& LatestDefinitions(const Partitions& partitions) {
  const auto age = [](const engine::LocalPartition& one) {
    return std::tuple(one.definitions->rolled_out_at, one.definitions->number);
  };
  return *std::ranges::max_element(partitions, {}, age)->definitions;
}

void WarnOfOtherDefinitions(const Partitions& partitions, const engine::StoredDefinitions& latest, const Warn& warn) {
  std::vector<uint32_t> behind;
  for (const engine::LocalPartition& one : partitions) {
    if (one.definitions->text != latest.text || one.definitions->previous_text) behind.push_back(one.partition.value);
  }
  if (behind.empty()) return;
  warn("new definitions are being adopted, and " + SpellPartitions(behind) + (behind.size() == 1 ? " is" : " are") +
       " not through with it: what is published may still be that of the earlier ones; this is under the new ones");
}

void WarnOfLater(Instant at, const std::string& what, Instant then, const Warn& warn) {
  warn("--at " + FormatRfc3339(at) + " is before " + what + ", " + FormatRfc3339(then) +
       ": what has come since is known and counts, too");
}

std::optional<Instant> LatestClock(const Partitions& partitions) {
  const auto clock_of = [](const engine::LocalPartition& one) { return one.local.position.clock; };
  const Instant clock = clock_of(*std::ranges::max_element(partitions, {}, clock_of));
  return clock == Instant::DistantPast() ? std::nullopt : std::optional(clock);
}

// A function that returns the stored bytes of a lead; nullopt if the state does not have it.
using ReadRowOf = Result<std::optional<std::string>> (state::LeadReader::*)(PartitionId, std::string_view) const;

Result<std::optional<std::string>> FindBytes(const state::LeadReader& store, const LeadKey& key, ReadRowOf read) {
  const std::string encoded = EncodeLeadKey(key);
  const PartitionId right = engine::PartitionOf(key, store.partition_count());
  Result<std::optional<std::string>> bytes = (store.*read)(right, encoded);
  if (!bytes.ok() || *bytes) return bytes;
  LP_ASSIGN_OR_RETURN(bool live, engine::IsLiveState(state::MetaOf(store), store.partition_count()));
  for (PartitionId other; live && other.value < store.partition_count(); ++other.value) {
    bytes = (store.*read)(other, encoded);
    if (!bytes.ok() || *bytes) return bytes;
  }
  return bytes;
}

// Returns the error for an unknown tenant. `otherwise`: the advice if no tenant has a similar name.
Status NoLeadOf(const std::string& tenant, const std::vector<std::string>& there, const std::string& nor,
                const std::string& otherwise) {
  const std::optional<std::string> nearest = NearestName(tenant, there);
  return Status::Rejected("the state has no lead of tenant " + tenant + nor +
                          (nearest ? "; did you mean " + *nearest + "?" : otherwise));
}

Status NoLeadOf(const std::string& tenant, const std::vector<std::string>& there) {
  return NoLeadOf(tenant, there, "", there.empty() ? "" : "; it has leads of " + JoinSome(there));
}

}  // namespace

Result<Partitions> PartitionsInState(const state::LeadReader& store) {
  const state::MetaReader read = state::MetaOf(store);
  LP_ASSIGN_OR_RETURN(Partitions partitions, engine::ReadLocalPartitions(read, store.partition_count()));
  if (!partitions.empty()) return partitions;
  LP_ASSIGN_OR_RETURN(const bool live, engine::IsLiveState(read, store.partition_count()));
  if (!live) return Status::Rejected("the state holds no definitions yet; finish a run on it first");
  return Status::Rejected("the state holds no partition yet: its process restores them, or has none; see its /readyz");
}

std::string SpellPartitions(const std::vector<uint32_t>& partitions) {
  return (partitions.size() == 1 ? "partition " : "partitions ") + absl::StrJoin(partitions, ", ");
}

Result<std::vector<uint32_t>> PartitionsRestoring(const state::LeadReader& store, const Partitions& partitions) {
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

Result<std::unique_ptr<state::LeadStore>> OpenStateToRead(const std::string& directory, const Warn& warn) {
  LP_ASSIGN_OR_RETURN(std::unique_ptr<state::LeadStore> store, OpenAnyStateToRead(directory, warn));
  LP_RETURN_IF_ERROR(CheckEngine(*store));
  return store;
}

Status CheckEngine(const state::LeadReader& store) {
  LP_ASSIGN_OR_RETURN(const Partitions partitions,
                      engine::ReadLocalPartitions(state::MetaOf(store), store.partition_count()));
  for (const engine::LocalPartition& one : partitions) {
    LP_RETURN_IF_ERROR(engine::CheckEngineVersion(one.definitions->engine_version));
  }
  return Status::Ok();
}

Result<std::unique_ptr<state::LeadStore>> OpenAnyStateToRead(const std::string& directory, const Warn& warn) {
  state::RocksDbOptions options;
  options.directory = directory;
  options.create_if_missing = false;
  options.read_only = true;
  options.on_damaged_log = warn;
  return state::OpenRocksDbLeadStore(options);
}

Result<std::shared_ptr<const config::Definitions>> DefinitionsInState(const state::LeadReader& store,
                                                                      const Warn& warn) {
  LP_ASSIGN_OR_RETURN(AnswerBasis basis, DefinitionsCache().ReadBasis(store, warn));
  return std::move(basis.definitions);
}

Result<AnswerBasis> DefinitionsCache::ReadBasis(const state::LeadReader& store, const Warn& warn) {
  LP_ASSIGN_OR_RETURN(const Partitions partitions, PartitionsInState(store));
  LP_RETURN_IF_ERROR(WarnOfRestores(store, partitions, warn));
  const engine::StoredDefinitions& latest = LatestDefinitions(partitions);
  WarnOfOtherDefinitions(partitions, latest, warn);
  const std::lock_guard lock(mutex_);
  if (loaded_ == nullptr || latest != of_) {
    LP_ASSIGN_OR_RETURN(engine::DefinitionsInForce loaded, engine::LoadStoredDefinitions(latest));
    loaded_ = std::move(loaded.current);
    of_ = latest;
  }
  return AnswerBasis{loaded_, LatestClock(partitions), StoredViews(partitions, latest)};
}

Result<std::optional<Instant>> ClockIfAny(const state::LeadReader& store) {
  LP_ASSIGN_OR_RETURN(const Partitions partitions, PartitionsInState(store));
  return LatestClock(partitions);
}

Result<Instant> ClockOfState(const state::LeadReader& store) {
  LP_ASSIGN_OR_RETURN(const std::optional<Instant> clock, ClockIfAny(store));
  if (clock) return *clock;
  return Status::Rejected("no record has been accepted into the state yet, so it has no clock");
}

Result<Instant> AtOrClock(std::optional<Instant> at, const state::LeadReader& store, const Warn& warn) {
  Result<Instant> clock = ClockOfState(store);
  if (!at) return clock;
  if (clock.ok() && *at < *clock) WarnOfLater(*at, "the state's clock", *clock, warn);
  return *at;
}

Result<Instant> AtOrClock(std::optional<Instant> at, const state::LeadReader& store, const state::Lead& lead,
                          const Warn& warn) {
  if (!at) return ClockOfState(store);
  const auto entries = lead.journal.entries();
  const Instant last = entries.empty() ? lead.journal.folded().newest_at : entries.back().occurred_at;
  if (*at < last) WarnOfLater(*at, "the lead's last event", last, warn);
  return *at;
}

Result<std::vector<std::string>> TenantsInState(const state::LeadReader& store) {
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
        // After every key of this tenant, because a NUL ends its name.
        if (lead.ok()) after = *tenants.insert(lead->tenant).first + '\x01';
        return false;
      }));
      LP_RETURN_IF_ERROR(damage);
    }
  }
  return std::vector<std::string>(tenants.begin(), tenants.end());
}

Status WarnIfNewTenant(const std::string& tenant, const state::LeadReader& store, const Warn& warn) {
  LP_ASSIGN_OR_RETURN(const std::vector<std::string> tenants, TenantsInState(store));
  const bool is_new = !tenants.empty() && !std::ranges::binary_search(tenants, tenant);
  if (is_new) warn(NoLeadOf(tenant, tenants).message());
  return Status::Ok();
}

Result<std::vector<std::string>> TenantsAsked(const std::string& tenant, const state::LeadReader& store,
                                              const config::Definitions& definitions) {
  Result<std::vector<std::string>> tenants = TenantsInState(store);
  if (!tenants.ok() || tenant.empty()) return tenants;
  if (!std::ranges::binary_search(*tenants, tenant) && !definitions.tenants.contains(tenant)) {
    return NoLeadOf(tenant, *tenants, ", nor do its definitions name it", "; without --tenant all are shown");
  }
  return std::vector<std::string>{tenant};
}

size_t WorkersFor(const state::LeadReader& store) {
  return std::clamp<size_t>(std::thread::hardware_concurrency(), 1, store.partition_count());
}

Result<std::optional<state::Lead>> FindRow(const state::LeadReader& store, const LeadKey& key) {
  LP_ASSIGN_OR_RETURN(const std::optional<std::string> bytes, FindBytes(store, key, &state::LeadReader::Get));
  if (!bytes.has_value()) return std::optional<state::Lead>();
  LP_ASSIGN_OR_RETURN(state::Lead lead, state::DecodeLead(key, *bytes));
  return std::optional<state::Lead>(std::move(lead));
}

Result<std::optional<state::Lead>> FindLead(const state::LeadReader& store, const LeadKey& key) {
  Result<std::optional<state::Lead>> row = FindRow(store, key);
  if (row.ok() && row->has_value() && !(*row)->is_lead()) return std::optional<state::Lead>();
  return row;
}

Result<std::optional<state::Erasure>> FindErasure(const state::LeadReader& store, const LeadKey& key) {
  return store.GetErasure(engine::PartitionOf(key, store.partition_count()), EncodeLeadKey(key));
}

Result<std::string> FindPublishedRow(const state::LeadReader& store, const LeadKey& key) {
  LP_ASSIGN_OR_RETURN(std::optional<std::string> bytes, FindBytes(store, key, &state::LeadReader::GetPublished));
  return std::move(bytes).value_or("");
}

Result<std::vector<codec::PublishedChange>> FindPublished(const state::LeadReader& store, const LeadKey& key) {
  LP_ASSIGN_OR_RETURN(const std::string row, FindPublishedRow(store, key));
  return codec::ReadPublishedChanges(key, row);
}

Result<state::Lead> ReadLead(const state::LeadReader& store, const LeadKey& key) {
  LP_ASSIGN_OR_RETURN(std::optional<state::Lead> lead, FindRow(store, key));
  if (!lead.has_value()) {
    LP_ASSIGN_OR_RETURN(const std::vector<std::string> tenants, TenantsInState(store));
    if (!std::ranges::binary_search(tenants, key.tenant)) {
      return NoLeadOf(key.tenant, tenants);
    }
    const std::string address = NormalizeAddress(key.lead);
    if (IsMailboxId(address) && address != key.lead) return ReadLead(store, {key.tenant, address});
    LP_ASSIGN_OR_RETURN(const std::optional<state::Lead> meant, FindRow(store, {key.tenant, address}));
    return Status::Rejected("tenant " + key.tenant + " has no lead " + key.lead +
                            (meant ? "; did you mean " + address + "?" : "; ids compare byte by byte"));
  }
  if (!lead->is_lead()) {
    const std::vector<std::string> users = UsersOf(*lead);
    if (users.size() == 1) return ReadLead(store, {key.tenant, users.front()});
    return Status::Rejected(key.lead + " of tenant " + key.tenant + " is a mailbox without a lead of its own, " +
                            SpellUsers(users));
  }
  return std::move(*lead);
}

std::vector<std::string> UsersOf(const state::Lead& mailbox) {
  std::vector<std::string> users;
  if (!mailbox.identity) return users;
  for (const auto& [id, lead] : mailbox.identity->leads) {
    if (lead.uses) users.push_back(id);
  }
  return users;
}

std::string NameUsers(const std::vector<std::string>& users) {
  const std::string text = Join(std::span(users).first(std::min(users.size(), kMostUsersNamed)), ", ");
  return users.size() > kMostUsersNamed ? text + " and others" : text;
}

std::string SpellUsers(const std::vector<std::string>& users) {
  if (users.empty()) return "used by no lead";
  return "used by " + std::to_string(users.size()) + (users.size() == 1 ? " lead: " : " leads: ") + NameUsers(users);
}

}  // namespace leadpulse::query
