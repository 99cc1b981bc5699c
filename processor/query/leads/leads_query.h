// Finds leads, orders them and returns their columns: the work of `leads` without its command line and its formats.
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
#include "state/store/lead_reader.h"

namespace leadpulse::query {

struct LeadOrder {
  Column column;
  bool descending = false;
};

struct LeadsQuery {
  std::string tenant;                                    // empty: all
  std::vector<std::shared_ptr<const WhereRule>> wheres;  // all must hold; empty: every lead
  std::vector<Column> columns;
  std::optional<LeadOrder> order;  // nullopt: by tenant and lead
  std::optional<size_t> limit;
  Instant at;
};

// Gets one cell for each column, monostate if unset. Returns false to stop.
using TakeCells = std::function<bool(const std::vector<Value>&)>;

// Calls `take` with the rows in order, on the caller's thread. With an order, memory grows with the limit, or without a
// limit with the number of leads.
Status QueryLeads(const state::LeadReader& store, const config::Definitions& definitions, const LeadsQuery& query,
                  WorkerPool* pool, const TakeCells& take);

// The names of all attributes that leads have, of one tenant or of all (empty), ascending. Rejected: more than
// kMaxAttributeColumns.
inline constexpr size_t kMaxAttributeColumns = 10'000;
Result<std::vector<std::string>> AttributesInState(const state::LeadReader& store,
                                                   const config::Definitions& definitions, const std::string& tenant,
                                                   WorkerPool* pool);

}  // namespace leadpulse::query
