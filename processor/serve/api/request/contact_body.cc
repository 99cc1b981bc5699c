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
#include "processor/serve/api/request/row_fields.h"
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

std::string TextOf(const Json& value) {
  std::string text;
  value.AppendTo(&text);
  return text;
}

// The routes that change members which a GET shows and a PATCH does not change.
constexpr std::pair<std::string_view, std::string_view> kRoutesOfMembers[] = {
    {"stage", "stage"},
    {"agent", "agent"},
    {"tags", "tags"},
    {"lists", "lists"},
    {"campaigns", "campaigns"},
    {"topicsOut", "topics"},
    {"consents", "consents"},
    {"notes", "notes"},
    {"qualification", "qualification"},
    {"doNotContact", "do-not-contact"},
    {"doNotContactReason", "do-not-contact"},
};

http::Response IsNoAttribute(const std::string& name, std::string_view member) {
  const auto* route =
      std::ranges::find(kRoutesOfMembers, member, &std::pair<std::string_view, std::string_view>::first);
  if (route != std::end(kRoutesOfMembers)) {
    return WrongMember(name, Concat({"a PATCH does not change it: use POST /contacts/{id}/", route->second,
                                     "; an attribute of this name is in `attributes`"}));
  }
  return WrongMember(name,
                     "it follows from other data and cannot be set; an attribute of this name is in `attributes`");
}

// Adds attributes as `attributes` of a GET shows them, or plain ones. Those that are the contact's stay.
std::optional<http::Response> AddShown(const Json& attributes, const Json& present, AttributeSet* set) {
  if (!attributes.is_object()) return WrongMember("attributes", "it must be an object");
  for (const auto& [name, value] : attributes.members()) {
    const bool is_shown = value.is_object() && !value["sent"].is_null() &&
                          value.members().size() == (value["converted"].is_null() ? size_t{1} : size_t{2});
    if (is_shown && TextOf(value) == TextOf(present[name])) continue;
    if (!set->Add(name, is_shown ? value["sent"] : value))
      return WrongMember("attributes." + name, "it is there twice");
  }
  return std::nullopt;
}

// Whether the member is an attribute of that usual name: what a GET shows as `address` is an object or null.
bool IsPostalAddress(const std::string& name, const Json& value) { return name == "address" && value.is_string(); }

// Adds the attributes of a merge patch of the contact with this record. Members that a GET shows are no attributes:
// they are the contact's own, or a problem.
std::optional<http::Response> AddPatch(const Json& patch, const Json& contact, AttributeSet* set) {
  for (const auto& [name, value] : patch.members()) {
    const auto member = std::ranges::find_if(contact.members(), [&name = name](const auto& shown) {
      return shown.first == name || SnakeCase(shown.first) == name;
    });
    std::optional<http::Response> problem;
    if (name == "attributes") {
      problem = AddShown(value, contact["attributes"], set);
    } else if (name == "profile" && value.is_object()) {
      for (const auto& [inner, inner_value] : value.members()) {
        const bool is_same = TextOf(inner_value) == TextOf(contact["profile"][inner]) && !inner_value.is_null();
        if (!is_same && !set->Add(inner, inner_value)) problem = WrongMember("profile." + inner, "it is there twice");
      }
    } else if (name == "at") {
      continue;  // the time of the answer
    } else if (member != contact.members().end() && name != "email" && !IsPostalAddress(name, value)) {
      if (TextOf(value) != TextOf(member->second)) problem = IsNoAttribute(name, member->first);
    } else if (!set->Add(name, value)) {
      problem = WrongMember(name, "it is there twice");
    }
    if (problem) return problem;
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
  if (type == "objects") return value.is_array() && std::ranges::all_of(value.elements(), &Json::is_object);
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
  const Route* shown = FindRoute("GET", Concat({kApiBase, "/contacts/", id})).route;
  return shown == nullptr || shown->action != "contact.get";
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

std::variant<std::string, http::Response> ReadPatch(std::string_view body, const std::string& id,
                                                    const std::string& record) {
  LP_ASSIGN_OR_ANSWER(const Json patch, ReadObject(body));
  Result<Json> contact = Json::Parse(WholeContact(id, record));
  if (!contact.ok()) return WrongMember("", "this contact cannot be read: " + contact.status().message());
  AttributeSet set(&(*contact)["attributes"]);
  if (auto problem = AddPatch(patch, *contact, &set)) return std::move(*problem);
  if (HasWrongEmail(patch) || HasWrongEmail(patch["attributes"]) || HasWrongEmail(patch["profile"])) {
    return WrongMember("email", "it is no e-mail address");
  }
  return set.Take();
}

std::variant<std::string, http::Response> ReadAction(const Route& route, std::string_view body) {
  LP_ASSIGN_OR_ANSWER(const Json json, ReadObject(body));
  std::string action;
  JsonObject object(&action);
  for (const auto& [name, value] : json.members()) {
    const auto member = std::ranges::find_if(route.body, [&name = name](const BodyMember& each) {
      return each.name == name || SnakeCase(each.name) == name;
    });
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
      value.AppendTo(object.Key(member->name));
    }
  }
  for (const BodyMember& member : route.body) {
    if (member.required && json[member.name].is_null() && json[SnakeCase(member.name)].is_null())
      return WrongMember(member.name, "it is missing");
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

std::variant<codec::Command, http::Response> MakeCommand(const CommandHead& head, std::string_view member,
                                                         std::string_view action) {
  codec::Decoded decoded = DecodeCommand(head, Concat({"{\"", member, "\":", action, "}"}));
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
