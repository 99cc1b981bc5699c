#include <cstddef>
#include <cstdint>

#include "tests/support/workload/random.h"
#include "tests/support/workload/workload.h"

// Writes the structures of the definitions as YAML.
namespace leadpulse::workload {
namespace {

using model::Definitions;
using model::Duration;
using model::EventType;
using model::FieldType;
using model::Json;
using model::ScoringRule;
using model::TenantDefinitions;

// Returns a string of YAML. JSON's strings are also YAML's.
std::string Text(const std::string& text) { return Json(text).dump(); }

// Returns the spelling for a place in the file: a hash of its name, so that shrinking does not change all spellings.
uint64_t SpellingOf(const std::string& text) {
  uint64_t hash = 1469598103934665603u;
  for (unsigned char c : text) hash = (hash ^ c) * 1099511628211u;
  return hash;
}

std::string DurationText(const Duration& duration) {
  static const std::string kShort = "smhdw";
  static const std::vector<std::string> kLong = {"seconds", "minutes", "hours", "days", "weeks"};
  const auto unit = static_cast<size_t>(duration.unit);
  if (duration.count % 2 == 0) {
    return std::to_string(duration.count) + kShort[unit];
  }
  return std::to_string(duration.count) + " " + kLong[unit];
}

std::string TypeWord(FieldType type) {
  static const std::vector<std::string> kTypes = {"text", "number", "boolean", "date", "day"};
  return kTypes[static_cast<size_t>(type)];
}

std::string Types(const std::vector<EventType>& types) {
  std::string list;
  for (EventType type : types) {
    list += (list.empty() ? "" : ", ") + model::TypeName(type);
  }
  return "[" + list + "]";
}

std::string FieldTypes(const std::map<std::string, FieldType>& fields) {
  std::string list;
  for (const auto& [name, type] : fields) {
    list += (list.empty() ? "" : ", ") + Text(name) + ": " + TypeWord(type);
  }
  return "{" + list + "}";
}

std::string Points(const std::map<std::string, int64_t>& points) {
  std::string list;
  for (const auto& [name, value] : points) {
    list += (list.empty() ? "" : ", ") + Text(name) + ": " + std::to_string(value);
  }
  return "{" + list + "}";
}

std::string PerWord(model::Limit::Per per) {
  static const std::vector<std::string> kPer = {"message", "campaign", "day", "lifetime"};
  return kPer[static_cast<size_t>(per)];
}

std::string ScoringRuleYaml(const ScoringRule& rule, const std::string& place) {
  std::string text = "        - {points: " + std::to_string(rule.points);
  const uint64_t spelling = SpellingOf(place);
  if (rule.event) text += ", event: " + model::TypeName(*rule.event);
  if (rule.name) text += ", name: " + Text(*rule.name);
  if (rule.campaign) text += ", campaign: " + Text(*rule.campaign);
  if (rule.soft_bounce) {
    text += std::string(", bounce: ") + (*rule.soft_bounce ? "soft" : "hard");
  }
  if (rule.match) text += ", match: " + Text(StepText(*rule.match, spelling));
  if (rule.when) text += ", when: " + Text(RuleText(*rule.when, spelling));
  if (rule.limit) {
    text += ", limit: {count: " + std::to_string(rule.limit->count) + ", per: " + PerWord(rule.limit->per) + "}";
  }
  if (rule.decay) {
    text += ", decay: {percent: " + std::to_string(rule.decay->percent) +
            ", every: " + DurationText(rule.decay->every) + "}";
  }
  if (rule.expires_after) {
    text += ", expires_after: " + DurationText(*rule.expires_after);
  }
  return text + "}\n";
}

std::string ScoringYaml(const model::Scoring& scoring) {
  std::string text = "    scoring:\n";
  if (scoring.rules.empty()) text += "      rules: []\n";
  if (!scoring.rules.empty()) text += "      rules:\n";
  for (size_t i = 0; i < scoring.rules.size(); ++i) {
    text += ScoringRuleYaml(scoring.rules[i], "rule" + std::to_string(scoring.rules[i].points));
  }
  if (!scoring.reset_on.empty()) {
    text += "      reset_on: " + Types(scoring.reset_on) + "\n";
  }
  if (scoring.exclude) {
    text += "      exclude: " + Text(RuleText(*scoring.exclude, SpellingOf("exclude"))) + "\n";
  }
  if (scoring.min) text += "      min: " + std::to_string(*scoring.min) + "\n";
  if (scoring.max) text += "      max: " + std::to_string(*scoring.max) + "\n";
  return text;
}

std::string LifecycleYaml(const model::Lifecycle& lifecycle) {
  std::string text = "    lifecycle: {engaged_on: " + Types(lifecycle.engaged_on);
  if (lifecycle.auto_qualify_at) {
    text += ", auto_qualify_at: " + std::to_string(*lifecycle.auto_qualify_at);
  }
  if (!lifecycle.auto_qualify_requires_engagement) {
    text += ", auto_qualify_requires_engagement: false";
  }
  if (lifecycle.soft_bounce_limit != 5) {
    text += ", soft_bounce_limit: " + std::to_string(lifecycle.soft_bounce_limit);
  }
  if (lifecycle.resubscribe_lifts_complaint) {
    text += ", resubscribe_lifts_complaint: true";
  }
  return text + "}\n";
}

std::string QualityYaml(const model::Quality& quality) {
  std::string text = "    quality:\n";
  text += "      attributes: " + Points(quality.attributes) + "\n";
  text += "      source: " + Points(quality.source) + "\n";
  if (quality.engagement) {
    text += "      engagement: {weight: " + std::to_string(quality.engagement->weight) +
            ", full_at: " + std::to_string(quality.engagement->full_at) + "}\n";
  }
  return text;
}

std::string TiersYaml(const std::vector<model::Tier>& tiers) {
  std::string text = "    tiers:\n";
  for (const model::Tier& tier : tiers) {
    text += "      - {name: " + Text(tier.name);
    if (tier.at_least) text += ", at_least: " + std::to_string(*tier.at_least);
    text += "}\n";
  }
  return text;
}

std::string SegmentsYaml(const std::vector<model::Segment>& segments) {
  if (segments.empty()) return "";
  std::string text = "    segments:\n";
  for (const model::Segment& segment : segments) {
    text += "      - {id: " + Text(segment.id) + ", name: " + Text(segment.name) +
            ",\n         rule: " + Text(RuleText(segment.rule, SpellingOf(segment.id))) + "}\n";
  }
  return text;
}

std::string TopicsYaml(const std::vector<model::Topic>& topics) {
  if (topics.empty()) return "";
  std::string list;
  for (const model::Topic& topic : topics) {
    list += (list.empty() ? "{id: " : ", {id: ") + Text(topic.id);
    if (!topic.name.empty()) list += ", name: " + Text(topic.name);
    list += "}";
  }
  return "    topics: [" + list + "]\n";
}

std::string SuppressYaml(const std::vector<std::string>& domains) {
  std::string list;
  for (const std::string& domain : domains) list += (list.empty() ? "" : ", ") + Text(domain);
  return domains.empty() ? "" : "    suppress: {domains: [" + list + "]}\n";
}

std::string TenantYaml(const std::string& tenant, const TenantDefinitions& definitions) {
  std::string text = "  " + Text(tenant) + ":\n";
  if (definitions.timezone != "UTC") {
    text += "    timezone: " + definitions.timezone + "\n";
  }
  text += "    fields: " + FieldTypes(definitions.fields) + "\n";
  if (!definitions.event_properties.empty()) {
    text += "    event_properties: " + FieldTypes(definitions.event_properties) + "\n";
  }
  if (definitions.strict_fields) text += "    strict_fields: true\n";
  if (definitions.publish_score_changes) {
    text += "    publish_score_changes: true\n";
  }
  if (definitions.publish_updates) text += "    publish_updates: true\n";
  text += SuppressYaml(definitions.suppressed_domains);
  text += ScoringYaml(definitions.scoring);
  text += TiersYaml(definitions.tiers);
  text += LifecycleYaml(definitions.lifecycle);
  if (definitions.max_entries != 1000) {
    text += "    journal: {max_entries: " + std::to_string(definitions.max_entries) + "}\n";
  }
  if (definitions.identity_by_email != model::kProgramKnowsAddresses) {
    text += std::string("    identity: {by_email: ") + (definitions.identity_by_email ? "true" : "false") + "}\n";
  }
  text += TopicsYaml(definitions.topics);
  text += QualityYaml(definitions.quality);
  return text + SegmentsYaml(definitions.segments);
}

// Adds comments, blank lines and spaces at line ends, which mean nothing.
std::string Padded(const std::string& yaml, uint64_t seed) {
  Random random(seed);
  std::string padded = "# " + std::to_string(seed) + "\n";
  size_t begin = 0;
  while (begin < yaml.size()) {
    const size_t end = yaml.find('\n', begin);
    padded += yaml.substr(begin, end - begin);
    if (random.Chance(10)) padded += random.Chance(50) ? "  " : "  # more";
    padded += "\n";
    if (random.Chance(10)) padded += random.Chance(50) ? "\n" : "      # of its own\n";
    begin = end + 1;
  }
  return padded;
}

}  // namespace

std::optional<std::string> DefinitionsFile(const Phase& phase) {
  if (phase.keeps_definitions) return std::nullopt;
  const std::string yaml = DefinitionsYaml(phase.definitions);
  return phase.padding == 0 ? yaml : Padded(yaml, phase.padding);
}

std::string DefinitionsYaml(const Definitions& definitions) {
  if (definitions.empty()) return "tenants: {}\n";
  std::string text = "tenants:\n";
  for (const auto& [tenant, of_tenant] : definitions) {
    text += TenantYaml(tenant, of_tenant);
  }
  return text;
}

}  // namespace leadpulse::workload
