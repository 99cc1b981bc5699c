#include "processor/serve/api/request/contact_body.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "processor/base/address.h"
#include "processor/base/json_object.h"
#include "processor/base/text.h"
#include "processor/serve/api/request/problem.h"
#include "processor/webhooks/event_collector.h"
#include "processor/webhooks/json.h"
#include "schemas/codec/record_decoder.h"

namespace leadpulse::serve {
namespace {

using webhooks::Json;

constexpr std::string_view kUpdateProfile = "updateProfile";  // a member of codec::Command

std::variant<Json, http::Answer> ReadObject(std::string_view body) {
  Result<Json> json = Json::Parse(body);
  if (!json.ok()) return Problem(http::kBadRequest, "malformed", "the body cannot be read: " + json.status().message());
  if (!json->is_object()) return Problem(http::kBadRequest, "malformed", "the body must be a JSON object");
  return std::move(*json);
}

// Attributes of a body, each name once.
class AttributeSet {
 public:
  // False: the name was there before.
  bool Add(const std::string& name, const Json& value) {
    if (!names_.insert(NormalizeName(name)).second) return false;
    value.AppendTo(object_.Key(name));
    return true;
  }
  bool Has(std::string_view name) const { return names_.contains(name); }
  std::string Take() {
    object_.End();
    return std::move(json_);
  }

