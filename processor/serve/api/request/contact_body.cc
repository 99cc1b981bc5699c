#include "processor/serve/api/request/contact_body.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "processor/base/address.h"
#include "processor/base/engagement.h"
#include "processor/base/json_object.h"
#include "processor/base/text.h"
#include "processor/serve/api/request/api_request.h"
#include "processor/serve/api/request/problem.h"
#include "processor/serve/api/request/routes.h"
#include "schemas/codec/record_decoder.h"

namespace leadpulse::serve {
namespace {

constexpr std::string_view kUpdateProfile = "updateProfile";  // a member of codec::Command

std::variant<Json, http::Response> ReadObject(std::string_view body) {
  if (!IsUtf8(body)) return Problem(http::kBadRequest, "malformed", "the body must be UTF-8");
  Result<Json> json = Json::Parse(body);
  if (!json.ok()) return Problem(http::kBadRequest, "malformed", "the body cannot be read: " + json.status().message());
  if (!json->is_object()) return Problem(http::kBadRequest, "malformed", "the body must be a JSON object");
  return std::move(*json);
}

// Appends the value after a merge patch (RFC 7396 §2).
void AppendPatched(const Json& value, const Json& patch, std::string* out) {
  if (!patch.is_object()) return patch.AppendTo(out);
  JsonObject patched(out);
  for (const auto& [name, member] : value.members()) {
    const bool stays =
        std::ranges::find(patch.members(), name, &Json::Members::value_type::first) == patch.members().end();
    if (stays) member.AppendTo(patched.Key(name));
  }
  for (const auto& [name, member] : patch.members()) {
    if (!member.is_null()) AppendPatched(value[name], member, patched.Key(name));
  }
}

// Attributes of a body, each name once.
class AttributeSet {
 public:
  // Makes a set of attributes. `patched` are those of the contact that the body is a merge patch of (lead_record.h); if
  // null, it replaces them.
  explicit AttributeSet(const Json* patched = nullptr) : patched_(patched) {}

  // Adds an attribute. Returns false if the name was there before.
  bool Add(const std::string& name, const Json& value) {
    const std::string normalized = NormalizeName(name);
    if (!names_.insert(normalized).second) return false;
    std::string* const out = object_.Key(name);
    patched_ == nullptr ? value.AppendTo(out) : AppendPatched((*patched_)[normalized]["sent"], value, out);
    return true;
  }
  bool Has(std::string_view name) const { return names_.contains(name); }
  std::string Take() {
    object_.End();
    return std::move(json_);
  }

