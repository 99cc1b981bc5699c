#include "processor/serve/queries/lead_queries.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

#include "processor/base/assert.h"
#include "processor/base/clock.h"
#include "processor/base/engagement.h"
#include "processor/base/text.h"
#include "processor/engine/partitioner.h"
#include "processor/query/leads/lead_record.h"
#include "processor/query/leads/row_text.h"
#include "processor/query/leads/stage_since.h"
#include "processor/query/leads/where_rule.h"
#include "processor/query/search/search_rule.h"
#include "processor/query/state_access.h"
#include "processor/rules/language/parser.h"
#include "processor/rules/language/printer.h"
#include "processor/serve/index/lead_index.h"
#include "processor/serve/queries/column_warnings.h"
#include "processor/serve/queries/cursor.h"
#include "processor/serve/queries/indexed_query.h"
#include "processor/serve/queries/lead_count.h"
#include "processor/view/view.h"
#include "schemas/codec/profile_value.h"
#include "schemas/codec/protobuf_change.h"

namespace leadpulse::serve {
namespace {

// A lead has 500 attributes at most.
constexpr int kMostColumns = 600;
constexpr int kMostFurtherOrders = 7;

// Returns the rule in the printer's normal form, so that people can read it and send it again.
std::string Canonical(const std::string& rule) {
  const auto parsed = rules::ParseRule(rule);
  const auto* understood = std::get_if<rules::Rule>(&parsed);
  return understood == nullptr ? rule : rules::PrintNode(*understood->root);
}

Result<query::LeadsQuery> Understand(const Snapshot& snapshot, const v1::FindLeads& request, v1::FoundLeads* answer) {
  const std::string& tenant = request.caller().tenant_id();
  query::LeadsQuery query{.tenant = tenant,
                          .visible_to = AgentOf(request.caller()),
                          .at = snapshot.clock,
                          .stored_views = snapshot.stored_views};
  LP_RETURN_IF_ERROR(CheckLimit(request.limit()));
  std::string rule = request.rule();
  if (!request.search().empty()) {
    if (!rule.empty()) return Status::Rejected("give a search or a rule, not both");
    LP_ASSIGN_OR_RETURN(query::UnderstoodSearch understood,
                        query::RuleOfSearch(request.search(), snapshot.definitions.For(tenant)));
    for (std::string& warning : understood.warnings) answer->add_warnings(std::move(warning));
    rule = std::move(understood.rule);
  }
  if (!rule.empty()) {
    LP_RETURN_IF_ERROR(query::WhereRule::CheckSyntax(rule, "rule"));
    query::WhereRule::Checked checked = query::WhereRule::Check(rule, snapshot.definitions, {tenant}, "rule");
    if (checked.rule == nullptr) return Status::Rejected(Join(checked.errors, "\n"));
    // The warnings of a search, added above, point into the search.
    if (request.search().empty()) {
      for (std::string& warning : checked.warnings) answer->add_warnings(std::move(warning));
    }
    query.wheres.push_back(std::move(checked.rule));
    answer->set_rule(Canonical(rule));
  }
  LP_RETURN_IF_ERROR(SetOrders(request.order(), request.descending(), request.further_orders(), &query));
  if (request.columns_size() > kMostColumns) {
    return Status::Rejected("at most " + std::to_string(kMostColumns) + " columns");
  }
  for (const std::string& name : request.columns()) {
    LP_ASSIGN_OR_RETURN(query::Column column, query::ParseColumn(name));
    query.columns.push_back(std::move(column));
  }
  if (!request.cursor().empty()) {
    LP_ASSIGN_OR_RETURN(query.after, ReadCursor(request, query, snapshot.definitions.For(tenant)));
  }
  return query;
}

// A printer of rows in the format of a request.
class RowPrinter {
 public:
  // Makes the printer; nullopt if the request has no format. Rejected for an unknown one, or no columns.
  static Result<std::optional<RowPrinter>> For(const v1::FindLeads& request,
                                               const std::vector<query::Column>& columns) {
    if (request.format().empty()) return std::optional<RowPrinter>();
    const std::optional<query::RowFormat> format = query::ParseRowFormat(request.format());
    if (!format) return Status::Rejected("the format is csv or jsonl");
    RowPrinter printer{*format};
    for (const query::Column& column : columns) {
      if (std::ranges::find(printer.names_, column.name) != printer.names_.end()) {
        return Status::Rejected("the column " + column.name + " is given twice");
      }
      printer.names_.push_back(column.name);
    }
    if (columns.empty()) return Status::Rejected("give at least one column");
    return std::optional(std::move(printer));
  }

