#include "processor/serve/api/reads/lead_reads.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "processor/base/calendar.h"
#include "processor/base/json_object.h"
#include "processor/base/text.h"
#include "processor/base/value.h"
#include "processor/query/leads/explanation_json.h"
#include "processor/query/leads/history_parts.h"
#include "processor/query/leads/lead_record.h"
#include "processor/query/leads/lead_timeline.h"
#include "processor/serve/api/reads/lead_selection.h"
#include "processor/serve/api/reads/report_formats.h"
#include "processor/serve/api/request/problem.h"
#include "processor/serve/api/request/row_fields.h"
#include "processor/serve/api/request/write_headers.h"
#include "processor/serve/runs/merge.h"

namespace leadpulse::serve {
namespace {

constexpr std::string_view kInternal = "internal";

// Answers with a JSON object. `append` appends its members, from the answer of the run.
template <typename Message, typename Append>
http::Response Printed(OrRefusal<Message> answered, const Append& append) {
  LP_ASSIGN_OR_ANSWER(const Message message, OrProblem(std::move(answered)));
  return JsonResponse(http::kOk, [&](JsonObject* object) { append(message, object); });
}

v1::Caller CallerOf(const AskedRead& asked) { return CallerFor(asked.principal); }

// Reads the parameters of a search. The problem names the wrong one.
std::variant<v1::FindLeads, http::Response> SearchOf(const ApiRequest& request, const v1::Caller& caller) {
  auto query = QueryBy<v1::FindLeads>(caller);
  query.set_search(std::string(request.Parameter("query")));
  query.set_rule(std::string(request.Parameter("where")));
  query.set_cursor(std::string(request.Parameter("cursor")));
  LP_ASSIGN_OR_ANSWER(const std::vector<v1::SortColumn> sort, SortOf(request));
  SetSort(sort, &query);
  LP_ASSIGN_OR_ANSWER(const uint32_t limit, LimitOf(request));
  query.set_limit(limit);
  const std::string_view count = request.Parameter("count");
  if (!count.empty() && count != "none" && count != "estimate" && count != "exact") {
    return WrongParameter("count", "none, estimate or exact");
  }
  query.set_count(count == "exact" || count == "estimate");
  query.set_estimate(count == "estimate");
  if (const std::optional<std::chrono::milliseconds> wait = WaitOf(request.prefer)) {
    query.set_patience_ms(static_cast<uint32_t>(std::max<int64_t>(wait->count(), 1)));
  }
  return query;
}

// Appends the row with these members, and with the contact's link.
void AppendRow(const v1::LeadRow& row, const RowFields& fields, const AskedRead& asked, std::string* out) {
  if (fields.names.empty() && !fields.has_link) return query::AppendJson(row, out);
  std::string whole;
  query::AppendJson(row, &whole);
  *out += WithFields(whole, fields);
  if (!fields.has_link) return;
  out->pop_back();  // the bracket
  *out += out->ends_with('{') ? "\"unsubscribe_url\":" : ",\"unsubscribe_url\":";
  AppendJsonString(asked.make_url(asked.principal.tenant, row.lead().lead_id(), AddressOfContact(row)), out);
  *out += '}';
}

void Seal(const AskedRead& asked, std::string* cursor) {
  if (cursor->empty()) return;
  *cursor = asked.continuations.Seal(Continuation::kCursor, asked.principal.tenant, *cursor);
}

void AppendCursor(const std::string& sealed, JsonObject* page) {
  sealed.empty() ? page->Null("cursor") : page->Text("cursor", sealed);
}

void AppendPage(const v1::FoundLeads& found, const RowFields& fields, const AskedRead& asked, JsonObject* page) {
  page->Text("rule", found.rule());
  std::vector<std::string> warnings(found.warnings().begin(), found.warnings().end());
  warnings.insert(warnings.end(), found.column_warnings().begin(), found.column_warnings().end());
  page->Texts("warnings", warnings);
  AppendArray("contacts", found.rows(), page,
              [&](const v1::LeadRow& row, std::string* out) { AppendRow(row, fields, asked, out); });
  AppendCursor(found.cursor(), page);
  if (found.has_late_at()) found.has_searched() ? page->Number("searched", found.searched()) : page->Null("searched");
  if (found.has_count()) page->Number("count", found.count());
  if (found.has_count()) page->Boolean("countIsEstimate", found.is_estimate());
  AppendRunState(found, page);
  page->Time("at", {found.clock_ms()});
}

void AppendTimeline(const v1::Timeline& timeline, JsonObject* page) {
  page->Text("id", timeline.lead_id());
  std::string* const entries = page->Key("entries");
  AppendJsonArray(timeline.entries(), entries,
                  [entries](const v1::TimelineEntry& entry) { query::AppendJson(entry, entries); });
  if (timeline.has_folded()) {
    query::AppendJson(timeline.folded(), page->Key("folded"));
  } else {
    page->Null("folded");
  }
  AppendCursor(timeline.cursor(), page);
  page->Time("at", {timeline.clock_ms()});
}

void AppendDuplicates(const v1::Duplicates& duplicates, const AskedRead& asked, JsonObject* page) {
  std::string* const out = page->Key("duplicates");
  AppendJsonArray(duplicates.addresses(), out,
                  [&](const v1::SharedAddress& address) { AppendSharedAddress(asked.principal.tenant, address, out); });
  AppendMissing(duplicates.missing_partitions(), page);
  std::string cursor = duplicates.cursor();
  Seal(asked, &cursor);
  AppendCursor(cursor, page);
  page->Time("at", {duplicates.clock_ms()});
}

void AppendSegments(const v1::LeadCounts& counts, JsonObject* page) {
  AppendObjects("segments", counts.segments(), page, [](const v1::SegmentCount& segment, JsonObject* object) {
    object->Text("id", segment.id());
    object->Text("name", segment.name());
    object->Text("rule", segment.rule());
    object->Number("count", segment.leads());
    if (!segment.has_entered_today()) return;
    object->Number("enteredToday", segment.entered_today());
    object->Number("leftToday", segment.left_today());
  });
}

void AppendPipeline(const v1::Pipeline& pipeline, const AskedRead& asked, JsonObject* page) {
  AppendObjects("stages", pipeline.columns(), page, [&asked](const v1::PipelineColumn& column, JsonObject* object) {
    object->Text("stage", column.stage());
    object->Boolean("locked", column.is_final());
    object->Number("count", column.leads());
    object->Text("href", SearchLink(column.rule(), asked.request.Parameter("sort")));
    AppendRows("contacts", column.rows(), object);
    AppendCursor(column.cursor(), object);
  });
  page->Texts("warnings", pipeline.column_warnings());
  AppendRunState(pipeline, page);
  page->Time("at", {pipeline.clock_ms()});
}

// The rows of the report of campaigns, by folded name.
using CampaignRows = std::map<std::string, const v1::ReportRow*>;

// Appends what the campaign's mail led to: 0 if the report has no such campaign.
void AppendResults(const std::string& campaign, const CampaignRows& rows, JsonObject* object) {
  const auto row = rows.find(FoldCase(campaign));
  for (const std::string_view column :
       {"assignedMailed", "assignedSendable", "delivered", "opened", "clicked", "replied", "unsubscribed"}) {
    int64_t number = 0;
    if (row != rows.end()) {
      for (const v1::ReportCell& cell : row->second->cells()) number = cell.column() == column ? cell.number() : number;
    }
    object->Number(column, number);
  }
}

void AppendCampaigns(const v1::LeadCounts& counts, const CampaignRows& rows, JsonObject* page) {
  AppendObjects("campaigns", counts.campaigns(), page, [&rows](const v1::CampaignCount& campaign, JsonObject* object) {
    object->Text("id", campaign.id());
    object->Text("name", campaign.name());
    object->Boolean("active", !campaign.ended());
    object->Number("assigned", campaign.assigned());
    object->Number("reached", campaign.reached());
    AppendResults(campaign.id(), rows, object);
  });
  if (counts.other_campaigns() == 0) return page->Null("others");
  JsonObject others(page->Key("others"));
  others.Number("assigned", counts.of_other_campaigns().assigned());
  others.Number("reached", counts.of_other_campaigns().reached());
}

http::Response AnswerSearch(const AskedRead& asked) {
  v1::FoundLeads found;
  if (auto problem = ReadInto(asked, &found)) return *std::move(problem);
  LP_ASSIGN_OR_ANSWER(const RowFields fields, ReadFields(asked.request.Parameter("fields")));
  return JsonResponse(http::kOk, [&](JsonObject* page) { AppendPage(found, fields, asked, page); });
}

http::Response AnswerGet(const AskedRead& asked) {
  v1::LeadAnswer lead;
  if (auto problem = ReadInto(asked, &lead)) return *std::move(problem);
  const std::string_view fields = asked.request.Parameter("fields");
  if (!fields.empty() && fields != kInternal) return WrongParameter("fields", "internal, or leave it out");
  http::Response response = ContactResponse(http::kOk, lead);
  if (fields == kInternal) response.body = query::ContactJson(lead.record(), query::CommandIds::kShown);
  return response;
}

http::Response AnswerExplain(const AskedRead& asked) {
  LP_ASSIGN_OR_ANSWER(const v1::ExplainLead query, QueryAbout<v1::ExplainLead>(asked.request, CallerOf(asked)));
  LP_ASSIGN_OR_ANSWER(const v1::Explanation explanation, OrProblem(asked.run->Explain(query)));
  return {http::kOk, WithId(explanation.lead_id(), query::ExplanationJson(explanation)), kJsonType};
}

http::Response AnswerTimeline(const AskedRead& asked) {
  LP_ASSIGN_OR_ANSWER(v1::GetTimeline query, QueryAbout<v1::GetTimeline>(asked.request, CallerOf(asked)));
  LP_ASSIGN_OR_ANSWER(const uint32_t limit, LimitOf(asked.request));
  query.set_limit(limit);
  query.set_cursor(std::string(asked.request.Parameter("cursor")));
  LP_ASSIGN_OR_ANSWER(v1::Timeline timeline, OrProblem(asked.run->Timeline(query)));
  Seal(asked, timeline.mutable_cursor());
  return JsonResponse(http::kOk, [&timeline](JsonObject* page) { AppendTimeline(timeline, page); });
}

// Answers an export. It is in the audit log before the answer.
http::Response AnswerExport(const AskedRead& asked) {
  LP_ASSIGN_OR_ANSWER(const v1::ExportLead query, QueryAbout<v1::ExportLead>(asked.request, CallerOf(asked)));
  LP_ASSIGN_OR_ANSWER(const v1::LeadDocument document, OrProblem(asked.run->Export(query)));
  const std::string& id = document.lead_id();
  if (auto problem = CheckId(id)) return *std::move(problem);
  const Status line = asked.audit->Append({asked.clock->Now(), asked.principal.who, asked.principal.tenant,
                                           std::string(asked.request.route->action), id, "done"});
  if (!line.ok()) return Failed(line);
  return {http::kOk,
          WithId(id, document.json()),
          kJsonType,
          {{"Content-Disposition", "attachment; filename=\"contact.json\""}}};
}

http::Response AnswerDuplicates(const AskedRead& asked) {
  LP_ASSIGN_OR_ANSWER(const uint32_t limit, LimitOf(asked.request));
  auto query = QueryBy<v1::FindDuplicates>(CallerOf(asked));
  query.set_limit(limit);
  query.set_cursor(std::string(asked.request.Parameter("cursor")));
  return Printed(asked.run->Duplicates(query), [&asked](const v1::Duplicates& duplicates, JsonObject* page) {
    AppendDuplicates(duplicates, asked, page);
  });
}

http::Response AnswerPipeline(const AskedRead& asked) {
  v1::Pipeline pipeline;
  if (auto problem = ReadInto(asked, &pipeline)) return *std::move(problem);
  return JsonResponse(http::kOk, [&](JsonObject* page) { AppendPipeline(pipeline, asked, page); });
}

// What the counts by day can be about, and where the names are that there are. A request names one at most.
constexpr std::pair<std::string_view, std::string_view> kCounted[] = {
    {"campaign", "/campaigns"}, {"owner", "/agents"}, {"segment", "/segments"}};

// Returns the parameter that is wrong if the run refuses a report: a day that is none, the second of two names, or the
// range, which begins with `from`.
std::string_view FieldAtFault(const ApiRequest& request) {
  for (const std::string_view name : {"from", "to"}) {
    const std::string_view day = request.Parameter(name);
    if (!day.empty() && !ParseDay(day)) return name;
  }
  size_t given = 0;
  for (const auto& [name, route] : kCounted) {
    if (!request.Parameter(name).empty() && ++given == 2) return name;
  }
  return "from";
}

// Warns if nothing was counted for the name that the request has: it may be misspelled.
std::vector<std::string> WarningsOf(const ApiRequest& request, const v1::Report& report) {
  for (const v1::ReportRow& row : report.rows()) {
    if (std::ranges::any_of(row.cells(), [](const v1::ReportCell& cell) { return cell.number() != 0; })) return {};
  }
  std::vector<std::string> warnings;
  for (const auto& [name, route] : kCounted) {
    const std::string_view given = request.Parameter(name);
    if (given.empty()) continue;
    warnings.push_back(Concat({"nothing was counted for the ", name, " `", given, "` in these days; GET ", kApiBase,
                               route, " has those that there are"}));
  }
  return warnings;
}

http::Response AnswerReport(const AskedRead& asked) {
  const std::optional<ReportFormat> format = ReportFormatOf(asked.request.Parameter("format"), asked.request.accept);
  if (!format) return WrongParameter("format", "json, csv or html");
  constexpr std::string_view kBelow = "/reports/";
  auto query = QueryBy<v1::MakeReport>(CallerOf(asked));
  query.set_name(std::string(asked.request.route->path.substr(kBelow.size())));
  query.set_from(std::string(asked.request.Parameter("from")));
  query.set_to(std::string(asked.request.Parameter("to")));
  query.set_campaign(std::string(asked.request.Parameter("campaign")));
  query.set_owner(std::string(asked.request.Parameter("owner")));
  query.set_segment(std::string(asked.request.Parameter("segment")));
  LP_ASSIGN_OR_ANSWER(const v1::Report report, OrProblem(asked.run->Report(query), FieldAtFault(asked.request)));
  return ReportResponse(report, WarningsOf(asked.request, report), *format);
}

// Answers with the fields that the definitions declare.
http::Response AnswerFields(const AskedRead& asked) {
  return Printed(asked.run->Fields(QueryBy<v1::ListFields>(CallerOf(asked))),
                 [](const v1::DeclaredFields& declared, JsonObject* page) {
                   AppendObjects("fields", declared.fields(), page, [](const auto& field, JsonObject* object) {
                     object->Text("name", field.name());
                     object->Text("type", field.type());
                   });
                 });
}

// Answers with what the definitions call the tenant, its lists and its campaigns.
http::Response AnswerNames(const AskedRead& asked) {
  return Printed(asked.run->Names(QueryBy<v1::GetNames>(CallerOf(asked))),
                 [](const v1::TenantNames& names, JsonObject* page) {
                   page->Text("name", names.name());
                   page->Text("timezone", names.timezone());
                   page->Text("locale", names.locale());
                   {
                     JsonObject brand(page->Key("brand"));
                     brand.Text("color", names.brand_color());
                     brand.Text("text", names.brand_text());
                   }
                   AppendObjects("lists", names.lists(), page, [](const auto& list, JsonObject* object) {
                     object->Text("id", list.id());
                     object->Text("name", list.name());
                   });
                   AppendObjects("campaigns", names.campaigns(), page, [](const auto& campaign, JsonObject* object) {
                     object->Text("id", campaign.id());
                     object->Text("name", campaign.name());
                     object->Boolean("active", campaign.active());
                   });
                 });
}

// Answers with the topics that the definitions declare, which an opt-out query without a lead returns.
http::Response AnswerTopics(const AskedRead& asked) {
  return Printed(
      asked.run->OptOutOf(QueryBy<v1::FindOptOut>(CallerOf(asked))), [](const v1::OptOut& known, JsonObject* page) {
        AppendObjects("topics", known.topics(), page, [](const v1::OptOut::Topic& topic, JsonObject* object) {
          object->Text("id", topic.id());
          object->Text("name", topic.name());
        });
      });
}

// Answers with counts, which `append` appends.
template <typename Append>
http::Response AnswerCounts(const v1::CountLeads& query, const AskedRead& asked, const Append& append) {
  return Printed(asked.run->Count(query), [&append](const v1::LeadCounts& counts, JsonObject* page) {
    append(counts, page);
    AppendRunState(counts, page);
    page->Time("at", {counts.clock_ms()});
  });
}

// Answers with names and how many contacts have each, also those that are declared and no contact has.
http::Response AnswerNameCounts(const AskedRead& asked, v1::CountNames::Kind kind, std::string_view member,
                                const v1::TenantNames& declared) {
  auto query = QueryBy<v1::CountNames>(CallerOf(asked));
  query.set_kind(kind);
  return Printed(asked.run->Count(query), [&](const v1::NameCounts& counts, JsonObject* page) {
    std::map<std::string, const v1::TenantNames::Declared*> unused;  // by folded id
    for (const v1::TenantNames::Declared& list : declared.lists()) unused[FoldCase(list.id())] = &list;
    v1::TenantNames::Declared plain;
    std::vector<std::pair<v1::TenantNames::Declared, uint64_t>> rows;
    for (const v1::NameCounts::Count& count : counts.names()) {
      plain.set_id(count.name());
      plain.set_name(count.name());
      const auto known = unused.extract(FoldCase(count.name()));
      rows.emplace_back(known.empty() ? plain : *known.mapped(), count.leads());
    }
    for (const v1::TenantNames::Declared& list : declared.lists()) {
      if (unused.contains(FoldCase(list.id()))) rows.emplace_back(list, 0);
    }
    AppendObjects(member, rows, page, [kind](const auto& row, JsonObject* object) {
      object->Text("id", row.first.id());
      if (kind == v1::CountNames::LIST) object->Text("name", row.first.name());
      object->Number("count", row.second);
    });
    page->Boolean("hasMore", counts.has_more());
    AppendRunState(counts, page);
    page->Time("at", {counts.clock_ms()});
  });
}

http::Response AnswerTags(const AskedRead& asked) { return AnswerNameCounts(asked, v1::CountNames::TAG, "tags", {}); }
http::Response AnswerAgents(const AskedRead& asked) {
  return AnswerNameCounts(asked, v1::CountNames::AGENT, "agents", {});
}
http::Response AnswerLists(const AskedRead& asked) {
  LP_ASSIGN_OR_ANSWER(const v1::TenantNames names, OrProblem(asked.run->Names(QueryBy<v1::GetNames>(CallerOf(asked)))));
  return AnswerNameCounts(asked, v1::CountNames::LIST, "lists", names);
}

http::Response AnswerSegments(const AskedRead& asked) {
  auto query = QueryBy<v1::CountLeads>(CallerOf(asked));
  query.set_moves_today(true);
  return AnswerCounts(query, asked, AppendSegments);
}

http::Response AnswerCampaigns(const AskedRead& asked) {
  auto query = QueryBy<v1::MakeReport>(CallerOf(asked));
  query.set_name("campaigns");
  LP_ASSIGN_OR_ANSWER(const v1::Report report, OrProblem(asked.run->Report(query)));
  CampaignRows rows;
  for (const v1::ReportRow& row : report.rows()) rows.emplace(FoldCase(row.cells(0).text()), &row);
  return AnswerCounts(QueryBy<v1::CountLeads>(CallerOf(asked)), asked,
                      [&rows](const v1::LeadCounts& counts, JsonObject* page) { AppendCampaigns(counts, rows, page); });
}

}  // namespace

std::optional<http::Response> ReadInto(const AskedRead& asked, v1::FoundLeads* found) {
  LP_ASSIGN_OR_ANSWER(v1::FindLeads query, SearchOf(asked.request, CallerOf(asked)));
  LP_ASSIGN_OR_ANSWER(const RowFields fields, ReadFields(asked.request.Parameter("fields")));
  for (const std::string& column : fields.columns) query.add_columns(column);
  const std::string_view field = !query.rule().empty() ? "where" : !query.search().empty() ? "query" : "sort";
  LP_ASSIGN_OR_ANSWER(*found, OrProblem(asked.run->Find(query), field));
  Seal(asked, found->mutable_cursor());
  return std::nullopt;
}

std::optional<http::Response> ReadInto(const AskedRead& asked, v1::LeadAnswer* lead) {
  LP_ASSIGN_OR_ANSWER(const v1::GetLead query, QueryAbout<v1::GetLead>(asked.request, CallerOf(asked)));
  LP_ASSIGN_OR_ANSWER(*lead, OrProblem(asked.run->Get(query)));
  return std::nullopt;
}

std::optional<http::Response> ReadInto(const AskedRead& asked, v1::Pipeline* pipeline) {
  LP_ASSIGN_OR_ANSWER(const uint32_t limit, LimitOf(asked.request));
  LP_ASSIGN_OR_ANSWER(const std::vector<v1::SortColumn> sort, SortOf(asked.request));
  auto query = QueryBy<v1::GetPipeline>(CallerOf(asked));
  SetSort(sort, &query);
  query.set_limit(limit);
  LP_ASSIGN_OR_ANSWER(*pipeline, OrProblem(asked.run->Pipeline(query)));
  for (v1::PipelineColumn& column : *pipeline->mutable_columns()) Seal(asked, column.mutable_cursor());
  return std::nullopt;
}

std::optional<http::Response> ReadInto(const AskedRead& asked, LeadPage* page) {
  LP_ASSIGN_OR_ANSWER(v1::GetLeadPage query, QueryAbout<v1::GetLeadPage>(asked.request, CallerOf(asked)));
  LP_ASSIGN_OR_ANSWER(const uint32_t limit, LimitOf(asked.request));
  query.set_limit(limit);
  query.set_timeline_cursor(std::string(asked.request.Parameter("cursor")));
  LP_ASSIGN_OR_ANSWER(v1::LeadPage read, OrProblem(asked.run->Page(query)));
  Seal(asked, read.mutable_timeline()->mutable_cursor());
  page->link =
      asked.make_url(asked.principal.tenant, read.lead().lead_id(), AddressOfContact(read.lead().record().row()));
  page->lead = std::move(*read.mutable_lead());
  page->explanation = std::move(*read.mutable_explanation());
  page->timeline = std::move(*read.mutable_timeline());
  page->fields = {read.fields().begin(), read.fields().end()};
  page->topics = {read.topics().begin(), read.topics().end()};
  return std::nullopt;
}

http::Response ReadLeads(const AskedRead& asked) {
  using Handler = http::Response (*)(const AskedRead&);
  static constexpr std::pair<std::string_view, Handler> kHandlers[] = {
      {"contact.search", AnswerSearch},
      {"contact.list", AnswerSearch},
      {"contact.get", AnswerGet},
      {"contact.explain", AnswerExplain},
      {"contact.timeline", AnswerTimeline},
      {"contact.export", AnswerExport},
      {"contact.duplicates", AnswerDuplicates},
      {"segment.list", AnswerSegments},
      {"campaign.list", AnswerCampaigns},
      {"tag.list", AnswerTags},
      {"list.list", AnswerLists},
      {"agent.list", AnswerAgents},
      {"pipeline.get", AnswerPipeline},
      {"topic.list", AnswerTopics},
      {"report.pipeline", AnswerReport},
      {"report.tiers", AnswerReport},
      {"report.segments", AnswerReport},
      {"report.campaigns", AnswerReport},
      {"report.scores", AnswerReport},
      {"report.days", AnswerReport},
      {"field.list", AnswerFields},
      {"name.list", AnswerNames},
  };
  return HandlerOf(asked.request.route->action, kHandlers)(asked);
}

}  // namespace leadpulse::serve
