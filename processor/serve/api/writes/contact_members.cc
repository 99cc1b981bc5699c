#include "processor/serve/api/writes/contact_members.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <utility>
#include <variant>

#include "processor/base/json_object.h"
#include "processor/base/text.h"
#include "processor/importing/suppressions.h"
#include "processor/serve/api/request/api_request.h"
#include "processor/serve/api/request/member_names.h"
#include "processor/serve/api/request/problem.h"
#include "processor/serve/api/request/routes.h"

namespace leadpulse::serve {
namespace {

// Members that a GET of a contact or of a page of contacts shows, and that a body cannot set. `id` and `email` are read
// apart, and the attributes are in `attributes` and `profile`.
constexpr std::string_view kDerived[] = {"tenant_id",
                                         "lead_id",
                                         "seq",
                                         "score",
                                         "tier",
                                         "email_status",
                                         "sendable",
                                         "status",
                                         "quality",
                                         "segments",
                                         "counts",
                                         "last_at",
                                         "version",
                                         "stage_since",
                                         "at",
                                         "no_change_before",
                                         "created",
                                         "updated",
                                         "address",
                                         "consent_ledger",
                                         "stage_set",
                                         "qualification_set",
                                         "last_address",
                                         "address_changed_at",
                                         "first_command_at",
                                         "newest_command_at",
                                         "erased_at",
                                         "events",
                                         "folded",
                                         "status_facts",
                                         "command_ids",
                                         "warnings"};
// Those that it can set.
constexpr std::string_view kSettable[] = {
    "stage",        "agent",  "qualification", "do_not_contact", "do_not_contact_reason",
    "tags",         "lists",  "campaigns",     "consents",       "notes",
    "unsubscribed", "topics", "topics_out"};

template <size_t kCount>
bool Has(const std::string_view (&names)[kCount], std::string_view name) {
  return std::ranges::find(names, name) != std::end(names);
}

bool IsOne(std::string_view member) { return Has(kDerived, member) || Has(kSettable, member); }

// Returns the member that the name means.
std::string MemberOf(std::string_view name) {
  std::string snake = SnakeCase(name);
  return IsOne(snake) ? snake : NormalizeName(name);
}

http::Response IsDerived(const std::string& name, std::string_view member) {
  const bool is_of_mail = member == "email_status" || member == "status" || member == "sendable";
  const std::string_view way =
      is_of_mail ? R"(; "unsubscribed": true and POST /contacts/{id}/opt-outs say that the person gets no mail)" : "";
  return WrongMember(name, Concat({"it follows from other data and cannot be set", way,
                                   "; an attribute of this name is in `attributes`"}));
}

http::Response LiftsOptOut(const std::string& field) {
  return WrongMember(field, "this does not take an opt-out back: POST /contacts/{id}/opt-ins does");
}

// Whether the texts are the same name of a tag, list or topic.
bool IsSame(std::string_view a, std::string_view b) { return FoldCase(a) == FoldCase(b); }

// Returns the texts of `of` that `others` lacks.
std::vector<std::string> Without(const Json& of, const Json& others) {
  std::vector<std::string> left;
  for (const Json& one : of.elements()) {
    const bool is_there =
        std::ranges::any_of(others.elements(), [&one](const Json& other) { return IsSame(one.text(), other.text()); });
    if (!is_there) left.emplace_back(one.text());
  }
  return left;
}

bool AreTexts(const Json& value) { return value.is_array() && std::ranges::all_of(value.elements(), &Json::is_string); }

// Returns `{"member":value}`.
std::string Alone(std::string_view member, const Json& value) {
  std::string body;
  JsonObject object(&body);
  value.AppendTo(object.Key(member));
  object.End();
  return body;
}

// Whether the value is that of the contact, with members in snake_case or camelCase.
bool IsAsShown(const Json& value, const Json& present) {
  return WithSnakeNames(JsonTextOf(value)) == JsonTextOf(present);
}

// Whether the contact's consent is what `value` says: members that are not in it may be any.
bool IsPresentConsent(const Json& value, const Json& present) {
  if (!present.is_object()) return false;
  if (value.is_boolean()) return JsonTextOf(value) == JsonTextOf(present["granted"]);
  return std::ranges::all_of(value.members(), [&present](const auto& member) {
    return member.second.is_null() || JsonTextOf(member.second) == JsonTextOf(present[SnakeCase(member.first)]);
  });
}

// Returns what a column of this name says. Clients send the same few names, and each is compared with hundreds of
// words.
importing::StatusColumn StatusColumnNamed(std::string_view name) {
  constexpr size_t kMostNames = 256, kMostNameBytes = 64;
  thread_local std::map<std::string, importing::StatusColumn, std::less<>> known;
  if (const auto found = known.find(name); found != known.end()) return found->second;
  const importing::StatusColumn column = importing::StatusColumnOf(name);
  if (known.size() < kMostNames && name.size() <= kMostNameBytes) known.emplace(name, column);
  return column;
}

}  // namespace

std::string JsonTextOf(const Json& value) {
  std::string text;
  value.AppendTo(&text);
  return text;
}

bool IsContactMember(std::string_view name) { return IsOne(MemberOf(name)); }

bool SoundsLikeOptOut(std::string_view name, const Value& value) {
  const auto* text = std::get_if<std::string>(&value);
  const std::string cell = text != nullptr ? *text : ValueToJson(value);
  return importing::ReadStatus(StatusColumnNamed(name), cell).suppresses();
}

const Json& MemberReader::Present(std::string_view member) const {
  static const Json kNone;
  return present_ == nullptr ? kNone : (*present_)[member];
}

std::optional<http::Response> MemberReader::Add(const std::string& name, const Json& value) {
  const std::string member = MemberOf(name);
  if (present_ != nullptr && (member == "at" || IsAsShown(value, Present(member)))) return std::nullopt;
  if (Has(kDerived, member)) return IsDerived(name, member);
  if (member == "stage") return AddAction("stage", name, Alone("stage", value));
  if (member == "agent") return AddAgent(name, value);
  if (member == "qualification") return AddQualification(name, value);
  if (member == "tags" || member == "lists" || member == "campaigns") return AddNames(member, name, value);
  if (member == "consents") return AddConsents(name, value);
  if (member == "unsubscribed") return AddUnsubscribed(name, value);
  if (member == "topics") return AddTopics(name, value);
  if (member == "topics_out") return AddTopicsOut(name, value);
  if (member == "notes") {
    if (value.is_string()) return AddAction("notes", name, Alone("text", value));
    return WrongMember(name, "a string is a new note; those that are there stay as they are");
  }
  if (member == "do_not_contact") {
    if (!value.is_boolean()) return WrongMember(name, "it must be a boolean");
    do_not_contact_ = value.truth();
    return std::nullopt;
  }
  if (!value.is_string() && !value.is_null()) return WrongMember(name, "it must be a string");
  reason_ = value.text();
  has_reason_ = true;
  return std::nullopt;
}

std::variant<MemberChanges, http::Response> MemberReader::Take() {
  if (has_reason_ && !do_not_contact_ && Present("do_not_contact").truth()) do_not_contact_ = true;
  if (has_reason_ && do_not_contact_ != true && !reason_.empty()) {
    return WrongMember("do_not_contact_reason", "it belongs to \"do_not_contact\": true");
  }
  // A new contact can be mailed; that it may is no wish to lift what an erased one has left.
  if (do_not_contact_ == true || (do_not_contact_ == false && present_ != nullptr)) {
    std::string body;
    JsonObject object(&body);
    object.Boolean("value", *do_not_contact_);
    if (!reason_.empty()) object.Text("reason", reason_);
    object.End();
    if (auto problem = AddAction("do-not-contact", "do_not_contact", body)) return *std::move(problem);
  }
  return std::move(changes_);
}

std::optional<http::Response> MemberReader::AddAction(std::string_view route, const std::string& field,
                                                      std::string_view body) {
  const Route* action = RouteOfAction(route);
  if (role_ < action->least) return Problem(http::kForbidden, "forbidden", "only managers may change it", field);
  LP_ASSIGN_OR_ANSWER(std::string json, ReadAction(*action, body, field));
  CommandAction made{std::string(action->command), std::move(json), field};
  const bool is_there =
      std::ranges::find(changes_.actions, made.member, &CommandAction::member) != changes_.actions.end();
  (is_there ? changes_.more : changes_.actions).push_back(std::move(made));
  return std::nullopt;
}

std::optional<http::Response> MemberReader::AddNames(std::string_view member, const std::string& field,
                                                     const Json& value) {
  if (!AreTexts(value) && !value.is_null()) {
    return WrongMember(field, "it must be an array of strings, all that the contact is to have");
  }
  const std::vector<std::string> added = Without(value, Present(member)), removed = Without(Present(member), value);
  if (added.empty() && removed.empty()) return std::nullopt;
  std::string body;
  JsonObject object(&body);
  if (!added.empty()) object.Texts(member == "campaigns" ? "assign" : "add", added);
  if (!removed.empty()) object.Texts("remove", removed);
  object.End();
  return AddAction(member, field, body);
}

std::optional<http::Response> MemberReader::AddAgent(const std::string& field, const Json& value) {
  if (!value.is_string() && !value.is_null()) return WrongMember(field, "it must be a string; an empty one is nobody");
  if (value.text() == Present("agent").text()) return std::nullopt;
  std::string body;
  JsonObject object(&body);
  object.Text("agent_id", value.text());
  object.End();
  return AddAction("agent", field, body);
}

std::optional<http::Response> MemberReader::AddQualification(const std::string& field, const Json& value) {
  if (value.is_null())
    return present_ == nullptr ? std::nullopt : AddAction("qualification", field, R"({"clear":true})");
  return AddAction("qualification", field, Alone("score", value));
}

std::optional<http::Response> MemberReader::AddConsents(const std::string& field, const Json& value) {
  constexpr std::string_view kForm = R"(it must be an object: {"newsletter": {"granted": true}})";
  if (!value.is_object()) return WrongMember(field, kForm);
  for (const auto& [purpose, consent] : value.members()) {
    const std::string path = field + "." + purpose;
    if (consent.is_null()) return WrongMember(path, "a consent is taken back by \"granted\": false");
    if (!consent.is_object() && !consent.is_boolean()) return WrongMember(path, kForm);
    if (IsPresentConsent(consent, Present("consents")[purpose])) continue;
    std::string body;
    JsonObject object(&body);
    object.Text("purpose", purpose);
    if (consent.is_boolean()) object.Boolean("granted", consent.truth());
    for (const auto& [name, inner] : consent.members()) {
      if (SnakeCase(name) == "purpose") return WrongMember(path + ".purpose", "the purpose is the name of the member");
      inner.AppendTo(object.Key(name));
    }
    object.End();
    if (auto problem = AddAction("consents", path, body)) return problem;
  }
  return std::nullopt;
}

bool MemberReader::IsOutOf(std::string_view topic) const {
  if (topic.empty()) return Present("email_status").text() == "unsubscribed";
  return std::ranges::any_of(Present("topics_out").elements(),
                             [topic](const Json& out) { return IsSame(out.text(), topic); });
}

void MemberReader::AddOptOut(std::string_view topic) {
  if (!IsOutOf(topic)) changes_.opt_outs.push_back({.topic = std::string(topic)});
}

std::optional<http::Response> MemberReader::AddUnsubscribed(const std::string& field, const Json& value) {
  if (!value.is_boolean()) return WrongMember(field, "it must be a boolean");
  if (!value.truth()) return IsOutOf("") ? std::optional(LiftsOptOut(field)) : std::nullopt;
  AddOptOut("");
  return std::nullopt;
}

std::optional<http::Response> MemberReader::AddTopics(const std::string& field, const Json& value) {
  constexpr std::string_view kForm = R"(it must be an object of booleans: {"news": false})";
  if (!value.is_object()) return WrongMember(field, kForm);
  for (const auto& [topic, subscribed] : value.members()) {
    const std::string path = field + "." + topic;
    if (!subscribed.is_boolean() || topic.empty()) return WrongMember(path, kForm);
    if (subscribed.truth() && IsOutOf(topic)) return LiftsOptOut(path);
    if (!subscribed.truth()) AddOptOut(topic);
  }
  return std::nullopt;
}

std::optional<http::Response> MemberReader::AddTopicsOut(const std::string& field, const Json& value) {
  if (!AreTexts(value)) return WrongMember(field, "it must be an array of topics");
  if (!Without(Present("topics_out"), value).empty()) return LiftsOptOut(field);
  for (const Json& topic : value.elements()) {
    if (topic.text().empty()) return WrongMember(field, "a topic must not be empty");
    AddOptOut(topic.text());
  }
  return std::nullopt;
}

}  // namespace leadpulse::serve
