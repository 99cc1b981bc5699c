#include "processor/serve/pages/job_pages.h"

#include <string>

#include "processor/base/text.h"
#include "processor/serve/pages/api_reply.h"
#include "processor/serve/pages/lead_cells.h"
#include "processor/serve/pages/page_answers.h"

namespace leadpulse::serve {

using webhooks::Json;

PageData JobRow(const Json& job) {
  PageData row = DataOf(job);
  const std::string_view kind = job["kind"].text();
  row["kind_label"] = PageData(kind == "bulk" ? "Bulk edit" : LabelOf(kind));
  row["state_label"] = PageData(LabelOf(job["state"].text()));
  row["created"] = PageData(ShortTime(job["created"].text()));
  const std::string_view state = job["state"].text();
  row["may_cancel"] = PageData((state == "pending" || state == "running") && !job["cancelling"].truth());
  row["has_file"] = PageData(!job["file"].text().empty());
  row["import_query"] = PageData(QueryOf({{"import", std::string(job["id"].text())}}));
  row["is_import"] = PageData(kind == "import");
  row["job_query"] = PageData(QueryOf({{"job", std::string(job["id"].text())}}));
  for (const char* name : {"done", "total"}) row[std::string(name) + "_text"] = PageData(GroupDigits(job[name].text()));
  row["wrong_text"] = PageData(Counted(job["wrong"].text(), "row"));
  row["has_wrong"] = PageData(ParseNumber(job["wrong"].text()).value_or(0) > 0);
  row["reasons"] = ListOf(job["reasons"].members(), [](const auto& count) {
    PageData reason;
    reason["reason"] = PageData(LabelOf(count.first));
    reason["times"] = PageData(std::string(count.second.text()));
    return reason;
  });
  return row;
}

http::Answer ShowJobs(const PageRequest& request) {
  LP_ASSIGN_OR_ANSWER(const Json list, JsonOrPage({.action = "job.list"}, request, "Jobs"));
  PageData data = NewPage(request, "Jobs");
  kainjow::mustache::list jobs;
  bool goes_on = false;
  for (const Json& job : list["jobs"].elements()) {
    jobs.push_back(JobRow(job));
    goes_on = goes_on || job["state"].text() == "pending" || job["state"].text() == "running";
  }
  data["goes_on"] = PageData(goes_on);
  data["has_jobs"] = PageData(!jobs.empty());
  data["jobs"] = PageData(jobs);
  http::Answer answer = Page(http::kOk, "jobs", data);
  if (goes_on) answer.headers.emplace_back("Refresh", "2");
  return answer;
}

http::Answer DownloadExport(const PageRequest& request) {
  return Download({.action = "export.file", .id = std::string(request.Parameter("job"))}, request);
}

http::Answer CancelJob(const PageRequest& request) {
  const ApiReply reply = CallApi({.action = "job.cancel", .id = std::string(request.Field("job"))}, request);
  if (!reply.is_done()) return Message(reply.code, request, "This job cannot be cancelled", reply.sentence());
  return Redirect("/jobs");
}

}  // namespace leadpulse::serve
