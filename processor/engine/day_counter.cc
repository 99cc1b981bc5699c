#include "processor/engine/day_counter.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "processor/base/assert.h"
#include "processor/base/text.h"

namespace leadpulse::engine {
namespace {

constexpr int64_t kMillisPerDay = 86'400'000;
// The most rows that one commit deletes.
constexpr size_t kMostDeleted = 4096;

Status UnreadableRow() {
  return Status::Fatal(
      "a row of counts by day is damaged or was written by a later version of this program. Run the version that wrote "
      "it, or restore a backup");
}

template <typename Word>
bool SameWords(const std::string& a, const std::string& b) {
  Word words[4];  // the first and the last of each; they may overlap
  const size_t last = a.size() - sizeof(Word);
  std::memcpy(&words[0], a.data(), sizeof(Word));
  std::memcpy(&words[1], a.data() + last, sizeof(Word));
  std::memcpy(&words[2], b.data(), sizeof(Word));
  std::memcpy(&words[3], b.data() + last, sizeof(Word));
  return words[0] == words[2] && words[1] == words[3];
}

// Compares ids, which are mostly short, without a call: that would be a fifth of what an event costs here.
inline bool Same(const std::string& a, const std::string& b) {
  if (a.size() != b.size()) return false;
  if (a.size() < 4 || a.size() > 16) return a == b;
  return a.size() < 8 ? SameWords<uint32_t>(a, b) : SameWords<uint64_t>(a, b);
}

}  // namespace

Day FirstCountedDay(Instant clock) {
  if (clock == Instant::DistantPast()) return kFirstDay;
  // A day that has begun anywhere is at most one day ahead of UTC, or one behind.
  return Calendar().DayOf(clock) - kDaysCounted;
}

void DayCounter::StartDay(Instant clock) {
  first_day_ = FirstCountedDay(clock);
  next_day_ = {(int64_t{first_day_.since_epoch} + kDaysCounted + 1) * kMillisPerDay};
}

DayCounter::Tenant* DayCounter::Find(const std::string& tenant, Instant at, const Calendar& calendar) {
  const bool is_last = last_tenant_ < tenants_.size() && Same(tenants_[last_tenant_].id, tenant);
  Tenant& found = is_last ? tenants_[last_tenant_] : AddTenant(tenant);
  const bool is_same_day = found.calendar == &calendar && found.day_begin <= at && at < found.day_end;
  if (!is_same_day) SetDay(at, calendar, &found);
  return found.day < first_day_ ? nullptr : &found;
}

DayCounter::Tenant& DayCounter::AddTenant(const std::string& id) {
  const auto [known, is_new] = tenants_by_id_.try_emplace(id, static_cast<uint32_t>(tenants_.size()));
  last_tenant_ = known->second;
  if (is_new) {
    Tenant& tenant = tenants_.emplace_back();
    tenant.id = id;
    tenant.scope = static_cast<uint32_t>(scopes_.size());
    scopes_.push_back({last_tenant_, state::DayScope::kTenant, ""});
  }
  return tenants_[last_tenant_];
}

void DayCounter::SetDay(Instant at, const Calendar& calendar, Tenant* tenant) {
  tenant->calendar = &calendar;
  tenant->day = calendar.DayOf(at);
  tenant->day_begin = calendar.StartOf(tenant->day);
  tenant->day_end = calendar.StartOf(tenant->day + 1);
  tenant->campaign_cell = kNoCell;
  if (tenant->day >= first_day_) tenant->day_cell = CellOf(tenant->scope, tenant->day);
}

uint32_t DayCounter::ScopeOf(state::DayScope kind, const std::string& id,
                             absl::flat_hash_map<std::string, uint32_t>* known) {
  const auto [scope, is_new] = known->try_emplace(id, static_cast<uint32_t>(scopes_.size()));
  if (is_new) scopes_.push_back({last_tenant_, kind, id});
  return scope->second;
}

uint32_t DayCounter::CampaignOf(const std::string& spelling, Tenant* tenant) {
  const auto known = tenant->spellings.find(spelling);
  if (known != tenant->spellings.end()) return known->second;
  const uint32_t scope = ScopeOf(state::DayScope::kCampaign, FoldCase(spelling), &tenant->campaigns);
  tenant->spellings.emplace(spelling, scope);
  return scope;
}

uint32_t DayCounter::CellOf(uint32_t scope, Day day) {
  const uint64_t key = uint64_t{scope} << 32 | static_cast<uint32_t>(day.since_epoch);
  const auto [cell, is_new] = cells_by_scope_.try_emplace(key, static_cast<uint32_t>(cells_.size()));
  if (is_new) {
    cells_.emplace_back().scope = scope;
    cells_.back().day = day;
  }
  return cell->second;
}

void DayCounter::Add(uint16_t counter, Cell* cell) {
  const auto known = std::ranges::find(cell->changes, counter, &std::pair<uint16_t, uint32_t>::first);
  if (known == cell->changes.end()) {
    cell->changes.emplace_back(counter, 1);
  } else {
    ++known->second;
  }
}

void DayCounter::CountChange(const CountedMoment& moment, uint16_t counter,
                             const config::TenantDefinitions& definitions, const state::Lead& lead) {
  Tenant* const tenant = Find(lead.key.tenant, moment.at, definitions.calendar);
  if (tenant == nullptr) return;
  if (moment.by_definitions) counter |= kByDefinitions;
  Add(counter, &cells_[tenant->day_cell]);
  const state::ProfileExtras& extras = *lead.profile.extras;
  const auto add = [&](state::DayScope kind, const std::string& id, absl::flat_hash_map<std::string, uint32_t>* known) {
    const uint32_t cell = CellOf(ScopeOf(kind, id, known), tenant->day);
    Add(counter, &cells_[cell]);
  };
  if (!extras.agent_id.empty()) add(state::DayScope::kOwner, extras.agent_id, &tenant->owners);
  for (const auto& [folded, spelling] : extras.campaigns.names()) {
    add(state::DayScope::kCampaign, folded, &tenant->campaigns);
  }
}

void DayCounter::CountCreated(const CountedMoment& moment, const config::TenantDefinitions& definitions,
                              const state::Lead& lead) {
  CountChange(moment, kCreated, definitions, lead);
}

void DayCounter::CountStage(const CountedMoment& moment, Stage to, const config::TenantDefinitions& definitions,
                            const state::Lead& lead) {
  CountChange(moment, kStages + static_cast<uint16_t>(to), definitions, lead);
}

void DayCounter::CountEmailStatus(const CountedMoment& moment, EmailStatus to,
                                  const config::TenantDefinitions& definitions, const state::Lead& lead) {
  CountChange(moment, kEmailStatuses + static_cast<uint16_t>(to), definitions, lead);
}

void DayCounter::CountTier(const CountedMoment& moment, const std::string& to,
                           const config::TenantDefinitions& definitions, const state::Lead& lead) {
  Tenant* const tenant = Find(lead.key.tenant, moment.at, definitions.calendar);
  if (tenant == nullptr) return;
  std::vector<std::string>& tiers = tenant->tiers;
  auto tier = std::ranges::find(tiers, to);
  if (tier == tiers.end()) tier = tiers.insert(tier, to);
  CountChange(moment, static_cast<uint16_t>(kTiers + (tier - tiers.begin())), definitions, lead);
}

void DayCounter::CountSegment(const CountedMoment& moment, const std::string& segment, bool entered,
                              const config::TenantDefinitions& definitions, const state::Lead& lead) {
  Tenant* const tenant = Find(lead.key.tenant, moment.at, definitions.calendar);
  if (tenant == nullptr) return;
  const auto counter =
      static_cast<uint16_t>((entered ? kEntered : kLeft) | (moment.by_definitions ? kByDefinitions : 0));
  Add(counter, &cells_[CellOf(ScopeOf(state::DayScope::kSegment, segment, &tenant->segments), tenant->day)]);
}

void DayCounter::CountEvent(EventType type, Instant occurred_at, const std::string& campaign,
                            const config::TenantDefinitions& definitions, const state::Lead& lead) {
  Tenant* const tenant = Find(lead.key.tenant, occurred_at, definitions.calendar);
  if (tenant == nullptr) return;
  const auto number = static_cast<size_t>(type);
  ++cells_[tenant->day_cell].events[number];
  const auto& extras = lead.profile.extras;
  if (extras && !extras->agent_id.empty()) {
    const uint32_t cell = CellOf(ScopeOf(state::DayScope::kOwner, extras->agent_id, &tenant->owners), tenant->day);
    ++cells_[cell].events[number];
  }
  if (campaign.empty()) return;
  if (tenant->campaign_cell == kNoCell || !Same(tenant->last_spelling, campaign)) {
    tenant->campaign_cell = CellOf(CampaignOf(campaign, tenant), tenant->day);
    tenant->last_spelling = campaign;
  }
  ++cells_[tenant->campaign_cell].events[number];
}

Result<state::DayCountsWrite> DayCounter::WriteOf(PartitionId partition, const Cell& cell,
                                                  const state::LeadReader& store, uint64_t delta_epoch) const {
  const Scope& scope = scopes_[cell.scope];
  const Tenant& tenant = tenants_[scope.tenant];
  std::string key = state::EncodeDayCountsKey({cell.day, tenant.id, scope.kind, scope.id});
  LP_ASSIGN_OR_RETURN(const std::optional<std::string> stored, store.GetDayCounts(partition, key));
  state::DayCounts sum;
  if (stored) {
    std::optional<state::DayCounts> before = state::DecodeDayCounts(*stored);
    if (!before) return UnreadableRow();
    sum = *std::move(before);
  }
  for (size_t type = 0; type < cell.events.size(); ++type) sum.events[type] += cell.events[type];
  for (const auto& [number, count] : cell.changes) {
    state::CountedChanges& changes = (number & kByDefinitions) != 0 ? sum.by_definitions : sum.changes;
    const uint16_t counter = number & ~kByDefinitions;
    if (counter >= kTiers) {
      changes.tiers[tenant.tiers[counter - kTiers]] += count;
    } else if (counter >= kEntered) {
      (counter == kEntered ? changes.entered : changes.left) += count;
    } else if (counter >= kEmailStatuses) {
      changes.email_statuses[counter - kEmailStatuses] += count;
    } else {
      (counter == kCreated ? changes.created : changes.stages[counter - kStages]) += count;
    }
  }
  sum.epoch = delta_epoch;
  return state::DayCountsWrite{partition, std::move(key), state::EncodeDayCounts(sum)};
}

Status DayCounter::DeleteOld(PartitionId partition, const state::LeadReader& store, state::EpochWrite* write) {
  if (deleted_until_ >= first_day_) return Status::Ok();
  size_t deleted = 0;
  bool readable = true;
  LP_RETURN_IF_ERROR(store.VisitDayCounts(partition, [&](std::string_view key, std::string_view /*value*/) {
    const std::optional<state::DayCountsKey> parsed = state::ParseDayCountsKey(key);
    readable = parsed.has_value();
    if (!readable || parsed->day >= first_day_) return false;
    write->day_counts.push_back({partition, std::string(key), std::nullopt});
    return ++deleted < kMostDeleted;
  }));
  if (!readable) return UnreadableRow();
  if (deleted < kMostDeleted) deleted_until_ = first_day_;
  return Status::Ok();
}

Status DayCounter::CollectWrites(PartitionId partition, const state::LeadReader& store, uint64_t delta_epoch,
                                 state::EpochWrite* write) {
  LP_RETURN_IF_ERROR(DeleteOld(partition, store, write));
  const auto first = static_cast<ptrdiff_t>(write->day_counts.size());
  for (const Cell& cell : cells_) {
    if (cell.day < first_day_ || cell.is_empty()) continue;  // the clock went on; or a segment alone counts
    LP_ASSIGN_OR_RETURN(state::DayCountsWrite row, WriteOf(partition, cell, store, delta_epoch));
    write->day_counts.push_back(std::move(row));
  }
  std::ranges::sort(write->day_counts.begin() + first, write->day_counts.end(), {}, &state::DayCountsWrite::key);
  return Status::Ok();
}

void DayCounter::Clear() {
  tenants_.clear();
  tenants_by_id_.clear();
  scopes_.clear();
  cells_.clear();
  cells_by_scope_.clear();
}

}  // namespace leadpulse::engine
