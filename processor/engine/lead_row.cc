#include "processor/engine/lead_row.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "processor/base/engagement.h"
#include "processor/base/json_object.h"
#include "processor/base/value.h"

namespace leadpulse::engine {
namespace {

void AppendTexts(std::vector<std::string_view> texts, std::string* out) {
  std::sort(texts.begin(), texts.end());
  *out += '[';
  for (size_t i = 0; i < texts.size(); ++i) {
    if (i > 0) *out += ',';
    AppendJsonString(texts[i], out);
  }
  *out += ']';
}

void AppendNames(const state::NameSet& names, std::string* out) {
  std::vector<std::string_view> spellings;
  for (const auto& [folded, spelling] : names.names()) spellings.push_back(spelling);
  AppendTexts(std::move(spellings), out);
}

void AppendConsents(const state::Profile& profile, std::string* out) {
  std::vector<const state::Consent*> consents;
  for (const auto& [folded, consent] : profile.consents) consents.push_back(&consent);
  std::sort(consents.begin(), consents.end(), [](const auto* a, const auto* b) { return a->purpose < b->purpose; });
  JsonObject by_purpose(out);
  for (const state::Consent* consent : consents) {
    JsonObject object(by_purpose.Key(consent->purpose));
    object.Boolean("granted", consent->granted);
    object.Text("source", consent->source);
    object.Time("at", consent->at);
    object.End();
  }
  by_purpose.End();
}

void AppendNotes(const state::Profile& profile, std::string* out) {
  *out += '[';
  for (size_t i = 0; i < profile.notes.size(); ++i) {
    const state::Note& note = profile.notes[i];
    if (i > 0) *out += ',';
    JsonObject object(out);
    object.Text("text", note.text);
    object.Time("at", note.at);
    object.Text("actor", note.actor);
    object.End();
  }
  *out += ']';
}

void AppendProfile(const state::Profile& profile, std::string* out) {
  JsonObject attributes(out);
  for (const auto& [name, attribute] : profile.attributes) {
    if (!IsUnset(attribute.converted)) *attributes.Key(name) += ValueToJson(attribute.converted);
  }
  attributes.End();
}

void AppendTotals(const state::EngagementTotals& totals, JsonObject* row) {
  JsonObject counts(row->Key("counts"));
  for (EventType type : kCountedTypes) counts.Number(EventTypeName(type), static_cast<int64_t>(totals[type].count));
  counts.End();
  JsonObject last_at(row->Key("lastAt"));
  for (EventType type : kCountedTypes) {
    if (totals[type].count > 0) last_at.Time(EventTypeName(type), totals[type].last);
  }
  last_at.End();
}

}  // namespace

void AppendLeadRow(const state::Lead& lead, const view::View& view, const config::TenantDefinitions& definitions,
                   std::string* out) {
  std::vector<std::string_view> segments;
  for (uint32_t index : view.published.segments) segments.push_back(definitions.segments[index].id);
  JsonObject row(out);
  row.Text("tenantId", lead.key.tenant);
  row.Text("leadId", lead.key.lead);
  row.Number("seq", static_cast<int64_t>(lead.last_seq.value));
  row.Number("score", view.published.score);
  row.Text("tier", definitions.tiers[view.published.tier].name);
  row.Text("emailStatus", EmailStatusName(view.published.email_status));
  row.Boolean("sendable", view.published.sendable);
  row.Boolean("doNotContact", lead.profile.do_not_contact);
  row.Text("stage", StageName(view.published.stage));
  row.Text("status", view.status);
  row.Number("quality", view.quality);
  row.Number("qualification", view.qualification);
  row.Text("agent", lead.profile.agent_id);
  AppendTexts(std::move(segments), row.Key("segments"));
  AppendNames(lead.profile.lists, row.Key("lists"));
  AppendNames(lead.profile.tags, row.Key("tags"));
  AppendNames(lead.profile.campaigns, row.Key("campaigns"));
  AppendConsents(lead.profile, row.Key("consents"));
  AppendNotes(lead.profile, row.Key("notes"));
  AppendProfile(lead.profile, row.Key("profile"));
  AppendTotals(lead.journal.Totals(), &row);
  row.End();
  *out += '\n';
}

}  // namespace leadpulse::engine
