#include "tests/support/model/check.h"

#include <algorithm>
#include <initializer_list>
#include <limits>

#include "tests/support/model/addresses.h"
#include "tests/support/model/text.h"

namespace leadpulse::model {
namespace {

constexpr size_t kLongestId = 128;
constexpr size_t kLongestLead = 320;
constexpr size_t kLongestString = 1024;
constexpr size_t kLongestText = 8 * 1024;
constexpr size_t kLongestVersion = 256;
constexpr size_t kLongestTopic = 128;
constexpr Millis kEarliest = 946684800000;  // 2000-01-01T00:00:00Z
constexpr Millis kTolerance = 10 * kMinute;
constexpr Millis kNoLatest = std::numeric_limits<Millis>::max() / 2;

using Reason = std::optional<std::string>;

bool IsTenant(const std::string& tenant) {
  return tenant.size() <= kLongestId && std::all_of(tenant.begin(), tenant.end(), [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
                  c == '-';
         });
}

bool AnyLonger(std::initializer_list<const std::string*> texts) {
  return std::any_of(texts.begin(), texts.end(), [](const std::string* text) { return text->size() > kLongestString; });
}

Reason RefuseTime(const std::string& text, Millis wall_clock) {
  const auto instant = ReadRfc3339(text);
  if (!instant || *instant < kEarliest) return "bad_timestamp";
  if (*instant > wall_clock + kTolerance) return "future_timestamp";
  return std::nullopt;
}

bool HasInvalidName(const std::vector<std::string>& names) {
  return std::any_of(names.begin(), names.end(),
                     [](const std::string& name) { return IsBlank(name) || name.size() > kLongestString; });
}

bool HasLongText(const Json& value) {
  if (value.is_string()) return value.get<std::string>().size() > kLongestText;
  return value.is_array() && std::any_of(value.begin(), value.end(), HasLongText);
}

// A visitor that returns whether an action has an invalid value.
struct InvalidAction {
  const TenantDefinitions& definitions;
  Millis issued_at;

  bool operator()(const Erase&) { return false; }
  bool operator()(const Withdraw&) { return false; }

  bool operator()(const UpdateProfile& update) {
    const Zone& zone = Zone::Named(definitions.timezone);
    for (const auto& [name, sent] : update.set.items()) {
      const auto type = FieldTypeOf(definitions.fields, NormalName(name));
      if (!Convert(sent, type, zone) || HasLongText(sent)) return true;
      if (definitions.identity_by_email && NormalName(name) == "email" && IsInvalidEmail(sent)) return true;
      if (name.size() > kLongestString) return true;
    }
    for (const std::string& name : update.unset) {
      if (name.size() > kLongestString) return true;
    }
    return false;
  }

  bool operator()(const EditNames& edit) { return HasInvalidName(edit.add) || HasInvalidName(edit.remove); }

  bool operator()(const SetStage& set) { return set.stage == Stage::kUnspecified || set.stage == Stage::kUnknown; }

  bool operator()(const SetQualification& set) {
    if (set.score.has_value() == set.clear) return true;
    return set.score && (*set.score < 0 || *set.score > 100);
  }

  bool operator()(const AssignAgent& assign) { return assign.agent.size() > kLongestString; }

  bool operator()(const SetDoNotContact& set) { return set.reason.size() > kLongestString; }

  bool operator()(const RecordConsent& record) {
    return IsBlank(record.purpose) || record.purpose.size() > kLongestString || record.source.size() > kLongestString ||
           record.version.size() > kLongestVersion || (!record.at.empty() && TimeOf(record.at) > issued_at);
  }

  bool operator()(const AddNote& add) { return add.text.size() > kLongestText; }

