// Writes definitions as YAML that loads to the same, with every default.
#include <string>
#include <string_view>

#include "config/definitions_loader.h"
#include "config/setting_texts.h"
#include "config/tenant_loader.h"
#include "config/yaml_text.h"
#include "processor/base/text.h"
#include "processor/rules/language/printer.h"

namespace leadpulse::config {
namespace {

using rules::Step;

std::string Spell(bool value) { return value ? "true" : "false"; }

// Returns the rule in normal form, or as written if the spaces of the normal form make it too long.
std::string ShowRule(const rules::Rule& rule) {
  const std::string normal = rules::PrintNode(*rule.root);
  return YamlString(normal.size() <= rules::kMaxRuleBytes ? normal : rule.source);
}

void ShowTypes(std::string_view key, const rules::DeclaredTypes& types, std::string* out) {
  *out += "    " + std::string(key) + (types.empty() ? ": {}\n" : ":\n");
  for (const auto& [name, type] : types)
    *out += "      " + YamlKey(name, 6) + " " + std::string(FieldTypeName(type)) + "\n";
}

std::string Shown(EventTypes types) {
  std::string list;
  for (const EventType type : types) list += (list.empty() ? "" : ", ") + std::string(EventTypeName(type));
  return "[" + list + "]";
}

void ShowStep(const Step& step, std::string* out) {
  if (IsPlainStep(step)) {
    *out += "event: " + std::string(EventTypeName(step.type)) + "\n";
    if (const auto* name = std::get_if<rules::Text>(&step.name))
      *out += "          name: " + YamlString(name->text) + "\n";
    if (step.campaign) *out += "          campaign: " + YamlString(step.campaign->text) + "\n";
  } else {
    *out += "match: " + YamlString(rules::PrintStep(step)) + "\n";
  }
  if (step.bounce) *out += "          bounce: " + std::string(BounceKindName(*step.bounce)) + "\n";
}

void ShowScoringRule(const ScoringRule& rule, std::string* out) {
  *out += "        - ";
  if (rule.step) ShowStep(*rule.step, out);
  if (rule.when) *out += "when: " + ShowRule(*rule.when) + "\n";
  *out += "          points: " + std::to_string(rule.points) + "\n";
  if (rule.limit) {
    *out += "          limit: {count: " + std::to_string(rule.limit->count) +
            ", per: " + LimitPerNames()[static_cast<size_t>(rule.limit->per)] + "}\n";
  }
  if (rule.decay) {
    *out += "          decay: {percent: " + std::to_string(rule.decay->percent) +
            ", every: " + SpellPreciseDuration(rule.decay->every) + "}\n";
  }
  if (rule.expires_after) *out += "          expires_after: " + SpellPreciseDuration(*rule.expires_after) + "\n";
}

void ShowScoring(const TenantDefinitions& tenant, std::string* out) {
  *out += "    scoring:\n";
  *out += tenant.scoring->empty() ? "      rules: []\n" : "      rules:\n";
  for (const ScoringRule& rule : *tenant.scoring) ShowScoringRule(rule, out);
  if (tenant.exclude) *out += "      exclude: " + ShowRule(*tenant.exclude) + "\n";
  *out += "      reset_on: " + Shown(tenant.reset_on) + "\n";
  if (tenant.score_min) *out += "      min: " + std::to_string(*tenant.score_min) + "\n";
  if (tenant.score_max) *out += "      max: " + std::to_string(*tenant.score_max) + "\n";
}

void ShowTiers(const std::vector<Tier>& tiers, std::string* out) {
  *out += "    tiers:\n";
  for (const Tier& tier : tiers) {
    *out += "      - {name: " + YamlString(tier.name);
    if (tier.at_least) *out += ", at_least: " + std::to_string(*tier.at_least);
    *out += "}\n";
  }
}

void ShowLifecycle(const Lifecycle& lifecycle, std::string* out) {
  *out += "    lifecycle:\n      engaged_on: " + Shown(lifecycle.engaged_on) + "\n";
  if (lifecycle.auto_qualify_at) *out += "      auto_qualify_at: " + std::to_string(*lifecycle.auto_qualify_at) + "\n";
  *out += "      auto_qualify_requires_engagement: " + Spell(lifecycle.auto_qualify_requires_engagement) +
          "\n      soft_bounce_limit: " + std::to_string(lifecycle.soft_bounce_limit);
  *out += "\n      resubscribe_lifts_complaint: " + Spell(lifecycle.resubscribe_lifts_complaint) + "\n";
}

void ShowPoints(std::string_view key, const std::vector<QualityPoints>& points, std::string* out) {
  *out += "      " + std::string(key) + (points.empty() ? ": {}\n" : ":\n");
  for (const QualityPoints& entry : points) {
    *out += "        " + YamlKey(entry.name, 8) + " " + std::to_string(entry.points) + "\n";
  }
}

void ShowQuality(const Quality& quality, std::string* out) {
  *out += "    quality:\n";
  ShowPoints("attributes", quality.attributes, out);
  ShowPoints("source", quality.sources, out);
  if (quality.engagement_full_at == 0) return;
  *out += "      engagement: {weight: " + std::to_string(quality.engagement_weight) +
          ", full_at: " + std::to_string(quality.engagement_full_at) + "}\n";
}

void ShowTopics(const std::vector<DeclaredTopic>& topics, std::string* out) {
  if (!topics.empty()) *out += "    topics:\n";
  for (const DeclaredTopic& topic : topics) {
    *out += "      - id: " + YamlString(topic.id) + "\n        name: " + YamlString(topic.name) + "\n";
  }
}

void ShowDeclaredNames(std::string_view key, const DeclaredNames& names, bool shows_active, std::string* out) {
  if (!names.empty()) *out += Concat({"    ", key, ":\n"});
  for (const DeclaredName& declared : names.all()) {
    *out += "      - id: " + YamlString(declared.id) + "\n        name: " + YamlString(declared.name) + "\n";
    if (shows_active) *out += "        active: " + Spell(declared.active) + "\n";
  }
}

void ShowNames(const TenantNames& names, std::string* out) {
  if (!names.name.empty()) *out += "    name: " + YamlString(names.name) + "\n";
  if (!names.locale.empty()) *out += "    locale: " + YamlString(names.locale) + "\n";
  if (!names.brand_color.empty() || !names.brand_text.empty()) *out += "    brand:\n";
  if (!names.brand_color.empty()) *out += "      color: " + YamlString(names.brand_color) + "\n";
  if (!names.brand_text.empty()) *out += "      text: " + YamlString(names.brand_text) + "\n";
  ShowDeclaredNames("lists", names.lists, /*shows_active=*/false, out);
  ShowDeclaredNames("campaigns", names.campaigns, /*shows_active=*/true, out);
}

void ShowSuppress(const SuppressedDomains& domains, std::string* out) {
  if (!domains.empty()) *out += "    suppress:\n      domains:\n";
  for (const std::string& entry : domains.Entries()) *out += "        - " + YamlString(entry) + "\n";
}

void ShowSegments(const std::vector<Segment>& segments, std::string* out) {
  *out += segments.empty() ? "    segments: []\n" : "    segments:\n";
  for (const Segment& segment : segments) {
    *out += "      - id: " + YamlString(segment.id) + "\n        name: " + YamlString(segment.name) +
            "\n        rule: " + ShowRule(segment.rule) + "\n";
  }
}

// Appends a tenant.
void ShowTenant(std::string_view id, const TenantDefinitions& tenant, std::string* out) {
  *out += "  " + YamlKey(id, 2) + "\n";
  ShowNames(tenant.names, out);
  *out += "    timezone: " + YamlString(tenant.calendar.zone_name()) + "\n";
  ShowTypes("fields", tenant.fields, out);
  *out += "    strict_fields: " + Spell(tenant.strict_fields) + "\n";
  ShowTypes("event_properties", tenant.event_properties, out);
  *out += "    publish_score_changes: " + Spell(tenant.publish_score_changes) + "\n";
  *out += "    publish_updates: " + Spell(tenant.publish_updates) + "\n";
  ShowSuppress(tenant.suppressed_domains, out);
  ShowScoring(tenant, out);
  ShowTiers(tenant.tiers, out);
  ShowLifecycle(tenant.lifecycle, out);
  *out += "    journal: {max_entries: " + std::to_string(tenant.journal_max_entries) + "}\n";
  *out += "    identity: {by_email: " + Spell(tenant.identity_by_email) + "}\n";
  ShowQuality(tenant.quality, out);
  ShowTopics(tenant.topics, out);
  ShowSegments(tenant.segments, out);
}

}  // namespace

std::string ShowTenant(std::string_view id, const TenantDefinitions& tenant) {
  std::string out = "tenants:\n";
  ShowTenant(id, tenant, &out);
  return out;
}

std::string ShowDefinitions(const Definitions& definitions) {
  std::string out = "tenants:\n";
  // A file without "*" gives all other tenants the built-in defaults, which are written out like every default.
  if (!definitions.tenants.contains("*")) ShowTenant("*", *definitions.fallback, &out);
  for (const auto& [id, tenant] : definitions.tenants) ShowTenant(id, *tenant, &out);
  return out;
}

}  // namespace leadpulse::config
