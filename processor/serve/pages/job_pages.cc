// The progress of an import, its leads, and the list of jobs.
#include <string>
#include <string_view>

#include "processor/base/text.h"
#include "processor/serve/pages/api_reply.h"
#include "processor/serve/pages/job_rows.h"
#include "processor/serve/pages/page_answers.h"
#include "processor/serve/pages/page_table.h"

namespace leadpulse::serve {
namespace {

constexpr char kImportTitle[] = "Import";

int64_t NumberIn(const Json& value) { return static_cast<int64_t>(ParseNumber(value.text()).value_or(0)); }

// Returns a reason code as people say it; the code itself with a capital letter if it is no code.
std::string ReasonLabel(std::string_view reason) {
  if (reason == "changed_since") return "Changed by somebody since";
  if (reason == "has_events") return "Has done something since";
  if (reason == "final_stage") return "Is in a final stage";
  if (reason == "conflict") return "Changed at the same moment";
  return LabelOf(reason);
}

// Returns what the job has come to.
std::string StateLabel(const Json& job, const ShownNumbers& numbers) {
  const std::string_view state = job["state"].text();
  if (state == "running" && job["cancelling"].truth()) return "Is being cancelled";
  if (state != "done") return LabelOf(state);
  const int64_t wrong = NumberIn(job["wrong"]), done = NumberIn(job["done"]);
  const std::string_view thing = job["kind"].text() == "import" ? "row" : "lead";
  if (wrong == 0) return "Done";
  const bool is_undo = job["kind"].text() == "undo";
  if (wrong < done) return Concat({"Done, but for ", numbers.Counted(job["wrong"].text(), thing)});
  return Concat({"Nothing done: ", done == 1 ? "the only " : "all ",
                 done == 1 ? std::string(thing) : numbers.Counted(job["wrong"].text(), thing),
                 is_undo     ? " stayed"
                 : done == 1 ? " was refused"
                             : " were refused"});
}

std::string_view KindLabel(std::string_view kind) {
  if (kind == "bulk") return "Bulk edit";
  if (kind == "undo") return "Import taken back";
  return kind == "import" ? "Import" : "Export";
}

// Adds what the import changed and how it can be taken back, or was.
void AddUndo(const Json& job, const ShownTimes& times, const PageRequest& request, PageData* data) {
  const ShownNumbers numbers = ShownNumbers::For(request);
  const int64_t undoable = NumberIn(job["undoable"]);
  (*data)["may_undo"] = undoable > 0;
  (*data)["undoable"] = numbers.Counted(job["undoable"].text(), "lead");
  const std::string_view path = job["undoneBy"].text();
  if (path.empty()) return;
  const ApiReply undo = CallApi({.action = "job.get", .id = std::string(path.substr(path.rfind('/') + 1))}, request);
  if (!undo.is_done()) return;
  (*data)["undo_job"] = JobRow(undo.json, times, numbers);
  if (GoesOn(undo.json)) (*data)["may_undo"] = false;
  (*data)["is_undoing"] = GoesOn(undo.json);
}

}  // namespace

PageData JobRow(const Json& job, const ShownTimes& times, const ShownNumbers& numbers) {
  PageData row = DataOf(job);
  const std::string_view kind = job["kind"].text();
  row["kind_label"] = std::string(KindLabel(kind));
  row["state_label"] = StateLabel(job, numbers);
  row["created"] = times.Of(job["created"]);
  row["may_cancel"] = GoesOn(job) && !job["cancelling"].truth();
  row["has_file"] = !job["file"].text().empty();
  row["is_import"] = kind == "import";
  row["import_query"] = QueryOf({{"import", std::string(job["id"].text())}});
  row["job_query"] = QueryOf({{"job", std::string(job["id"].text())}});
  for (const char* name : {"done", "total"}) row[std::string(name) + "_text"] = numbers.Of(job[name].text());
  row["thing"] = kind == "import" ? "rows" : "leads";
  row["wrong_text"] = numbers.Counted(job["wrong"].text(), kind == "import" ? "row" : "lead");
  row["has_wrong"] = NumberIn(job["wrong"]) > 0;
  row["reasons"] = ListOf(job["reasons"].members(), [&numbers](const auto& count) {
    return PageRow{{"reason", ReasonLabel(count.first)}, {"times", numbers.Of(count.second.text())}};
  });
  return row;
}

bool GoesOn(const Json& job) {
  const std::string_view state = job["state"].text();
  return state == "pending" || state == "running";
}

http::Response ShowProgress(const PageRequest& request) {
  const std::string id(request.Parameter("import"));
  LP_ASSIGN_OR_ANSWER(const Json job, JsonOrPage({.action = "import.get", .id = id}, request, kImportTitle));
  const std::string_view state = job["state"].text();
  if (state == "uploaded") return Redirect("/import/columns?" + QueryOf({{"import", id}}));
  PageData data = NewPage(request, kImportTitle, "/import");
  const ShownTimes times = ShownTimes::For(request);
  data["job"] = JobRow(job, times, ShownNumbers::For(request));
  AddUndo(job, times, request, &data);
  const bool goes_on = GoesOn(job) || data["is_undoing"].is_true();
  data["goes_on"] = goes_on;
  http::Response response = Page(http::kOk, "import_progress", data);
  if (goes_on) response.headers.emplace_back("Refresh", "1");
  return response;
}

http::Response UndoImport(const PageRequest& request) {
  const std::string id(request.Field("import"));
  const ApiReply reply = CallApi({.action = "import.undo", .id = id}, request);
  if (!reply.is_done()) return Message(reply.code, request, "Nothing was taken back", reply.sentence());
  return Redirect("/import/progress?" + QueryOf({{"import", id}}));
}

http::Response ShowImportedLeads(const PageRequest& request) {
  const std::string id(request.Parameter("import"));
  LP_ASSIGN_OR_ANSWER(
      const Json page,
      JsonOrPage(
          {.action = "import.contacts", .id = id, .parameters = {{"cursor", std::string(request.Parameter("cursor"))}}},
          request, kImportTitle));
  PageData data = NewPage(request, "Leads of an import", "/import");
  data["import_query"] = QueryOf({{"import", id}});
  AddList("leads",
          ListOf(page["contacts"].elements(),
                 [](const Json& lead) {
                   std::vector<std::string> changed;
                   for (const Json& name : lead["changed"].elements()) changed.push_back(LabelOf(name.text()));
                   return PageRow{{"id", std::string(lead["id"].text())},
                                  {"lead_query", QueryOf({{"lead", std::string(lead["id"].text())}})},
                                  {"is_new", lead["isNew"].truth()},
                                  {"changed", Join(changed, ", ")},
                                  {"left", lead["left"].text().empty() ? PageData(false)
                                                                       : PageData(ReasonLabel(lead["left"].text()))}};
                 }),
          &data);
  const std::string cursor(page["cursor"].text());
  if (!cursor.empty()) data["next_query"] = QueryOf({{"import", id}, {"cursor", cursor}});
  return Page(http::kOk, "import_leads", data);
}

http::Response DownloadWrongRows(const PageRequest& request) {
  return Download({.action = "import.wrong_rows", .id = std::string(request.Parameter("import"))}, request);
}

http::Response ShowJobs(const PageRequest& request) {
  LP_ASSIGN_OR_ANSWER(const Json list, JsonOrPage({.action = "job.list"}, request, "Jobs"));
  PageData data = NewPage(request, "Jobs");
  const ShownTimes times = ShownTimes::For(request);
  const ShownNumbers numbers = ShownNumbers::For(request);
  PageList jobs;
  bool goes_on = false;
  for (const Json& job : list["jobs"].elements()) {
    jobs.push_back(JobRow(job, times, numbers));
    goes_on = goes_on || GoesOn(job);
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