  bool operator()(const RemoveNote& remove) { return remove.command.empty() || remove.command.size() > kLongestId; }
};

bool IsInvalid(const Event& event) {
  if (!IsTenant(event.tenant) || event.lead.size() > kLongestLead) return true;
  if (event.id.size() > kLongestId || event.retracts.size() > kLongestId) return true;
  if (AnyLonger({&event.email, &event.campaign, &event.message, &event.name})) {
    return true;
  }
  if (event.url.size() > kLongestText) return true;
  if (event.bounce_kind == BounceKind::kUnknown) return true;
  return event.type == EventType::kRetract && event.retracts.empty();
}

Reason Refuse(const Event& event, Millis wall_clock) {
  if (event.tenant.empty()) return "missing_tenant";
  if (LeadIdOf(event.lead, event.email).empty()) return "missing_lead";
  if (event.id.empty()) return "missing_event_id";
  if (event.type == EventType::kUnspecified || event.type == EventType::kUnknown) {
    return "unknown_type";
  }
  if (auto reason = RefuseTime(event.occurred_at, wall_clock)) return reason;
  if (IsInvalid(event)) return "invalid_value";
  return std::nullopt;
}

Reason Refuse(const Command& command, const Definitions& definitions, Millis wall_clock) {
  const bool removes = command.actions.Find<Erase>() != nullptr || command.actions.Find<Withdraw>() != nullptr;
  if (command.actions.size() > 1 && removes) return "malformed";
  if (command.tenant.empty()) return "missing_tenant";
  if (LeadIdOf(command.lead, command.email).empty()) return "missing_lead";
  if (command.id.empty()) return "missing_command_id";
  if (auto reason = RefuseTime(command.issued_at, wall_clock)) return reason;
  const auto* consent = command.actions.Find<RecordConsent>();
  if (consent != nullptr && !consent->at.empty()) {
    if (auto reason = RefuseTime(consent->at, kNoLatest)) return reason;
  }
  if (!IsTenant(command.tenant) || command.lead.size() > kLongestLead || command.id.size() > kLongestId ||
      AnyLonger({&command.email, &command.actor})) {
    return "invalid_value";
  }
  InvalidAction invalid{DefinitionsOf(definitions, command.tenant), TimeOf(command.issued_at)};
  for (const Action& action : command.actions) {
    if (std::visit(invalid, action)) return "invalid_value";
  }
  if (command.actions.empty()) return "unsupported";
  return std::nullopt;
}

// Returns the value under a name in an object. If two names are equal, the greater in byte order counts.
Json MemberOf(const Json& object, const std::string& normal_name) {
  Json found;
  if (!object.is_object()) return found;
  for (const auto& [name, value] : object.items()) {
    if (NormalName(name) == normal_name) found = value;
  }
  return found;
}

// Returns the value behind a name with dots, each part but the last the name of an object.
Json NestedMemberOf(const Json& object, const std::string& name) {
  const size_t dot = name.find('.');
  if (dot == std::string::npos) return MemberOf(object, name);
  return NestedMemberOf(MemberOf(object, name.substr(0, dot)), name.substr(dot + 1));
}

// Returns the value sent under a declared name, as it stands or, split at its dots, in objects. If `url` is declared
// and none was sent, returns the event's address.
Json SentProperty(const Event& event, const std::string& normal_name) {
  Json sent = MemberOf(event.properties, normal_name);
  if (Unsets(sent)) sent = NestedMemberOf(event.properties, normal_name);
  if (normal_name == "url" && Unsets(sent)) sent = event.url;
  return sent;
}

// Returns the scope of an opt-out or return. A topic that is too long means everything for an opt-out, and nothing for
// a return.
std::optional<std::string> ScopeOf(const Event& event) {
  const bool leaves = event.type == EventType::kUnsubscribe;
  if (!leaves && event.type != EventType::kResubscribe) return std::nullopt;
  if (event.topic.size() <= kLongestTopic) return Fold(NormalText(event.topic));
  return leaves ? std::optional<std::string>(kEverything) : std::nullopt;
}

}  // namespace

std::optional<std::string> Refusal(const Record& record, const Definitions& definitions, Millis wall_clock) {
  if (const auto* broken = std::get_if<Broken>(&record.content)) {
    return broken->reason;
  }
  if (const auto* event = std::get_if<Event>(&record.content)) {
    return Refuse(*event, wall_clock);
  }
  return Refuse(std::get<Command>(record.content), definitions, wall_clock);
}

std::string LeadIdOf(const std::string& lead, const std::string& email) {
  if (!lead.empty()) return lead;
  return NormalAddress(email);
}

Millis TimeOf(const std::string& text) { return ReadRfc3339(text).value_or(0); }

Entry EntryOf(const Event& event, const TenantDefinitions& definitions) {
  Entry entry;
  entry.type = event.type;
  entry.at = TimeOf(event.occurred_at);
  entry.origin = LeadIdOf(event.lead, event.email);
  entry.id = event.id;
  entry.campaign = NormalText(event.campaign);
  entry.message = event.message;
  entry.name = NormalText(event.name);
  entry.soft_bounce = event.bounce_kind == BounceKind::kSoft;
  entry.machine = event.machine && (event.type == EventType::kOpen || event.type == EventType::kClick ||
                                    event.type == EventType::kReply || event.type == EventType::kPageVisit);
  entry.retracts = event.retracts;
  entry.scope = ScopeOf(event);
  const Zone& zone = Zone::Named(definitions.timezone);
  for (const auto& [name, type] : definitions.event_properties) {
    const std::string normal = NormalName(name);
    const auto value = ConvertProperty(SentProperty(event, normal), type, zone);
    if (value && value->is_set()) entry.properties[normal] = *value;
  }
  return entry;
}

}  // namespace leadpulse::model
