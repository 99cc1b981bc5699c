#include "processor/serve/api/reads/lead_reads.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "processor/base/assert.h"
#include "processor/base/json_object.h"
#include "processor/base/text.h"
#include "processor/serve/api/reads/report_formats.h"
#include "processor/serve/api/request/partial_answer.h"
#include "processor/serve/api/request/problem.h"
#include "processor/serve/runs/merge_duplicates.h"

namespace leadpulse::serve {
namespace {

// What the run answered, printed.
template <typename Message, typename Print>
http::Answer Printed(Result<std::variant<Message, RunRefusal>> answered, const Print& print) {
  LP_ASSIGN_OR_ANSWER(const Message message, OrProblem(std::move(answered)));
  return {http::kOk, print(message), kJsonType};
}

// Adds what each page ends with, and closes the object.
void EndPage(const std::string& cursor, int64_t clock_ms, JsonObject* page) {
  cursor.empty() ? page->Null("cursor") : page->Text("cursor", cursor);
  page->Time("at", {clock_ms});
  page->End();
}

std::string TimelineJson(const v1::Timeline& timeline) {
  std::string body;
  JsonObject page(&body);
  page.Text("id", timeline.lead_id());
  AppendJsonArray(timeline.entries_json(), page.Key("entries"), [&body](const std::string& entry) { body += entry; });
  *page.Key("folded") += timeline.folded_json();
  EndPage(timeline.cursor(), timeline.clock_ms(), &page);
  return body;
}

std::string DuplicatesJson(const v1::Duplicates& duplicates, const std::string& tenant) {
  std::string body;
  JsonObject page(&body);
  AppendJsonArray(duplicates.addresses(), page.Key("duplicates"),
                  [&](const v1::SharedAddress& address) { AppendSharedAddress(tenant, address, &body); });
  AppendMissing(duplicates.missing_partitions(), &page);
  EndPage(duplicates.cursor(), duplicates.clock_ms(), &page);
  return body;
}

void AppendSegments(const v1::LeadCounts& counts, JsonObject* page) {
  std::string* const out = page->Key("segments");
  AppendJsonArray(counts.segments(), out, [out](const v1::SegmentCount& segment) {
    JsonObject object(out);
    object.Text("id", segment.id());
    object.Text("name", segment.name());
    object.Text("rule", segment.rule());
    object.Number("count", segment.leads());
  });
}

std::string PipelineJson(const v1::Pipeline& pipeline, std::string_view sort) {
  std::string body;
  JsonObject page(&body);
  AppendJsonArray(pipeline.columns(), page.Key("stages"), [&](const v1::PipelineColumn& column) {
    JsonObject object(&body);
    object.Text("stage", column.stage());
    object.Boolean("locked", column.is_final());
    object.Number("count", column.leads());
    object.Text("href", SearchLink(column.rule(), sort));
    AppendJsonArray(column.rows_json(), object.Key("contacts"), [&body](const std::string& row) { body += row; });
    column.cursor().empty() ? object.Null("cursor") : object.Text("cursor", column.cursor());
  });
  page.Texts("warnings", pipeline.column_warnings());
  AppendRunState(pipeline, &page);
  page.Time("at", {pipeline.clock_ms()});
  page.End();
  return body;
}

void AppendCampaigns(const v1::LeadCounts& counts, JsonObject* page) {
  std::string* const out = page->Key("campaigns");
  AppendJsonArray(counts.campaigns(), out, [out](const v1::CampaignCount& campaign) {
    JsonObject object(out);
    object.Text("id", campaign.id());
    object.Number("assigned", campaign.assigned());
    object.Number("reached", campaign.reached());
  });
  if (counts.other_campaigns() == 0) return page->Null("others");
  JsonObject others(page->Key("others"));
  others.Number("assigned", counts.of_other_campaigns().assigned());
  others.Number("reached", counts.of_other_campaigns().reached());
}

}  // namespace

http::Answer LeadReads::Read(const ApiRequest& request, const access::Principal& principal) {
  const v1::Caller caller = CallerFor(principal);
  switch (request.route->kind) {
    case RouteKind::kExplain:
      return Explain(request, caller);
    case RouteKind::kTimeline:
      return Timeline(request, caller);
    case RouteKind::kExport:
      return Export(request, principal);
    case RouteKind::kDuplicates:
      return Duplicates(request, caller);
    case RouteKind::kPipeline:
      return Pipeline(request, caller);
    case RouteKind::kTopics:
      return Topics(caller);
    case RouteKind::kReport:
      return Report(request, caller);
    default:
      return Counts(request.route->kind, caller);
  }
}

http::Answer LeadReads::Explain(const ApiRequest& request, const v1::Caller& caller) {
  LP_ASSIGN_OR_ANSWER(const v1::ExplainLead query, QueryAbout<v1::ExplainLead>(request, caller));
  return Printed(run_->Explain(query),
                 [](const v1::LeadDocument& document) { return WithId(document.lead_id(), document.json()); });
}

http::Answer LeadReads::Timeline(const ApiRequest& request, const v1::Caller& caller) {
  LP_ASSIGN_OR_ANSWER(v1::GetTimeline query, QueryAbout<v1::GetTimeline>(request, caller));
  LP_ASSIGN_OR_ANSWER(const uint32_t limit, LimitOf(request));
  query.set_limit(limit);
  query.set_cursor(std::string(request.Parameter("cursor")));
  return Printed(run_->Timeline(query), TimelineJson);
}

http::Answer LeadReads::Export(const ApiRequest& request, const access::Principal& principal) {
  LP_ASSIGN_OR_ANSWER(const v1::ExportLead query, QueryAbout<v1::ExportLead>(request, CallerFor(principal)));
  std::string id;
  http::Answer answer = Printed(run_->Export(query), [&id](const v1::LeadDocument& document) {
    id = document.lead_id();
    return WithId(id, document.json());
  });
  if (answer.code != http::kOk) return answer;
  const Status line =
      audit_->Append({clock_->Now(), principal.who, principal.tenant, std::string(request.route->action), id, "done"});
  if (!line.ok()) return Failed(line);
  answer.headers.emplace_back("Content-Disposition", "attachment; filename=\"contact.json\"");
  return answer;
}

http::Answer LeadReads::Duplicates(const ApiRequest& request, const v1::Caller& caller) {
  LP_ASSIGN_OR_ANSWER(const uint32_t limit, LimitOf(request));
  v1::FindDuplicates query;
  *query.mutable_caller() = caller;
  query.set_limit(limit);
  query.set_cursor(std::string(request.Parameter("cursor")));
  return Printed(run_->Duplicates(query), [&caller](const v1::Duplicates& duplicates) {
    return DuplicatesJson(duplicates, caller.tenant_id());
  });
}

http::Answer LeadReads::Pipeline(const ApiRequest& request, const v1::Caller& caller) {
  LP_ASSIGN_OR_ANSWER(const uint32_t limit, LimitOf(request));
  LP_ASSIGN_OR_ANSWER(const std::vector<v1::SortColumn> sort, SortOf(request));
  v1::GetPipeline query;
  *query.mutable_caller() = caller;
  SetSort(sort, &query);
  query.set_limit(limit);
  return Printed(run_->Pipeline(query), [&request](const v1::Pipeline& pipeline) {
    return PipelineJson(pipeline, request.Parameter("sort"));
  });
}

http::Answer LeadReads::Report(const ApiRequest& request, const v1::Caller& caller) {
  const std::optional<ReportFormat> format = ReportFormatOf(request.Parameter("format"), request.accept);
  if (!format) return Problem(http::kBadRequest, "invalid_value", "json, csv or html", "format");
  constexpr std::string_view kBelow = "/reports/";
  v1::MakeReport query;
  *query.mutable_caller() = caller;
  query.set_name(std::string(request.route->path.substr(kBelow.size())));
  LP_ASSIGN_OR_ANSWER(const v1::Report report, OrProblem(run_->Report(query)));
  return ReportAnswer(report, *format);
}

// An opt-out query without a lead returns the topics that the definitions declare.
http::Answer LeadReads::Topics(const v1::Caller& caller) {
  v1::FindOptOut query;
  *query.mutable_caller() = caller;
  return Printed(run_->OptOutOf(query), [](const v1::OptOut& known) {
    std::string body;
    JsonObject page(&body);
    AppendJsonArray(known.topics(), page.Key("topics"), [&body](const v1::OptOut::Topic& topic) {
      JsonObject object(&body);
      object.Text("id", topic.id());
      object.Text("name", topic.name());
    });
    page.End();
    return body;
  });
}

http::Answer LeadReads::Counts(RouteKind kind, const v1::Caller& caller) {
  v1::CountLeads query;
  *query.mutable_caller() = caller;
  return Printed(run_->Count(query), [kind](const v1::LeadCounts& counts) {
    std::string body;
    JsonObject page(&body);
    switch (kind) {
      case RouteKind::kSegments:
        AppendSegments(counts, &page);
        break;
      default:
        LP_ASSERT(kind == RouteKind::kCampaigns);
        AppendCampaigns(counts, &page);
    }
    AppendRunState(counts, &page);
    page.Time("at", {counts.clock_ms()});
    page.End();
    return body;
  });
}

}  // namespace leadpulse::serve
