// The pipeline as the columns of a board.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "processor/base/assert.h"
#include "processor/base/engagement.h"
#include "processor/base/worker_pool.h"
#include "processor/query/leads/lead_record.h"
#include "processor/query/leads/where_rule.h"
#include "processor/serve/index/lead_index.h"
#include "processor/serve/queries/column_warnings.h"
#include "processor/serve/queries/cursor.h"
#include "processor/serve/queries/indexed_query.h"
#include "processor/serve/queries/lead_queries.h"

namespace leadpulse::serve {
namespace {

// The only column of a query for the board.
constexpr std::string_view kStageSince = "stage_since";

constexpr size_t kFirst = static_cast<size_t>(Stage::kNew), kLast = static_cast<size_t>(Stage::kArchived);

// Adds a page to a column. `found` has one lead more than a page, if there is one, unless the query was cut.
void AddPage(std::vector<query::ListedLead> found, bool is_cut, const v1::GetPipeline& request,
             const query::LeadsQuery& query, const config::Definitions& definitions, ColumnWarnings* warnings,
             v1::PipelineColumn* column) {
  const auto place_of = [&](const query::LeadPlace& place) {
    return CursorPlaceOf(place, query, definitions.For(query.tenant));
  };
  for (query::ListedLead& lead : found) {
    if (static_cast<uint32_t>(column->rows_size()) == request.limit()) break;
    v1::LeadRow* const row = column->add_rows();
    *row = std::move(lead.row);
    AddCell(kStageSince, lead.cells.front(), row);
    warnings->Add(lead);
    if (request.places()) *column->add_places() = place_of(lead.place);
  }
  if (found.size() > request.limit() || (is_cut && !found.empty())) {
    const query::LeadPlace& last = found[std::min<size_t>(found.size(), request.limit()) - 1].place;
    column->set_cursor(WriteCursor(place_of(last), SearchOf(*column, request)));
  }
}

v1::Pipeline EmptyBoard(const Snapshot& snapshot) {
  v1::Pipeline pipeline;
  pipeline.set_clock_ms(snapshot.clock.millis);
  for (size_t i = kFirst; i <= kLast; ++i) {
    const auto stage = static_cast<Stage>(i);
    v1::PipelineColumn* column = pipeline.add_columns();
    column->set_stage(std::string(StageName(stage)));
    column->set_is_final(IsFinal(stage));
    column->set_rule("stage = \"" + column->stage() + "\"");
  }
  return pipeline;
}

size_t ColumnOf(const query::EvaluatedLead& lead) { return static_cast<size_t>(lead.view().published.stage) - kFirst; }

// A column's first page.
struct ColumnPage {
  query::LeadsQuery query;
  IndexedQuery indexed;
};

// Finds the pages without the uncertain leads; nullopt if a scan of all leads is better.
std::optional<std::vector<ColumnPage>> PagesInIndex(const IndexedLeads& visible, const Snapshot& snapshot,
                                                    const query::LeadsQuery& query, const v1::Pipeline& pipeline) {
  std::vector<ColumnPage> pages;
  for (const v1::PipelineColumn& column : pipeline.columns()) {
    const auto checked = query::WhereRule::Check(column.rule(), snapshot.definitions, {query.tenant});
    LP_ASSERT(checked.rule != nullptr);
    query::LeadsQuery page = query;
    page.wheres.push_back(checked.rule);
    std::optional<IndexedQuery> indexed = FindAmong({visible.index, visible.certain, {}}, snapshot, page);
    if (!indexed || !indexed->is_exact) return std::nullopt;
    pages.push_back({std::move(page), *std::move(indexed)});
  }
  return pages;
}

// Makes the pipeline from the index, which it releases; nullopt if a scan of all leads is better.
Result<std::optional<v1::Pipeline>> PipelineFromIndex(const Snapshot& snapshot, const v1::GetPipeline& request,
                                                      const query::LeadsQuery& query) {
  v1::Pipeline pipeline = EmptyBoard(snapshot);
  std::optional<IndexedLeads> visible = FindIndexed(snapshot, query.tenant, query.visible_to);
  std::optional<std::vector<ColumnPage>> pages;
  if (visible) pages = PagesInIndex(*visible, snapshot, query, pipeline);
  if (snapshot.index != nullptr) snapshot.index->Release();
  if (!pages) return std::optional<v1::Pipeline>();
  // The uncertain leads, which are the same for all columns, are read once.
  LP_ASSIGN_OR_RETURN(std::vector<query::LeadGroup> uncertain,
                      query::GroupLeads(snapshot.rows, snapshot.definitions, query, std::move(visible->uncertain),
                                        pages->size(), ColumnOf));
  ColumnWarnings warnings(query, snapshot.definitions.For(query.tenant));
  for (size_t i = 0; i < pages->size(); ++i) {
    ColumnPage& page = (*pages)[i];
    page.indexed.candidates.rows = std::move(uncertain[i].first);
    page.indexed.candidates.rows_cut = std::move(uncertain[i].cut);
    std::vector<query::ListedLead> first;
    LP_ASSIGN_OR_RETURN(const query::EndedEarly ended,
                        query::QueryCandidates(snapshot.rows, snapshot.definitions, page.query, page.indexed.candidates,
                                               [&first](query::ListedLead& lead) {
                                                 first.push_back(std::move(lead));
                                                 return true;
                                               }));
    v1::PipelineColumn* column = pipeline.mutable_columns(static_cast<int>(i));
    column->set_leads(page.indexed.certain + uncertain[i].leads);
    AddPage(std::move(first), ended.has_value(), request, query, snapshot.definitions, &warnings, column);
  }
  *pipeline.mutable_column_warnings() = warnings.Take();
  return std::optional(std::move(pipeline));
}

}  // namespace

v1::FindLeads SearchOf(const v1::PipelineColumn& column, const v1::GetPipeline& request) {
  v1::FindLeads search;
  *search.mutable_caller() = request.caller();
  search.set_rule(column.rule());
  search.set_order(request.order());
  search.set_descending(request.descending());
  *search.mutable_further_orders() = request.further_orders();
  return search;
}

Result<v1::Pipeline> GetPipeline(const Snapshot& snapshot, const v1::GetPipeline& request) {
  LP_RETURN_IF_ERROR(CheckLimit(request.limit()));
  query::LeadsQuery query{.tenant = request.caller().tenant_id(),
                          .visible_to = AgentOf(request.caller()),
                          .describe = query::SetRow,
                          .limit = request.limit() + 1,
                          .most_bytes = kPageBytes / (kLast - kFirst + 1),
                          .at = snapshot.clock,
                          .stored_views = snapshot.stored_views};
  LP_RETURN_IF_ERROR(SetOrders(request.order(), request.descending(), request.further_orders(), &query));
  LP_ASSIGN_OR_RETURN(query.columns, query::ParseColumns(kStageSince));
  LP_ASSIGN_OR_RETURN(std::optional<v1::Pipeline> indexed, PipelineFromIndex(snapshot, request, query));
  if (indexed) return *std::move(indexed);
  if (snapshot.index != nullptr) snapshot.index->NotePass();
  WorkerPool alone(1);
  LP_ASSIGN_OR_RETURN(
      std::vector<query::LeadGroup> groups,
      query::QueryGroups(snapshot.rows, snapshot.definitions, query, kLast - kFirst + 1, ColumnOf, &alone));
  v1::Pipeline pipeline = EmptyBoard(snapshot);
  ColumnWarnings warnings(query, snapshot.definitions.For(query.tenant));
  for (size_t i = 0; i < groups.size(); ++i) {
    v1::PipelineColumn* column = pipeline.mutable_columns(static_cast<int>(i));
    column->set_leads(groups[i].leads);
    AddPage(std::move(groups[i].first), groups[i].cut.has_value(), request, query, snapshot.definitions, &warnings,
            column);
  }
  *pipeline.mutable_column_warnings() = warnings.Take();
  return pipeline;
}

}  // namespace leadpulse::serve
