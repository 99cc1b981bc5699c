// Counts the leads of each tenant by tier, stage and segment, while they pass in the order of their tenants.
//
// Memory is bounded for any number of tenants and segments: one tenant is counted at a time, and only the largest are
// kept. The choice depends on the leads alone. Owned and called by one thread.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/definitions.h"
#include "processor/base/engagement.h"
#include "processor/files/summary.h"
#include "state/lead/lead.h"

namespace leadpulse::files {

struct TallyLimits {
  size_t tenants = 1'000;     // listed by name
  size_t counts = 1'000'000;  // tiers and segments of all tenants together: about 100 MB
};

class TenantTally {
 public:
  // `definitions` outlives this.
  explicit TenantTally(const config::Definitions& definitions, const TallyLimits& limits = {})
      : definitions_(definitions), limits_(limits) {}

  // Called with all leads of a tenant in a row, tenants in ascending order.
  void Count(std::string_view tenant, const state::PublishedView& view);

  // Call once, after the last lead.
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
