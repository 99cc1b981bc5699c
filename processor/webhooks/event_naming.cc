#include "processor/webhooks/event_naming.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "processor/base/text.h"
#include "processor/webhooks/command_mapping.h"

namespace leadpulse::webhooks {
namespace {

using config::YamlEntry;
using config::YamlKeys;
using config::YamlValue;

constexpr char kNameExpected[] = "a path, {always: NAME}, {join: [PATH, PATH]} or {when: {PATH: TEXT}, is: NAME}";
constexpr char kTextExpected[] = "a text, a list of texts, or {present: true}";

std::string LoadTextOf(const YamlValue& value) { return value.Name("a text", kMaxMappedNameBytes).value_or(""); }

void LoadCondition(const YamlEntry& entry, Condition* condition) {
  LoadPathOfKey(entry, &condition->path);
  const YamlValue& value = entry.value;
  if (value.node().kind == config::YamlKind::kMap) {
    const std::optional<YamlKeys> keys = value.Keys(kTextExpected, {"present"});
    if (keys && !keys->Flag("present", &condition->is_present)) {
      value.Error(std::string("expected ") + kTextExpected);
    }
  } else if (value.node().kind == config::YamlKind::kList) {
    const auto list = value.List(kTextExpected);
    if (list->empty()) value.Error("expected at least one text");
    for (const YamlValue& each : *list) condition->texts.push_back(LoadTextOf(each));
  } else {
    condition->texts.push_back(LoadTextOf(value));
  }
}

void LoadWhen(const YamlValue& value, std::vector<Condition>* when) {
  const auto entries = value.Entries("a map from paths to texts");
  if (entries && entries->empty()) value.Error("expected at least one condition");
  for (const YamlEntry& entry : entries.value_or(std::vector<YamlEntry>{})) LoadCondition(entry, &when->emplace_back());
}

void LoadJoined(const YamlValue& value, std::vector<JsonPath>* joined) {
  const auto list = value.List("a list of paths");
  if (list && list->empty()) value.Error("expected at least one path");
  for (const YamlValue& each : list.value_or(std::vector<YamlValue>{})) LoadPath(each, &joined->emplace_back());
}

void LoadRule(const YamlValue& value, NameRule* rule) {
  if (value.node().kind != config::YamlKind::kMap) return LoadPath(value, &rule->joined.emplace_back());
  const std::optional<YamlKeys> keys = value.Keys(kNameExpected, {"always", "join", "when", "is"});
  if (!keys) return;
  const YamlEntry* const always = keys->Find("always");
  const YamlEntry* const join = keys->Find("join");
  const YamlEntry* const when = keys->Find("when");
  const YamlEntry* const is = keys->Find("is");
  const bool is_rule = when != nullptr && is != nullptr;
  if ((when != nullptr) != (is != nullptr) || int{always != nullptr} + int{join != nullptr} + int{is_rule} != 1) {
    return value.Error(std::string("expected ") + kNameExpected);
  }
  if (when != nullptr) LoadWhen(when->value, &rule->when);
  if (join != nullptr) return LoadJoined(join->value, &rule->joined);
  rule->always = (is_rule ? is : always)->value.Name("a name", kMaxMappedNameBytes).value_or("");
}

bool IsPresent(const Json& json) {
  if (json.is_array()) return !json.elements().empty();
  if (json.is_object()) return !json.members().empty();
  return !TrimAsciiSpace(json.spelling()).empty();
}

bool Holds(const Condition& condition, const Json& event) {
  const Json& found = condition.path.In(event);
  if (condition.texts.empty()) return IsPresent(found) == condition.is_present;
  const auto is_one = [&condition](const Json& json) {
    return std::ranges::find(condition.texts, TrimAsciiSpace(json.spelling())) != condition.texts.end();
  };
  return is_one(found) || std::ranges::any_of(found.elements(), is_one);
}

std::string NameBy(const NameRule& rule, const Json& event) {
  if (!std::ranges::all_of(rule.when, [&event](const Condition& each) { return Holds(each, event); })) return "";
  std::string name = rule.always;
  for (const JsonPath& path : rule.joined) {
    const std::string_view part = path.In(event).text();
    if (!part.empty()) AppendParts({name.empty() ? "" : ".", part}, &name);
  }
  return name;
}

}  // namespace

EventNaming LoadEventNaming(const YamlValue& value) {
  EventNaming naming;
  if (value.node().kind != config::YamlKind::kList) {
    LoadRule(value, &naming.rules.emplace_back());
    return naming;
  }
  const auto list = value.List(kNameExpected);
  if (list->empty()) value.Error(std::string("expected at least one of ") + kNameExpected);
  for (const YamlValue& each : *list) LoadRule(each, &naming.rules.emplace_back());
  return naming;
}

std::string EventNameOf(const EventNaming& naming, const Json& event) {
  for (const NameRule& rule : naming.rules) {
    if (std::string name = NameBy(rule, event); !name.empty()) return name;
  }
  return "";
}

}  // namespace leadpulse::webhooks
