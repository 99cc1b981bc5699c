// Finds leads, orders them and returns their columns: the work of `leads` without its command line and its formats.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/definitions.h"
#include "leadpulse/v1/lead_record.pb.h"
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

// The place of a value in an order: numbers come before instants, then booleans, then text without case. Tiers ascend
// from the lowest, stages along the funnel. An undeclared text that reads as a number or a date counts as one, as in
// rules. Of a long text the first 256 bytes count.
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

// The place of a lead among the leads of a query.
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
  v1::LeadRow row;           // see LeadsQuery::describe
  size_t row_bytes = 0;      // BoundedBytes of it (lead_record.h)
};

struct LeadsQuery {
  std::string tenant;  // empty: all
  // Only leads of this agent and leads without an agent, see IsVisibleTo; nullopt: all.
  std::optional<std::string> visible_to = std::nullopt;
  std::vector<std::shared_ptr<const WhereRule>> wheres = {};  // all must hold; empty: every lead
  std::vector<Column> columns = {};
  // Sets ListedLead::row; called by several threads. May be null.
  std::function<void(const EvaluatedLead& lead, v1::LeadRow* row)> describe = nullptr;
  std::optional<LeadOrder> order = std::nullopt;  // nullopt: by tenant and lead
  std::vector<LeadOrder> further_orders = {};     // each decides between leads that are equal in those before it
  std::optional<LeadPlace> after = std::nullopt;  // only leads after this place
  std::optional<size_t> limit = std::nullopt;
  // With a limit: the bytes of rows, beyond the first one, that may wait for their order. If there are more, the query
  // ends early.
  size_t most_bytes = std::numeric_limits<size_t>::max();
  Instant at;
  StoredViews stored_views = {};  // by default every lead is evaluated
  // Ends the query early once it returns true; called by several threads. May be null. The query goes on until it has
  // passed a lead that `visible_to` may see, because it ends at such a lead; `is_too_late` ends it at any.
  std::function<bool()> is_late = nullptr;
  std::function<bool()> is_too_late = nullptr;
};

// Whether an agent may see the lead: it is assigned to that agent, or to nobody.
bool IsVisibleTo(const std::string& agent, const state::Lead& lead);

// Callback for each lead, whose row it may move; returns false to stop.
using TakeLead = std::function<bool(ListedLead&)>;

// The place at which a query ended early: it has taken the leads up to there, and the same query `after` it continues.
// It is a lead that the query's `visible_to` may see, unless there was none for very long.
struct EarlyEnd {
  LeadPlace place;
  bool is_late = true;  // false: at LeadsQuery::most_bytes
};
// nullopt: the query has looked at all leads, or `take` wanted no more.
using EndedEarly = std::optional<EarlyEnd>;

// Calls `take` with the leads in order, on the caller's thread. With an order, memory grows with the limit, or without
// a limit with the number of leads. Rejected: a query with an order is late, because it must look at all leads before
// it knows the first.
Result<EndedEarly> QueryLeads(const state::LeadReader& store, const config::Definitions& definitions,
                              const LeadsQuery& query, WorkerPool* pool, const TakeLead& take);

// The location of a lead in the state.
struct LeadAt {
  PartitionId partition;
  std::string encoded_key;
};
// Leads that include all leads of a query, so that the others need not be read.
struct Candidates {
  std::vector<LeadAt> always;  // looked at in any case; in any order
  // Appends more candidates: not in `always`, and not returned before. False: these were the last.
  std::function<bool(std::vector<LeadAt>* some)> next;
  bool in_order = false;  // `next` returns them in the order of the query, which stops it at its limit
  // Rows of further leads that the query asks for.
  std::vector<ListedLead> rows = {};
  std::optional<LeadPlace> rows_cut = std::nullopt;  // LeadGroup::cut of `rows`
};
// Finds leads of one tenant as QueryLeads does, but reads only the candidates.
Result<EndedEarly> QueryCandidates(const state::LeadReader& store, const config::Definitions& definitions,
                                   const LeadsQuery& query, const Candidates& candidates, const TakeLead& take);

// Leads of one group.
struct LeadGroup {
  uint64_t leads = 0;             // all of them
  std::vector<ListedLead> first;  // in the order of the query; at most its limit
  std::optional<LeadPlace> cut;   // leads from here on are not in `first`, because of LeadsQuery::most_bytes
};
// Callback that returns the index of a lead's group. Called by several threads.
using GroupOf = std::function<size_t(const EvaluatedLead& lead)>;

// Counts each group and takes its first leads, in one scan over the leads, like QueryLeads. The query's limit is that
// of a group, as its most_bytes are; it has no `after`. Memory grows with groups and limit.
Result<std::vector<LeadGroup>> QueryGroups(const state::LeadReader& store, const config::Definitions& definitions,
                                           const LeadsQuery& query, size_t groups, const GroupOf& group_of,
                                           WorkerPool* pool);

// Groups only these leads of one tenant, in any order.
Result<std::vector<LeadGroup>> GroupLeads(const state::LeadReader& store, const config::Definitions& definitions,
                                          const LeadsQuery& query, std::vector<LeadAt> leads, size_t groups,
                                          const GroupOf& group_of);

inline constexpr size_t kMaxAttributeColumns = 10'000;
// Returns the names of all attributes that leads have, of one tenant or of all (empty), ascending. Rejected: more than
// kMaxAttributeColumns.
Result<std::vector<std::string>> AttributesInState(const state::LeadReader& store,
                                                   const config::Definitions& definitions, const std::string& tenant,
                                                   WorkerPool* pool);

}  // namespace leadpulse::query