 private:
  std::set<std::string, std::less<>> names_;
  std::string json_;
  JsonObject object_{&json_};
};

// The members of the body but `but`, and those of its `attributes`.
std::optional<http::Answer> AddAttributes(const Json& body, std::initializer_list<std::string_view> but,
                                          AttributeSet* set) {
  for (const auto& [name, value] : body.members()) {
    if (std::ranges::find(but, name) != but.end()) continue;
    if (name != "attributes") {
      if (!set->Add(name, value)) return WrongMember(name, "it is there twice");
      continue;
    }
    if (!value.is_object()) return WrongMember(name, "it must be an object");
    for (const auto& [inner, inner_value] : value.members()) {
      if (!set->Add(inner, inner_value)) return WrongMember("attributes." + inner, "it is there twice");
    }
  }
  return std::nullopt;
}

bool HasType(const Json& value, std::string_view type) {
  if (type == "strings") return value.is_array() && std::ranges::all_of(value.elements(), &Json::is_text);
  if (type == "object") return value.is_object();
  if (type == "integer") return value.is_number();
  return type == "boolean" ? value.is_boolean() : value.is_text();
}

// A type of BodyMember.
std::string InWords(std::string_view type) {
  if (type == "strings") return "an array of strings";
  return (type == "object" || type == "integer" ? "an " : "a ") + std::string(type);
}

// Stages are shown in lower case.
std::string UpperCase(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return upper;
}

// The text before the address in `Jane Doe <jane@example.com>`, without quotation marks.
std::string NameBeforeAddress(std::string_view email) {
  const size_t open = email.rfind('<');
  if (open == std::string_view::npos) return {};
  std::string_view name = TrimAsciiSpace(email.substr(0, open));
  if (name.size() >= 2 && name.starts_with('"') && name.ends_with('"')) name = name.substr(1, name.size() - 2);
  return std::string(name);
}

}  // namespace

std::variant<ContactBody, http::Answer> ReadContact(std::string_view body) {
  LP_ASSIGN_OR_ANSWER(const Json json, ReadObject(body));
  ContactBody contact;
  for (const std::string_view name : {"id", "email"}) {
    if (!json[name].is_null() && !json[name].is_text()) return WrongMember(name, "it must be a text");
  }
  contact.id = json["id"].text();
  if (contact.id.find('\0') != std::string::npos) return WrongMember("id", "it must not hold NUL");
  const std::string email(json["email"].text());
  contact.address = webhooks::AddressOf(email);
  if (!email.empty() && !IsAddress(contact.address)) return WrongMember("email", "it is no e-mail address");
  if (contact.id.empty() && contact.address.empty()) return WrongMember("email", "give an e-mail address, or an id");
  AttributeSet set;
  if (auto problem = AddAttributes(json, {"id", "email"}, &set)) return std::move(*problem);
  // The id is the address where there is no other.
  if (!contact.id.empty() && contact.id != contact.address && !contact.address.empty()) {
    set.Add("email", Json::OfTexts({{"email", contact.address}})["email"]);
  }
  const std::string name = NameBeforeAddress(email);
  if (!name.empty() && !set.Has("name") && !set.Has("first_name") && !set.Has("last_name")) {
    set.Add("name", Json::OfTexts({{"name", name}})["name"]);
  }
  contact.attributes = set.Take();
  return contact;
}

std::variant<std::string, http::Answer> ReadAttributes(std::string_view body) {
  LP_ASSIGN_OR_ANSWER(const Json attributes, ReadObject(body));
  AttributeSet set;
  if (auto problem = AddAttributes(attributes, {}, &set)) return std::move(*problem);
  return set.Take();
}

std::variant<std::string, http::Answer> ReadAction(const Route& route, std::string_view body) {
  LP_ASSIGN_OR_ANSWER(const Json json, ReadObject(body));
  for (const BodyMember& member : route.body) {
    if (member.required && json[member.name].is_null()) return WrongMember(member.name, "it is missing");
  }
  std::string action;
  JsonObject object(&action);
  for (const auto& [name, value] : json.members()) {
    const auto member = std::ranges::find(route.body, name, &BodyMember::name);
    if (member == route.body.end()) {
      std::vector<std::string> known;
      for (const BodyMember& each : route.body) known.emplace_back(each.name);
      return WrongMember(name, "there is no such member; there are: " + Join(known, ", "));
    }
    if (!value.is_null() && !HasType(value, member->type)) {
      return WrongMember(name, "it must be " + InWords(member->type));
    }
    if (name == "stage") {
      object.Text(name, UpperCase(value.text()));
    } else {
      value.AppendTo(object.Key(name));
    }
  }
  object.End();
  return action;
}

std::variant<Json, http::Answer> ReadBody(const Route& route, std::string_view body) {
  LP_ASSIGN_OR_ANSWER(const std::string action, ReadAction(route, body));
  Result<Json> json = Json::Parse(action);
  if (!json.ok()) return Problem(http::kBadRequest, "malformed", "the body cannot be read: " + json.status().message());
  for (const auto& [name, value] : json->members()) {
    const auto member = std::ranges::find(route.body, name, &BodyMember::name);
    if (value.is_null()) return WrongMember(name, "it must be " + InWords(member->type));
  }
  return std::move(*json);
}

std::variant<codec::Command, http::Answer> MakeCommand(const CommandHead& head, std::string_view member,
                                                       std::string_view action) {
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
    command.Key(member)->append(action);
  }
  record.End();
  codec::Decoded decoded = codec::MakeJsonRecordDecoder()->Decode(line, {});
  if (auto* made = std::get_if<codec::Command>(&decoded)) return std::move(*made);
  const auto& rejection = std::get<codec::Rejection>(decoded);
  const bool malformed = rejection.reason == codec::Reason::kMalformed;
  // The command's decoder names `command.setStage.stage`. The client sent only `stage`, and attributes without `set`.
  const bool sets = member == kUpdateProfile;
  const std::string record_path = "command." + std::string(member) + (sets ? ".set: " : ".");
  std::string detail = rejection.detail, field;
  if (detail.starts_with(record_path)) {
    detail.erase(0, record_path.size());
    if (!sets) field = detail.substr(0, detail.find(' '));
  }
  return Problem(malformed ? http::kBadRequest : http::kUnprocessableContent, codec::ReasonName(rejection.reason),
                 detail, field);
}

}  // namespace leadpulse::serve
