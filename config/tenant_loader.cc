#include "config/tenant_loader.h"

#include <xxhash.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <set>
#include <utility>

#include "config/follow_up_fields.h"
#include "config/rule_cost.h"
#include "processor/base/address.h"
#include "processor/base/normal_text.h"
#include "processor/base/text.h"
#include "processor/base/value.h"
#include "processor/rules/language/field_names.h"

namespace leadpulse::config {
namespace {

using Normalize = std::string (*)(std::string_view);

std::string FoldNormal(std::string_view text) { return FoldCase(NormalText(text)); }

// For "did you mean" only; every zone of the IANA database is accepted.
constexpr std::string_view kCommonZones =
    "UTC,Africa/Cairo,Africa/Johannesburg,Africa/Lagos,Africa/Nairobi,America/Anchorage,"
    "America/Argentina/Buenos_Aires,America/Bogota,America/Chicago,America/Denver,America/Halifax,America/Lima,"
    "America/Los_Angeles,America/Mexico_City,America/New_York,America/Phoenix,America/Santiago,America/Sao_Paulo,"
    "America/Toronto,America/Vancouver,Asia/Bangkok,Asia/Dhaka,Asia/Dubai,Asia/Hong_Kong,Asia/Jakarta,Asia/Jerusalem,"
    "Asia/Karachi,Asia/Kolkata,Asia/Manila,Asia/Riyadh,Asia/Seoul,Asia/Shanghai,Asia/Singapore,Asia/Taipei,"
    "Asia/Tehran,Asia/Tokyo,Australia/Adelaide,Australia/Brisbane,Australia/Melbourne,Australia/Perth,"
    "Australia/Sydney,Europe/Amsterdam,Europe/Athens,Europe/Berlin,Europe/Brussels,Europe/Bucharest,Europe/Budapest,"
    "Europe/Copenhagen,Europe/Dublin,Europe/Helsinki,Europe/Istanbul,Europe/Kiev,Europe/Lisbon,Europe/London,"
    "Europe/Madrid,Europe/Moscow,Europe/Oslo,Europe/Paris,Europe/Prague,Europe/Rome,Europe/Sofia,Europe/Stockholm,"
    "Europe/Vienna,Europe/Warsaw,Europe/Zurich,Pacific/Auckland,Pacific/Honolulu";

// Returns the entries of a map by normalised name, without invalid names and repeated ones.
std::vector<std::pair<std::string, YamlEntry>> NamedEntries(const YamlValue& value, std::string_view what,
                                                            Normalize normalize) {
  std::vector<std::pair<std::string, YamlEntry>> named;
  std::map<std::string, std::string> spellings;
  for (YamlEntry& entry : value.Entries(what).value_or(std::vector<YamlEntry>{})) {
    const bool blank = entry.key.find_first_not_of("_ \t\n\v\f\r") == std::string::npos;
    if (blank) {
      entry.KeyError("an empty name");
      continue;
    }
    if (entry.key.size() > kMaxNameBytes) {
      entry.KeyError("a name longer than " + std::to_string(kMaxNameBytes) + " bytes");
      continue;
    }
    std::string name = normalize(entry.key);
    if (const auto [first, added] = spellings.emplace(name, entry.key); !added) {
      entry.KeyError(Quoted(entry.key) + " is the same name as " + Quoted(first->second) + " above");
      continue;
    }
    named.emplace_back(std::move(name), std::move(entry));
  }
  return named;
}

rules::DeclaredTypes LoadTypes(const std::vector<std::pair<std::string, YamlEntry>>& named) {
  std::vector<std::string> types;
  for (int type = 0; type < kFieldTypeCount; ++type) types.emplace_back(FieldTypeName(static_cast<FieldType>(type)));
  rules::DeclaredTypes declared;
  for (const auto& [name, entry] : named) {
    // A field whose type is wrong is still declared, as a text, so that rules that name it get no further errors.
    declared.emplace(name, static_cast<FieldType>(entry.value.Choice("a type", types).value_or(0)));
  }
  return declared;
}

// Loads the time zone. An unknown zone is an error; the calendar then stays unchanged.
void LoadTimeZone(const YamlValue& value, Calendar* calendar) {
  const std::optional<std::string> name = value.Text("a time zone such as Europe/Berlin");
  if (!name) return;
  Result<Calendar> loaded = Calendar::Load(*name);
  if (loaded.ok()) {
    *calendar = *loaded;
  } else {
    const std::vector<std::string_view> zones = SplitAtCommas(kCommonZones);
    value.Error(loaded.status().message() + DidYouMean(*name, std::vector<std::string>(zones.begin(), zones.end())));
  }
}

// Loads fields. A name that means another field in rules is a warning.
rules::DeclaredTypes LoadFields(const YamlValue& value) {
  const auto named = NamedEntries(value, "a map from fields to types", NormalizeName);
  for (const auto& [name, entry] : named) {
    const std::string warning = rules::WarningOfName(name);
    if (!warning.empty()) entry.KeyWarning(warning);
  }
  return LoadTypes(named);
}

// Adds the fields that every tenant has. A tenant may declare them itself, with the same types. In a file that a state
// was built with, another type is a warning and counts: that state was built before these fields were declared for all.
void AddFollowUpFields(const YamlEntry* fields, const RulesInForce& in_force, rules::DeclaredTypes* declared) {
  for (const auto& [name, type] : FollowUpFields()) {
    const auto [own, added] = declared->emplace(name, type);
    if (added || own->second == type) continue;
    const std::string problem = Concat({"every tenant has the field ", name, " with the type ", FieldTypeName(type),
                                        ", for follow-ups; leave it out, or give your field another name"});
    for (const YamlEntry& entry : fields->value.Entries("").value_or(std::vector<YamlEntry>{})) {
      const bool is_type = entry.value.node().text == FieldTypeName(own->second);  // else it has an error already
      if (NormalizeName(entry.key) != name || !is_type) continue;
      in_force.has_former_fields() ? entry.value.Warning(problem) : entry.value.Error(problem);
    }
    if (!in_force.has_former_fields()) own->second = type;
  }
}

rules::DeclaredTypes LoadEventProperties(const YamlValue& value) {
  auto named = NamedEntries(value, "a map from event properties to types", NormalizeName);
  if (named.size() > kMaxEventProperties) {
    named[kMaxEventProperties].second.KeyError("more than " + std::to_string(kMaxEventProperties) +
                                               " event properties");
    // A few too many are kept, so that rules that name them get no further errors; a million are not.
    named.erase(named.begin() + static_cast<ptrdiff_t>(std::min(named.size(), 10 * kMaxEventProperties)), named.end());
  }
  return LoadTypes(named);
}

// Loads a list of topics {id, name}. Ids are compared without case.
void LoadTopics(const YamlValue& value, TenantDefinitions* tenant) {
  const std::optional<std::vector<YamlValue>> list = value.List("a list of topics {id, name}");
  if (!list) return;
  if (list->size() > kMaxTopics) value.Error("more than " + std::to_string(kMaxTopics) + " topics");
  for (size_t i = 0; i < std::min(list->size(), kMaxTopics); ++i) {
    const YamlValue& item = (*list)[i];
    const std::optional<YamlKeys> keys = item.Keys("a topic {id, name}", {"id", "name"});
    if (!keys) continue;
    DeclaredTopic topic;
    if (!keys->Name("id", "a topic's id", kMaxTopicBytes, &topic.id)) {
      item.Error("a topic needs an `id`: the subscription group as events name it");
    }
    NormalizeText(&topic.id);
    if (topic.id.empty()) continue;
    topic.name = topic.id;
    keys->Name("name", "a topic's name", kMaxNameBytes, &topic.name);
    if (!tenant->topic_indexes.emplace(FoldCase(topic.id), 0).second) {
      item.Error("the topic " + Quoted(topic.id) + " is given twice (ids are the same without case)");
      continue;
    }
    tenant->topics.push_back(std::move(topic));
  }
  std::ranges::sort(tenant->topics, {}, &DeclaredTopic::id);
  for (uint32_t i = 0; i < tenant->topics.size(); ++i) tenant->topic_indexes[FoldCase(tenant->topics[i].id)] = i;
}

// Loads points by name, normalised by `normalize` and sorted. Two equal names are an error.
void LoadPoints(const YamlValue& value, std::string_view what, Normalize normalize,
                std::vector<QualityPoints>* points) {
  for (const auto& [name, entry] : NamedEntries(value, what, normalize)) {
    points->push_back({name, entry.value.Integer(-kMaxPoints, kMaxPoints).value_or(0), name == "email"});
  }
  std::ranges::sort(*points, {}, &QualityPoints::name);
}

std::optional<Tier> LoadTier(const YamlValue& value, bool last) {
  const std::optional<YamlKeys> keys = value.Keys("a tier {name, at_least}", {"name", "at_least"});
  if (!keys) return std::nullopt;
  Tier tier;
  if (!keys->Name("name", "a tier's name", kMaxNameBytes, &tier.name)) value.Error("a tier needs a `name`");
  NormalizeText(&tier.name);
  const bool is_bounded = keys->Integer("at_least", -kMaxPoints, kMaxPoints, &tier.at_least);
  if (last && is_bounded) {
    keys->Find("at_least")->KeyError("the last tier takes every score that is left, so it has no `at_least`");
  } else if (!last && !is_bounded) {
    value.Error("a tier needs `at_least`, the lowest score of it; only the last one has none");
  }
  return tier;
}

void LoadTiers(const YamlValue& value, TenantDefinitions* tenant) {
  const std::optional<std::vector<YamlValue>> list = value.List("a list of tiers {name, at_least}");
  if (!list) return;
  if (list->empty()) return value.Error("`tiers` needs at least one tier");
  std::set<std::string> names;  // folded, as rules compare them
  std::optional<int64_t> above;
  for (size_t i = 0; i < list->size() && !value.log().full(); ++i) {
    std::optional<Tier> tier = LoadTier((*list)[i], i + 1 == list->size());
    if (!tier) continue;
    if (!tier->name.empty() && !names.insert(FoldCase(tier->name)).second) {
      (*list)[i].Error("the tier " + Quoted(tier->name) + " is given twice (names are the same without case)");
    }
    if (above && tier->at_least && *tier->at_least >= *above) {
      (*list)[i].Error("tiers must descend: `at_least` " + std::to_string(*tier->at_least) + " is not below " +
                       std::to_string(*above) + " of the tier before it");
    }
    if (tier->at_least) above = tier->at_least;
    tenant->tiers.push_back(*std::move(tier));
  }
}

void LoadLifecycle(const YamlValue& value, Lifecycle* lifecycle) {
  const std::optional<YamlKeys> keys =
      value.Keys("a map of lifecycle settings", {"engaged_on", "auto_qualify_at", "auto_qualify_requires_engagement",
                                                 "soft_bounce_limit", "resubscribe_lifts_complaint"});
  if (!keys) return;
  if (const YamlEntry* entry = keys->Find("engaged_on")) LoadEventTypes(entry->value, &lifecycle->engaged_on);
  keys->Integer("auto_qualify_at", -kMaxPoints, kMaxPoints, &lifecycle->auto_qualify_at);
  keys->Flag("auto_qualify_requires_engagement", &lifecycle->auto_qualify_requires_engagement);
  keys->Integer("soft_bounce_limit", 1, kMaxCount, &lifecycle->soft_bounce_limit);
  keys->Flag("resubscribe_lifts_complaint", &lifecycle->resubscribe_lifts_complaint);
}

void LoadJournal(const YamlValue& value, TenantDefinitions* tenant) {
  const std::optional<YamlKeys> keys = value.Keys("a map with max_entries", {"max_entries"});
  if (keys) keys->Integer("max_entries", 1, kMaxCount, &tenant->journal_max_entries);
}

void LoadIdentity(const YamlValue& value, TenantDefinitions* tenant) {
  const std::optional<YamlKeys> keys = value.Keys("a map with by_email", {"by_email"});
  if (keys) keys->Flag("by_email", &tenant->identity_by_email);
}

// Loads one of `suppress: {domains}`, or says what to write instead.
void LoadSuppressedDomain(const YamlValue& value, SuppressedDomains* domains) {
  const std::optional<std::string> written = value.Text("a domain such as competitor.example");
  if (!written) return;
  const size_t at = written->rfind('@');
  const std::string_view trimmed = TrimAsciiSpace(std::string_view(*written).substr(at + 1));  // npos + 1: the whole
  const bool is_below = trimmed.starts_with("*.");
  std::string entry = NormalizeAddress(Concat({"x@", is_below ? trimmed.substr(2) : trimmed})).substr(2);
  const bool is_domain = IsPlausibleAddress("x@" + entry) && entry.find('*') == std::string::npos;
  const std::string right = is_domain ? (is_below ? "*." : "") + entry : "competitor.example";
  if (at != std::string::npos) {
    return value.Error(Quoted(*written) + " is an address or a pattern of addresses; write `" + right +
                       "` for the domain");
  }
  if (!is_domain || trimmed.size() != written->size()) {
    return value.Error(Quoted(*written) + " is no domain; write `" + right + "`" +
                       (is_domain ? "" : ", or `*.competitor.example` for the domains below it"));
  }
  domains->Add(right);
}

void LoadSuppress(const YamlValue& value, TenantDefinitions* tenant) {
  const std::optional<YamlKeys> keys = value.Keys("a map with domains", {"domains"});
  const YamlEntry* entry = keys ? keys->Find("domains") : nullptr;
  if (entry == nullptr) return;
  const std::optional<std::vector<YamlValue>> list = entry->value.List("a list of domains");
  if (!list) return;
  if (list->size() > kMaxSuppressedDomains) {
    return entry->value.Error("more than " + std::to_string(kMaxSuppressedDomains) + " domains");
  }
  for (const YamlValue& domain : *list) LoadSuppressedDomain(domain, &tenant->suppressed_domains);
}

void LoadEngagement(const YamlValue& value, Quality* quality) {
  const std::optional<YamlKeys> keys = value.Keys("a map {weight, full_at}", {"weight", "full_at"});
  if (!keys) return;
  const bool has_weight = keys->Integer("weight", 0, kMaxPoints, &quality->engagement_weight);
  const bool has_full_at = keys->Integer("full_at", 1, kMaxPoints, &quality->engagement_full_at);
  if (!has_weight || !has_full_at) value.Error("engagement needs both `weight` and `full_at`");
}

void LoadQuality(const YamlValue& value, Quality* quality) {
  const std::optional<YamlKeys> keys =
      value.Keys("a map with attributes, source and engagement", {"attributes", "source", "engagement"});
  if (!keys) return;
  if (const YamlEntry* attributes = keys->Find("attributes")) {
    LoadPoints(attributes->value, "a map from attributes to points", NormalizeName, &quality->attributes);
    const auto email = std::ranges::find(quality->attributes, true, &QualityPoints::is_email);
    quality->email_points = email == quality->attributes.end() ? 0 : email->points;
  }
  if (const YamlEntry* sources = keys->Find("source")) {
    LoadPoints(sources->value, "a map from sources to points", FoldNormal, &quality->sources);
  }
  if (const YamlEntry* engagement = keys->Find("engagement")) LoadEngagement(engagement->value, quality);
}

// Loads the names that rules may use. They come first, because rules are checked against them.
void LoadDeclarations(const YamlKeys& keys, const RulesInForce& in_force, TenantDefinitions* tenant) {
  if (const YamlEntry* zone = keys.Find("timezone")) LoadTimeZone(zone->value, &tenant->calendar);
  const YamlEntry* fields = keys.Find("fields");
  if (fields != nullptr) tenant->fields = LoadFields(fields->value);
  AddFollowUpFields(fields, in_force, &tenant->fields);
  if (const YamlEntry* properties = keys.Find("event_properties")) {
    tenant->event_properties = LoadEventProperties(properties->value);
  }
  if (const YamlEntry* topics = keys.Find("topics")) LoadTopics(topics->value, tenant);
  keys.Flag("strict_fields", &tenant->strict_fields);
  keys.Flag("publish_score_changes", &tenant->publish_score_changes);
  keys.Flag("publish_updates", &tenant->publish_updates);
}

std::string InMillis(std::chrono::nanoseconds time) {
  return GroupDigits(static_cast<uint64_t>(std::chrono::ceil<std::chrono::milliseconds>(time).count())) + " ms";
}

// Estimates how long the rules take for an event. If that is too long, the dearest segment or the scoring has an error,
// in definitions that are in force a warning.
void CheckRuleTime(const YamlEntry* scoring, const SegmentsLoader& segments, const RulesInForce& in_force,
                   TenantDefinitions* tenant) {
  RuleCosts costs(tenant->journal_max_entries);
  if (tenant->exclude) costs.Add(*tenant->exclude);
  for (const ScoringRule& rule : *tenant->scoring) {
    if (rule.when) costs.Add(*rule.when);
  }
  std::chrono::nanoseconds most = costs.sum();
  const YamlValue* dearest = scoring == nullptr ? nullptr : &scoring->value;
  for (size_t i = 0; i < tenant->segments.size(); ++i) {
    const std::chrono::nanoseconds time = costs.Add(tenant->segments[i].rule);
    if (dearest != nullptr && time <= most) continue;
    most = time;
    dearest = segments.RuleOf(i);
  }
  tenant->rule_time = costs.sum();
  if (costs.sum() <= kMostRuleTime || dearest == nullptr) return;
  const std::string problem =
      "the tenant's rules may take " + InMillis(costs.sum()) + " of a processor for one event of a lead with " +
      GroupDigits(tenant->journal_max_entries) + " events, by estimate; at most " + InMillis(kMostRuleTime) +
      " are allowed, because others wait meanwhile. This is the dearest part, with " + InMillis(most) +
      ". Write fewer DID … THEN …";
  in_force.may_take_long() ? dearest->Warning(problem) : dearest->Error(problem);
}

constexpr Lifecycle DefaultLifecycle() {
  Lifecycle lifecycle;
  lifecycle.engaged_on = {EventType::kClick, EventType::kReply, EventType::kPageVisit};
  return lifecycle;
}

void AppendTypes(const rules::DeclaredTypes& types, std::string* meaning) {
  *meaning += '{';
  for (const auto& [name, type] : types) {
    AppendJsonString(name, meaning);
    *meaning += std::to_string(static_cast<int>(type)) + ",";
  }
  *meaning += '}';
}

// Appends a form of the value that is the same for equal values only. The depth is at most kMaxYamlDepth.
void AppendSource(const YamlNode& node, std::string* source) {
  source->push_back(static_cast<char>(node.kind));
  source->push_back(node.plain ? 1 : 0);
  *source += std::to_string(node.text.size()) + ":" + node.text;
  *source += std::to_string(node.children.size()) + ":";
  for (const YamlNode& child : node.children) AppendSource(child, source);
}

// Returns the hash of the entry of a tenant, without the keys that change no view.
uint64_t SourceHash(const YamlNode& node) {
  std::string source;
  for (size_t i = 0; i + 1 < node.children.size(); i += 2) {
    if (std::ranges::find(NameKeys(), node.children[i].text) != NameKeys().end()) continue;
    AppendSource(node.children[i], &source);
    AppendSource(node.children[i + 1], &source);
  }
  return XXH3_64bits(source.data(), source.size());
}

// Returns equal strings for tenants whose rules mean the same. The meaning of a rule depends on its text, on the
// declared types of the names in it, on the topics, and on the time zone.
std::string MeaningOf(const TenantDefinitions& tenant) {
  std::string meaning;
  AppendJsonString(tenant.calendar.zone_name(), &meaning);
  AppendTypes(tenant.fields, &meaning);
  AppendTypes(tenant.event_properties, &meaning);
  for (const DeclaredTopic& topic : tenant.topics) AppendJsonString(topic.id, &meaning);
  for (const ScoringRule& rule : *tenant.scoring) AppendJsonString(rule.description, &meaning);
  return meaning;
}

}  // namespace

std::shared_ptr<const TenantDefinitions> LoadTenant(const YamlEntry& entry, const RulesInForce& in_force,
                                                    ScoringPool* scorings) {
  static std::atomic<uint64_t> loaded{0};
  auto tenant = std::make_shared<TenantDefinitions>();
  tenant->serial = ++loaded;
  tenant->source_hash = SourceHash(entry.value.node());
  tenant->lifecycle = DefaultLifecycle();
  constexpr const char* kNoTiers = "`tiers` is missing; a tenant needs at least one, such as [{name: all}]";
  if (entry.value.IsNull()) {
    entry.KeyError(kNoTiers);
    return tenant;
  }
  std::vector<std::string> known = {"timezone",
                                    "fields",
                                    "strict_fields",
                                    "event_properties",
                                    "publish_score_changes",
                                    "publish_updates",
                                    "suppress",
                                    "scoring",
                                    "tiers",
                                    "lifecycle",
                                    "journal",
                                    "quality",
                                    "topics",
                                    "segments",
                                    "identity"};
  known.insert(known.end(), NameKeys().begin(), NameKeys().end());
  const std::optional<YamlKeys> keys = entry.value.Keys("a map with the tenant's definitions", known);
  if (!keys) return tenant;

  LoadNames(*keys, &tenant->names);
  LoadDeclarations(*keys, in_force, tenant.get());
  const YamlEntry* list = keys->Find("segments");
  SegmentsLoader segments(list == nullptr ? nullptr : &list->value);
  const RuleScope scope{tenant.get(), &segments.ids(), &in_force};
  const YamlEntry* scoring = keys->Find("scoring");
  if (scoring != nullptr) LoadScoring(scoring->value, scope, tenant.get());
  tenant->scoring = scorings->try_emplace(MeaningOf(*tenant), tenant->scoring).first->second;
  if (const YamlEntry* tiers = keys->Find("tiers")) {
    LoadTiers(tiers->value, tenant.get());
  } else {
    entry.KeyError(kNoTiers);
  }
  if (const YamlEntry* lifecycle = keys->Find("lifecycle")) LoadLifecycle(lifecycle->value, &tenant->lifecycle);
  if (const YamlEntry* journal = keys->Find("journal")) LoadJournal(journal->value, tenant.get());
  if (const YamlEntry* suppress = keys->Find("suppress")) LoadSuppress(suppress->value, tenant.get());
  if (const YamlEntry* identity = keys->Find("identity")) LoadIdentity(identity->value, tenant.get());
  if (const YamlEntry* quality = keys->Find("quality")) LoadQuality(quality->value, &tenant->quality);
  segments.Load(scope, tenant.get());
  CheckRuleTime(scoring, segments, in_force, tenant.get());
  return tenant;
}

}  // namespace leadpulse::config
