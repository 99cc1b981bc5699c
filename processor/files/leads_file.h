// Writes leads.jsonl: every lead of the state, in one order over all partitions, and the sums of these leads by tenant.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/definitions.h"
#include "processor/base/engagement.h"
#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/base/worker_pool.h"
#include "processor/files/summary.h"
#include "state/lead/lead.h"
#include "state/store/lead_reader.h"

namespace leadpulse::files {

struct LeadsFileOptions {
  std::string path;
  Instant now;  // the clock: every timer due by then has fired and is committed
  bool sync = true;
  std::function<void()> now_and_then = nullptr;  // called every few hundred rows, while nobody reads the store
};

// Writes the file beside an older one of that name and then replaces it. Ordered by tenant and lead in bytes. Returns
// the sums of its leads; nullopt if `stop` became true, and then the older file stays.
Result<std::optional<TenantSummaries>> WriteLeadsFile(const state::LeadReader& store,
                                                      const config::Definitions& definitions,
                                                      const LeadsFileOptions& options, const std::atomic<bool>& stop,
                                                      WorkerPool* pool);

struct TallyLimits {
  size_t tenants = 1'000;     // listed by name
  size_t counts = 1'000'000;  // tiers and segments of all tenants together: about 100 MB
};

// The counts of each tenant's leads by tier, stage and segment, made while they pass in the order of their tenants.
//
// Memory is bounded for any number of tenants and segments: one tenant is counted at a time, and only the largest are
// kept. The choice depends only on the leads. Owned and called by one thread.
class TenantTally {
 public:
  // Keeps `definitions`, which outlives this.
  explicit TenantTally(const config::Definitions& definitions, const TallyLimits& limits = {})
      : definitions_(definitions), limits_(limits) {}

  // Counts a lead. Called with all leads of a tenant in a row, tenants in ascending order.
  void Count(std::string_view tenant, const state::PublishedView& view);

  // Returns the sums. Call it once, after the last lead.
  TenantSummaries Finish();

 private:
  struct Tenant {
    std::string name;
    uint64_t leads = 0;
    bool in_full = true;
    std::map<uint32_t, uint64_t> tiers, segments;  // by index, without empty ones
    std::array<uint64_t, static_cast<size_t>(Stage::kArchived) + 1> stages{};
  };

  void EndTenant();
  // Keeps the largest tenants within the limits.
  void Prune();
  TenantSummary Describe(const Tenant& tenant) const;

  const config::Definitions& definitions_;
  const TallyLimits limits_;
  Tenant current_;
  std::vector<Tenant> kept_;
  size_t new_counts_ = 0;  // counts added to kept_ since the last Prune
  TenantSummaries summaries_;
};

}  // namespace leadpulse::files
