#include "config/declarations_loader.h"

#include <algorithm>
#include <map>
#include <utility>

#include "processor/base/text.h"

namespace leadpulse::config {
namespace {

using Normalize = std::string (*)(std::string_view);

// For "did you mean" only; every zone of the IANA database is taken.
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

// The entries of a map by normalised name; names that cannot be or are the same as an earlier one are left out.
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
  static const auto& types = *new std::vector<std::string>{"text", "number", "boolean", "date"};
  rules::DeclaredTypes declared;
  for (const auto& [name, entry] : named) {
    const std::optional<size_t> index = entry.value.Choice("a type", types);
    // A field whose type is wrong is still declared, so that rules which name it are not complained about.
    declared.emplace(name, index ? *FieldTypeFromName(types[*index]) : FieldType::kText);
  }
  return declared;
}

}  // namespace

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

rules::DeclaredTypes LoadFields(const YamlValue& value) {
  const auto named = NamedEntries(value, "a map from fields to types", NormalizeName);
  for (const auto& [name, entry] : named) {
    const std::optional<rules::BuiltIn> built_in = rules::BuiltInFromName(name);
    if (!built_in) continue;
    entry.KeyWarning("in rules " + Quoted(name) + " is the lead's own " + std::string(rules::BuiltInName(*built_in)) +
                     "; they will not see this field");
  }
  return LoadTypes(named);
}

rules::DeclaredTypes LoadEventProperties(const YamlValue& value) {
  auto named = NamedEntries(value, "a map from event properties to types", NormalizeName);
  if (named.size() > kMaxEventProperties) {
    named[kMaxEventProperties].second.KeyError("more than " + std::to_string(kMaxEventProperties) +
                                               " event properties");
    // A few too many are kept, so that rules which name them are not complained about; not all of a million.
    named.erase(named.begin() + static_cast<ptrdiff_t>(std::min(named.size(), 10 * kMaxEventProperties)), named.end());
  }
  return LoadTypes(named);
}

void LoadTopics(const YamlValue& value, TenantDefinitions* tenant) {
  const std::optional<std::vector<YamlValue>> list = value.List("a list of topics {id, name}");
  if (!list) return;
  if (list->size() > kMaxTopics) value.Error("more than " + std::to_string(kMaxTopics) + " topics");
  for (size_t i = 0; i < std::min(list->size(), kMaxTopics); ++i) {
    const YamlValue& item = (*list)[i];
    const std::optional<YamlKeys> keys = item.Keys("a topic {id, name}", {"id", "name"});
    if (!keys) continue;
    const YamlEntry* id = keys->Find("id");
    if (id == nullptr) item.Error("a topic needs an `id`: the subscription group as events name it");
    DeclaredTopic topic{id == nullptr ? "" : id->value.Name("a topic's id", kMaxTopicBytes).value_or(""), ""};
    if (topic.id.empty()) continue;
    const YamlEntry* name = keys->Find("name");
    topic.name = name == nullptr ? topic.id : name->value.Name("a topic's name", kMaxNameBytes).value_or("");
    if (!tenant->topic_indexes.emplace(FoldCase(topic.id), 0).second) {
      item.Error("the topic " + Quoted(topic.id) + " is given twice (ids are the same without case)");
      continue;
    }
    tenant->topics.push_back(std::move(topic));
  }
  std::ranges::sort(tenant->topics, {}, &DeclaredTopic::id);
  for (uint32_t i = 0; i < tenant->topics.size(); ++i) tenant->topic_indexes[FoldCase(tenant->topics[i].id)] = i;
}

void LoadPoints(const YamlValue& value, std::string_view what, Normalize normalize,
                std::vector<QualityPoints>* points) {
  for (const auto& [name, entry] : NamedEntries(value, what, normalize)) {
    points->push_back({name, entry.value.Integer(-kMaxPoints, kMaxPoints).value_or(0), name == "email"});
  }
  std::sort(points->begin(), points->end(),
            [](const QualityPoints& a, const QualityPoints& b) { return a.name < b.name; });
}

}  // namespace leadpulse::config