 private:
  const Json* const patched_;
  std::set<std::string, std::less<>> names_;
  std::string json_;
  JsonObject object_{&json_};
};

struct NewContact {
  std::string id;
  const Json* email = nullptr;
};

// Adds the members of the body and of its `attributes`. The id and the email of a new contact go to `new_contact`; if
// that is null, they are attributes like others.
std::optional<http::Response> AddAttributes(const Json& body, AttributeSet* set, NewContact* new_contact) {
  const auto add = [&](const std::string& name, const Json& value) {
    if (new_contact == nullptr || NormalizeName(name) != "email") return set->Add(name, value);
    const bool is_first = new_contact->email == nullptr;
    new_contact->email = &value;
    return is_first;
  };
  for (const auto& [name, value] : body.members()) {
    if (new_contact != nullptr && name == "id") {
      if (!value.is_null() && !value.is_string()) return WrongMember(name, "it must be a text");
      new_contact->id = value.text();
    } else if (name != "attributes") {
      if (!add(name, value)) return WrongMember(name, "it is there twice");
    } else if (!value.is_object()) {
      return WrongMember(name, "it must be an object");
    } else {
      for (const auto& [inner, inner_value] : value.members()) {
        if (!add(inner, inner_value)) return WrongMember("attributes." + inner, "it is there twice");
      }
    }
  }
  return std::nullopt;
}

// Whether it is a number without a fraction: 50, 50.0, 5e1.
bool IsInteger(const Json& value) {
  double number = 0;
  return value.is_number() && absl::SimpleAtod(std::string(value.text()), &number) && std::fmod(number, 1) == 0;
}

bool HasType(const Json& value, std::string_view type) {
  if (type == "strings") return value.is_array() && std::ranges::all_of(value.elements(), &Json::is_string);
  if (type == "object") return value.is_object();
  if (type == "integer") return IsInteger(value);
  return type == "boolean" ? value.is_boolean() : value.is_string();
}

// Describes a type of BodyMember.
std::string InWords(std::string_view type) {
  if (type == "strings") return "an array of strings";
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

// Whether `email` among the attributes is a text, other than blank, that is no address, or has marks at its ends that
// nobody sees. Values that are no text are refused elsewhere.
bool HasWrongEmail(const Json& attributes) {
  return std::ranges::any_of(attributes.members(), [](const auto& member) {
    if (NormalizeName(member.first) != "email" || !member.second.is_string()) return false;
    const std::string_view text = member.second.text();
    const std::string address = NormalizeAddress(text);
    return !address.empty() && (!IsAddress(address) || NormalizeAddress(WithoutInvisible(text)) != address);
  });
}

// Whether `GET /contacts/ID` with this id shows something other than the contact, as `/contacts/search` does. Clients
// remove `..` before they send the path (RFC 3986 §5.2.4).
bool IsNameOfRoute(const std::string& id) {
  if (id == "." || id == "..") return true;
  if (id.empty() || id.find('/') != std::string::npos) return false;
  return FindRoute("GET", Concat({kApiBase, "/contacts/", id})).route->action != "contact.get";
}

// Returns the text before the address in `Jane Doe <jane@example.com>`, without quotation marks.
std::string NameBeforeAddress(std::string_view email) {
  const size_t open = email.rfind('<');
  if (open == std::string_view::npos) return {};
  std::string_view name = TrimAsciiSpace(email.substr(0, open));
  if (name.size() >= 2 && name.starts_with('"') && name.ends_with('"')) name = name.substr(1, name.size() - 2);
  return std::string(name);
}

}  // namespace

std::string WhyNoNewId(const std::string& id) {
  if (id.starts_with(kByAddress)) {
    return "it must not begin with email:, because such ids look up an address; give it as `email`";
  }
  if (IsNameOfRoute(id)) return "it must not be " + id + ", because /contacts/" + id + " is another path";
  return {};
}

std::variant<ContactBody, http::Response> ReadContact(std::string_view body) {
  LP_ASSIGN_OR_ANSWER(const Json json, ReadObject(body));
  AttributeSet set;
  NewContact read;
  if (auto problem = AddAttributes(json, &set, &read)) return std::move(*problem);
  ContactBody contact;
  contact.id = std::move(read.id);
  if (contact.id.find('\0') != std::string::npos) return WrongMember("id", "it must not hold NUL");
  if (const std::string why = WhyNoNewId(contact.id); !why.empty()) return WrongMember("id", why);
  const bool has_email = read.email != nullptr && !read.email->is_null();
  if (has_email && !read.email->is_string()) return WrongMember("email", "it must be a text");
  const std::string email(has_email ? read.email->text() : "");
  if (email.find('\0') != std::string::npos) return WrongMember("email", "it must not hold NUL");
  contact.address = ParseAddress(email);
  if (!email.empty() && !IsAddress(contact.address)) return WrongMember("email", "it is no e-mail address");
  if (contact.id.empty() && contact.address.empty()) return WrongMember("email", "give an e-mail address, or an id");
  // The id is the address if there is no other.
  const std::string spelled = SpelledAddress(email);
  if (!spelled.empty() && spelled != (contact.id.empty() ? contact.address : contact.id)) {
    set.Add("email", Json::OfStrings({{"email", spelled}})["email"]);
  }
  const std::string name = NameBeforeAddress(email);
  if (!name.empty() && !set.Has("name") && !set.Has("first_name") && !set.Has("last_name")) {
    set.Add("name", Json::OfStrings({{"name", name}})["name"]);
  }
  contact.attributes = set.Take();
  return contact;
}

std::variant<std::string, http::Response> ReadPatch(std::string_view body, const std::string& record) {
  LP_ASSIGN_OR_ANSWER(const Json attributes, ReadObject(body));
  Json contact;
  // Other values replace the present ones.
  if (std::ranges::any_of(attributes.members(), [](const auto& member) { return member.second.is_object(); })) {
    Result<Json> read = Json::Parse(record);
    if (!read.ok()) return WrongMember("", "objects of this contact cannot be merged: " + read.status().message());
    contact = std::move(*read);
  }
  AttributeSet set(&contact["attributes"]);
  if (auto problem = AddAttributes(attributes, &set, nullptr)) return std::move(*problem);
  if (HasWrongEmail(attributes) || HasWrongEmail(attributes["attributes"])) {
    return WrongMember("email", "it is no e-mail address");
  }
  return set.Take();
}

std::variant<std::string, http::Response> ReadAction(const Route& route, std::string_view body) {
  LP_ASSIGN_OR_ANSWER(const Json json, ReadObject(body));
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
    if (name == "stage" && value.is_string()) {
      if (!StageFromName(AsciiLower(value.text()))) return WrongMember(name, "one of " + Join(StageNames(), ", "));
      object.Text(name, UpperCase(value.text()));
    } else {
      value.AppendTo(object.Key(name));
    }
  }
  for (const BodyMember& member : route.body) {
    if (member.required && json[member.name].is_null()) return WrongMember(member.name, "it is missing");
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

std::variant<codec::Command, http::Response> MakeCommand(const CommandHead& head, std::string_view member,
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
  const std::string action_path = "command." + std::string(member), record_path = action_path + (sets ? ".set: " : ".");
  constexpr std::string_view kLeadId = "command.leadId";
  std::string detail = rejection.detail, field;
  if (detail.starts_with(record_path)) {
    detail.erase(0, record_path.size());
    field = sets ? AttributeAtFault(detail) : detail.substr(0, detail.find(' '));
  } else if (detail.starts_with(action_path + " ")) {
    detail.replace(0, action_path.size(), "the body");
  } else if (detail.starts_with(kLeadId)) {
    detail.replace(0, kLeadId.size(), "the id");
    field = "id";
  }
  return Problem(malformed ? http::kBadRequest : http::kUnprocessableContent, codec::ReasonName(rejection.reason),
                 detail, field);
}

}  // namespace leadpulse::serve
