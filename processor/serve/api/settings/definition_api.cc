#include "processor/serve/api/settings/definition_api.h"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "config/definitions_edit.h"
#include "config/definitions_loader.h"
#include "config/follow_up_fields.h"
#include "config/never_true.h"
#include "config/rule_check.h"
#include "processor/base/json.h"
#include "processor/base/json_object.h"
#include "processor/base/text.h"
#include "processor/rules/language/field_names.h"
#include "processor/rules/language/printer.h"
#include "processor/serve/api/request/contact_body.h"
#include "processor/serve/api/request/problem.h"
#include "processor/serve/api/request/write_headers.h"

namespace leadpulse::serve {
namespace {

using Changed = std::variant<std::string, http::Response>;

std::vector<config::RuleProblem> ProblemsIn(const google::protobuf::RepeatedPtrField<v1::RuleProblem>& answered) {
  std::vector<config::RuleProblem> problems;
  for (const v1::RuleProblem& one : answered) problems.push_back({one.line(), one.column(), one.message()});
  return problems;
}

// Returns `[{"line":1,…}]`.
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

// Sets the member `warnings`, as `[{"message":…}]`, if there are some.
void AddWarnings(const std::vector<std::string>& warnings, JsonObject* object) {
  if (warnings.empty()) return;
  AppendObjects("warnings", warnings, object,
                [](const std::string& warning, JsonObject* one) { one->Text("message", warning); });
}

// Answers 422 with every error of the checker: `errors`, each with line, column, path and message.
http::Response WrongDefinitions(const std::vector<config::DefinitionsProblem>& errors) {
  return Problem(http::kUnprocessableContent, "invalid_value", "the definitions have errors; nothing was changed",
                 "text", "errors", ProblemsJson(errors));
}

// Answers 422 with every error of a segment's rule: `errors`, each with line, column and message.
http::Response WrongRule(const std::vector<config::RuleProblem>& errors) {
  return Problem(http::kUnprocessableContent, "invalid_value", errors.front().message, "rule", "errors",
                 ProblemsJson(errors));
}

// Returns why there are no numbers; nullopt if there are some.
std::optional<http::Response> ProblemOf(const v1::SegmentPreview& preview) {
  if (!preview.problems().empty()) return WrongRule(ProblemsIn(preview.problems()));
  if (preview.ended() == "superseded") {
    return Problem(http::kConflict, "superseded", "a later preview of the same token has ended this one");
  }
  if (!preview.ended().empty()) {
    return Problem(http::kUnavailable, "too_long",
                   "trying the rule takes longer than anybody waits; try `leadpulse preview` on the machine");
  }
  return std::nullopt;
}

http::Response PreviewResponse(const v1::SegmentPreview& preview) {
  return JsonResponse(http::kOk, [&preview](JsonObject* object) {
    object->Text("rule", preview.rule());
    *object->Key("warnings") += ProblemsJson(ProblemsIn(preview.warnings()));
    object->Number("count", preview.leads());
    object->Number("before", preview.before());
    object->Number("enter", preview.enter());
    object->Number("leave", preview.leave());
    AppendRows("entering", preview.entering(), object);
    AppendRows("leaving", preview.leaving(), object);
    AppendObjects("others", preview.others(), object, [](const v1::SegmentChange& other, JsonObject* change) {
      change->Text("id", other.id());
      change->Number("enter", other.enter());
      change->Number("leave", other.leave());
    });
    AppendMissing(preview.missing_partitions(), object);
    object->Time("at", {preview.clock_ms()});
  });
}

// Returns a segment's version, which depends on name and rule alone.
std::string VersionOfSegment(const config::Segment& segment) {
  return config::VersionOfText(segment.id + '\0' + segment.name + '\0' + rules::PrintNode(*segment.rule.root));
}

// Answers 428: If-Match is missing.
http::Response VersionRequired() {
  return Problem(http::kPreconditionRequired, "precondition_required",
                 "give the ETag that you have seen, or * for any, in the header If-Match", "If-Match");
}

// Reads If-Match of a request that needs it. The problem says which header is missing.
std::variant<ExpectedVersions, http::Response> RequiredVersions(const std::string& if_match) {
  if (if_match.empty()) return VersionRequired();
  std::optional<ExpectedVersions> expected = ExpectedVersions::Read(if_match);
  if (!expected) return WrongIfMatch();
  return *std::move(expected);
}

// Answers 412 Precondition Failed. `current` is the version that the file has now, or empty if it has none.
http::Response InConflict(const std::string& current) {
  http::Response response =
      Problem(http::kPreconditionFailed, "conflict",
              "somebody has changed it meanwhile: get it again, and edit what is there now", "If-Match");
  if (!current.empty()) response.headers.emplace_back("ETag", "\"" + current + "\"");
  return response;
}

http::Response FileHasErrors() {
  return Problem(http::kConflict, "file_has_errors",
                 "the definitions file has errors; an operator must put it right, or replace its text");
}

http::Response NotEditable(const Status& status) { return Problem(http::kConflict, "not_editable", status.message()); }

http::Response FileFailed(const Status& status) {
  LogFailure(status);
  if (status.kind() == ErrorKind::kRetriable) {
    return Problem(http::kUnavailable, "busy", "another process is changing the definitions; try again");
  }
  return Problem(http::kUnavailable, "unavailable", status.message());
}

std::string TextFor(const DefinitionsContent& stored, const std::optional<std::string>& tenant) {
  return tenant && stored.definitions != nullptr ? config::TextOfTenant(*stored.definitions, *tenant) : stored.text;
}

std::string VersionFor(const DefinitionsContent& stored, const std::optional<std::string>& tenant) {
  return tenant ? config::VersionOfText(TextFor(stored, tenant)) : stored.version;
}

// Returns the whole text with a new text of the tenant, or the problem.
Changed Merged(const DefinitionsContent& now, const std::optional<std::string>& tenant,
               const config::Definitions& entry) {
  if (!tenant) return entry.text;
  if (now.definitions == nullptr) return FileHasErrors();
  const Result<std::string> text = config::WithTenant(*now.definitions, *tenant, entry);
  if (!text.ok()) return NotEditable(text.status());
  return *text;
}

void AddInForce(std::optional<bool> in_force, JsonObject* object) {
  in_force ? object->Boolean("inForce", *in_force) : object->Null("inForce");
}

http::Response WithETag(http::Response response, const std::string& version) {
  response.headers.emplace_back("ETag", "\"" + version + "\"");
  return response;
}

// A request within the tenant that it is about; nullopt if it is about the whole file.
struct AskedDefinitions {
  const ApiRequest& request;
  const access::Principal& principal;
  const DefinitionParts& parts;
  std::optional<std::string> tenant;
};

http::Response PreviewSegment(const AskedDefinitions& asked) {
  v1::SegmentPreview preview;
  auto problem = ReadPreview(asked.request, asked.principal, asked.parts.run, &preview);
  return problem ? *std::move(problem) : PreviewResponse(preview);
}

// Returns the tenant's definitions in force; null if no run answers.
std::shared_ptr<const config::Definitions> InForce(const std::string& tenant, RunClient* run) {
  const auto answered = run->Definitions(QueryBy<v1::GetDefinitions>(WholeTenant(tenant)));
  const v1::DefinitionsInForce* in_force = AnswerIn(answered);
  return in_force == nullptr ? nullptr : config::LoadDefinitions(in_force->text()).definitions;
}

// Returns the definitions of the file; if the front knows no file, those in force.
std::variant<DefinitionsContent, http::Response> StoredFor(const AskedDefinitions& asked) {
  if (asked.parts.file->is_known()) {
    LP_ASSIGN_OR_ANSWER(DefinitionsContent stored, OrFailed(asked.parts.file->Read()));
    if (asked.tenant && stored.definitions == nullptr) return FileHasErrors();
    return stored;
  }
  auto in_force = InForce(asked.tenant.value_or(asked.principal.tenant), asked.parts.run);
  if (in_force == nullptr) return Unavailable();
  return DefinitionsContent{in_force->text, in_force->version, in_force};
}

// Whether the whole text, or its part about the tenant, is in force; nullopt if that is unknown.
std::optional<bool> IsInForce(const AskedDefinitions& asked, const DefinitionsContent& stored) {
  const std::string& tenant = asked.tenant ? *asked.tenant : asked.principal.tenant;
  const auto answered = asked.parts.run->Definitions(QueryBy<v1::GetDefinitions>(WholeTenant(tenant)));
  const v1::DefinitionsInForce* in_force = AnswerIn(answered);
  if (in_force == nullptr) return std::nullopt;
  return asked.tenant ? in_force->text() == TextFor(stored, asked.tenant) : in_force->version() == stored.version;
}

// Answers with definitions. `warnings` are as from ProblemsJson; if empty, the answer has none.
http::Response DefinitionsResponse(const AskedDefinitions& asked, const DefinitionsContent& stored,
                                   const std::string& warnings = "") {
  const std::string version = VersionFor(stored, asked.tenant);
  const auto append = [&](JsonObject* object) {
    object->TextOrNull("tenant", asked.tenant);
    object->Text("version", version);
    AddInForce(IsInForce(asked, stored), object);
    object->Text("text", TextFor(stored, asked.tenant));
    if (!warnings.empty()) *object->Key("warnings") += warnings;
  };
  return WithETag(JsonResponse(http::kOk, append), version);
}

http::Response GetDefinitions(const AskedDefinitions& asked) {
  LP_ASSIGN_OR_ANSWER(const DefinitionsContent stored, StoredFor(asked));
  return DefinitionsResponse(asked, stored);
}

Status Log(const AskedDefinitions& asked, const std::string& subject, const std::string& outcome) {
  return asked.parts.audit->Append({asked.parts.clock->Now(), asked.principal.who,
                                    asked.tenant.value_or(asked.principal.tenant),
                                    std::string(asked.request.route->action), subject, outcome});
}

config::RulesInForce RulesOf(const DefinitionsContent& content) {
  return content.definitions == nullptr ? config::RulesInForce() : config::RulesInForce(*content.definitions);
}

// Stores the result of `change`. Adds a line to the audit log before, and one with the outcome after. Sets `warnings`,
// if it is not null, to what the checker warns of since.
std::variant<DefinitionsContent, http::Response> Edit(const AskedDefinitions& asked, const std::string& subject,
                                                      const DefinitionsFile::Change& change,
                                                      std::vector<std::string>* warnings = nullptr) {
  if (!asked.parts.file->is_known()) return Problem(http::kConflict, "not_editable", asked.parts.file->hint());
  bool is_logged = false;
  auto edited = asked.parts.file->Edit([&](const DefinitionsContent& now) -> Changed {
    Changed changed = change(now);
    const auto* text = std::get_if<std::string>(&changed);
    if (text == nullptr) return changed;
    const config::LoadedDefinitions loaded = config::LoadDefinitions(*text, RulesOf(now));
    if (loaded.definitions == nullptr) return WrongDefinitions(loaded.errors);
    const Status fits = asked.parts.file->Check(*loaded.definitions);
    if (!fits.ok()) return WrongMember("text", fits.message());
    if (warnings != nullptr) *warnings = config::NewWarnings(*asked.tenant, config::LoadDefinitions(now.text), loaded);
    // The line comes before the file is replaced: nobody changes it without a line, not even if this process is killed.
    if (const Status line = Log(asked, subject, "started"); !line.ok()) return Failed(line);
    is_logged = true;
    return changed;
  });
  if (is_logged) {
    if (const Status line = Log(asked, subject, edited.ok() ? "done" : "failed"); !line.ok()) LogFailure(line);
  }
  if (!edited.ok()) return FileFailed(edited.status());
  return std::move(*edited);
}

// Returns the rules that the file has now. All if it is not known or cannot be read: the edit says so.
config::RulesInForce RulesInFile(const AskedDefinitions& asked) {
  if (!asked.parts.file->is_known()) return config::RulesInForce::All();
  const Result<DefinitionsContent> now = asked.parts.file->Read();
  return now.ok() ? RulesOf(*now) : config::RulesInForce::All();
}

http::Response PutDefinitions(const AskedDefinitions& asked) {
  LP_ASSIGN_OR_ANSWER(const ExpectedVersions expected, RequiredVersions(asked.request.if_match));
  LP_ASSIGN_OR_ANSWER(const Json body, ReadBody(*asked.request.route, asked.request.body));
  const config::LoadedDefinitions loaded = config::LoadDefinitions(body["text"].text(), RulesInFile(asked));
  if (loaded.definitions == nullptr) return WrongDefinitions(loaded.errors);
  const config::Definitions& entry = *loaded.definitions;
  if (asked.tenant && (entry.tenants.size() != 1 || !entry.tenants.contains(*asked.tenant))) {
    return WrongMember("text", "below `tenants` it must have the tenant " + *asked.tenant + " and no other");
  }
  const auto change = [&](const DefinitionsContent& now) -> Changed {
    const std::string current = VersionFor(now, asked.tenant);
    if (!expected.Has(current)) return InConflict(current);
    return Merged(now, asked.tenant, entry);
  };
  LP_ASSIGN_OR_ANSWER(const DefinitionsContent edited, Edit(asked, "definitions", change));
  return DefinitionsResponse(asked, edited, ProblemsJson(loaded.warnings));
}

// Answers with the segment. `warnings` are those of an edit.
http::Response SegmentResponse(const AskedDefinitions& asked, const DefinitionsContent& stored,
                               const std::vector<std::string>& warnings = {}) {
  const std::string& id = asked.request.id;
  const config::Segment* segment = config::FindSegment(stored.definitions->For(*asked.tenant), id);
  if (segment == nullptr) return NothingThere("segment");
  const std::string version = VersionOfSegment(*segment);
  std::optional<bool> is_in_force;
  if (const auto in_force = InForce(*asked.tenant, asked.parts.run)) {
    const config::Segment* other = config::FindSegment(in_force->For(*asked.tenant), id);
    is_in_force = other != nullptr && VersionOfSegment(*other) == version;
  }
  const auto append = [&](JsonObject* object) {
    object->Text("id", segment->id);
    object->Text("name", segment->name);
    object->Text("rule", segment->rule.source);
    object->Text("version", version);
    AddInForce(is_in_force, object);
    const rules::Node in_segment{rules::InSegment{segment->id, {}}, {}};
    object->Text("href", SearchLink(rules::PrintNode(in_segment)));
    AddWarnings(warnings, object);
  };
  return WithETag(JsonResponse(http::kOk, append), version);
}

http::Response GetSegment(const AskedDefinitions& asked) {
  LP_ASSIGN_OR_ANSWER(const DefinitionsContent stored, StoredFor(asked));
  return SegmentResponse(asked, stored);
}

http::Response PutSegment(const AskedDefinitions& asked) {
  const bool may_be_new = asked.request.if_match.empty();
  ExpectedVersions expected;
  if (!may_be_new) {
    LP_ASSIGN_OR_ANSWER(expected, RequiredVersions(asked.request.if_match));
  }
  LP_ASSIGN_OR_ANSWER(const Json body, ReadBody(*asked.request.route, asked.request.body));
  const config::SegmentText wanted{asked.request.id, std::string(body["name"].text()),
                                   std::string(body["rule"].text())};
  const auto change = [&](const DefinitionsContent& now) -> Changed {
    if (now.definitions == nullptr) return FileHasErrors();
    const config::Segment* there = config::FindSegment(now.definitions->For(*asked.tenant), wanted.id);
    if (there == nullptr && !may_be_new) return InConflict("");
    if (there != nullptr && may_be_new) return VersionRequired();
    const std::string current = there == nullptr ? "" : VersionOfSegment(*there);
    if (!expected.Has(current)) return InConflict(current);
    const config::CheckedRule checked = config::CheckRuleText(wanted.rule, now.definitions->For(*asked.tenant));
    if (!checked.errors.empty()) return WrongRule(checked.errors);
    config::SegmentText segment = wanted;
    if (segment.name.empty() && there != nullptr) segment.name = there->name;
    const Result<std::string> text = config::WithSegment(*now.definitions, *asked.tenant, segment);
    if (text.ok()) return *text;
    if (config::IsNotEditable(text.status())) return NotEditable(text.status());
    return WrongMember("rule", text.status().message());
  };
  std::vector<std::string> warnings;
  LP_ASSIGN_OR_ANSWER(const DefinitionsContent edited, Edit(asked, "segment:" + wanted.id, change, &warnings));
  return SegmentResponse(asked, edited, warnings);
}

// Returns the text of an edit, or the problem, which names `field`.
Changed Edited(const Result<std::string>& text, std::string_view field) {
  if (text.ok()) return *text;
  if (config::IsNotEditable(text.status())) return NotEditable(text.status());
  return Problem(http::kConflict, "invalid_value", text.status().message(), field);
}

http::Response Removed(const std::vector<std::string>& warnings = {}) {
  return JsonResponse(http::kOk, [&warnings](JsonObject* object) {
    object->Boolean("removed", true);
    AddWarnings(warnings, object);
  });
}

http::Response RemoveSegment(const AskedDefinitions& asked) {
  LP_ASSIGN_OR_ANSWER(const ExpectedVersions expected, RequiredVersions(asked.request.if_match));
  const std::string& id = asked.request.id;
  const auto change = [&](const DefinitionsContent& now) -> Changed {
    if (now.definitions == nullptr) return FileHasErrors();
    const config::Segment* there = config::FindSegment(now.definitions->For(*asked.tenant), id);
    if (there == nullptr) return NothingThere("segment");
    const std::string current = VersionOfSegment(*there);
    if (!expected.Has(current)) return InConflict(current);
    return Edited(config::WithoutSegment(*now.definitions, *asked.tenant, id), "id");
  };
  LP_ASSIGN_OR_ANSWER(const DefinitionsContent edited, Edit(asked, "segment:" + id, change));
  return Removed();
}

http::Response PutList(const AskedDefinitions& asked) {
  LP_ASSIGN_OR_ANSWER(const Json body, ReadBody(*asked.request.route, asked.request.body));
  const std::string& id = asked.request.id;
  const std::string name(body["name"].text());
  const auto change = [&](const DefinitionsContent& now) -> Changed {
    if (now.definitions == nullptr) return FileHasErrors();
    const config::DeclaredName list{id, name.empty() ? id : name};
    return Edited(config::WithList(*now.definitions, *asked.tenant, list), "name");
  };
  LP_ASSIGN_OR_ANSWER(const DefinitionsContent edited, Edit(asked, "list:" + id, change));
  const config::DeclaredName* const list = edited.definitions->For(*asked.tenant).names.lists.Find(id);
  if (list == nullptr) return NothingThere("list");
  return JsonResponse(http::kOk, [list](JsonObject* object) {
    object->Text("id", list->id);
    object->Text("name", list->name);
  });
}

http::Response RemoveList(const AskedDefinitions& asked) {
  const std::string& id = asked.request.id;
  const auto change = [&](const DefinitionsContent& now) -> Changed {
    if (now.definitions == nullptr) return FileHasErrors();
    if (now.definitions->For(*asked.tenant).names.lists.Find(id) == nullptr) return NothingThere("list");
    return Edited(config::WithoutList(*now.definitions, *asked.tenant, id), "id");
  };
  LP_ASSIGN_OR_ANSWER(const DefinitionsContent edited, Edit(asked, "list:" + id, change));
  return Removed();
}

// Returns the text of an edit of one of the tenant's declared fields, or the problem. An empty `type` removes it.
Changed WithField(const AskedDefinitions& asked, const DefinitionsContent& now, const std::string& name,
                  const std::string& type) {
  const std::string& tenant = *asked.tenant;
  const Result<std::string> text =
      config::WithKeys(config::TextOfTenant(*now.definitions, tenant), tenant, {{{"fields", name}, type}});
  if (!text.ok()) return Edited(text, "type");
  const config::LoadedDefinitions loaded = config::LoadDefinitions(*text, RulesOf(now));
  if (loaded.definitions == nullptr) return WrongDefinitions(loaded.errors);
  return Merged(now, tenant, *loaded.definitions);
}

std::optional<http::Response> CheckField(const std::string& name) {
  if (!config::FollowUpFields().contains(name)) return std::nullopt;
  return Problem(http::kConflict, "not_editable", "every tenant has this field", "id");
}

http::Response PutField(const AskedDefinitions& asked) {
  LP_ASSIGN_OR_ANSWER(const Json body, ReadBody(*asked.request.route, asked.request.body));
  const std::string name = NormalizeName(asked.request.id), type(body["type"].text());
  constexpr std::array<std::string_view, 5> kTypes = {"text", "number", "boolean", "date", "day"};
  if (std::ranges::find(kTypes, type) == kTypes.end()) return WrongMember("type", "one of " + Join(kTypes, ", "));
  if (auto problem = CheckField(name)) return *std::move(problem);
  const auto change = [&](const DefinitionsContent& now) -> Changed {
    return now.definitions == nullptr ? Changed(FileHasErrors()) : WithField(asked, now, name, type);
  };
  std::vector<std::string> warnings;
  LP_ASSIGN_OR_ANSWER(const DefinitionsContent edited, Edit(asked, "field:" + name, change, &warnings));
  // The checker's warning about the name, also if it was declared before.
  const std::string of_name = Concat({"fields.", name, ": ", rules::WarningOfName(name)});
  if (!of_name.ends_with(": ") && std::ranges::find(warnings, of_name) == warnings.end()) warnings.push_back(of_name);
  return JsonResponse(http::kOk, [&](JsonObject* object) {
    object->Text("name", name);
    object->Text("type", type);
    AddWarnings(warnings, object);
  });
}

http::Response RemoveField(const AskedDefinitions& asked) {
  const std::string name = NormalizeName(asked.request.id);
  if (auto problem = CheckField(name)) return *std::move(problem);
  const auto change = [&](const DefinitionsContent& now) -> Changed {
    if (now.definitions == nullptr) return FileHasErrors();
    if (!now.definitions->For(*asked.tenant).fields.contains(name)) return NothingThere("field");
    return WithField(asked, now, name, "");
  };
  std::vector<std::string> warnings;
  LP_ASSIGN_OR_ANSWER(const DefinitionsContent edited, Edit(asked, "field:" + name, change, &warnings));
  return Removed(warnings);
}

}  // namespace

std::optional<http::Response> ReadPreview(const ApiRequest& request, const access::Principal& principal, RunClient* run,
                                          v1::SegmentPreview* preview) {
  LP_ASSIGN_OR_ANSWER(const Json body, ReadBody(*request.route, request.body));
  auto query = QueryBy<v1::PreviewSegment>(CallerFor(principal));
  query.set_segment_id(std::string(body["id"].text()));
  query.set_rule(std::string(body["rule"].text()));
  query.set_owner(principal.who);
  LP_ASSIGN_OR_ANSWER(*preview, OrProblem(run->Preview(query)));
  return ProblemOf(*preview);
}

http::Response AnswerDefinitions(const ApiRequest& request, const access::Principal& principal,
                                 const DefinitionParts& parts) {
  using Handler = http::Response (*)(const AskedDefinitions&);
  static constexpr std::pair<std::string_view, Handler> kHandlers[] = {
      {"segment.preview", PreviewSegment},
      {"segment.get", GetSegment},
      {"segment.put", PutSegment},
      {"segment.remove", RemoveSegment},
      {"field.put", PutField},
      {"field.remove", RemoveField},
      {"list.put", PutList},
      {"list.remove", RemoveList},
      {"definitions.get", GetDefinitions},
      {"definitions.put", PutDefinitions},
  };
  LP_ASSIGN_OR_ANSWER(std::string tenant, TenantMeant(request, principal, parts.store));
  const bool is_whole = principal.role == access::Role::kOperator && request.Parameter("tenant").empty() &&
                        request.route->path == "/definitions";
  return HandlerOf(request.route->action,
                   kHandlers)({request, principal, parts, is_whole ? std::nullopt : std::optional(std::move(tenant))});
}

}  // namespace leadpulse::serve
