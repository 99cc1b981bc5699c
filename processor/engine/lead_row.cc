#include "processor/engine/lead_row.h"

#include <algorithm>
#include <array>

#include "leadpulse/v1/lead_profile.pb.h"
#include "processor/base/value.h"
#include "processor/engine/view_changes.h"
#include "schemas/codec/profile_value.h"
#include "schemas/codec/protobuf_change.h"

namespace leadpulse::engine {
namespace {

// A lead of the state, with the members of v1::LeadProfile.
class LeadInState {
 public:
  LeadInState(const state::Lead& lead, const ShownView& shown, const config::TenantDefinitions& definitions)
      : lead_(lead), profile_(lead.profile), shown_(shown), view_(shown.view.published), definitions_(definitions) {}

  std::string_view tenant_id() const { return lead_.key.tenant; }
  std::string_view lead_id() const { return lead_.key.lead; }
  uint64_t seq() const { return lead_.last_seq.value; }
  int64_t score() const { return view_.score; }
  std::string_view tier() const { return shown_.tier; }
  std::string_view email_status() const { return EmailStatusName(view_.email_status); }
  bool sendable() const { return view_.sendable; }
  bool do_not_contact() const { return profile_.do_not_contact; }
  std::string_view stage() const { return StageName(view_.stage); }
  std::string_view status() const { return shown_.view.status; }
  int64_t quality() const { return shown_.view.quality; }
  int64_t qualification() const { return shown_.view.qualification; }
  std::string_view agent() const { return profile_.extras->agent_id; }
  const std::vector<std::string_view>& segments() const { return shown_.segments; }
  std::vector<std::string_view> lists() const { return SortedSpellings(profile_.extras->lists); }
  std::vector<std::string_view> tags() const { return SortedSpellings(profile_.extras->tags); }
  std::vector<std::string_view> campaigns() const { return SortedSpellings(profile_.extras->campaigns); }
  std::vector<std::string_view> topics_out() const { return view::TopicsOut(view_, definitions_); }

  const state::Lead& lead() const { return lead_; }