  void AppendHeader(std::string* out) const { query::AppendHeader(format_, names_, out); }
  // Returns the size of the row.
  size_t AppendRow(const query::ListedLead& lead, v1::FoundLeads* answer) const {
    const size_t before = answer->text().size();
    query::AppendRow(format_, names_, lead.cells, answer->mutable_text());
    answer->set_text_rows(answer->text_rows() + 1);
    return answer->text().size() - before;
  }

 private:
  explicit RowPrinter(query::RowFormat format) : format_(format) {}

  query::RowFormat format_;
  std::vector<std::string> names_;
};

bool IsVisible(const std::optional<std::string>& agent, const state::Lead& lead) {
  return !agent || query::IsVisibleTo(*agent, lead);
}

// Finds the lead with this id. If there is none, or the agent may not see it, finds the first lead that the agent may
// see among those that use the mailbox with this address.
Result<std::optional<state::Lead>> FindLeadOf(const Snapshot& snapshot, const LeadKey& key,
                                              const std::optional<std::string>& agent) {
  LP_ASSIGN_OR_RETURN(std::optional<state::Lead> row, query::FindRow(snapshot.rows, key));
  if (!row || (row->is_lead() && IsVisible(agent, *row))) return row;
  for (const std::string& name : query::UsersOf(*row)) {
    LP_ASSIGN_OR_RETURN(std::optional<state::Lead> user, query::FindLead(snapshot.rows, {key.tenant, name}));
    if (user && IsVisible(agent, *user)) return user;
    if (user || snapshot.share == nullptr) continue;
    snapshot.share->used_by = name;
    break;
  }
  return std::optional<state::Lead>();
}

// Returns the other users of a mailbox that the rows do not have; nullopt if another run may have it.
std::optional<std::vector<std::string>> UsersElsewhere(const Snapshot& snapshot, const state::Lead& lead,
                                                       const v1::MailboxUsers& known) {
  std::optional<std::vector<std::string>> others(std::in_place);
  const LeadKey mailbox{lead.key.tenant, lead.identity->mailbox};
  const PartitionId partition = engine::PartitionOf(mailbox, snapshot.rows.partition_count());
  if (snapshot.share == nullptr || std::ranges::binary_search(snapshot.share->served, partition)) return others;
  if (known.mailbox() == mailbox.lead) {
    others->assign(known.lead_ids().begin(), known.lead_ids().end());
    std::erase(*others, lead.key.lead);
    return others;
  }
  snapshot.share->mailbox = mailbox.lead;
  return std::nullopt;
}

// Returns the size of the row.
size_t AddRow(query::ListedLead& lead, const std::optional<RowPrinter>& printer, const v1::FindLeads& request,
              const query::LeadsQuery& query, const Snapshot& snapshot, v1::FoundLeads* answer) {
  if (request.places())
    *answer->add_places() = CursorPlaceOf(lead.place, query, snapshot.definitions.For(query.tenant));
  if (!printer) {
    v1::LeadRow* const row = answer->add_rows();
    *row = std::move(lead.row);
    for (size_t i = 0; i < lead.cells.size(); ++i) AddCell(request.columns(static_cast<int>(i)), lead.cells[i], row);
    return lead.cells.empty() ? lead.row_bytes : query::BoundedBytes(*row);
  }
  const size_t bytes = printer->AppendRow(lead, answer);
  if (request.places()) answer->add_text_bytes(static_cast<uint32_t>(bytes));
  return bytes;
}

std::chrono::milliseconds TimeoutOf(const v1::FindLeads& request) {
  const std::chrono::milliseconds asked(request.patience_ms());
  if (asked.count() == 0 || !request.order().empty()) return kScanTimeout;
  return std::min<std::chrono::milliseconds>(asked, kScanTimeout);
}

}  // namespace

void AddCell(std::string_view column, const Value& value, v1::LeadRow* row) {
  v1::ProfileAttribute* const cell = row->add_cells();
  cell->set_name(std::string(column));
  codec::SetProfileValue(value, cell->mutable_value());
}

Status SetOrders(const std::string& column, bool descending,
                 const google::protobuf::RepeatedPtrField<v1::SortColumn>& further, query::LeadsQuery* query) {
  if (further.size() > kMostFurtherOrders) {
    return Status::Rejected("sort by at most " + std::to_string(1 + kMostFurtherOrders) + " columns");
  }
  if (column.empty()) return further.empty() ? Status::Ok() : Status::Rejected("the first column is missing");
  LP_ASSIGN_OR_RETURN(query::Column first, query::ParseColumn(column));
  query->order = query::LeadOrder{std::move(first), descending};
  for (const v1::SortColumn& next : further) {
    LP_ASSIGN_OR_RETURN(query::Column decides, query::ParseColumn(next.column()));
    query->further_orders.push_back({std::move(decides), next.descending()});
  }
  return Status::Ok();
}

Status CheckLimit(uint32_t limit) {
  if (limit >= 1 && limit <= kMaxLimit) return Status::Ok();
  return Status::Rejected("limit must be a number from 1 to " + std::to_string(kMaxLimit));
}

std::optional<std::string> AgentOf(const v1::Caller& caller) {
  return caller.has_agent_id() ? std::optional(caller.agent_id()) : std::nullopt;
}

Result<std::optional<state::Lead>> FindVisibleLead(const Snapshot& snapshot, const v1::Caller& caller,
                                                   const std::string& id) {
  LP_ASSIGN_OR_RETURN(std::optional<state::Lead> lead, FindLeadOf(snapshot, {caller.tenant_id(), id}, AgentOf(caller)));
  if (lead) view::ConvertProfile(snapshot.definitions.For(caller.tenant_id()), &lead->profile);
  return lead;
}

Result<v1::WholeRecord> RecordFor(const Snapshot& snapshot, const v1::Caller& caller, const state::Lead& lead,
                                  const v1::MailboxUsers& known) {
  // Users of the mailbox, or of the lead as their mailbox, may belong to other agents.
  std::optional<std::vector<std::string>> others(std::in_place);
  std::vector<std::string> users;
  if (!AgentOf(caller)) {
    LP_ASSIGN_OR_RETURN(others, query::OtherUsers(snapshot.rows, lead));
    if (!others) others = UsersElsewhere(snapshot, lead, known);
    users = query::UsersOf(lead);
  }
  return query::RecordOf(lead, others, users, snapshot.definitions.For(caller.tenant_id()), snapshot.clock,
                         kMostAnswerBytes);
}

Result<v1::LeadAnswer> GetLead(const Snapshot& snapshot, const v1::GetLead& request) {
  LP_ASSIGN_OR_RETURN(const std::optional<state::Lead> lead,
                      FindVisibleLead(snapshot, request.caller(), request.lead_id()));
  v1::LeadAnswer answer;
  answer.set_strict_fields(snapshot.definitions.For(request.caller().tenant_id()).strict_fields);
  if (!lead) return answer;
  LP_ASSIGN_OR_RETURN(*answer.mutable_record(), RecordFor(snapshot, request.caller(), *lead, request.users()));
  answer.set_lead_id(lead->key.lead);
  answer.set_clock_ms(snapshot.clock.millis);
  answer.set_version(answer.record().row().lead().version());
  answer.set_waits(lead->waits());
  v1::LeadRow* const row = answer.mutable_record()->mutable_row();
  const std::optional<Stage> stage = StageFromName(row->lead().stage());
  LP_ASSERT(stage.has_value());
  LP_ASSIGN_OR_RETURN(const auto since, query::ReadStageSince(snapshot.rows, *stage, *lead));
  if (since) codec::SetTimestamp(*since, row->mutable_stage_since());
  return answer;
}

Result<v1::RecordOutcomes> AddLeads(const Snapshot& snapshot, const AnsweredOutcomes& answered) {
  v1::RecordOutcomes answer = answered.answer;
  size_t bytes = 0;
  for (int i = 0; i < answer.outcomes_size() && bytes <= kPageBytes; ++i) {
    v1::RecordOutcome* outcome = answer.mutable_outcomes(i);
    const v1::RecordPosition& asked = answered.question.positions(i);
    if (!asked.has_lead() || !outcome->is_read() || !outcome->reason().empty()) continue;
    Result<v1::LeadAnswer> lead = GetLead(snapshot, asked.lead());
    if (!lead.ok() || !lead->has_record()) continue;
    bytes += lead->ByteSizeLong();
    *outcome->mutable_lead() = *std::move(lead);
  }
  return answer;
}

Result<std::optional<v1::MailboxUsers>> FindMailboxUsers(const Snapshot& snapshot,
                                                         const v1::FindMailboxUsers& request) {
  if (AgentOf(request.caller())) return std::optional<v1::MailboxUsers>();  // users may belong to other agents
  LP_ASSIGN_OR_RETURN(const std::optional<state::Lead> mailbox,
                      query::FindRow(snapshot.rows, {request.caller().tenant_id(), request.lead_id()}));
  if (!mailbox) return std::optional<v1::MailboxUsers>();
  v1::MailboxUsers answer;
  answer.set_mailbox(request.lead_id());
  for (const std::string& user : query::UsersOf(*mailbox)) answer.add_lead_ids(user);
  return std::optional(std::move(answer));
}

Result<v1::FoundLeads> FindLeads(const Snapshot& snapshot, const v1::FindLeads& request) {
  v1::FoundLeads answer;
  LP_ASSIGN_OR_RETURN(query::LeadsQuery query, Understand(snapshot, request, &answer));
  LP_ASSIGN_OR_RETURN(const std::optional<RowPrinter> printer, RowPrinter::For(request, query.columns));
  answer.set_clock_ms(snapshot.clock.millis);
  if (!printer) query.describe = query::SetRow;
  if (printer && request.cursor().empty()) printer->AppendHeader(answer.mutable_text());
  const config::TenantDefinitions& definitions = snapshot.definitions.For(query.tenant);
  ColumnWarnings column_warnings(query, definitions);
  const auto begun = MonotonicNow();
  query.is_late = [late = begun + TimeoutOf(request)] { return MonotonicNow() > late; };
  query.is_too_late = [late = begun + kScanTimeout] { return MonotonicNow() > late; };
  // One more lead shows whether there is a next page.
  const size_t limit = request.limit();
  query.limit = limit + 1;
  query.most_bytes = kPageBytes;
  query::LeadPlace last;
  uint32_t listed = 0;
  size_t bytes = 0;
  const std::optional<IndexedQuery> indexed = FindInIndex(snapshot, query);
  const std::optional<CountPlan> to_count = request.count() ? std::optional(PlanCount(snapshot, query)) : std::nullopt;
  const TenantKeys keys = KeysOf(snapshot, query.tenant);
  if (snapshot.index != nullptr) snapshot.index->Release();
  LP_ASSIGN_OR_RETURN(const query::EndedEarly ended,
                      QueryIndexed(snapshot, query, indexed, [&](query::ListedLead& lead) {
                        if (listed++ == limit || bytes > kPageBytes) {
                          answer.set_cursor(WriteCursor(CursorPlaceOf(last, query, definitions), request));
                          return false;
                        }
                        bytes += AddRow(lead, printer, request, query, snapshot, &answer);
                        column_warnings.Add(lead);
                        last = lead.place;
                        return true;
                      }));
  *answer.mutable_column_warnings() = column_warnings.Take();
  if (ended) answer.set_cursor(WriteCursor(CursorPlaceOf(ended->place, query, definitions), request));
  if (ended && ended->is_late) {
    *answer.mutable_late_at() = CursorPlaceOf(ended->place, query, definitions);
    if (const auto percent = PercentUpTo(ended->place.encoded_key, keys)) answer.set_searched(*percent);
  }
  if (!to_count) return answer;
  LP_ASSIGN_OR_RETURN(const LeadCount count,
                      request.estimate() ? EstimateCount(snapshot, *to_count) : Count(snapshot, *to_count));
  answer.set_count(count.leads);
  answer.set_is_estimate(count.is_estimate);
  return answer;
}

}  // namespace leadpulse::serve
