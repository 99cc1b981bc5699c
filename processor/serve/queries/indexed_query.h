// Answers from the index (processor/serve/index): the leads that a query has to read, and counts without reading any.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "processor/base/status.h"
#include "processor/query/leads/leads_query.h"
#include "processor/serve/index/tenant_index.h"
#include "processor/serve/queries/lead_queries.h"

namespace leadpulse::serve {

struct IndexedLeads {
  const TenantIndex* index;  // never null; until the snapshot's index is released
  // The leads that the caller may see, without the uncertain ones.
  Roaring certain;
  // Leads of any agent whose place in the index may be wrong: the query reads them.
  std::vector<query::LeadAt> uncertain;
};
// Finds the leads that the caller sees in the index. With `agent`, only leads that this agent sees. Returns nullopt if
// there is no index, or a scan of all leads is better.
std::optional<IndexedLeads> FindIndexed(const Snapshot& snapshot, const std::string& tenant,
                                        const std::optional<std::string>& agent);

// The index's answer to a query.
struct IndexedQuery {
  query::Candidates candidates;  // for the page that the query asks for
  // The number of leads on all pages if `is_exact`, else at least that; without the uncertain ones, which are
  // candidates.always.
  uint64_t certain = 0;
  bool is_exact = false;
};

// Finds the leads of a query; nullopt if a scan of all leads is better, or there is no index. The caller holds the
// snapshot's index.
std::optional<IndexedQuery> FindInIndex(const Snapshot& snapshot, const query::LeadsQuery& query);
// Looks only among leads that were found for the tenant and agent of the query.
std::optional<IndexedQuery> FindAmong(IndexedLeads visible, const Snapshot& snapshot, const query::LeadsQuery& query);

// Calls `take` as QueryLeads does, with the result of FindInIndex, or without an index after a scan of all leads.
Result<query::EndedEarly> QueryIndexed(const Snapshot& snapshot, const query::LeadsQuery& query,
                                       const std::optional<IndexedQuery>& indexed, const query::TakeLead& take);
// Counts those of `leads` that the query finds.
Result<uint64_t> CountAmong(const Snapshot& snapshot, const query::LeadsQuery& query, std::vector<query::LeadAt> leads);

}  // namespace leadpulse::serve
