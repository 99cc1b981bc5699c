#include "processor/serve/api/writes/contact_edit.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "processor/base/address.h"
#include "processor/base/json_object.h"
#include "processor/base/text.h"
#include "processor/serve/api/request/api_request.h"
#include "processor/serve/api/request/contact_body.h"
#include "processor/serve/api/request/problem.h"
#include "processor/serve/api/request/routes.h"

namespace leadpulse::serve {
namespace {

// Whether the member has attributes inside.
bool HoldsAttributes(std::string_view member) { return member == "attributes" || member == "profile"; }

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

// Whether the member is an attribute of that usual name: what a GET shows as `address` is an object or null.
bool IsPostalAddress(const std::string& name, const Json& value) { return name == "address" && value.is_string(); }

// The parts of a body that is read.
class EditReader {
 public:
  // Keeps `present`, the contact; null for a new one. `patches`: whether attributes are a merge patch of its own.
  EditReader(const Json* present, bool patches, access::Role role)
      : present_(present), attributes_(patches ? &(*present)["attributes"] : nullptr), members_(present, role) {}

  // Adds the members of the body, except for those that `skips` names.
  std::optional<http::Response> Add(const Json& body, const std::set<std::string_view>& skips = {}) {
    for (const auto& [name, value] : body.members()) {
      std::optional<http::Response> problem;
      if (skips.contains(name)) continue;
      if (HoldsAttributes(name)) {
        problem = AddAttributes(name, value, skips);
      } else if (name == "id") {
        const bool is_same = present_ != nullptr && value.text() == (*present_)["id"].text();
        if (!is_same) problem = WrongMember(name, "a contact keeps its id");
      } else if (IsContactMember(name) && !IsPostalAddress(name, value)) {
        problem = members_.Add(name, value);
      } else if (!ShowsAddress(name, value) && !attributes_.Add(name, value)) {
        problem = WrongMember(name, "it is there twice");
      }
      if (problem) return problem;
    }
    return std::nullopt;
  }
  AttributeSet& attributes() { return attributes_; }
  std::variant<ContactEdit, http::Response> Take() {
    LP_ASSIGN_OR_ANSWER(MemberChanges changes, members_.Take());
    return ContactEdit{attributes_.Take(), std::move(changes)};
  }

 private:
  // Whether the member is the contact's address as a GET shows it, which may be that in its id.
  bool ShowsAddress(std::string_view name, const Json& value) const {
    return name == "email" && present_ != nullptr && !value.text().empty() &&
           value.text() == (*present_)["email"].text();
  }

  // Adds attributes, plain or as a GET shows them: with `sent` and perhaps `converted`. Those that the contact has so
  // stay.
  std::optional<http::Response> AddAttributes(const std::string& member, const Json& attributes,
                                              const std::set<std::string_view>& skips) {
    if (!attributes.is_object()) return WrongMember(member, "it must be an object");
    for (const auto& [name, value] : attributes.members()) {
      if (skips.contains(NormalizeName(name))) continue;
      const bool is_shown = member == "attributes" && value.is_object() && !value["sent"].is_null() &&
                            value.members().size() == (value["converted"].is_null() ? size_t{1} : size_t{2});
      const bool may_stay = present_ != nullptr && (is_shown || member == "profile") && !value.is_null();
      if (may_stay && JsonTextOf(value) == JsonTextOf((*present_)[member][name])) continue;
      if (!attributes_.Add(name, is_shown ? value["sent"] : value)) {
        return WrongMember(member + "." + name, "it is there twice");
      }
    }
    return std::nullopt;
  }

