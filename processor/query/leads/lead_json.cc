// The JSON of rows and records (lead_record.h).
#include <algorithm>

#include "processor/base/json_object.h"
#include "processor/base/value.h"
#include "processor/engine/lead_row.h"
#include "processor/query/leads/history_parts.h"
#include "processor/query/leads/lead_record.h"
#include "schemas/codec/profile_value.h"
#include "schemas/codec/protobuf_change.h"

namespace leadpulse::query {
namespace {

using codec::GetTime;

void AppendLead(const v1::LeadRow& row, JsonObject* object) {
  const auto append_notes = [&row](JsonObject* members) {
    std::string* const notes = members->Key("notes");
    AppendJsonArray(row.notes(), notes, [notes](const v1::LeadNote& note) { AppendJson(note, notes); });
  };
  engine::AppendLeadMembers(row.lead(), append_notes, object);
}

// Appends the address, which is of the type that the attribute has.
void AppendEmail(const v1::LeadProfile& lead, JsonObject* object) {
  if (const v1::ProfileValue* email = FindAttribute(lead, state::kEmailAttribute)) {
    return codec::AppendProfileValueJson(*email, object->Key("email"));
  }
  lead.email().empty() ? object->Null("email") : object->Text("email", lead.email());
}

void AppendScope(const v1::StatusFacts::Scope& scope, std::string* out) {
  JsonObject object(out);
  if (scope.has_out_ms()) object.Time("out", {scope.out_ms()});
  if (scope.has_in_ms()) object.Time("in", {scope.in_ms()});
}

void AppendStatusFacts(const v1::StatusFacts& facts, std::string* out) {
  JsonObject object(out);
  AppendScope(facts.everything(), object.Key("everything"));
  {
    JsonObject topics(object.Key("topics"));
    for (const v1::StatusFacts::Scope& topic : facts.topics()) AppendScope(topic, topics.Key(topic.topic()));
  }
  if (facts.has_complaint_ms()) object.Time("complaint", {facts.complaint_ms()});
  if (facts.has_hard_bounce_ms()) object.Time("hardBounce", {facts.hard_bounce_ms()});
  if (facts.has_sign_of_life_ms()) object.Time("signOfLife", {facts.sign_of_life_ms()});
}

void AppendAddress(const v1::AddressUse& address, std::string* out) {
  JsonObject object(out);
  if (!address.uses().empty()) object.Text("uses", address.uses());
  object.Text("registration", address.registration());
  AppendStatusFacts(address.standing(), object.Key("standing"));
  address.has_also_used_by() ? object.Texts("alsoUsedBy", address.also_used_by().ids()) : object.Null("alsoUsedBy");
  object.Texts("usedBy", address.used_by());
}

void AppendAttributes(const v1::WholeRecord& record, std::string* out) {
  JsonObject attributes(out);
  for (const v1::SentAttribute& attribute : record.attributes()) {
    JsonObject values(attributes.Key(attribute.name()));
    codec::AppendProfileValueJson(attribute.sent(), values.Key("sent"));
    if (attribute.has_converted()) codec::AppendProfileValueJson(attribute.converted(), values.Key("converted"));
  }
}

// Appends the member, whose value `append` appends if there is one; else null.
template <typename Append>
void AppendOrNull(JsonKey key, bool is_there, JsonObject* object, const Append& append) {
  is_there ? append(object->Key(key)) : object->Null(key);
}

template <typename Messages>
void AppendArray(JsonKey key, const Messages& messages, JsonObject* object) {
  std::string* const out = object->Key(key);
  AppendJsonArray(messages, out, [out](const auto& message) { AppendJson(message, out); });
}

enum class ApiMembers : uint8_t { kShown, kLeftOut };

// Appends what commands have set.
void AppendCommanded(const v1::WholeRecord& record, ApiMembers api_members, JsonObject* object) {
  AppendAttributes(record, object->Key("attributes"));
  AppendArray("consentLedger", record.consent_ledger(), object);
  object->Text("doNotContactReason", record.do_not_contact_reason());
  AppendOrNull("stageSet", record.has_stage_set(), object,
               [&record](std::string* out) { AppendJson(record.stage_set(), out); });
  record.has_qualification_set() ? object->Number("qualificationSet", record.qualification_set())
                                 : object->Null("qualificationSet");
  object->Text("lastAddress", record.last_address());
  object->Time("addressChangedAt", GetTime(record.has_address_changed_at(), record.address_changed_at()));
  object->Time("firstCommandAt", GetTime(record.has_first_command_at(), record.first_command_at()));
  const Instant newest = GetTime(record.row().has_updated(), record.row().updated());
  if (api_members == ApiMembers::kShown) {
    object->Time("stage_since", GetTime(record.row().has_stage_since(), record.row().stage_since()));
    object->Time("updated", newest);
  }
  object->Time("newestCommandAt", newest);
}

void AppendRecord(const v1::WholeRecord& record, ApiMembers api_members, CommandIds command_ids, JsonObject* object) {
  AppendLead(record.row(), object);
  object->Text("version", record.row().lead().version());
  object->Time("at", GetTime(record.has_at(), record.at()));
  object->Time("noChangeBefore", GetTime(record.has_no_change_before(), record.no_change_before()));
  object->Time("created", GetTime(record.row().has_created(), record.row().created()));
  AppendEmail(record.row().lead(), object);
  AppendOrNull("address", record.has_address(), object,
               [&record](std::string* out) { AppendAddress(record.address(), out); });
  AppendCommanded(record, api_members, object);
  object->Time("erasedAt", GetTime(record.has_erased_at(), record.erased_at()));
  AppendArray("events", record.events(), object);
  AppendOrNull("folded", record.has_folded(), object,
               [&record](std::string* out) { AppendJson(record.folded(), out); });
  AppendOrNull("statusFacts", record.has_status_facts(), object,
               [&record](std::string* out) { AppendStatusFacts(record.status_facts(), out); });
  if (command_ids == CommandIds::kShown) object->Texts("commandIds", record.command_ids());
}

}  // namespace

void AppendJson(const v1::LeadRow& row, std::string* out) {
  JsonObject object(out);
  object.Text("id", row.lead().lead_id());
  AppendLead(row, &object);
  AppendEmail(row.lead(), &object);
  object.Time("created", GetTime(row.has_created(), row.created()));
  object.Time("updated", GetTime(row.has_updated(), row.updated()));
  object.Text("version", row.lead().version());
  for (const v1::ProfileAttribute& cell : row.cells()) {
    codec::AppendProfileValueJson(cell.value(), object.Key(cell.name()));
  }
}

size_t BoundedBytes(const v1::LeadRow& row) {
  // JSON spells one byte with at most six, and the names of the members take less than 2 KiB.
  constexpr size_t kSmall = 1 << 10;
  const size_t bytes = row.ByteSizeLong();
  if (bytes <= kSmall) return bytes;
  std::string json;
  AppendJson(row, &json);
  return json.size();
}

std::string RecordJson(const v1::WholeRecord& record) {
  std::string json;
  JsonObject object(&json);
  AppendRecord(record, ApiMembers::kLeftOut, CommandIds::kShown, &object);
  object.End();
  return json;
}

std::string ContactJson(const v1::WholeRecord& record, CommandIds command_ids) {
  std::string json;
  JsonObject object(&json);
  object.Text("id", record.row().lead().lead_id());
  AppendRecord(record, ApiMembers::kShown, command_ids, &object);
  object.End();
  return json;
}

const v1::ProfileValue* FindAttribute(const v1::LeadProfile& lead, std::string_view name) {
  const auto found = std::ranges::find(lead.attributes(), name,
                                       [](const auto& attribute) { return std::string_view(attribute.name()); });
  return found == lead.attributes().end() ? nullptr : &found->value();
}

std::string TextOf(const v1::ProfileValue& value) {
  std::string json;
  switch (value.kind_case()) {
    case v1::ProfileValue::kText:
      return value.text();
    case v1::ProfileValue::kDay:
      return value.day();
    case v1::ProfileValue::kTime:
      return FormatRfc3339(GetTime(true, value.time()));
    case v1::ProfileValue::kNumber:
    case v1::ProfileValue::kDecimal:
      codec::AppendProfileValueJson(value, &json);
      return json;
    default:
      return json;
  }
}

std::string AttributeText(const v1::LeadProfile& lead, std::string_view name) {
  const v1::ProfileValue* const value = FindAttribute(lead, name);
  return value == nullptr ? std::string() : TextOf(*value);
}

std::optional<Instant> LastAt(const v1::LeadProfile& lead, std::string_view type) {
  for (const v1::ProfileCount& count : lead.counts()) {
    if (count.type() == type && count.has_last_at()) return GetTime(true, count.last_at());
  }
  return std::nullopt;
}

}  // namespace leadpulse::query
