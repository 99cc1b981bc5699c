// Finds leads, orders them and returns their columns: the work of `leads` without its command line and its formats.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/definitions.h"
#include "processor/base/ids.h"
#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/base/value.h"
#include "processor/base/worker_pool.h"
#include "processor/query/leads/evaluated_lead.h"
#include "processor/query/leads/lead_columns.h"
#include "processor/query/leads/where_rule.h"
#include "state/store/lead_reader.h"

namespace leadpulse::query {

struct LeadOrder {
  Column column;
  bool descending = false;
};

// Where a value stands in an order: numbers come before instants, then booleans, then text without case. Tiers ascend
// from the lowest, stages along the funnel. An undeclared text that reads as a number or a date counts as one, as in
// rules.
struct OrderKey {
  enum class Kind : uint8_t { kNumber, kInstant, kBoolean, kText, kUnset };  // in cursors: never renumber
  Kind kind = Kind::kUnset;
  double number = 0;  // also an instant in ms, false and true
  std::string text;
};

// The place of a value in one of LeadsQuery::further_orders.
struct FurtherKey {
  OrderKey key;
  bool descending = false;
};

// Where a lead stands among the leads of a query.
struct LeadPlace {
  OrderKey order;                        // kUnset without an order
  std::string encoded_key;               // EncodeLeadKey: decides between equals, ascending
  std::vector<FurtherKey> further = {};  // decide before encoded_key does
};

// Whether `a` comes before `b` in an order. Unset values come last in both directions.
bool ComesBefore(const LeadPlace& a, const LeadPlace& b, bool descending);

struct ListedLead {
  LeadPlace place;
  std::vector<Value> cells;  // one for each column, monostate if unset
  std::string text;          // see LeadsQuery::describe
};

struct LeadsQuery {
  std::string tenant;  // empty: all
  // Only leads of this agent and leads without an agent, see IsVisibleTo; nullopt: all.
  std::optional<std::string> visible_to = std::nullopt;
  std::vector<std::shared_ptr<const WhereRule>> wheres = {};  // all must hold; empty: every lead
  std::vector<Column> columns = {};
  // May be null. Makes ListedLead::text; called by several threads.
  std::function<std::string(const EvaluatedLead& lead)> describe = nullptr;
  std::optional<LeadOrder> order = std::nullopt;  // nullopt: by tenant and lead
  std::vector<LeadOrder> further_orders = {};     // each decides between leads that are equal in those before it
  std::optional<LeadPlace> after = std::nullopt;  // only leads behind this place
  std::optional<size_t> limit = std::nullopt;
  Instant at;
  StoredViews stored_views = {};  // by default every lead is evaluated
  // May be null. Ends the query early once it returns true; called by several threads.
  std::function<bool()> is_late = nullptr;
};

// Whether an agent may see the lead: it is assigned to that agent, or to nobody.
bool IsVisibleTo(const std::string& agent, const state::Lead& lead);

// Returns false to stop.
using TakeLead = std::function<bool(const ListedLead&)>;

// Where a query ended early: it has looked at the leads up to this place, and the same query `after` it goes on.
// nullopt: it has looked at all leads, or `take` wanted no more.
using EndedEarly = std::optional<LeadPlace>;

// Calls `take` with the leads in order, on the caller's thread. With an order, memory grows with the limit, or without
// a limit with the number of leads. Rejected: a query with an order is late. It knows its first lead only after it has
// looked at all.
Result<EndedEarly> QueryLeads(const state::LeadReader& store, const config::Definitions& definitions,
                              const LeadsQuery& query, WorkerPool* pool, const TakeLead& take);

// A lead of the state.
struct LeadAt {
  PartitionId partition;
  std::string encoded_key;
};
// The leads among which those of a query are, so that the others need not be read.
struct Candidates {
  std::vector<LeadAt> always;  // looked at in any case; in any order
  // Appends further ones that are not in `always` and were not given before. False: these were the last.
  std::function<bool(std::vector<LeadAt>* some)> next;
  bool in_order = false;  // `next` gives them in the order of the query, which stops it at its limit
  // Rows of further leads that the query asks for.
  std::vector<ListedLead> rows = {};
};
// As QueryLeads of one tenant, but reads the candidates alone.
Result<EndedEarly> QueryCandidates(const state::LeadReader& store, const config::Definitions& definitions,
                                   const LeadsQuery& query, const Candidates& candidates, const TakeLead& take);

// Leads that belong together.
struct LeadGroup {
  uint64_t leads = 0;             // all of them
  std::vector<ListedLead> first;  // in the order of the query; at most its limit
};
// Returns the index of a lead's group. Called by several threads.
using GroupOf = std::function<size_t(const EvaluatedLead& lead)>;

// Like QueryLeads by groups, in one scan over the leads: counts each group and takes its first leads. The query has a
// limit, which is that of a group, and no `after`. Memory grows with groups and limit.
Result<std::vector<LeadGroup>> QueryGroups(const state::LeadReader& store, const config::Definitions& definitions,
                                           const LeadsQuery& query, size_t groups, const GroupOf& group_of,
                                           WorkerPool* pool);

// The same for these leads of one tenant only, in any order.
Result<std::vector<LeadGroup>> GroupLeads(const state::LeadReader& store, const config::Definitions& definitions,
                                          const LeadsQuery& query, std::vector<LeadAt> leads, size_t groups,
                                          const GroupOf& group_of);

// The names of all attributes that leads have, of one tenant or of all (empty), ascending. Rejected: more than
// kMaxAttributeColumns.
inline constexpr size_t kMaxAttributeColumns = 10'000;
Result<std::vector<std::string>> AttributesInState(const state::LeadReader& store,
                                                   const config::Definitions& definitions, const std::string& tenant,
                                                   WorkerPool* pool);

}  // namespace leadpulse::query
