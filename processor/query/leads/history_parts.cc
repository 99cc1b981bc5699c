#include "processor/query/leads/history_parts.h"

#include <cstdint>
#include <string_view>

#include "processor/base/engagement.h"
#include "processor/base/json_object.h"
#include "processor/base/text.h"
#include "processor/view/address_facts.h"
#include "schemas/codec/profile_value.h"
#include "schemas/codec/protobuf_change.h"
#include "state/lead/names_edit.h"

namespace leadpulse::query {
namespace {

using codec::GetTime;
using codec::SetTime;

void TextUnlessEmpty(JsonKey key, std::string_view value, JsonObject* object) {
  if (!value.empty()) object->Text(key, value);
}

void SetTotal(const state::TypeTotals& totals, v1::FoldedEvents::Total* out) {
  out->set_count(totals.count);
  SetTime(totals.first, &v1::FoldedEvents::Total::mutable_first_at, out);
  SetTime(totals.last, &v1::FoldedEvents::Total::mutable_last_at, out);
}

v1::LeadEdit::Names* NamesOf(state::EditKind kind, v1::LeadEdit* out) {
  switch (kind) {
    case state::EditKind::kTags:
      return out->mutable_tags();
    case state::EditKind::kLists:
      return out->mutable_lists();
    case state::EditKind::kCampaigns:
      return out->mutable_campaigns();
    default:
      return out->mutable_attributes();
  }
}

void AppendNames(const v1::LeadEdit::Names& names, JsonKey added, JsonKey removed, JsonObject* object) {
  object->Texts(added, names.added());
  object->Texts(removed, names.removed());
}

Instant FirstTime(const v1::FoldedEvents::Total& total) { return GetTime(total.has_first_at(), total.first_at()); }
Instant LastTime(const v1::FoldedEvents::Total& total) { return GetTime(total.has_last_at(), total.last_at()); }

// Appends the time of each type that has events.
void AppendTimes(const v1::FoldedEvents& folded, Instant (*time_of)(const v1::FoldedEvents::Total&), std::string* out) {
  JsonObject times(out);
  for (const v1::FoldedEvents::Total& total : folded.totals()) {
    if (total.count() > 0) times.Time(total.type(), time_of(total));
  }
}

void AppendNewValue(const v1::LeadEdit& edit, JsonObject* object) {
  switch (edit.kind_case()) {
    case v1::LeadEdit::kStage:
      return object->Text("stage", edit.stage());
    case v1::LeadEdit::kAgent:
      return object->Text("agentId", edit.agent());
    case v1::LeadEdit::kQualification:
      return edit.qualification().has_score() ? object->Number("score", edit.qualification().score())
                                              : object->Null("score");
    case v1::LeadEdit::kDoNotContact:
      return object->Boolean("value", edit.do_not_contact());
    case v1::LeadEdit::kAttributes:
      return AppendNames(edit.attributes(), "set", "unset", object);
    case v1::LeadEdit::kTags:
      return AppendNames(edit.tags(), "added", "removed", object);
    case v1::LeadEdit::kLists:
      return AppendNames(edit.lists(), "added", "removed", object);
    case v1::LeadEdit::kCampaigns:
      return AppendNames(edit.campaigns(), "added", "removed", object);
    case v1::LeadEdit::KIND_NOT_SET:
      return;
  }
}

}  // namespace

void SetEvent(const state::Lead& lead, const state::JournalEntry& entry, v1::LeadEvent* out) {
  out->set_event_id(std::string(entry.event_id()));
  out->set_type(std::string(EventTypeName(entry.type)));
  SetTime(entry.occurred_at, &v1::LeadEvent::mutable_occurred_at, out);
  out->set_campaign_id(std::string(entry.campaign_id()));
  out->set_message_id(std::string(entry.message_id()));
  out->set_name(std::string(entry.name()));
  if (entry.properties() != nullptr) {
    for (const auto& [name, value] : *entry.properties()) {
      v1::ProfileAttribute* const property = out->add_properties();
      property->set_name(name);
      codec::SetProfileValue(value, property->mutable_value());
    }
  }
  if (entry.type == EventType::kBounce) out->set_bounce_kind(std::string(BounceKindName(entry.bounce_kind)));
  out->set_machine(entry.machine);
  out->set_retracted(entry.retracted);
  if (entry.type == EventType::kRetract) out->set_retracts(std::string(entry.subject()));
  if (entry.topic() != state::kNoTopic) out->set_topic(std::string(entry.topic()));
  out->set_through(std::string(view::ReceivedThrough(lead, entry)));
}

void SetNote(const state::Note& note, v1::LeadNote* out) {
  out->set_text(note.text);
  SetTime(note.at, &v1::LeadNote::mutable_at, out);
  out->set_actor(note.actor);
  out->set_command_id(note.command_id);
}

void SetConsent(const state::ConsentEntry& entry, v1::RecordedConsent* out) {
  out->set_purpose(entry.consent.purpose);
  out->set_granted(entry.consent.granted);
  SetTime(entry.consent.at, &v1::RecordedConsent::mutable_at, out);
  out->set_actor(entry.actor);
  out->set_source(entry.consent.source);
  out->set_version(entry.version);
  if (entry.issued_at != entry.consent.at) SetTime(entry.issued_at, &v1::RecordedConsent::mutable_issued_at, out);
}

void SetEdit(const state::ProfileEdit& edit, v1::LeadEdit* out) {
  if (state::IsOfNames(edit.kind)) {
    const state::NamesEdit names = state::ReadNamesEdit(edit.value);
    v1::LeadEdit::Names* const set = NamesOf(edit.kind, out);
    set->mutable_added()->Add(names.added.begin(), names.added.end());
    set->mutable_removed()->Add(names.removed.begin(), names.removed.end());
  } else if (edit.kind == state::EditKind::kQualification) {
    v1::LeadEdit::Qualification* const qualification = out->mutable_qualification();
    if (const auto score = ParseInteger<int64_t>(edit.value)) qualification->set_score(*score);
  } else if (edit.kind == state::EditKind::kDoNotContact) {
    out->set_do_not_contact(edit.value == "true");
  } else {
    edit.kind == state::EditKind::kStage ? out->set_stage(edit.value) : out->set_agent(edit.value);
  }
  SetTime(edit.at, &v1::LeadEdit::mutable_at, out);
  out->set_actor(edit.actor);
}

void SetStageEdit(const state::StageSetting& set, v1::LeadEdit* out) {
  out->set_stage(std::string(StageName(set.stage)));
  SetTime(set.issued_at, &v1::LeadEdit::mutable_at, out);
}

bool SetFolded(const state::FoldedEntries& folded, v1::FoldedEvents* out) {
  if (folded.newest_at == Instant::DistantPast()) return false;
  SetTime(folded.newest_at, &v1::FoldedEvents::mutable_newest_at, out);
  out->set_newest_event_id(folded.newest_event_id);
  for (const EventType type : kCountedTypes) {
    v1::FoldedEvents::Total* const total = out->add_totals();
    total->set_type(std::string(EventTypeName(type)));
    SetTotal(folded.totals[type], total);
  }
  SetTotal(folded.totals.hard_bounces, out->mutable_hard_bounces());
  return true;
}

void AppendJson(const v1::LeadEvent& event, std::string* out) {
  JsonObject object(out);
  object.Text("eventId", event.event_id());
  object.Text("type", event.type());
  object.Time("occurredAt", GetTime(event.has_occurred_at(), event.occurred_at()));
  TextUnlessEmpty("campaignId", event.campaign_id(), &object);
  TextUnlessEmpty("messageId", event.message_id(), &object);
  TextUnlessEmpty("name", event.name(), &object);
  if (!event.properties().empty()) {
    JsonObject properties(object.Key("properties"));
    for (const v1::ProfileAttribute& property : event.properties()) {
      codec::AppendProfileValueJson(property.value(), properties.Key(property.name()));
    }
  }
  if (event.has_bounce_kind()) object.Text("bounceKind", event.bounce_kind());
  if (event.machine()) object.Boolean("machine", true);
  if (event.retracted()) object.Boolean("retracted", true);
  if (event.has_retracts()) object.Text("retracts", event.retracts());
  TextUnlessEmpty("topic", event.topic(), &object);
  TextUnlessEmpty("through", event.through(), &object);
}

void AppendJson(const v1::LeadNote& note, std::string* out) {
  JsonObject object(out);
  object.Text("text", note.text());
  object.Time("at", GetTime(note.has_at(), note.at()));
  object.Text("actor", note.actor());
  TextUnlessEmpty("commandId", note.command_id(), &object);
}

void AppendJson(const v1::RecordedConsent& consent, std::string* out) {
  JsonObject object(out);
  object.Text("purpose", consent.purpose());
  object.Boolean("granted", consent.granted());
  object.Time("at", GetTime(consent.has_at(), consent.at()));
  object.Text("actor", consent.actor());
  object.Text("source", consent.source());
  TextUnlessEmpty("version", consent.version(), &object);
  if (consent.has_issued_at()) object.Time("issuedAt", GetTime(true, consent.issued_at()));
}

void AppendJson(const v1::LeadEdit& edit, std::string* out) {
  JsonObject object(out);
  AppendNewValue(edit, &object);
  object.Time("at", GetTime(edit.has_at(), edit.at()));
  if (edit.has_actor()) object.Text("actor", edit.actor());
}

void AppendJson(const v1::FoldedEvents& folded, std::string* out) {
  JsonObject object(out);
  object.Time("newestAt", GetTime(folded.has_newest_at(), folded.newest_at()));
  object.Text("newestEventId", folded.newest_event_id());
  {
    JsonObject counts(object.Key("counts"));
    for (const v1::FoldedEvents::Total& total : folded.totals()) counts.Number(total.type(), total.count());
  }
  AppendTimes(folded, FirstTime, object.Key("firstAt"));
  AppendTimes(folded, LastTime, object.Key("lastAt"));
  JsonObject hard_bounces(object.Key("hardBounces"));
  hard_bounces.Number("count", folded.hard_bounces().count());
  hard_bounces.Time("firstAt", FirstTime(folded.hard_bounces()));
  hard_bounces.Time("lastAt", LastTime(folded.hard_bounces()));
  hard_bounces.End();
}

}  // namespace leadpulse::query
