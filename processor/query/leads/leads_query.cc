#include "processor/query/leads/leads_query.h"

#include <algorithm>
#include <set>
#include <utility>

#include "processor/files/lead_scan.h"
#include "processor/query/leads/evaluated_lead.h"
#include "processor/query/leads/row_order.h"

namespace leadpulse::query {
namespace {

// Nothing: the rule does not hold.
std::optional<LeadRow> MakeRow(const LeadsQuery& query, const config::TenantDefinitions& definitions,
                               state::Lead lead) {
  const EvaluatedLead evaluated(std::move(lead), definitions, query.at);
  const auto holds = [&](const auto& where) { return where->Holds(evaluated); };
  if (!std::ranges::all_of(query.wheres, holds)) return std::nullopt;
  LeadRow row;
  row.key = EncodeLeadKey(evaluated.lead().key);
  if (query.order) row.order = OrderKeyOf(query.order->column, evaluated);
  for (const Column& column : query.columns) row.cells.push_back(CellOf(column, evaluated));
  return row;
}

Status TooManyAttributes() {
  return Status::Rejected(
      "the leads have more than 10,000 different attributes, too many for a table; choose with "
      "--columns, or with --tenant");
}

}  // namespace

Status QueryLeads(const state::LeadStore& store, const config::Definitions& definitions, const LeadsQuery& query,
                  WorkerPool* pool, const TakeCells& take) {
  RowSorter sorter(query.order && query.order->descending, query.limit);
  size_t taken = 0;
  files::LeadScan<LeadRow> pass;
  pass.tenant = query.tenant;
  pass.make = [&](PartitionId, state::Lead lead) -> Result<std::optional<LeadRow>> {
    const config::TenantDefinitions& tenant = definitions.For(lead.key.tenant);
    return MakeRow(query, tenant, std::move(lead));
  };
  pass.take = [&](LeadRow row) -> Result<bool> {
    if (query.order) {
      sorter.Add(std::move(row));
      return true;
    }
    return take(row.cells) && ++taken != query.limit;
  };
  LP_RETURN_IF_ERROR(files::PassOverLeads(store, pass, pool));
  for (const LeadRow& row : sorter.Take()) {
    if (!take(row.cells)) break;
  }
  return Status::Ok();
}

Result<std::vector<std::string>> AttributesInState(const state::LeadStore& store,
                                                   const config::Definitions& definitions, const std::string& tenant,
                                                   WorkerPool* pool) {
  struct NoRow {};
  std::vector<std::set<std::string, std::less<>>> by_partition(store.partition_count());
  files::LeadScan<NoRow> pass;
  pass.tenant = tenant;
  pass.make = [&](PartitionId partition, state::Lead lead) -> Result<std::optional<NoRow>> {
    view::ConvertProfile(definitions.For(lead.key.tenant), &lead.profile);
    auto& names = by_partition[partition.value];
    for (const auto& [name, attribute] : lead.profile.attributes) {
      if (!IsUnset(attribute.converted) && !names.contains(name)) names.insert(name);
    }
    if (names.size() > kMaxAttributeColumns) return TooManyAttributes();
    return std::optional<NoRow>();
  };
  pass.take = [](NoRow) -> Result<bool> { return true; };
  LP_RETURN_IF_ERROR(files::PassOverLeads(store, pass, pool));
  std::set<std::string, std::less<>> all;
  for (auto& names : by_partition) all.merge(names);
  if (all.size() > kMaxAttributeColumns) return TooManyAttributes();
  return std::vector<std::string>(all.begin(), all.end());
}

}  // namespace leadpulse::query
