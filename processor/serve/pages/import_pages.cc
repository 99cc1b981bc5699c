// Imports: the upload, and its columns with a preview.
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/text.h"
#include "processor/serve/pages/api_reply.h"
#include "processor/serve/pages/import_columns.h"
#include "processor/serve/pages/import_form.h"
#include "processor/serve/pages/job_rows.h"
#include "processor/serve/pages/page_answers.h"
#include "processor/serve/pages/page_table.h"

namespace leadpulse::serve {
namespace {

constexpr char kChooseFile[] = "Choose a CSV file that is not empty.";
constexpr char kTitle[] = "Import";
constexpr std::string_view kShownJobs = "10";

PageData NewImport(const PageRequest& request) {
  PageData data = NewPage(request, kTitle, "/import");
  data["kinds"] = ListOf(ImportKinds(), [&request](const ImportChoice& each) {
    return OptionOf(each.value, each.label, each.value == KindOf(request));
  });
  data["kind"] = TextData(KindOf(request));
  data["is_contacts"] = KindOf(request) == kContacts;
  return data;
}

http::Response UploadPage(unsigned int code, const PageRequest& request, std::string_view problem) {
  PageData data = NewImport(request);
  data["problem"] = TextData(problem);
  const ApiReply jobs = CallApi({.action = "job.list", .parameters = {{"limit", std::string(kShownJobs)}}}, request);
  const ShownTimes times = ShownTimes::For(request);
  const ShownNumbers numbers = ShownNumbers::For(request);
  AddList("jobs", ListOf(jobs.json["jobs"].elements(), [&](const Json& job) { return JobRow(job, times, numbers); }),
          &data);
  return Page(code, "import", data);
}

// Returns the query of an import's page. `kind` is empty if the page needs none.
std::string ImportQuery(std::string_view id, std::string_view kind = "") {
  return QueryOf({{"import", std::string(id)}, {"kind", std::string(kind)}});
}

// Adds the counts of leads, or of rows of events.
void AddCounts(const Json& preview, std::string_view kind, const ShownNumbers& numbers, PageData* data) {
  const bool are_contacts = kind == kContacts;
  PageList counts;
  const auto add = [&](const char* label, std::string_view name, std::string_view effect, bool is_always) {
    const std::string_view number = preview[name].text();
    if (number.empty() || (!is_always && number == "0")) return;
    counts.push_back(PageRow{{"label", label}, {"count", numbers.Of(number)}, {"effect", std::string(effect)}});
  };
  add(are_contacts ? "New" : "About other people", "new", "new", true);
  add(are_contacts ? "Changed" : "About your leads", "changed", "changed", true);
  if (are_contacts) add("Unchanged", "unchanged", "unchanged", true);
  add("Wrong", "wrong", "wrong", true);
  if (!are_contacts) add("Skipped: no event of a lead", "skipped", "skipped", false);
  if (are_contacts) {
    add("Left out", "skipped", "skipped", false);
    add("Opted out", "optedOut", "stopped", true);
    add("Bounced", "bounced", "stopped", false);
    add("Complained", "complained", "stopped", false);
    add("Do not contact", "doNotContact", "stopped", false);
  }
  add("Already get no mail", "suppressed", "stopped", false);
  add("Address also of another lead", "addressesInUse", "wrong", false);
  AddList("counts", counts, data);
}

void AddPreview(const Json& trial, std::string_view kind, const Json& fields, const ShownNumbers& numbers,
                PageData* data) {
  const Json& preview = trial["preview"];
  const std::string_view thing = kind == kContacts ? "lead" : "row";
  (*data)["has_preview"] = true;
  (*data)["count_rows"] = numbers.Of(preview["rows"].text());
  (*data)["is_complete"] = preview["complete"].truth();
  const auto count = [&preview](std::string_view name) {
    return static_cast<int64_t>(ParseNumber(preview[name].text()).value_or(0));
  };
  const int64_t rows = count("rows");
  // Several rows may be of one lead.
  const int64_t leads = count("new") + count("changed") + count("unchanged") + count("unasked");
  const int64_t importable = thing == "lead" ? leads : rows - count("wrong") - count("skipped");
  (*data)["importable"] = numbers.Counted(std::to_string(importable), thing);
  (*data)["thing"] = TextData(thing);
  (*data)["may_run"] = importable > 0;
  (*data)["is_empty"] = rows == 0;
  AddCounts(preview, kind, numbers, data);
  const auto row_of = [&numbers](const Json& reason) {
    return PageRow{{"reason", InWordsOfThePage(reason)},
                   {"rows_text", numbers.Counted(reason["rows"].text(), "row")},
                   {"line", TextData(reason["firstLine"].text())}};
  };
  AddList("reasons", ListOf(preview["reasons"].elements(), row_of), data);
  AddList("doubts", ListOf(preview["doubts"].elements(), row_of), data);
  AddFirstRows(trial, fields, numbers, data);
}

// Returns the problem and the further ones, in a line each.
std::string ProblemsInWords(const Json& trial) {
  std::string text;
  for (const Json* problem : ProblemsOf(trial)) {
    text += Concat({text.empty() ? "" : "\n", Capitalized(InWordsOfThePage(*problem))});
  }
  return text;
}

// Adds what the user has typed or chosen for the file as a whole.
void AddOptions(const PageRequest& request, const Json& trial, PageData* data) {
  AddTyped(request,
           {{"tags", "lists", "campaigns", "date_format", "number_format", "header_row", "empty_words", "timezone",
             "purpose", "consent_column"}},
           data);
  (*data)["empty_unsets"] = request.Has("empty_unsets");
  (*data)["declared_only"] = request.Has("declared_only");
  (*data)["has_undeclared"] = request.Has("declared_only") || trial["remedy"]["column"].text() == kOtherColumns;
  (*data)["rows_of"] = ListOf(RowsChoices(), [&request](const ImportChoice& each) {
    return OptionOf(each.value, each.label, each.value == request.Field("rows_of"));
  });
}

// Shows the columns with a preview. `refusal` is of a run, or nullptr.
http::Response ColumnsPage(const PageRequest& request, const std::string& id, const ApiReply* refusal) {
  const ApiReply trial =
      CallApi({.action = "import.run", .id = id, .body = RunBody(request, /*is_trial=*/true)}, request);
  const ApiReply fields = CallApi({.action = "field.list"}, request);
  PageData data = NewImport(request);
  ApiReply guessed;
  if (!trial.is_done()) {
    if (refusal == nullptr) refusal = &trial;
    // Show the columns without the user's changes, so that these can be mended.
    PageRequest plain;
    plain.parts = request.parts;
    plain.user = request.user;
    plain.parameters = {{"kind", std::string(KindOf(request))}};
    guessed = CallApi({.action = "import.run", .id = id, .body = RunBody(plain, /*is_trial=*/true)}, plain);
    if (!guessed.is_done()) return Message(guessed.code, request, kTitle, guessed.sentence());
  } else {
    if (!trial.json["problem"].is_null()) data["problem"] = ProblemsInWords(trial.json);
    const bool has_preview = !trial.json["preview"].members().empty();
    if (has_preview) AddPreview(trial.json, KindOf(request), fields.json, ShownNumbers::For(request), &data);
  }
  const unsigned int code = refusal == nullptr ? http::kOk : refusal->code;
  if (refusal != nullptr && trial.json["problem"].is_null()) data["problem"] = refusal->sentence();
  const Json& shown = trial.is_done() ? trial.json : guessed.json;
  data["import"] = id;
  AddFile(request, shown, &data);
  AddColumns(request, shown, trial.json, fields.json, &data);
  AddQuestions(request, trial.json, &data);
  AddOptions(request, trial.json, &data);
  return Page(code, "import_columns", data);
}

}  // namespace

http::Response ShowImport(const PageRequest& request) { return UploadPage(http::kOk, request, ""); }

http::Response UploadImport(const PageRequest& request) {
  if (request.upload == nullptr) return UploadPage(http::kUnprocessableContent, request, kChooseFile);
  const ApiReply reply = CallApi({.action = "import.upload", .upload = request.upload}, request);
  if (!reply.is_done()) return UploadPage(reply.code, request, reply.sentence());
  return Redirect("/import/columns?" + ImportQuery(reply.json["id"].text(), KindOf(request)));
}

http::Response ShowColumns(const PageRequest& request) {
  return ColumnsPage(request, std::string(request.Parameter("import")), nullptr);
}

http::Response RunImport(const PageRequest& request) {
  const std::string id(request.Field("import"));
  if (request.Field("kind_was") != KindOf(request)) {
    // The columns then mean something else, and nobody has seen the effects.
    PageRequest begun = request;
    std::erase_if(begun.form, [](const http::FormField& field) {
      return field.name == "column" || field.name == "was" || field.name == "meaning" || field.name == "new_name";
    });
    return ColumnsPage(begun, id, nullptr);
  }
  if (request.Field("what") != "run") return ColumnsPage(request, id, nullptr);
  const ApiReply reply =
      CallApi({.action = "import.run", .id = id, .body = RunBody(request, /*is_trial=*/false)}, request);
  if (reply.is_done()) return Redirect("/import/progress?" + ImportQuery(id));
  return ColumnsPage(request, id, &reply);
}

}  // namespace leadpulse::serve
