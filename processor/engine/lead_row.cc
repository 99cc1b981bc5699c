#include "processor/engine/lead_row.h"

#include <algorithm>
#include <array>

#include "processor/base/value.h"
#include "processor/engine/view_changes.h"

namespace leadpulse::engine {
namespace {

void AppendConsents(const state::Profile& profile, std::string* out) {
  JsonObject by_purpose(out);
  for (const state::Consent* consent : SortedConsents(profile)) {
    JsonObject object(by_purpose.Key(consent->purpose));
    object.Boolean("granted", consent->granted);
    object.Text("source", consent->source);
    object.Time("at", consent->at);
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

void AppendCounts(const state::EngagementTotals& totals, std::string* out) {
  JsonObject counts(out);
  for (EventType type : kCountedTypes) {
    counts.Number(TypeKeys()[static_cast<size_t>(type)], static_cast<int64_t>(totals[type].count));
  }
}

void AppendLastTimes(const state::EngagementTotals& totals, std::string* out) {
  JsonObject last_at(out);
  for (EventType type : kCountedTypes) {
    if (totals[type].count > 0) last_at.Time(TypeKeys()[static_cast<size_t>(type)], totals[type].last);
  }
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

void AppendLeadMembers(const state::Lead& lead, const ShownView& shown, const config::TenantDefinitions& definitions,
                       RowNotes with_notes, JsonObject* row) {
  const view::View& view = shown.view;
  row->Text("tenantId", lead.key.tenant);
  row->Text("leadId", lead.key.lead);
  row->Number("seq", static_cast<int64_t>(lead.last_seq.value));
  row->Number("score", view.published.score);
  row->Text("tier", shown.tier);
  row->Text("emailStatus", EmailStatusName(view.published.email_status));
  row->Boolean("sendable", view.published.sendable);
  row->Boolean("doNotContact", lead.profile.do_not_contact);
  row->Text("stage", StageName(view.published.stage));
  row->Text("status", view.status);
  row->Number("quality", view.quality);
  row->Number("qualification", view.qualification);
  row->Text("agent", lead.profile.extras->agent_id);
  row->Texts("segments", shown.segments);
  row->Texts("lists", SortedSpellings(lead.profile.extras->lists));
  row->Texts("tags", SortedSpellings(lead.profile.extras->tags));
  row->Texts("campaigns", SortedSpellings(lead.profile.extras->campaigns));
  row->Texts("topicsOut", view::TopicsOut(view.published, definitions));
  AppendConsents(lead.profile, row->Key("consents"));
  if (with_notes == RowNotes::kShown) {
    std::string* const notes = row->Key("notes");
    AppendJsonArray(lead.profile.extras->notes, notes,
                    [notes](const state::Note& note) { AppendNote(note.text, note.at, note.actor, notes); });
  }
  AppendAttributes(lead.profile, row->Key("profile"));
  const state::EngagementTotals totals = lead.journal.Totals();
  AppendCounts(totals, row->Key("counts"));
  AppendLastTimes(totals, row->Key("lastAt"));
}

void AppendLeadRow(const state::Lead& lead, const view::View& view, const config::TenantDefinitions& definitions,
                   std::string* out) {
  JsonObject row(out);
  AppendLeadMembers(lead, ShowView(view, definitions), definitions, RowNotes::kShown, &row);
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

void AppendNote(std::string_view text, Instant at, std::string_view actor, std::string* out) {
  JsonObject object(out);
  object.Text("text", text);
  object.Time("at", at);
  object.Text("actor", actor);
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
