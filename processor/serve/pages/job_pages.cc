// The progress of an import, and the list of jobs.
#include <string>
#include <string_view>

#include "processor/base/text.h"
#include "processor/serve/pages/api_reply.h"
#include "processor/serve/pages/lead_cells.h"
#include "processor/serve/pages/page_answers.h"
#include "processor/serve/pages/page_table.h"

namespace leadpulse::serve {
namespace {

// Returns the data for templates of a job, as the API describes it.
PageData JobRow(const Json& job) {
  PageData row = DataOf(job);
  const std::string_view kind = job["kind"].text();
  row["kind_label"] = kind == "bulk" ? "Bulk edit" : LabelOf(kind);
  row["state_label"] = LabelOf(job["state"].text());
  row["created"] = TimeOf(job["created"]);
  const std::string_view state = job["state"].text();
  row["may_cancel"] = (state == "pending" || state == "running") && !job["cancelling"].truth();
  row["has_file"] = !job["file"].text().empty();
  row["import_query"] = QueryOf({{"import", std::string(job["id"].text())}});
  row["is_import"] = kind == "import";
  row["job_query"] = QueryOf({{"job", std::string(job["id"].text())}});
  for (const char* name : {"done", "total"}) row[std::string(name) + "_text"] = GroupDigits(job[name].text());
  row["wrong_text"] = Counted(job["wrong"].text(), "row");
  row["has_wrong"] = ParseNumber(job["wrong"].text()).value_or(0) > 0;
  row["reasons"] = ListOf(job["reasons"].members(), [](const auto& count) {
    return PageRow{{"reason", LabelOf(count.first)}, {"times", std::string(count.second.text())}};
  });
  return row;
}

}  // namespace

http::Response ShowProgress(const PageRequest& request) {
  const std::string id(request.Parameter("import"));
  LP_ASSIGN_OR_ANSWER(const Json job, JsonOrPage({.action = "import.get", .id = id}, request, "Import"));
  const std::string_view state = job["state"].text();
  if (state == "uploaded") return Redirect("/import/columns?" + QueryOf({{"import", id}}));
  PageData data = NewPage(request, "Import", "/import");
  data["job"] = JobRow(job);
  const bool goes_on = state == "pending" || state == "running";
  data["is_done"] = state == "done";
  data["goes_on"] = goes_on;
  http::Response response = Page(http::kOk, "import_progress", data);
  if (goes_on) response.headers.emplace_back("Refresh", "1");
  return response;
}

http::Response DownloadWrongRows(const PageRequest& request) {
  return Download({.action = "import.wrong_rows", .id = std::string(request.Parameter("import"))}, request);
}

http::Response ShowJobs(const PageRequest& request) {
  LP_ASSIGN_OR_ANSWER(const Json list, JsonOrPage({.action = "job.list"}, request, "Jobs"));
  PageData data = NewPage(request, "Jobs");
  PageList jobs;
  bool goes_on = false;
  for (const Json& job : list["jobs"].elements()) {
    jobs.push_back(JobRow(job));
    goes_on = goes_on || job["state"].text() == "pending" || job["state"].text() == "running";
  }
  data["goes_on"] = goes_on;
  AddList("jobs", jobs, &data);
  http::Response response = Page(http::kOk, "jobs", data);
  if (goes_on) response.headers.emplace_back("Refresh", "2");
  return response;
}

http::Response DownloadExport(const PageRequest& request) {
  return Download({.action = "export.file", .id = std::string(request.Parameter("job"))}, request);
}

http::Response CancelJob(const PageRequest& request) {
  const ApiReply reply = CallApi({.action = "job.cancel", .id = std::string(request.Field("job"))}, request);
  if (!reply.is_done()) return Message(reply.code, request, "This job cannot be cancelled", reply.sentence());
  return Redirect("/jobs");
}

}  // namespace leadpulse::serve
