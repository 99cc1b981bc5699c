// The number of leads that a query finds, on all its pages: exact, or an estimate if there are many.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "processor/base/status.h"
#include "processor/query/leads/leads_query.h"
#include "processor/serve/index/tenant_index.h"
#include "processor/serve/queries/indexed_query.h"

namespace leadpulse::serve {

// The number of leads up to which an estimate is exact.
inline constexpr uint64_t kExactUpTo = 10'000;

struct LeadCount {
  uint64_t leads = 0;
  bool is_estimate = false;
};

// The leads of a tenant, by which a query knows how many of them it has looked at.
struct TenantKeys {
  std::shared_ptr<const LeadKeys> keys = nullptr;  // null without an index
  uint32_t count = 0;                              // how many there were
};
// Returns the tenant's keys. The caller holds the snapshot's index.
TenantKeys KeysOf(const Snapshot& snapshot, const std::string& tenant);
// Returns about how many of a hundred leads have a key up to this one; nullopt without an index, or if there are no
// leads.
std::optional<uint32_t> PercentUpTo(const std::string& encoded_key, const TenantKeys& keys);

// The plan of a count. Once it is made, it does not need the index.
struct CountPlan {
  query::LeadsQuery all;  // the query for all leads of all pages
  std::optional<IndexedQuery> indexed;
  TenantKeys keys;
};

// Plans a count. The caller holds the snapshot's index.
CountPlan PlanCount(const Snapshot& snapshot, const query::LeadsQuery& query);

// Counts the leads, exactly unless the query is late.
Result<LeadCount> Count(const Snapshot& snapshot, const CountPlan& plan);
// Stops reading after `exact_up_to` leads that match, and assumes that the rest matches as often. As exact as Count
// without an index.
Result<LeadCount> EstimateCount(const Snapshot& snapshot, const CountPlan& plan, uint64_t exact_up_to = kExactUpTo);

}  // namespace leadpulse::serve
