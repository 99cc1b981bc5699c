#include "processor/serve/api/jobs/export_job.h"

#include <algorithm>
#include <cstdint>

#include "processor/base/json.h"
#include "processor/base/json_object.h"
#include "processor/base/text.h"
#include "processor/serve/api/jobs/export_rows.h"
#include "processor/serve/api/reads/lead_selection.h"

namespace leadpulse::serve {
namespace {

constexpr uint32_t kRowsOfPage = 1'000;

Result<ExportRequest> ReadStoredExport(std::string_view stored) {
  LP_ASSIGN_OR_RETURN(const Json json, Json::Parse(stored));
  ExportRequest request{std::string(json["rule"].text()), std::string(json["format"].text()), {}};
  for (const Json& column : json["columns"].elements()) request.columns.emplace_back(column.text());
  return request;
}

// Returns the warnings of columns without a value on this page and all earlier ones. `place`: where the last page
// ended.
std::vector<std::string> WarningsSoFar(const v1::FoundLeads& page, const Json& place) {
  std::vector<std::string> warnings(page.column_warnings().begin(), page.column_warnings().end());
  if (place["cursor"].is_null()) return warnings;  // this is the first page
  const auto& before = place["warnings"].elements();
  std::erase_if(warnings, [&before](const std::string& warning) {
    return std::ranges::find(before, warning, &Json::text) == before.end();
  });
  return warnings;
}

}  // namespace

std::string StoredExport(const ExportRequest& request) {
  std::string stored;
  JsonObject json(&stored);
  json.Text("rule", request.rule);
  json.Text("format", request.format);
  json.Texts("columns", request.columns);
  json.End();
  return stored;
}

Result<bool> ExportSteps::Step(access::Job* job) {
  LP_ASSIGN_OR_RETURN(const ExportRequest request, ReadStoredExport(job->request));
  LP_ASSIGN_OR_RETURN(const Json place, Json::Parse(job->place.empty() ? "{}" : job->place));
  const int64_t before = StoredNumber(place["bytes"].text());
  auto question = QueryBy<v1::FindLeads>(WholeTenant(job->tenant));
  question.set_rule(request.rule);
  question.set_format(request.format);
  const ExportRows rows(request.columns);
  for (const std::string& column : rows.asked()) question.add_columns(column);
  question.set_limit(kRowsOfPage);
  question.set_cursor(std::string(place["cursor"].text()));
  LP_ASSIGN_OR_RETURN(const v1::FoundLeads found, OrStatus(run_.Find(question)));
  LP_RETURN_IF_ERROR(CheckComplete(found));
  const std::vector<std::string> warnings = WarningsSoFar(found, place);
  job->result = job->id + "." + request.format;
  const auto link = [&](const std::string& lead, const std::string& address) {
    return make_url_(job->tenant, lead, address);
  };
  LP_ASSIGN_OR_RETURN(const std::string text,
                      rows.WithLinks(request.format, found.text(), place["cursor"].is_null(), link));
  LP_RETURN_IF_ERROR(files_.Write(job->result, before, text));
  job->done += found.text_rows();
  job->as_of = Instant{found.clock_ms()};
  job->place.clear();
  JsonObject json(&job->place);
  json.Text("cursor", found.cursor());
  json.Number("bytes", before + static_cast<int64_t>(text.size()));
  json.Texts("warnings", warnings);
  json.End();
  if (!found.cursor().empty()) return false;
  if (job->done > 0) job->detail = Join(warnings, "; ");
  return true;
}

void ExportSteps::Abandon(const access::Job& job) {
  if (!job.result.empty()) (void)files_.Remove(job.result);
}

}  // namespace leadpulse::serve
