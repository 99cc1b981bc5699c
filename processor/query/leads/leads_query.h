// Which leads, in which order, with what of each: the work of `leads` without its command line and its formats.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/definitions.h"
#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/base/value.h"
#include "processor/base/worker_pool.h"
#include "processor/query/leads/lead_columns.h"
#include "processor/query/leads/where_rule.h"
#include "state/store/lead_store.h"

namespace leadpulse::query {

struct LeadOrder {
  Column column;
  bool descending = false;
};

struct LeadsQuery {
  std::string tenant;                                    // empty: all
  std::vector<std::shared_ptr<const WhereRule>> wheres;  // all must hold; none: every lead
  std::vector<Column> columns;
  std::optional<LeadOrder> order;  // nothing: by tenant and lead
  std::optional<size_t> limit;
  Instant at;
};

// A cell a column, monostate where unset. False: enough.
using TakeCells = std::function<bool(const std::vector<Value>&)>;

// Gives the rows in their order, on the caller's thread. Memory grows with the number of leads only where there is an
// order without a limit; with one it holds that many rows.
Status QueryLeads(const state::LeadStore& store, const config::Definitions& definitions, const LeadsQuery& query,
                  WorkerPool* pool, const TakeCells& take);

// The names of the attributes that any lead has, of one tenant or of all (empty), ascending. Rejected beyond
// kMaxAttributeColumns.
inline constexpr size_t kMaxAttributeColumns = 10'000;
Result<std::vector<std::string>> AttributesInState(const state::LeadStore& store,
                                                   const config::Definitions& definitions, const std::string& tenant,
                                                   WorkerPool* pool);

}  // namespace leadpulse::query
