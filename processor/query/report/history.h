// Computes the history of one tenant from changes: moves between stages, tiers over time, flows of segments.
//
// The state has the counts at its clock. The changes say how the counts differ, so the past is counted back from there
// and is right even if the oldest changes are missing. The changes of a lead must come in order; leads may alternate.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "config/definitions.h"
#include "processor/base/calendar.h"
#include "processor/base/status.h"
#include "processor/query/report/report.h"
#include "processor/query/report/tenant_collector.h"
#include "schemas/codec/records.h"

namespace leadpulse::report {

// Indexes of names: first those in the definitions, then those that only changes have, in their order. After
// kMaxFormerNames of these, all others share one index.
class NameIndex {
 public:
  size_t IndexOf(const std::string& name);
  void AddDefined(const std::string& name);
  const std::vector<std::string>& names() const { return names_; }
  size_t defined() const { return defined_; }

 private:
  std::vector<std::string> names_;
  std::map<std::string, size_t, std::less<>> indexes_;
  size_t defined_ = 0;
};

// The change of counts, by index, since two instants.
class Drift {
 public:
  void Add(size_t index, int64_t by, bool since_beginning, bool past_end);
  // Returns the count at the beginning, counted back from `at_clock`; an index that it lacks counts as 0.
  int64_t AtBeginning(size_t index, uint64_t at_clock) const;
  int64_t AtEnd(size_t index, uint64_t at_clock) const;

 private:
  std::vector<int64_t> since_beginning_, past_end_;
};

// The length of time of one point in a chart, long enough that the points stay distinguishable.
struct PointSpan {
  const char* name;                // `week`
  std::optional<PeriodUnit> unit;  // nullopt: a day
};
PointSpan SpanFor(Day first, Day last);

// Encoded keys of the leads that are erased or merged somewhere in the changes. Such a change does not contain the
// counts that it ends, so these leads are followed one by one: memory grows with their number.
using ErasedLeads = std::unordered_set<std::string>;

class HistoryCollector {
 public:
  // Creates a collector. The arguments outlive it.
  HistoryCollector(const config::TenantDefinitions& definitions, const Period& period, const ErasedLeads& erased);

  // Adds a change of this tenant. Rejected: it names an unknown stage.
  Status Take(const codec::Change& change);

  // Adds the history and the flows of segments to the report. Call it once, after the last change.
  void Finish(const LeadCounts& at_clock, Instant clock, TenantReport* report);

 private:
  // The state of a lead that is erased later.
  struct Followed {
    bool created = false;
    Stage stage = Stage::kNew;
    size_t tier = 0;
    std::set<size_t> segments;
  };

  void Create(const codec::Change& change);
  Status MoveStage(const codec::Change& change);
  void MoveTier(const codec::Change& change);
  void MoveSegment(const codec::Change& change);
  void Erase(const codec::Change& change);
  // Returns the followed lead; null if the lead is never erased.
  Followed* FollowedOf(const LeadKey& key);
  void ShiftStage(Stage stage, int64_t by, Instant at);
  void ShiftTier(size_t tier, int64_t by, Instant at);
  void ShiftSegment(size_t segment, int64_t by, const codec::Change& change);
  void Shift(Drift* drift, size_t index, int64_t by, Instant at) const;
  void FinishStages(const LeadCounts& at_clock);
  void FinishTiers(const LeadCounts& at_clock, Instant clock);
  void FinishSegments(const LeadCounts& at_clock, TenantReport* report);

  const config::TenantDefinitions& definitions_;
  const Period period_;
  const ErasedLeads& erased_;
  const size_t first_tier_;  // the tier of a new lead
  std::unordered_map<std::string, Followed> followed_;
  NameIndex tiers_, segments_;
  Drift stage_drift_, tier_drift_, segment_drift_;
  int64_t created_less_erased_ = 0;                   // counts all changes, including those outside the period
  std::map<Day, std::vector<int64_t>> tiers_by_day_;  // differences, in the period
  std::vector<SegmentFlow> flows_;
  History history_;
};

}  // namespace leadpulse::report
