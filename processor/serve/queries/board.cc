#include "processor/serve/queries/board.h"

#include <string>
#include <utility>
#include <vector>

#include "processor/base/assign_or_return.h"
#include "processor/base/engagement.h"
#include "processor/base/worker_pool.h"
#include "processor/serve/queries/cursor.h"

namespace leadpulse::serve {
namespace {

constexpr size_t kFirst = static_cast<size_t>(Stage::kNew), kLast = static_cast<size_t>(Stage::kArchived);

// What a search for the leads of the column asks the run, so that the column's cursor is one of that search.
v1::FindLeads SearchOf(const v1::PipelineColumn& column, const v1::GetPipeline& request) {
  v1::FindLeads search;
  *search.mutable_caller() = request.caller();
  search.set_rule(column.rule());
  search.set_order(request.order());
  search.set_descending(request.descending());
  return search;
}

// `found`: one lead more than a page has, if there is one.
void AddPage(const std::vector<query::ListedLead>& found, const v1::GetPipeline& request, v1::PipelineColumn* column) {
  for (const query::ListedLead& lead : found) {
    if (static_cast<uint32_t>(column->rows_json_size()) < request.limit()) column->add_rows_json(lead.text);
  }
  if (found.size() > request.limit()) {
    column->set_cursor(WriteCursor(found[request.limit() - 1].place, SearchOf(*column, request)));
  }
}

}  // namespace

Result<v1::Pipeline> GetPipeline(const Snapshot& snapshot, const v1::GetPipeline& request) {
  LP_RETURN_IF_ERROR(CheckLimit(request.limit()));
  query::LeadsQuery query{.tenant = request.caller().tenant_id(),
                          .visible_to = AgentOf(request.caller()),
                          .describe = RowJson,
                          .limit = request.limit() + 1,
                          .at = snapshot.clock};
  LP_ASSIGN_OR_RETURN(query.order, ReadOrder(request.order(), request.descending()));
  const auto stage_of = [](const query::EvaluatedLead& lead) {
    return static_cast<size_t>(lead.view().published.stage) - kFirst;
  };
  WorkerPool alone(1);
  LP_ASSIGN_OR_RETURN(
      const std::vector<query::LeadGroup> groups,
      query::QueryGroups(snapshot.rows, snapshot.definitions, query, kLast - kFirst + 1, stage_of, &alone));
  v1::Pipeline pipeline;
  pipeline.set_clock_ms(snapshot.clock.millis);
  for (size_t i = 0; i < groups.size(); ++i) {
    const auto stage = static_cast<Stage>(kFirst + i);
    v1::PipelineColumn* column = pipeline.add_columns();
    column->set_stage(std::string(StageName(stage)));
    column->set_is_final(IsFinal(stage));
    column->set_leads(groups[i].leads);
    column->set_rule("stage = \"" + column->stage() + "\"");
    AddPage(groups[i].first, request, column);
  }
  return pipeline;
}

}  // namespace leadpulse::serve