 private:
  const state::Lead& lead_;
  const state::Profile& profile_;
  const ShownView& shown_;
  const state::PublishedView& view_;
  const config::TenantDefinitions& definitions_;
};

void AppendConsent(bool granted, std::string_view source, Instant at, std::string* out) {
  JsonObject object(out);
  object.Boolean("granted", granted);
  object.Text("source", source);
  object.Time("at", at);
}

void AppendConsents(const LeadInState& lead, std::string* out) {
  JsonObject by_purpose(out);
  for (const state::Consent* consent : SortedConsents(lead.lead().profile)) {
    AppendConsent(consent->granted, consent->source, consent->at, by_purpose.Key(consent->purpose));
  }
}

void AppendConsents(const v1::LeadProfile& lead, std::string* out) {
  JsonObject by_purpose(out);
  for (const v1::ProfileConsent& consent : lead.consents()) {
    AppendConsent(consent.granted(), consent.source(), codec::GetTime(consent.has_at(), consent.at()),
                  by_purpose.Key(consent.purpose()));
  }
}

void AppendProfile(const LeadInState& lead, std::string* out) { AppendAttributes(lead.lead().profile, out); }

void AppendProfile(const v1::LeadProfile& lead, std::string* out) {
  JsonObject attributes(out);
  for (const v1::ProfileAttribute& attribute : lead.attributes()) {
    codec::AppendProfileValueJson(attribute.value(), attributes.Key(attribute.name()));
  }
}

// Returns the keys of members by event type.
const std::array<JsonKey, kEventTypeCount>& TypeKeys() {
  static const auto kKeys = [] {
    std::array<JsonKey, kEventTypeCount> keys;
    for (EventType type : kCountedTypes) keys[static_cast<size_t>(type)] = JsonKey::OfName(EventTypeName(type));
    return keys;
  }();
  return kKeys;
}

void AppendCounts(const LeadInState& lead, JsonObject* row) {
  const state::EngagementTotals totals = lead.lead().journal.Totals();
  {
    JsonObject counts(row->Key("counts"));
    for (EventType type : kCountedTypes) {
      counts.Number(TypeKeys()[static_cast<size_t>(type)], static_cast<int64_t>(totals[type].count));
    }
  }
  JsonObject last_at(row->Key("lastAt"));
  for (EventType type : kCountedTypes) {
    if (totals[type].count > 0) last_at.Time(TypeKeys()[static_cast<size_t>(type)], totals[type].last);
  }
}

void AppendCounts(const v1::LeadProfile& lead, JsonObject* row) {
  {
    JsonObject counts(row->Key("counts"));
    auto count = lead.counts().begin();
    for (EventType type : kCountedTypes) {
      const bool is_there = count != lead.counts().end() && count->type() == EventTypeName(type);
      counts.Number(TypeKeys()[static_cast<size_t>(type)], is_there ? count++->count() : 0);
    }
  }
  JsonObject last_at(row->Key("lastAt"));
  for (const v1::ProfileCount& count : lead.counts()) {
    if (count.count() > 0) last_at.Time(count.type(), codec::GetTime(count.has_last_at(), count.last_at()));
  }
}

// Adds the members of LeadInState or v1::LeadProfile.
template <typename Lead>
void AppendMembers(const Lead& lead, const AppendNotes& append_notes, JsonObject* row) {
  row->Text("tenantId", lead.tenant_id());
  row->Text("leadId", lead.lead_id());
  row->Number("seq", lead.seq());
  row->Number("score", lead.score());
  row->Text("tier", lead.tier());
  row->Text("emailStatus", lead.email_status());
  row->Boolean("sendable", lead.sendable());
  row->Boolean("doNotContact", lead.do_not_contact());
  row->Text("stage", lead.stage());
  row->Text("status", lead.status());
  row->Number("quality", lead.quality());
  row->Number("qualification", lead.qualification());
  row->Text("agent", lead.agent());
  row->Texts("segments", lead.segments());
  row->Texts("lists", lead.lists());
  row->Texts("tags", lead.tags());
  row->Texts("campaigns", lead.campaigns());
  row->Texts("topicsOut", lead.topics_out());
  AppendConsents(lead, row->Key("consents"));
  if (append_notes) append_notes(row);
  AppendProfile(lead, row->Key("profile"));
  AppendCounts(lead, row);
}

template <typename Names>
void AddNames(const Names& names, google::protobuf::RepeatedPtrField<std::string>* out) {
  for (std::string_view name : names) out->Add(std::string(name));
}

}  // namespace

ShownView ShowView(view::View view, const config::TenantDefinitions& definitions) {
  ShownView shown{std::move(view), {}, {}};
  shown.tier = definitions.tiers[shown.view.published.tier].name;
  for (uint32_t index : shown.view.published.segments) {  // ascending, and so are the ids
    shown.segments.push_back(definitions.segments[index].id);
  }
  return shown;
}

ShownView PublishedView(const state::Lead& lead, const config::TenantDefinitions& definitions) {
  ShownView shown{view::StoredView(lead, definitions), PublishedTier(lead, definitions),
                  PublishedSegments(lead, definitions)};
  if (!lead.is_evaluated()) shown.view.published.sendable = false;
  return shown;
}

void SetLeadProfile(const state::Lead& lead, const ShownView& shown, const config::TenantDefinitions& definitions,
                    ZeroCounts zero_counts, v1::LeadProfile* out) {
  const LeadInState members(lead, shown, definitions);
  out->set_tenant_id(lead.key.tenant);
  out->set_lead_id(lead.key.lead);
  out->set_seq(members.seq());
  out->set_score(members.score());
  out->set_tier(std::string(members.tier()));
  out->set_email_status(std::string(members.email_status()));
  out->set_sendable(members.sendable());
  out->set_do_not_contact(members.do_not_contact());
  out->set_stage(std::string(members.stage()));
  out->set_status(std::string(members.status()));
  out->set_quality(members.quality());
  out->set_qualification(members.qualification());
  out->set_agent(std::string(members.agent()));
  AddNames(members.segments(), out->mutable_segments());
  AddNames(members.lists(), out->mutable_lists());
  AddNames(members.tags(), out->mutable_tags());
  AddNames(members.campaigns(), out->mutable_campaigns());
  AddNames(members.topics_out(), out->mutable_topics_out());
  for (const state::Consent* consent : SortedConsents(lead.profile)) {
    v1::ProfileConsent* const added = out->add_consents();
    added->set_purpose(consent->purpose);
    added->set_granted(consent->granted);
    added->set_source(consent->source);
    codec::SetTimestamp(consent->at, added->mutable_at());
  }
  for (const auto& [name, attribute] : lead.profile.attributes) {
    const Value& value = state::ShownValue(name, attribute);
    if (IsUnset(value)) continue;
    v1::ProfileAttribute* const added = out->add_attributes();
    added->set_name(name);
    codec::SetProfileValue(value, added->mutable_value());
  }
  const state::EngagementTotals totals = lead.journal.Totals();
  for (EventType type : kCountedTypes) {
    if (totals[type].count == 0 && zero_counts == ZeroCounts::kLeftOut) continue;
    v1::ProfileCount* const added = out->add_counts();
    added->set_type(std::string(EventTypeName(type)));
    added->set_count(totals[type].count);
    if (totals[type].count > 0) codec::SetTimestamp(totals[type].last, added->mutable_last_at());
  }
  if (const auto email = view::ShownAddress(lead)) out->set_email(email->data(), email->size());
  out->set_pending(!lead.is_evaluated());
}

void AppendLeadMembers(const state::Lead& lead, const ShownView& shown, const config::TenantDefinitions& definitions,
                       const AppendNotes& append_notes, JsonObject* row) {
  AppendMembers(LeadInState(lead, shown, definitions), append_notes, row);
}

void AppendLeadMembers(const v1::LeadProfile& lead, const AppendNotes& append_notes, JsonObject* row) {
  AppendMembers(lead, append_notes, row);
}

void AppendLeadRow(const state::Lead& lead, const view::View& view, const config::TenantDefinitions& definitions,
                   std::string* out) {
  JsonObject row(out);
  const auto append_notes = [&lead](JsonObject* members) {
    std::string* const notes = members->Key("notes");
    AppendJsonArray(lead.profile.extras->notes, notes, [notes](const state::Note& note) {
      JsonObject object(notes);
      object.Text("text", note.text);
      object.Time("at", note.at);
      object.Text("actor", note.actor);
    });
  };
  AppendLeadMembers(lead, ShowView(view, definitions), definitions, append_notes, &row);
  row.End();
  *out += '\n';
}

void AppendAttributes(const state::Profile& profile, std::string* out) {
  JsonObject attributes(out);
  for (const auto& [name, attribute] : profile.attributes) {
    const Value& shown = state::ShownValue(name, attribute);
    if (!IsUnset(shown)) *attributes.Key(name) += ValueToJson(shown);
  }
}

std::vector<const state::Consent*> SortedConsents(const state::Profile& profile) {
  std::vector<const state::Consent*> consents;
  for (const auto& [folded, consent] : profile.extras->consents) consents.push_back(&consent);
  std::ranges::sort(consents, {}, &state::Consent::purpose);
  return consents;
}

std::vector<std::string_view> SortedSpellings(const state::NameSet& names) {
  std::vector<std::string_view> spellings;
  for (const auto& [folded, spelling] : names.names()) spellings.push_back(spelling);
  std::ranges::sort(spellings);
  return spellings;
}

}  // namespace leadpulse::engine
