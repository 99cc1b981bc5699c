// Definitions and the audit log.
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_split.h"
#include "config/definitions_loader.h"
#include "processor/base/text.h"
#include "processor/base/value.h"
#include "processor/serve/access/audit_log.h"
#include "processor/serve/api/request/routes.h"
#include "processor/serve/pages/api_reply.h"
#include "processor/serve/pages/lead_cells.h"
#include "processor/serve/pages/page_answers.h"
#include "processor/serve/pages/page_table.h"
#include "processor/serve/pages/shown_time.h"

namespace leadpulse::serve {
namespace {

// Sets what the text declares, and what the checker warns of; nothing for a text with errors.
void AddDeclarations(const std::string& text, const std::string& tenant, PageData* data) {
  const config::LoadedDefinitions loaded = config::LoadDefinitions(text);
  if (loaded.definitions == nullptr) return;
  const config::TenantDefinitions& declared = loaded.definitions->For(tenant);
  const auto warning_row = [](const config::DefinitionsProblem& warning) {
    return PageRow{{"line", std::to_string(warning.line)},
                   {"column", std::to_string(warning.column)},
                   {"message", warning.message}};
  };
  AddList("warnings", ListOf(loaded.warnings, warning_row), data);
  const auto field_row = [](const auto& field) {
    return PageRow{{"field", field.first}, {"type", std::string(FieldTypeName(field.second))}};
  };
  const auto topic_row = [](const config::DeclaredTopic& topic) {
    return PageRow{{"topic", topic.id}, {"topic_name", topic.name}};
  };
  AddList("fields", ListOf(declared.fields, field_row), data);
  AddList("topics", ListOf(declared.topics, topic_row), data);
}

// Sets `lines`: those with an error and the two around each, with their numbers and what is wrong.
void AddMarkedLines(const std::string& text, const Json& errors, PageData* data) {
  constexpr size_t kAround = 2;
  const std::vector<std::string> lines = absl::StrSplit(text, '\n');
  std::map<size_t, PageList> wrong;  // by the number of the line
  std::set<size_t> shown;
  for (const Json& error : errors.elements()) {
    const auto number = ParseInteger<size_t>(error["line"].text());
    if (!number || *number < 1 || *number > lines.size()) continue;
    wrong[*number].push_back(PageRow{{"message", std::string(error["message"].text())}});
    const size_t last = std::min(lines.size(), *number + kAround);
    for (size_t line = std::max(*number, kAround + 1) - kAround; line <= last; ++line) shown.insert(line);
  }
  AddList("lines",
          ListOf(shown,
                 [&](size_t number) {
                   const auto found = wrong.find(number);
                   return PageRow{{"number", std::to_string(number)},
                                  {"line_text", lines[number - 1]},
                                  {"is_wrong", found != wrong.end()},
                                  {"messages", found != wrong.end() ? found->second : PageList()}};
                 }),
          data);
}

PageData DefinitionsData(const PageRequest& request, const std::string& text, std::string_view version) {
  PageData data = NewSettings(request, "Definitions");
  data["text"] = TextData(text);
  data["version"] = TextData(version);
  AddDeclarations(text, request.user.tenant, &data);
  return data;
}

// Shows both texts. The form has the version that is there now, so that the next save takes the user's.
http::Response StaleDefinitions(const PageRequest& request, const std::string& text) {
  LP_ASSIGN_OR_ANSWER(const Json now, JsonOrPage({.action = "definitions.get"}, request, "Definitions"));
  PageData data = DefinitionsData(request, text, now["version"].text());
  data["problem"] =
      "Somebody else saved the definitions while you edited them. Nothing is saved yet: save again to have your text.";
  data["there"] = TextData(now["text"].text());
  return Page(http::kPreconditionFailed, "definitions", data);
}

// Returns a value of a change as people read it; `–` for none.
std::string ValueText(std::string_view name, const Json& value) {
  if (value.is_null()) return "–";
  if (value.is_boolean()) return value.truth() ? "yes" : "no";
  if (!value.is_array()) return name == "stage" ? LabelOf(value.text()) : std::string(value.text());
  std::vector<std::string_view> texts;
  for (const Json& element : value.elements()) texts.push_back(element.text());
  return Join(texts, ", ");
}

// Returns `label`, `old` and `new` of a change; of a tag, a list and the like only what was added or removed.
PageData ChangeRow(const Json& change) {
  const std::string_view name = change["name"].text();
  if (name == "notes") return PageRow{{"label", "Note"}, {"new", "written"}, {"old", false}};
  return PageRow{
      {"label", LabelOf(name)}, {"old", ValueText(name, change["old"])}, {"new", ValueText(name, change["new"])}};
}

// Returns what was done as a sentence of the API says it: `Set the stage`; the name of the action if there is none.
std::string WordsOfAction(std::string_view action) {
  if (action == "session.begin") return "Log in";
  if (action == access::kSubjectErased) return "Erase who it was about";
  for (const Route& route : Routes()) {
    if (route.action == action) return std::string(route.summary.substr(0, route.summary.find(';')));
  }
  return std::string(action);
}

}  // namespace

http::Response ShowDefinitions(const PageRequest& request) {
  LP_ASSIGN_OR_ANSWER(const Json there, JsonOrPage({.action = "definitions.get"}, request, "Definitions"));
  PageData data = DefinitionsData(request, std::string(there["text"].text()), there["version"].text());
  const Json& in_force = there["inForce"];
  data["is_pending"] = !in_force.is_null() && !in_force.truth();
  return Page(http::kOk, "definitions", data);
}

http::Response SaveDefinitions(const PageRequest& request) {
  const std::string text = WithLineFeeds(request.Field("text"));
  const ApiReply reply = CallApi({.action = "definitions.put",
                                  .body = BodyOfTexts({{"text", text}}),
                                  .if_match = Concat({"\"", request.Field("version"), "\""})},
                                 request);
  if (reply.is_done()) return Redirect("/settings?done=1");
  if (reply.code == http::kPreconditionFailed) return StaleDefinitions(request, text);
  PageData data = DefinitionsData(request, text, request.Field("version"));
  data["problem"] = reply.sentence();
  AddList("errors", DataOf(reply.json["errors"]), &data);
  AddMarkedLines(text, reply.json["errors"], &data);
  return Page(reply.code, "definitions", data);
}

http::Response ShowAudit(const PageRequest& request) {
  std::vector<http::FormField> filter;
  PageData data = NewSettings(request, "Audit log");
  for (const char* name : {"who", "lead", "action"}) {
    filter.push_back({name, std::string(TrimAsciiSpace(request.Parameter(name)))});
    data[std::string("filter_") + name] = TextData(filter.back().value);
  }
  ApiCall call{.action = "audit.list", .parameters = filter};
  call.parameters.push_back({"limit", "100"});
  call.parameters.push_back({"cursor", std::string(request.Parameter("cursor"))});
  LP_ASSIGN_OR_ANSWER(const Json log, JsonOrPage(call, request, "Audit log"));
  const ShownTimes times = ShownTimes::For(request);
  const auto row_of = [&times](const Json& line) {
    PageData row = DataOf(line);
    row["at"] = times.Of(line["at"]);
    row["is_erased"] = line["subject"].is_null();
    row["words"] = WordsOfAction(line["action"].text());
    row["changes"] = ListOf(line["changes"].elements(), ChangeRow);
    return row;
  };
  AddList("lines", ListOf(log["lines"].elements(), row_of), &data);
  if (const std::string_view cursor = log["cursor"].text(); !cursor.empty()) {
    filter.push_back({"cursor", std::string(cursor)});
    data["next_query"] = QueryOf(filter);
  }
  return Page(http::kOk, "audit", data);
}

}  // namespace leadpulse::serve
