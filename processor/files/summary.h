// What a run did, for people and for programs.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "processor/base/instant.h"
#include "processor/engine/engine_output.h"
#include "schemas/codec/records.h"

namespace leadpulse::files {

// Names with how many leads each has, in the order to be shown.
using NamedCounts = std::vector<std::pair<std::string, uint64_t>>;

struct TenantSummary {
  std::string tenant;
  uint64_t leads = 0;
  NamedCounts tiers;     // as in the definitions, empty ones too
  NamedCounts stages;    // in the order of the life cycle, those that occur
  NamedCounts segments;  // as in the definitions, empty ones too
  bool in_full = true;   // false: only the leads were kept, the rest is empty
};

// The largest tenants, in ascending order, and what is left of the others where there are very many: see
// tenant_tally.h.
struct TenantSummaries {
  std::vector<TenantSummary> tenants;
  uint64_t other_tenants = 0;
  uint64_t other_leads = 0;
};

// RunSummary::stopped_at of a run that was stopped before it read anything.
inline constexpr char kNothingRead[] = "before the first new record";

// Counts are of this run, leads those of the state at its end.
struct RunSummary {
  uint64_t records = 0;
  engine::EngineCounters engine;
  std::array<uint64_t, codec::kReasonCount> rejected{};  // by codec::Reason
  std::chrono::nanoseconds elapsed{0};
  std::optional<Instant> clock;  // nothing: no record was ever accepted
  bool leads_counted = false;    // false where the run was stopped before leads.jsonl
  std::vector<TenantSummary> tenants;
  uint64_t other_tenants = 0;  // that are not among them
  uint64_t other_leads = 0;
  // Where the run was stopped by a signal: `FILE, after line 12`, or kNothingRead.
  std::optional<std::string> stopped_at;

  uint64_t TotalRejected() const;
  uint64_t TotalChanges() const;
  uint64_t RecordsPerSecond() const;
};

// Lines for a terminal: at most 20 tenants, and of each the 20 largest segments.
std::string RenderSummary(const RunSummary& summary);
// One JSON object, complete, with its line end.
std::string RenderSummaryJson(const RunSummary& summary);

}  // namespace leadpulse::files
