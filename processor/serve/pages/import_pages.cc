// Imports: the upload, and its columns with a preview.
#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/json_object.h"
#include "processor/base/text.h"
#include "processor/serve/pages/api_reply.h"
#include "processor/serve/pages/lead_edit.h"
#include "processor/serve/pages/page_answers.h"
#include "processor/serve/pages/page_table.h"

namespace leadpulse::serve {
namespace {

constexpr char kChooseFile[] = "Choose a CSV file that is not empty.";

constexpr std::string_view kContacts = "contacts";
// In the map of a request: all columns that the definitions do not declare.
constexpr std::string_view kOtherColumns = "*";

struct ImportChoice {
  std::string_view kind;  // as the API names it
  std::string_view label;
  // Possible meanings of a column, besides an attribute of a contact or a property of an event.
  std::string_view meanings = "email,lead_id,time,topic";
};
constexpr auto kKinds = std::to_array<ImportChoice>(
    {{kContacts, "Leads",
      "email,lead_id,first_name,last_name,phone,company_name,tags,lists,campaigns,stage,agent,do_not_contact,add_note,"
      "json_members"},
     {"unsubscribe", "People who unsubscribed elsewhere"},
     {"bounce", "People whose mail bounced elsewhere"},
     {"complaint", "People who complained elsewhere"},
     {"events", "A log of opens, clicks and other events",
      "email,lead_id,type,time,campaign,message,link,name,event_id,bounce,machine,user_agent,topic"}});

// Which rows count, by whether their lead is there: a member of the body, or nothing.
struct RowsChoice {
  std::string_view member, label;
};
constexpr auto kRowsOf = std::to_array<RowsChoice>({{"", "all leads"},
                                                    {"update_only", "only leads that are there already"},
                                                    {"create_only", "only leads that are not there yet"}});

// Returns the kind of the file's rows from the form or the address that the upload leads to.
std::string_view KindOf(const PageRequest& request) {
  if (request.Has("kind")) return request.Field("kind");
  return request.Parameter("kind").empty() ? kContacts : request.Parameter("kind");
}

PageData NewImport(const PageRequest& request) {
  PageData data = NewPage(request, "Import", "/import");
  data["kinds"] = ListOf(kKinds, [&request](const ImportChoice& each) {
    return OptionOf(each.kind, each.label, each.kind == KindOf(request));
  });
  data["kind"] = TextData(KindOf(request));
  data["is_contacts"] = KindOf(request) == kContacts;
  return data;
}

PageData MeaningsOf(std::string_view kind) {
  const auto known = std::ranges::find(kKinds, kind, &ImportChoice::kind);
  const std::string_view names = known == kKinds.end() ? ImportChoice().meanings : known->meanings;
  return ListOf(SplitAtCommas(names), [](std::string_view name) { return PageRow{{"name", std::string(name)}}; });
}

http::Response UploadPage(unsigned int code, const PageRequest& request, std::string_view problem) {
  PageData data = NewImport(request);
  data["problem"] = TextData(problem);
  return Page(code, "import", data);
}

// Returns the query of an import's page. `kind` is empty if the page needs none.
std::string ImportQuery(std::string_view id, std::string_view kind = "") {
  return QueryOf({{"import", std::string(id)}, {"kind", std::string(kind)}});
}

// Names the columns whose meaning the user changed. With such a column, all that share its name are named, because each
// option takes the next of them.
void AddMap(const PageRequest& request, JsonObject* body) {
  const std::vector<std::string> columns = request.Fields("column"), was = request.Fields("was"),
                                 meanings = request.Fields("meaning");
  const size_t count = std::min({columns.size(), was.size(), meanings.size()});
  std::set<std::string_view> changed;
  for (size_t i = 0; i < count; ++i) {
    if (TrimAsciiSpace(meanings[i]) != was[i]) changed.insert(columns[i]);
  }
  JsonObject map(body->Key("map"));
  for (size_t i = 0; i < count; ++i) {
    if (changed.contains(columns[i])) map.Text(columns[i], TrimAsciiSpace(meanings[i]));
  }
  if (request.Has("declared_only")) map.Text(kOtherColumns, "");
}

void AddMembersOfContacts(const PageRequest& request, JsonObject* body) {
  for (const char* name : {"tags", "lists", "campaigns"}) {
    const auto values = SplitTexts(request.Fields(name));
    if (!values.empty()) body->Texts(name, values);
  }
  const std::string purpose(TrimAsciiSpace(request.Field("purpose"))), column(request.Field("consent_column"));
  if (!purpose.empty() && !column.empty()) {
    JsonObject consents(body->Key("consents"));
    consents.Text(purpose, column);
  }
  if (request.Has("empty_unsets")) body->Boolean("empty_unsets", true);
  const auto rows_of = std::ranges::find(kRowsOf, request.Field("rows_of"), &RowsChoice::member);
  if (rows_of != kRowsOf.end() && !rows_of->member.empty()) body->Boolean(rows_of->member, true);
}

// An answer to a question about the file: a member of the body, its column if it has one, and the choice.
struct Answer {
  std::string field, column, value;
};

// Returns the answers so far. Questions that are open have none.
std::vector<Answer> AnswersOf(const PageRequest& request) {
  const std::vector<std::string> fields = request.Fields("answer_field"), columns = request.Fields("answer_column"),
                                 values = request.Fields("answer_value");
  std::vector<Answer> answers;
  for (size_t i = 0; i < std::min({fields.size(), columns.size(), values.size()}); ++i) {
    if (!values[i].empty()) answers.push_back({fields[i], columns[i], values[i]});
  }
  return answers;
}

// Adds the answers, but for members that the user has typed.
void AddAnswers(const PageRequest& request, JsonObject* body) {
  const std::vector<Answer> answers = AnswersOf(request);
  for (const char* field : {"date_formats", "number_formats"}) {
    JsonObject forms(body->Key(field));
    for (const Answer& answer : answers) {
      if (answer.field == field) forms.Text(answer.column, answer.value);
    }
  }
  for (const char* field : {"date_format", "number_format", "delimiter"}) {
    const auto answer = std::ranges::find(answers, field, &Answer::field);
    const bool is_typed = !TrimAsciiSpace(request.Field(field)).empty();
    if (answer != answers.end() && !is_typed) body->Text(field, answer->value);
  }
}

void AddHeaderRow(const PageRequest& request, JsonObject* body) {
  const std::string_view typed = TrimAsciiSpace(request.Field("header_row"));
  if (const auto line = ParseInteger<int64_t>(typed)) {
    body->Number("header_row", *line);
  } else if (!typed.empty()) {
    body->Text("header_row", typed);
  }
}

std::string RunBody(const PageRequest& request, bool is_trial) {
  std::string text;
  JsonObject body(&text);
  AddMap(request, &body);
  if (KindOf(request) == kContacts) {
    AddMembersOfContacts(request, &body);
  } else {
    body.Text("kind", KindOf(request));
  }
  AddTexts(request, {{"date_format", "number_format", "delimiter", "encoding", "timezone"}}, &body);
  AddAnswers(request, &body);
  AddHeaderRow(request, &body);
  if (const auto words = SplitTexts(request.Fields("empty_words")); !words.empty()) body.Texts("empty_words", words);
  if (is_trial) body.Boolean("dry_run", true);
  body.End();
  return text;
}

// Makes a row for each column of the file: `column`, `first`, `was`, `meaning`, `is`.
PageData ColumnsOf(const PageRequest& request, const Json& trial) {
  const std::vector<std::string> was = request.Fields("was"), typed = request.Fields("meaning");
  const auto& known = trial["columns"].elements();
  const auto& names = known.empty() ? trial["header"].elements() : known;
  PageList columns;
  for (size_t i = 0; i < names.size(); ++i) {
    const Json& column = names[i];
    const std::string guess(column["meaning"].text());
    columns.push_back(PageRow{{"column", TextData(known.empty() ? column.text() : column["name"].text())},
                              {"first", TextData(column["first"].text())},
                              {"is", TextData(column["is"].text())},
                              {"was", TextData(i < was.size() ? was[i] : guess)},
                              {"meaning", TextData(i < typed.size() ? typed[i] : guess)}});
  }
  return columns;
}

// Returns the error as a sentence, with the way out of this page.
std::string InWordsOfThePage(const Json& problem) {
  const std::string_view field = problem["field"].text(), remedy = problem["remedy"]["field"].text();
  std::string sentence(problem["cause"].text());
  if (!field.empty()) sentence = Concat({LabelOf(field), ": ", sentence});
  if (!problem["remedy"]["choices"].elements().empty()) return sentence + ". Choose one below";
  if (remedy == "date_format") sentence += ". Set under More options how dates are written";
  if (remedy == "number_format") sentence += ". Set under More options how numbers are written";
  if (remedy == "timezone") sentence += ". Set it under More options";
  if (remedy != "map") return sentence;
  if (problem["remedy"]["column"].text() == kOtherColumns) {
    return sentence + ". Declare them under Settings, or choose below to leave them out.";
  }
  const std::string_view meaning = problem["remedy"]["meaning"].text();
  if (meaning.empty()) return sentence + ". Clear the field of the column to leave out.";
  return Concat({sentence, ". Write ", meaning, " beside the column that has it."});
}

void AddPreview(const Json& preview, std::string_view thing, PageData* data) {
  (*data)["has_preview"] = true;
  for (const char* name : {"rows", "new", "changed", "unchanged", "skipped", "wrong", "suppressed", "optedOut",
                           "bounced", "complained", "doNotContact"}) {
    (*data)[std::string("count_") + name] = GroupDigits(preview[name].text());
  }
  (*data)["in_use"] = GroupDigits(preview["addressesInUse"].text());
  (*data)["is_complete"] = preview["complete"].truth();
  const auto count = [&preview](std::string_view name) {
    return static_cast<int64_t>(ParseNumber(preview[name].text()).value_or(0));
  };
  const int64_t rows = count("rows"), skipped = count("skipped");
  // Several rows may be of one lead.
  const int64_t leads = count("new") + count("changed") + count("unchanged") + count("unasked");
  const int64_t importable = thing == "lead" ? leads : rows - count("wrong") - skipped;
  (*data)["importable"] = Counted(std::to_string(importable), thing);
  (*data)["thing"] = TextData(thing);
  (*data)["may_run"] = importable > 0;
  (*data)["is_empty"] = rows == 0;
  (*data)["has_skipped"] = skipped > 0;
  const auto row_of = [](const Json& reason) {
    return PageRow{{"reason", InWordsOfThePage(reason)},
                   {"rows_text", Counted(reason["rows"].text(), "row")},
                   {"line", TextData(reason["firstLine"].text())}};
  };
  AddList("reasons", ListOf(preview["reasons"].elements(), row_of), data);
  AddList("doubts", ListOf(preview["doubts"].elements(), row_of), data);
  for (const char* name : {"optedOut", "bounced", "complained", "doNotContact"}) {
    if (preview[name].text() != "0") (*data)["has_suppressions"] = true;
  }
}

// Returns the problem of a trial and the further ones.
std::vector<const Json*> ProblemsOf(const Json& trial) {
  std::vector<const Json*> problems = {&trial};
  for (const Json& other : trial["others"].elements()) problems.push_back(&other);
  return problems;
}

// Adds the answers so far and the questions that are open, with their choices.
void AddQuestions(const PageRequest& request, const Json& trial, PageData* data) {
  const auto choice = [](const Json& each) {
    return PageRow{{"value", TextData(each["value"].text())}, {"sample", TextData(each["sample"].text())}};
  };
  PageList questions;
  for (const Json* problem : ProblemsOf(trial)) {
    const Json& remedy = (*problem)["remedy"];
    const std::string_view field = remedy["field"].text(), column = remedy["column"].text();
    PageData choices = ListOf(remedy["choices"].elements(), choice);
    if (field == "encoding") AddList("encodings", choices, data);
    if (field == "encoding" || !choices.is_non_empty_list()) continue;
    questions.push_back(PageRow{{"label", column.empty() ? LabelOf(field) : std::string(column)},
                                {"field", TextData(field)},
                                {"column", TextData(column)},
                                {"choices", std::move(choices)}});
  }
  AddList("questions", questions, data);
  AddList("answers",
          ListOf(AnswersOf(request),
                 [](const Answer& each) {
                   return PageRow{{"field", each.field}, {"column", each.column}, {"value", each.value}};
                 }),
          data);
}

// Returns the problem and the further ones, in a line each.
std::string ProblemsInWords(const Json& trial) {
  std::string text;
  for (const Json* problem : ProblemsOf(trial)) {
    text += Concat({text.empty() ? "" : "\n", Capitalized(InWordsOfThePage(*problem))});
  }
  return text;
}

// Adds what the file shows about itself.
void AddFindings(const Json& trial, PageData* data) {
  for (const bool are_offers : {false, true}) {
    PageList lines;
    for (const Json& each : trial["findings"].elements()) {
      if (each["offer"].truth() != are_offers) continue;
      const std::string_view column = each["column"].text();
      const Json& remedy = each["remedy"];
      const bool is_map = are_offers && remedy["field"].text() == "map";
      const std::string_view meaning = remedy["meaning"].text();
      std::string how;
      if (is_map && meaning.empty()) how = "; clear the field beside it if it is about something else";
      if (is_map && !meaning.empty()) how = Concat({"; otherwise write ", meaning, " beside it"});
      lines.push_back(PageRow{{"line", Concat({column, column.empty() ? "" : ": ", each["what"].text(), how})}});
    }
    AddList(are_offers ? "offers" : "findings", lines, data);
  }
}

// Shows the columns with a preview. `refusal` is of a run, or nullptr.
http::Response ColumnsPage(const PageRequest& request, const std::string& id, const ApiReply* refusal) {
  ApiReply trial = CallApi({.action = "import.run", .id = id, .body = RunBody(request, /*is_trial=*/true)}, request);
  PageData data = NewImport(request);
  if (!trial.is_done()) {
    if (refusal == nullptr) refusal = &trial;
    // Show the columns without the user's changes, so that these can be mended.
    PageRequest plain;
    plain.parts = request.parts;
    plain.user = request.user;
    plain.parameters = {{"kind", std::string(KindOf(request))}};
    const ApiReply guessed =
        CallApi({.action = "import.run", .id = id, .body = RunBody(plain, /*is_trial=*/true)}, plain);
    if (!guessed.is_done()) return Message(guessed.code, request, "Import", guessed.sentence());
    data["columns"] = ColumnsOf(request, guessed.json);
  } else {
    data["columns"] = ColumnsOf(request, trial.json);
    if (!trial.json["problem"].is_null()) data["problem"] = ProblemsInWords(trial.json);
    if (!trial.json["preview"].members().empty())
      AddPreview(trial.json["preview"], KindOf(request) == kContacts ? "lead" : "row", &data);
  }
  const unsigned int code = refusal == nullptr ? http::kOk : refusal->code;
  if (refusal != nullptr && trial.json["problem"].is_null()) data["problem"] = refusal->sentence();
  data["import"] = id;
  data["meanings"] = MeaningsOf(KindOf(request));
  AddTyped(request,
           {{"tags", "lists", "campaigns", "date_format", "number_format", "delimiter", "header_row", "empty_words",
             "encoding", "timezone", "purpose", "consent_column"}},
           &data);
  AddQuestions(request, trial.json, &data);
  AddFindings(trial.json, &data);
  data["empty_unsets"] = request.Has("empty_unsets");
  data["declared_only"] = request.Has("declared_only");
  data["has_undeclared"] = request.Has("declared_only") || trial.json["remedy"]["column"].text() == kOtherColumns;
  data["rows_of"] = ListOf(kRowsOf, [&request](const RowsChoice& each) {
    return OptionOf(each.member, each.label, each.member == request.Field("rows_of"));
  });
  data["file_encoding"] = TextData(trial.json["encoding"].text());
  data["encoding_reason"] = TextData(trial.json["encodingReason"].text());
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
      return field.name == "column" || field.name == "was" || field.name == "meaning";
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
