// Finds the leads that the caller sees in the index.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "processor/query/leads/leads_query.h"
#include "processor/serve/index/tenant_index.h"
#include "processor/serve/queries/lead_queries.h"

namespace leadpulse::serve {

struct IndexedLeads {
  const TenantIndex* index;  // never null; until the snapshot's index is released
  // The leads that the caller may see, without the uncertain ones.
  Roaring certain;
  // Those whose place in the index may be wrong, of any agent: the query reads them.
  std::vector<query::LeadAt> uncertain;
};

// `agent`: only leads that this agent sees. nullopt: there is no index, or a pass over all leads is better.
std::optional<IndexedLeads> FindIndexed(const Snapshot& snapshot, const std::string& tenant,
                                        const std::optional<std::string>& agent);

inline query::LeadAt PlaceOf(const IndexedKey& key) { return {key.partition, key.key}; }

}  // namespace leadpulse::serve
