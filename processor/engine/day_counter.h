// Counts what happens to a partition's leads, by day (spec §11), until the rows of the counts are written.
//
// What is counted: a published change LEAD_CREATED, EMAIL_STATUS_CHANGED, STAGE_CHANGED, TIER_CHANGED, SEGMENT_ENTERED
// and SEGMENT_LEFT on the day of its `at`, and an event that a journal takes on the day of its `occurred_at`, each in
// the tenant's time zone at that moment. Changes that new definitions cause have counters of their own. An event counts
// once, for the lead that it was sent for: not again for the users of that mailbox, and not if it is a duplicate, too
// old, or a dead letter.
//
// Where it counts: for the tenant; for the owner, which is the lead's agent just after the record; and for campaigns. A
// change counts in each campaign that the lead is in (edit_campaigns): membership is a fact about the lead, and so is
// the change. An event counts in the campaign that it names and in no other: an open belongs to the mail that was
// opened, whichever campaigns the lead is in. The report about campaigns attributes mail in the same way. That a lead
// entered or left a segment counts for the segment alone.
//
// Exactly once: the counts of an epoch are in memory only. CollectWrites adds them to the stored rows and gives whole
// rows, which the owner commits in the same write as the leads and the position. A crash before that commit leaves
// neither, and the epoch is applied again; a crash after it leaves both. A row that is written twice is the same.
//
// Kept are the last kDaysCounted days of the clock: CollectWrites deletes the rows of earlier ones, whole days, and
// what is older when it happens is not counted. So readers ask for no earlier day (FirstCountedDay), whether its rows
// are deleted already or not.
//
// Memory: about 150 bytes for each scope and day of an epoch, of which an event makes at most three. So it is about
// as large as the entries of the journals that the epoch changes; a lead whose timers fire over many years makes at
// most kDaysCounted for each of its campaigns. Owned by an EngineOutput; used by one thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/inlined_vector.h"
#include "config/definitions.h"
#include "processor/base/calendar.h"
#include "processor/base/engagement.h"
#include "processor/base/ids.h"
#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "state/codec/day_counts.h"
#include "state/lead/lead.h"
#include "state/store/lead_store.h"

namespace leadpulse::engine {

inline constexpr int32_t kDaysCounted = 800;
// Returns the first day whose counts are kept at this clock: in no time zone one of the last kDaysCounted days is
// earlier.
Day FirstCountedDay(Instant clock);

// The moment and the kind of a change that is counted.
struct CountedMoment {
  Instant at;
  bool by_definitions = false;
};

class DayCounter {
 public:
  // Moves the clock, which never goes back.
  void Advance(Instant clock) {
    if (clock >= next_day_) StartDay(clock);
  }

  void CountCreated(const CountedMoment& moment, const config::TenantDefinitions& definitions, const state::Lead& lead);
  void CountStage(const CountedMoment& moment, Stage to, const config::TenantDefinitions& definitions,
                  const state::Lead& lead);
  void CountEmailStatus(const CountedMoment& moment, EmailStatus to, const config::TenantDefinitions& definitions,
                        const state::Lead& lead);
  void CountTier(const CountedMoment& moment, const std::string& to, const config::TenantDefinitions& definitions,
                 const state::Lead& lead);
  void CountSegment(const CountedMoment& moment, const std::string& segment, bool entered,
                    const config::TenantDefinitions& definitions, const state::Lead& lead);
  // Counts an event that the lead's journal has taken.
  void CountEvent(EventType type, Instant occurred_at, const std::string& campaign,
                  const config::TenantDefinitions& definitions, const state::Lead& lead);

  // Adds the rows with the counts since Clear, and the deletion of some rows that are too old, to `write`. `store` has
  // all earlier commits of the partition. `delta_epoch` as for PartitionLeads::CollectWrites. Fatal if a row cannot be
  // read.
  Status CollectWrites(PartitionId partition, const state::LeadReader& store, uint64_t delta_epoch,
                       state::EpochWrite* write);
  // Forgets the counts: they are committed, or dropped with their epoch.
  void Clear();

 private:
  // A number of one of these; never stored.
  enum Counter : uint16_t { kCreated = 0, kStages = 1, kEmailStatuses = 16, kEntered = 30, kLeft = 31, kTiers = 32 };
  static constexpr uint16_t kByDefinitions = 1 << 15;

  static constexpr uint32_t kNoCell = UINT32_MAX;

  // What happened on a day in one scope.
  struct Cell {
    uint32_t scope = 0;  // into scopes_
    Day day;
    std::array<uint32_t, kEventTypeCount> events{};                 // by EventType
    absl::InlinedVector<std::pair<uint16_t, uint32_t>, 2> changes;  // Counter, count

    bool is_empty() const { return changes.empty() && events == decltype(events){}; }
  };
  struct Scope {
    uint32_t tenant = 0;  // into tenants_
    state::DayScope kind = state::DayScope::kTenant;
    std::string id;
  };
  struct Tenant {
    std::string id;
    uint32_t scope = 0;  // into scopes_
    absl::flat_hash_map<std::string, uint32_t> owners;
    absl::flat_hash_map<std::string, uint32_t> campaigns;  // by the folded id
    absl::flat_hash_map<std::string, uint32_t> spellings;  // campaigns as events spell them
    absl::flat_hash_map<std::string, uint32_t> segments;
    std::vector<std::string> tiers;
    // The day that the last count was on, from its first instant to that of the next day: most counts are on the same
    // day as the one before, and most events name the same campaign.
    const Calendar* calendar = nullptr;
    Instant day_begin;
    Instant day_end;
    Day day;
    uint32_t day_cell = kNoCell;       // the tenant's own of that day, into cells_
    uint32_t campaign_cell = kNoCell;  // the cell of the campaign `last_spelling`
    std::string last_spelling;
  };

  void StartDay(Instant clock);
  // Returns the tenant, with the day of that instant as its day; null: the day is too old.
  Tenant* Find(const std::string& tenant, Instant at, const Calendar& calendar);
  Tenant& AddTenant(const std::string& id);
  void SetDay(Instant at, const Calendar& calendar, Tenant* tenant);
  uint32_t ScopeOf(state::DayScope kind, const std::string& id, absl::flat_hash_map<std::string, uint32_t>* known);
  uint32_t CampaignOf(const std::string& spelling, Tenant* tenant);
  uint32_t CellOf(uint32_t scope, Day day);
  static void Add(uint16_t counter, Cell* cell);
  void CountChange(const CountedMoment& moment, uint16_t counter, const config::TenantDefinitions& definitions,
                   const state::Lead& lead);
  Result<state::DayCountsWrite> WriteOf(PartitionId partition, const Cell& cell, const state::LeadReader& store,
                                        uint64_t delta_epoch) const;
  Status DeleteOld(PartitionId partition, const state::LeadReader& store, state::EpochWrite* write);

  Day first_day_ = kFirstDay;                  // FirstCountedDay of the clock
  Instant next_day_ = Instant::DistantPast();  // when it changes
  Day deleted_until_ = kFirstDay;              // all earlier rows are deleted

  // Since Clear.
  std::vector<Tenant> tenants_;
  absl::flat_hash_map<std::string, uint32_t> tenants_by_id_;
  uint32_t last_tenant_ = 0;  // into tenants_
  std::vector<Scope> scopes_;
  std::vector<Cell> cells_;
  absl::flat_hash_map<uint64_t, uint32_t> cells_by_scope_;  // by scope and day
};

}  // namespace leadpulse::engine
