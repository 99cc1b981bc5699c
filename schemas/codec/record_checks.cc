#include "schemas/codec/record_checks.h"

#include <algorithm>

#include "processor/base/normal_text.h"
#include "processor/base/text.h"
#include "schemas/codec/records.h"

namespace leadpulse::codec {
namespace {

constexpr Instant kEarliest{946'684'800'000};  // 2000-01-01T00:00:00Z
constexpr size_t kMaxQuotedBytes = 48;

bool IsTenantCharacter(char c) { return IsLetter(c) || IsDigit(c) || c == '_' || c == '.' || c == '-'; }

std::string TooLong(size_t size, size_t limit) {
  return Concat({"is ", std::to_string(size), " bytes long; at most ", std::to_string(limit), " are allowed"});
}

// The checks of one record. The first failure counts, so the order of the calls is the order of the reasons; later
// checks do nothing.
class Checks {
 public:
  explicit Checks(std::string_view record) : record_(record) {}

  bool failed() const { return rejection_.has_value(); }
  Rejection TakeRejection() { return std::move(*rejection_); }

  // Fails the record. `field` is the path within the record, `what` the rest of the sentence.
  void Fail(Reason reason, std::string_view field, std::string_view what) {
    if (!failed()) rejection_ = Rejection{reason, Concat({record_, field.empty() ? "" : ".", field, " ", what})};
  }
  void Invalid(std::string_view field, std::string_view what) { Fail(Reason::kInvalidValue, field, what); }

  void Length(std::string_view field, std::string_view value, size_t limit = kMaxStringBytes) {
    if (value.size() > limit) [[unlikely]] {
      Invalid(field, TooLong(value.size(), limit));
    }
  }
  // Checks a name's length as sent, and brings it into its normal form, which must not be empty.
  void Name(std::string_view field, std::string* value) {
    Length(field, *value);
    NormalizeText(value);
    NotEmpty(field, *value);
  }
  void NotEmpty(std::string_view field, std::string_view value) {
    if (value.empty()) [[unlikely]]
      Invalid(field, "is empty; it must name something");
  }
  void Names(std::string_view field, std::vector<std::string>* values) {
    for (std::string& value : *values) Name(field, &value);
  }

  void Id(Reason missing, std::string_view field, std::string_view value) {
    if (value.empty()) [[unlikely]]
      Fail(missing, field, "is missing; it is the key for removing duplicates");
  }

  void Time(std::string_view field, const RawTime& time, const DecodeLimits& limits) {
    constexpr std::string_view kExample = "send an RFC 3339 time such as 2026-03-10T09:30:00Z";
    if (time.instant && *time.instant >= kEarliest && *time.instant <= limits.latest) [[likely]]
      return;
    if (!time.sent) return Fail(Reason::kBadTimestamp, field, Concat({"is missing; ", kExample}));
    if (!time.instant) {
      const std::string sent = time.text.empty() ? "" : Quoted(time.text) + " ";
      return Fail(Reason::kBadTimestamp, field, Concat({sent, "is not a time; ", kExample}));
    }
    const std::string instant = FormatRfc3339(*time.instant);
    if (*time.instant < kEarliest) {
      return Fail(Reason::kBadTimestamp, field, Concat({"is ", instant, ", before 2000-01-01T00:00:00Z"}));
    }
    Fail(Reason::kFutureTimestamp, field,
         Concat({"is ", instant, ", too far ahead of the wall clock; check the producer's clock"}));
  }

  // Checks an enum. Unspecified (0) is valid if `optional`.
  void Enum(Reason reason, std::string_view field, const RawEnum& sent, int32_t largest, bool optional,
            std::string_view names) {
    if (sent.number && *sent.number >= (optional ? 0 : 1) && *sent.number <= largest) [[likely]]
      return;
    const std::string what = !sent.name.empty()                  ? Quoted(sent.name) + " is not known"
                             : !sent.number || *sent.number != 0 ? "is a number that is not known"
                                                                 : "is missing";
    Fail(reason, field, Concat({what, "; send one of ", names}));
  }

  void Missing(std::string_view tenant, std::string_view lead) {
    if (tenant.empty()) [[unlikely]]
      Fail(Reason::kMissingTenant, "tenantId", "is missing; it names the account");
    if (lead.empty()) [[unlikely]]
      Fail(Reason::kMissingLead, "leadId", "is missing, and so is the email in its place");
  }

  void Key(std::string_view tenant, std::string_view lead, std::string_view lead_field) {
    Length("tenantId", tenant, kMaxTenantBytes);
    if (!std::ranges::all_of(tenant, [](char c) { return IsTenantCharacter(c); })) [[unlikely]] {
      Invalid("tenantId", Quoted(tenant) + " holds something other than A-Z a-z 0-9 _ . -");
    }
    Length(lead_field, lead, kMaxLeadIdBytes);
  }

 private:
  std::string_view record_;
  std::optional<Rejection> rejection_;
};

// Copies a string over an earlier one. Frees memory that only an unusually long string needed, because a batch keeps
// its records.
void Replace(std::string_view text, std::string* kept) {
  constexpr size_t kUsualBytes = 256;
  if (kept->capacity() > kUsualBytes) *kept = std::string();
  SetText(text, kept);
}

// Returns the topic. A topic that is too long never rejects an opt-out: it then means everything. In a RESUBSCRIBE it
// lifts nothing; its beginning is kept, which is still too long.
std::string_view TopicOf(EventType type, std::string_view sent) {
  constexpr size_t kStillTooLong = kMaxTopicBytes + 4;  // a character has at most 4 bytes
  if (type == EventType::kResubscribe) return Utf8Prefix(sent, kStillTooLong);
  return type == EventType::kUnsubscribe && sent.size() <= kMaxTopicBytes ? sent : std::string_view();
}

// Sets everything except what SetLead has set.
void TakeEvent(RawEvent&& raw, Event* event) {
  Replace(raw.tenant_id, &event->key.tenant);
  Replace(raw.event_id, &event->event_id);
  event->type = static_cast<EventType>(*raw.type.number);
  event->occurred_at = *raw.occurred_at.instant;
  Replace(raw.campaign_id, &event->campaign_id);
  NormalizeText(&event->campaign_id);
  Replace(raw.message_id, &event->message_id);
  Replace(raw.name, &event->name);
  NormalizeText(&event->name);
  event->properties = std::move(raw.properties);
  Replace(raw.url, &event->url);
  event->bounce_kind =
      static_cast<BounceKind>(*raw.bounce_kind.number) == BounceKind::kSoft ? BounceKind::kSoft : BounceKind::kHard;
  event->machine = raw.machine && CanBeMachine(event->type);
  event->backfill = raw.backfill;
  Replace(event->type == EventType::kRetract ? raw.retracts : std::string_view(), &event->retracts);
  Replace(TopicOf(event->type, raw.topic), &event->topic);
  if (event->topic.size() <= kMaxTopicBytes) NormalizeText(&event->topic);
}

void CheckEventValues(const RawEvent& raw, std::string_view lead, Checks& checks) {
  checks.Key(raw.tenant_id, lead, raw.lead_id.empty() ? "email" : "leadId");
  checks.Length("email", raw.email);
  checks.Length("eventId", raw.event_id, kMaxEventIdBytes);
  checks.Length("campaignId", raw.campaign_id);
  checks.Length("messageId", raw.message_id);
  checks.Length("name", raw.name);
  checks.Length("url", raw.url, kMaxLongStringBytes);
  checks.Length("source", raw.source);
  checks.Length("userAgent", raw.user_agent);
  checks.Enum(Reason::kInvalidValue, "bounceKind", raw.bounce_kind, static_cast<int32_t>(BounceKind::kSoft), true,
              "HARD, SOFT");
  checks.Length("retracts", raw.retracts, kMaxEventIdBytes);
  if (raw.type.number == static_cast<int32_t>(EventType::kRetract) && raw.retracts.empty()) {
    checks.Invalid("retracts", "is empty; a RETRACT names the eventId that never happened");
  }
}

void CheckEvent(RawEvent&& raw, const DecodeLimits& limits, Decoded* decoded) {
  Event* event = std::get_if<Event>(decoded);
  if (event == nullptr) event = &decoded->emplace<Event>();
  SetLead(raw.lead_id, raw.email, event);
  event->former_address = FormerAddressOf(raw.email, event->key.lead, event->by_address);
  const std::string& lead = event->key.lead;
  Checks checks("event");
  checks.Missing(raw.tenant_id, lead);
  checks.Id(Reason::kMissingEventId, "eventId", raw.event_id);
  checks.Enum(Reason::kUnknownType, "type", raw.type, kEventTypeCount - 1, false,
              "SENT, DELIVERED, OPEN, CLICK, REPLY, BOUNCE, UNSUBSCRIBE, RESUBSCRIBE, COMPLAINT, PAGE_VISIT, CUSTOM, "
              "RETRACT");
  checks.Time("occurredAt", raw.occurred_at, limits);
  CheckEventValues(raw, lead, checks);
  if (checks.failed()) {
    *decoded = checks.TakeRejection();
  } else {
    TakeEvent(std::move(raw), event);
  }
}

// A visitor that brings the texts of a value into their normal form. Those in an object stay as sent.
struct TextsNormalizer {
  void operator()(std::string& text) const { NormalizeText(&text); }
  void operator()(ScalarList& list) const {
    for (Scalar& element : list) std::visit(*this, element);
  }
  template <typename Other>
  void operator()(Other&) const {}
};

// The check of one action's values; it returns the action.
struct ActionCheck {
  Checks& checks;
  Instant issued_at;

  Action operator()(UpdateProfile&& update) const {
    for (auto& [name, value] : update.set) {
      CheckAttribute(name, value);
      std::visit(TextsNormalizer(), value);
    }
    for (const std::string& name : update.unset) checks.Length("updateProfile.unset", name);
    return std::move(update);
  }
  Action operator()(EditTags&& edit) const {
    checks.Names("editTags.add", &edit.add);
    checks.Names("editTags.remove", &edit.remove);
    return std::move(edit);
  }
  Action operator()(EditLists&& edit) const {
    checks.Names("editLists.add", &edit.add);
    checks.Names("editLists.remove", &edit.remove);
    return std::move(edit);
  }
  Action operator()(EditCampaigns&& edit) const {
    checks.Names("editCampaigns.assign", &edit.assign);
    checks.Names("editCampaigns.remove", &edit.remove);
    return std::move(edit);
  }
  Action operator()(const RawSetStage& set) const {
    checks.Enum(Reason::kInvalidValue, "setStage.stage", set.stage, static_cast<int32_t>(Stage::kArchived), false,
                "NEW, CONTACTED, ENGAGED, QUALIFYING, QUALIFIED, FOLLOW_UP, CONVERTED, LOST, ARCHIVED");
    return SetStage{static_cast<Stage>(set.stage.number.value_or(0))};
  }
  Action operator()(const RawSetQualification& set) const {
    constexpr std::string_view kField = "setQualification";
    if (set.score && set.clear) checks.Invalid(kField, "holds a score and clear; send one of them");
    if (!set.score && !set.clear) checks.Invalid(kField, "holds nothing; send a score from 0 to 100, or clear: true");
    if (!set.score) return SetQualification{};
    if (*set.score < 0 || *set.score > 100) {
      checks.Invalid("setQualification.score", "is not from 0 to 100");
      return SetQualification{};
    }
    return SetQualification{static_cast<int32_t>(*set.score)};
  }
  Action operator()(AssignAgent&& assign) const {
    checks.Length("assignAgent.agentId", assign.agent_id);
    NormalizeText(&assign.agent_id);
    return std::move(assign);
  }
  Action operator()(SetDoNotContact&& set) const {
    checks.Length("setDoNotContact.reason", set.reason);
    return std::move(set);
  }
  Action operator()(RawRecordConsent&& raw) const {
    RecordConsent& record = raw.record;
    if (raw.at.instant && *raw.at.instant > issued_at) {
      checks.Invalid("recordConsent.at", "is later than issuedAt; send when the consent was given or withdrawn");
    }
    record.at = raw.at.instant;
    checks.Name("recordConsent.purpose", &record.purpose);
    checks.Length("recordConsent.source", record.source);
    checks.Length("recordConsent.version", record.version, kMaxVersionBytes);
    return std::move(record);
  }
  Action operator()(AddNote&& add) const {
    checks.Length("addNote.text", add.text, kMaxLongStringBytes);
    return std::move(add);
  }
  Action operator()(RemoveNote&& remove) const {
    checks.NotEmpty("removeNote.commandId", remove.command_id);
    checks.Length("removeNote.commandId", remove.command_id, kMaxEventIdBytes);
    return std::move(remove);
  }
  Action operator()(Erase&& erase) const { return erase; }
  Action operator()(Withdraw&& withdraw) const { return withdraw; }

 private:
  void CheckAttribute(const std::string& name, const Value& value) const {
    checks.Length("updateProfile.set: an attribute's name", name);
    const auto invalid = [&](std::string_view what) {
      checks.Invalid(Concat({"updateProfile.set: ", Quoted(name)}), what);
    };
    const auto check_length = [&](size_t size) {
      if (size > kMaxLongStringBytes) [[unlikely]] {
        invalid(TooLong(size, kMaxLongStringBytes));
      }
    };
    const auto check_scalar = [&](const auto& scalar) {
      if (const auto* text = std::get_if<std::string>(&scalar)) check_length(text->size());
      const auto* number = std::get_if<Number>(&scalar);
      if (number != nullptr && !number->InBounds()) {
        invalid("is a number with more than 40 digits before the point or 20 behind it");
      }
    };
    check_scalar(value);
    if (const auto* json = std::get_if<StructValue>(&value)) {
      if (json->json.starts_with('[')) invalid("is a list with null, a list or a struct inside");
      if (json->json.starts_with('"')) invalid("is not a finite number");
    }
    if (const auto* list = std::get_if<ScalarList>(&value)) {
      if (list->size() > kMaxListElements)
        invalid(Concat({"is a list of more than ", std::to_string(kMaxListElements)}));
      std::ranges::for_each(*list, check_scalar);
    }
  }
};

// Checks the actions and returns them in the order of Action.
Actions CheckActions(std::vector<RawAction>&& raw, const ActionCheck& check) {
  std::ranges::sort(raw, {}, &RawAction::index);
  Actions actions;
  for (RawAction& action : raw) actions.Add(std::visit(check, std::move(action)));
  if (raw.empty()) {
    check.checks.Fail(
        Reason::kUnsupported, "",
        "holds no known action; send some of updateProfile, editTags, editLists, editCampaigns, setStage, "
        "setQualification, assignAgent, setDoNotContact, addNote, removeNote, or one of erase, withdraw");
  }
  return actions;
}

// Whether an action that stands alone has others beside it.
bool HasCompany(const std::vector<RawAction>& actions) {
  return actions.size() > 1 && std::ranges::any_of(actions, [](const RawAction& action) {
           return std::holds_alternative<Erase>(action) || std::holds_alternative<Withdraw>(action);
         });
}

Decoded CheckCommand(RawCommand&& raw, const DecodeLimits& limits) {
  Checks checks("command");
  std::string lead, address;
  bool by_address = false;
  SetLead(raw.lead_id, raw.email, &lead, &address, &by_address);
  std::string former_address = FormerAddressOf(raw.email, lead, by_address);
  checks.Missing(raw.tenant_id, lead);
  checks.Id(Reason::kMissingCommandId, "commandId", raw.command_id);
  // Times that are none come before times ahead of the clock.
  checks.Time("issuedAt", raw.issued_at, DecodeLimits());
  for (const RawAction& action : raw.actions) {
    const auto* consent = std::get_if<RawRecordConsent>(&action);
    if (consent != nullptr && consent->at.sent) checks.Time("recordConsent.at", consent->at, DecodeLimits());
  }
  checks.Time("issuedAt", raw.issued_at, limits);
  checks.Key(raw.tenant_id, lead, raw.lead_id.empty() ? "email" : "leadId");
  checks.Length("email", raw.email);
  checks.Length("commandId", raw.command_id, kMaxEventIdBytes);
  checks.Length("actor", raw.actor);
  checks.Length("expectedVersion", raw.expected_version);
  Actions actions = CheckActions(std::move(raw.actions), {checks, raw.issued_at.instant.value_or(Instant::Never())});
  if (checks.failed()) return checks.TakeRejection();
  return Command{{std::string(raw.tenant_id), std::move(lead)},
                 std::string(raw.command_id),
                 *raw.issued_at.instant,
                 std::string(raw.actor),
                 raw.backfill,
                 std::move(actions),
                 std::move(address),
                 by_address,
                 std::string(raw.expected_version),
                 std::move(former_address)};
}

}  // namespace

void CheckRecord(UncheckedRecord&& raw, size_t size, const DecodeLimits& limits, Decoded* decoded) {
  if (raw.event && raw.command) {
    *decoded = Malformed("the record holds an event and a command; send each on its own");
  } else if (!raw.event && !raw.command) {
    *decoded = Malformed("the record holds neither an event nor a command");
  } else if (raw.command && HasCompany(raw.command->actions)) {
    *decoded = Malformed("the command holds erase or withdraw and another action; send each on its own");
  } else if (size > limits.max_bytes) {
    *decoded = Rejection{Reason::kTooLarge, "the record " + TooLong(size, limits.max_bytes)};
  } else if (raw.event) {
    CheckEvent(std::move(*raw.event), limits, decoded);
  } else {
    *decoded = CheckCommand(std::move(*raw.command), limits);
  }
}

Rejection Malformed(std::string detail) { return {Reason::kMalformed, std::move(detail)}; }

std::string Quoted(std::string_view text) {
  if (text.size() <= kMaxQuotedBytes) return Concat({"\"", text, "\""});
  return Concat({"\"", Utf8Prefix(text, kMaxQuotedBytes), "…\""});
}

}  // namespace leadpulse::codec
