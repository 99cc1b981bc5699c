#include "processor/serve/api/request/contact_body.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "processor/base/engagement.h"
#include "processor/base/json_object.h"
#include "processor/base/normal_text.h"
#include "processor/base/text.h"
#include "processor/serve/api/request/api_request.h"
#include "processor/serve/api/request/member_names.h"
#include "processor/serve/api/request/problem.h"
#include "processor/serve/api/request/routes.h"
#include "schemas/codec/record_decoder.h"

namespace leadpulse::serve {
namespace {

// Whether it is a number without a fraction: 50, 50.0, 5e1.
bool IsInteger(const Json& value) {
  double number = 0;
  return value.is_number() && absl::SimpleAtod(std::string(value.text()), &number) && std::fmod(number, 1) == 0;
}

bool HasType(const Json& value, std::string_view type) {
  if (type == "strings") return value.is_array() && std::ranges::all_of(value.elements(), &Json::is_string);
  if (type == "objects") return value.is_array();  // each element has a problem of its own
  if (type == "object") return value.is_object();
  if (type == "integer") return IsInteger(value);
  return type == "boolean" ? value.is_boolean() : value.is_string();
}

// Describes a type of BodyMember.
std::string InWords(std::string_view type) {
  if (type == "strings" || type == "objects") return "an array of " + std::string(type);
  return (type == "object" || type == "integer" ? "an " : "a ") + std::string(type);
}

// Converts to upper case, because stages are shown in lower case.
std::string UpperCase(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return upper;
}

}  // namespace

std::variant<Json, http::Response> ReadObject(std::string_view body) {
  if (!IsUtf8(body)) return Problem(http::kBadRequest, "malformed", "the body must be UTF-8");
  Result<Json> json = Json::Parse(body);
  if (!json.ok()) return Problem(http::kBadRequest, "malformed", "the body cannot be read: " + json.status().message());
  if (!json->is_object()) return Problem(http::kBadRequest, "malformed", "the body must be a JSON object");
  return std::move(*json);
}

std::variant<std::string, http::Response> ReadAction(const Route& route, std::string_view body,
                                                     std::string_view field) {
  const auto wrong = [field](std::string_view name, std::string_view detail) {
    return WrongMember(field.empty() ? name : field, detail);
  };
  LP_ASSIGN_OR_ANSWER(const Json json, ReadObject(body));
  std::string action;
  JsonObject object(&action);
  std::set<std::string_view> given;
  for (const auto& [name, value] : json.members()) {
    const auto member = std::ranges::find(route.body, SnakeCase(name), &BodyMember::name);
    if (member == route.body.end()) {
      std::vector<std::string> known;
      for (const BodyMember& each : route.body) known.emplace_back(each.name);
      return wrong(name, "there is no such member; there are: " + Join(known, ", "));
    }
    if (!value.is_null() && !HasType(value, member->type)) {
      return wrong(name, "it must be " + InWords(member->type));
    }
    if (!given.insert(member->name).second) return wrong(name, "it is there twice");
    if (value.is_null() && member->required) return wrong(name, "it is missing");
    if (member->form == "note" && NormalText(value.text()).empty()) return wrong(name, "it must not be blank");
    if (name == "stage" && value.is_string()) {
      if (!StageFromName(AsciiLower(value.text()))) return wrong(name, "one of " + Join(StageNames(), ", "));
      object.Text(name, UpperCase(value.text()));
    } else {
      value.AppendTo(object.Key(member->name));
    }
  }
  for (const BodyMember& member : route.body) {
    if (member.required && !given.contains(member.name)) return wrong(member.name, "it is missing");
  }
  object.End();
  return action;
}

std::string AttributeAtFault(std::string_view detail) {
  constexpr std::string_view kValueOf = "the value of `";
  const bool is_value = detail.starts_with(kValueOf);
  if (!is_value && !detail.starts_with('"')) return {};
  detail.remove_prefix(is_value ? kValueOf.size() : 1);
  return std::string(detail.substr(0, detail.find(is_value ? '`' : '"')));
}

std::variant<Json, http::Response> ReadBody(const Route& route, std::string_view body) {
  LP_ASSIGN_OR_ANSWER(const std::string action, ReadAction(route, body));
  Result<Json> json = Json::Parse(action);
  if (!json.ok()) return Problem(http::kBadRequest, "malformed", "the body cannot be read: " + json.status().message());
  for (const auto& [name, value] : json->members()) {
    const auto member = std::ranges::find(route.body, name, &BodyMember::name);
    if (value.is_null()) return WrongMember(name, "it must be " + InWords(member->type));
  }
  return std::move(*json);
}

codec::Decoded DecodeCommand(const CommandHead& head, std::string_view actions) {
  std::string line;
  JsonObject record(&line);
  {
    JsonObject command(record.Key("command"));
    command.Text("tenantId", head.tenant);
    command.Text("leadId", head.lead);
    command.Text("commandId", head.id);
    command.Text("actor", head.actor);
    command.Time("issuedAt", head.at);
    if (!head.expected_version.empty()) command.Text("expectedVersion", head.expected_version);
    command.End();
    line.back() = ',';
    line.append(actions.substr(1));
  }
  record.End();
  return codec::MakeJsonRecordDecoder()->Decode(line, {});
}

namespace {

// Returns the problem of a refused command. The decoder names `command.setStage.stage`. The client has sent only
// `stage`, and attributes without `set`.
http::Response ProblemOfCommand(const codec::Rejection& rejection, std::span<const CommandAction> actions) {
  constexpr std::string_view kLeadId = "command.leadId";
  std::string detail = rejection.detail, field;
  for (const CommandAction& action : actions) {
    const bool sets = action.member == kUpdateProfile;
    const std::string path = "command." + action.member, record_path = path + (sets ? ".set: " : ".");
    if (detail.starts_with(record_path)) {
      detail.erase(0, record_path.size());
      field = sets ? AttributeAtFault(detail) : detail.substr(0, detail.find(' '));
    } else if (detail.starts_with(path + " ")) {
      detail.replace(0, path.size(), action.field.empty() ? "the body" : action.field);
    } else {
      continue;
    }
    if (!action.field.empty()) field = action.field;
    break;
  }
  if (detail.starts_with(kLeadId)) {
    detail.replace(0, kLeadId.size(), "the id");
    field = "id";
  }
  const bool malformed = rejection.reason == codec::Reason::kMalformed;
  return Problem(malformed ? http::kBadRequest : http::kUnprocessableContent, codec::ReasonName(rejection.reason),
                 detail, field);
}

}  // namespace

std::variant<codec::Command, http::Response> MakeCommand(const CommandHead& head,
                                                         std::span<const CommandAction> actions) {
  std::string members;
  JsonObject object(&members);
  for (const CommandAction& action : actions) object.Key(action.member)->append(action.json);
  object.End();
  codec::Decoded decoded = DecodeCommand(head, members);
  if (auto* made = std::get_if<codec::Command>(&decoded)) return std::move(*made);
  return ProblemOfCommand(std::get<codec::Rejection>(decoded), actions);
}

}  // namespace leadpulse::serve
