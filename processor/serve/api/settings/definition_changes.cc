#include "processor/serve/api/settings/definition_changes.h"

#include "processor/base/json_object.h"
#include "processor/rules/language/printer.h"
#include "processor/serve/api/request/api_request.h"
#include "processor/serve/api/request/problem.h"

namespace leadpulse::serve {
namespace {

std::vector<config::RuleProblem> ProblemsIn(const google::protobuf::RepeatedPtrField<v1::RuleProblem>& answered) {
  std::vector<config::RuleProblem> problems;
  for (const v1::RuleProblem& one : answered) problems.push_back({one.line(), one.column(), one.message()});
  return problems;
}

std::string ProblemsJson(const std::vector<config::RuleProblem>& problems) {
  std::string json;
  AppendJsonArray(problems, &json, [&json](const config::RuleProblem& problem) {
    JsonObject object(&json);
    object.Number("line", problem.line);
    object.Number("column", problem.column);
    object.Text("message", problem.message);
  });
  return json;
}

}  // namespace

std::string ProblemsJson(const std::vector<config::DefinitionsProblem>& problems) {
  std::string json;
  AppendJsonArray(problems, &json, [&json](const config::DefinitionsProblem& problem) {
    JsonObject object(&json);
    object.Number("line", problem.line);
    object.Number("column", problem.column);
    object.Text("path", problem.path);
    object.Text("message", problem.message);
    object.Text("excerpt", problem.excerpt);
  });
  return json;
}

http::Answer WrongDefinitions(const std::vector<config::DefinitionsProblem>& errors) {
  return Problem(http::kUnprocessableContent, "invalid_value", "the definitions have errors; nothing was changed",
                 "text", "errors", ProblemsJson(errors));
}

http::Answer WrongRule(const std::vector<config::RuleProblem>& errors) {
  return Problem(http::kUnprocessableContent, "invalid_value", errors.front().message, "rule", "errors",
                 ProblemsJson(errors));
}

http::Answer PreviewAnswer(const v1::SegmentPreview& preview) {
  if (!preview.problems().empty()) return WrongRule(ProblemsIn(preview.problems()));
  if (preview.ended() == "superseded") {
    return Problem(http::kConflict, "superseded", "a later preview of the same token has ended this one");
  }
  if (!preview.ended().empty()) {
    return Problem(http::kUnavailable, "too_long",
                   "trying the rule takes longer than anybody waits; try `leadpulse preview` on the machine");
  }
  return JsonAnswer(http::kOk, [&preview](JsonObject* object) {
    object->Text("rule", preview.rule());
    *object->Key("warnings") += ProblemsJson(ProblemsIn(preview.warnings()));
    object->Number("count", preview.leads());
    object->Number("before", preview.before());
    object->Number("enter", preview.enter());
    object->Number("leave", preview.leave());
    AppendRows("entering", preview.entering_json(), object);
    AppendRows("leaving", preview.leaving_json(), object);
    AppendObjects("others", preview.others(), object, [](const v1::SegmentChange& other, JsonObject* change) {
      change->Text("id", other.id());
      change->Number("enter", other.enter());
      change->Number("leave", other.leave());
    });
    AppendMissing(preview.missing_partitions(), object);
    object->Time("at", {preview.clock_ms()});
  });
}

std::string VersionOfSegment(const config::Segment& segment) {
  return config::VersionOfText(segment.id + '\0' + segment.name + '\0' + rules::PrintNode(*segment.rule.root));
}

http::Answer VersionRequired() {
  return Problem(http::kPreconditionRequired, "precondition_required",
                 "give the ETag that you have seen, or * for any, in the header If-Match", "If-Match");
}

std::variant<ExpectedVersions, http::Answer> RequiredVersions(const std::string& if_match) {
  if (if_match.empty()) return VersionRequired();
  std::optional<ExpectedVersions> expected = ExpectedVersions::Read(if_match);
  if (!expected) return WrongIfMatch();
  return *std::move(expected);
}

http::Answer InConflict(const std::string& current) {
  http::Answer answer =
      Problem(http::kPreconditionFailed, "conflict",
              "somebody has changed it meanwhile: get it again, and edit what is there now", "If-Match");
  if (!current.empty()) answer.headers.emplace_back("ETag", "\"" + current + "\"");
  return answer;
}

}  // namespace leadpulse::serve