  const Json* const present_;
  AttributeSet attributes_;
  MemberReader members_;
};

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

// Returns the value of an attribute, plain or as a GET shows it.
const Json& PlainValue(const Json& value) { return value.is_object() ? value["sent"] : value; }

// Finds the email of a body for a new contact, whatever its case: beside the attributes or in them, where a GET shows
// it, too. A problem if two differ.
std::variant<const Json*, http::Response> FindEmail(const Json& body) {
  const Json* found = nullptr;
  for (const std::string_view path : {"", "attributes", "profile"}) {
    const Json& members = path.empty() ? body : body[path];
    for (const auto& [name, value] : members.members()) {
      if (NormalizeName(name) != "email") continue;
      const Json* const plain = &PlainValue(value);
      if (found != nullptr && JsonTextOf(*found) != JsonTextOf(*plain)) {
        return WrongMember(Concat({path, path.empty() ? "" : ".", name}), "it is there twice");
      }
      found = plain;
    }
  }
  return found;
}

}  // namespace

std::string WhyNoNewId(const std::string& id) {
  if (id.starts_with(kByAddress)) {
    return "it must not begin with email:, because such ids look up an address; give it as `email`";
  }
  if (IsNameOfRoute(id)) return "it must not be " + id + ", because /contacts/" + id + " is another path";
  return {};
}

std::variant<ContactKeys, http::Response> ReadContactKeys(const Json& body) {
  ContactKeys keys;
  const Json& id = body["id"];
  if (!id.is_null() && !id.is_string()) return WrongMember("id", "it must be a text");
  keys.id = id.text();
  if (keys.id.find('\0') != std::string::npos) return WrongMember("id", "it must not hold NUL");
  if (const std::string why = WhyNoNewId(keys.id); !why.empty()) return WrongMember("id", why);
  LP_ASSIGN_OR_ANSWER(const Json* const given, FindEmail(body));
  const bool has_email = given != nullptr && !given->is_null();
  if (has_email && !given->is_string()) return WrongMember("email", "it must be a text");
  const std::string email(has_email ? given->text() : "");
  if (email.find('\0') != std::string::npos) return WrongMember("email", "it must not hold NUL");
  keys.address = ParseAddress(email);
  if (!email.empty() && !IsAddress(keys.address)) return WrongMember("email", "it is no e-mail address");
  if (keys.id.empty() && keys.address.empty()) return WrongMember("email", "give an e-mail address, or an id");
  return keys;
}

bool ComparesWithContact(const Json& body) {
  return std::ranges::any_of(body.members(), [](const auto& member) {
    return HoldsAttributes(member.first) || IsContactMember(member.first);
  });
}

std::variant<ContactEdit, http::Response> ReadContact(const Json& body, const ContactKeys& keys, const Json* present,
                                                      access::Role role) {
  LP_ASSIGN_OR_ANSWER(const Json* const given, FindEmail(body));
  EditReader reader(present, /*patches=*/false, role);
  std::set<std::string_view> skips = {"id", "email"};
  for (const auto& [name, value] : body.members()) {
    if (NormalizeName(name) == "email") skips.insert(name);
  }
  if (auto problem = reader.Add(body, skips)) return std::move(*problem);
  const std::string email(given == nullptr ? "" : given->text());
  // The id is the address if there is no other.
  const std::string spelled = SpelledAddress(email);
  if (!spelled.empty() && spelled != (keys.id.empty() ? keys.address : keys.id)) {
    reader.attributes().Add("email", Json::OfStrings({{"email", spelled}})["email"]);
  }
  const std::string name = NameBeforeAddress(email);
  const AttributeSet& set = reader.attributes();
  if (!name.empty() && !set.Has("name") && !set.Has("first_name") && !set.Has("last_name")) {
    reader.attributes().Add("name", Json::OfStrings({{"name", name}})["name"]);
  }
  return reader.Take();
}

std::variant<ContactEdit, http::Response> ReadPatch(std::string_view body, const Json& present, access::Role role) {
  LP_ASSIGN_OR_ANSWER(const Json patch, ReadObject(body));
  EditReader reader(&present, /*patches=*/true, role);
  if (auto problem = reader.Add(patch)) return std::move(*problem);
  if (HasWrongEmail(patch) || HasWrongEmail(patch["attributes"]) || HasWrongEmail(patch["profile"])) {
    return WrongMember("email", "it is no e-mail address");
  }
  return reader.Take();
}

}  // namespace leadpulse::serve
