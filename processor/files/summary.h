// The summary of a run, for people and for programs.
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

// Names with their numbers of leads, in the order of display.
using NamedCounts = std::vector<std::pair<std::string, uint64_t>>;

struct TenantSummary {
  std::string tenant;
  uint64_t leads = 0;
  NamedCounts tiers;     // in the order of the definitions, also empty ones
  NamedCounts stages;    // in the order of the life cycle, without empty ones
  NamedCounts segments;  // in the order of the definitions, also empty ones
  bool in_full = true;   // false: only the number of leads is known, the rest is empty
};

// The largest tenants in ascending order of their names, and sums for all others: see TenantTally.
struct TenantSummaries {
  std::vector<TenantSummary> tenants;
  uint64_t other_tenants = 0;
  uint64_t other_leads = 0;
};

// RunSummary::stopped_at if the run was stopped before it read anything.
inline constexpr char kNothingRead[] = "before the first new record";

// The summary of a run. Counts are those of this run, leads those of the state at its end.
struct RunSummary {
  uint64_t records = 0;
  engine::EngineCounters engine;
  std::array<uint64_t, codec::kReasonCount> rejected{};  // by codec::Reason
  std::chrono::nanoseconds elapsed{0};
  std::optional<Instant> clock;          // nullopt: no record was ever accepted
  std::optional<TenantSummaries> leads;  // nullopt: the run was stopped before leads.jsonl
  // Where a signal stopped the run: `FILE, after line 12`, or kNothingRead.
  std::optional<std::string> stopped_at;
  // A sentence for each input of which nothing could be used: what it seems to be and what to do.
  std::vector<std::string> unusable;

  uint64_t TotalRejected() const;
  uint64_t TotalChanges() const { return engine.AllChanges(); }
  uint64_t RecordsPerSecond() const;
};

// Returns lines for a terminal: at most 20 tenants, each with its 20 largest segments.
std::string RenderSummary(const RunSummary& summary);
// Returns one JSON object, complete, with its line end.
std::string RenderSummaryJson(const RunSummary& summary);

}  // namespace leadpulse::files
