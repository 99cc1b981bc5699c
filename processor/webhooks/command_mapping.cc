#include "processor/webhooks/command_mapping.h"

#include <algorithm>
#include <variant>

namespace leadpulse::webhooks {
namespace {

using config::YamlEntry;
using config::YamlKeys;
using config::YamlValue;

void LoadAttributes(const YamlValue& value, CommandMapping* mapping) {
  if (value.node().kind != config::YamlKind::kMap) return LoadPath(value, &mapping->all_attributes);
  const auto entries = value.Entries("a path, or a map from attributes to paths");
  for (const YamlEntry& entry : entries.value_or(std::vector<YamlEntry>{})) {
    if (entry.key.size() > kMaxMappedNameBytes) entry.KeyError("the attribute's name is over 256 bytes long");
    LoadPathOrText(entry.value, &mapping->attributes.emplace_back(entry.key, MappedValue()).second);
  }
}

void LoadNames(const YamlValue& value, std::vector<MappedValue>* names) {
  const auto list = value.List("a list of paths, or of {always: NAME}");
  for (const YamlValue& each : list.value_or(std::vector<YamlValue>{})) LoadPathOrText(each, &names->emplace_back());
}

void LoadConsent(const YamlValue& value, MappedConsent* consent) {
  const std::optional<YamlKeys> keys = value.Keys("a consent {purpose, granted}", {"purpose", "granted", "source"});
  if (!keys) return;
  if (const YamlEntry* purpose = keys->Find("purpose")) {
    consent->purpose = purpose->value.Name("a purpose", kMaxMappedNameBytes).value_or("");
  } else {
    value.Error("a consent needs a `purpose`");
  }
  if (const YamlEntry* granted = keys->Find("granted")) {
    LoadPathOrText(granted->value, &consent->granted);
    const std::string& always = consent->granted.always;
    if (!always.empty() && !YesOrNo(always)) granted->value.Error(config::Quoted(always) + " is neither yes nor no");
  } else {
    value.Error("a consent needs `granted`: the path of the answer, or {always: yes}");
  }
  if (const YamlEntry* source = keys->Find("source")) {
    consent->source = source->value.Name("where it is given", kMaxMappedNameBytes).value_or("");
  }
}

void LoadConsents(const YamlValue& value, std::vector<MappedConsent>* consents) {
  const auto list = value.List("a list of consents {purpose, granted}");
  for (const YamlValue& each : list.value_or(std::vector<YamlValue>{})) LoadConsent(each, &consents->emplace_back());
}

// Loads `true`, or {suppress: true}.
void LoadErase(const YamlValue& value, std::optional<codec::Erase>* erase) {
  if (value.node().kind != config::YamlKind::kMap) {
    if (value.Boolean().value_or(false)) erase->emplace();
    return;
  }
  const std::optional<YamlKeys> keys = value.Keys("true, or {suppress: true}", {"suppress"});
  if (keys) keys->Flag("suppress", &erase->emplace().suppress);
}

}  // namespace

void LoadPath(const YamlValue& value, JsonPath* path) {
  constexpr size_t kMaxPathBytes = 1024;
  const std::optional<std::string> text = value.Name("a path such as contact.emails[0]", kMaxPathBytes);
  if (!text) return;
  auto parsed = JsonPath::Parse(*text);
  if (auto* fault = std::get_if<JsonPath::Fault>(&parsed)) {
    value.log().Error(value.log().source().OffsetInScalar(value.node(), fault->at), value.path(),
                      fault->message + " in the path " + config::Quoted(*text));
    return;
  }
  *path = std::get<JsonPath>(std::move(parsed));
}

void LoadPathOfKey(const YamlEntry& entry, JsonPath* path) {
  auto parsed = JsonPath::Parse(entry.key);
  if (auto* fault = std::get_if<JsonPath::Fault>(&parsed)) {
    return entry.KeyError(fault->message + " in the path " + config::Quoted(entry.key));
  }
  *path = std::get<JsonPath>(std::move(parsed));
}

void LoadPathOrText(const YamlValue& value, MappedValue* mapped) {
  if (value.node().kind != config::YamlKind::kMap) return LoadPath(value, &mapped->path);
  const std::optional<YamlKeys> keys = value.Keys("a path, or {always: NAME}", {"always"});
  if (!keys) return;
  const YamlEntry* entry = keys->Find("always");
  if (entry == nullptr) return value.Error("expected a path, or {always: NAME}");
  mapped->always = entry->value.Name("a name", kMaxMappedNameBytes).value_or("");
}

CommandMapping LoadCommandMapping(const YamlValue& value) {
  const std::vector<std::string> known = {"set",          "add_tags", "remove_tags", "add_lists",
                                          "remove_lists", "consents", "note",        "erase"};
  CommandMapping mapping;
  const std::optional<YamlKeys> keys = value.Keys("a map of what the event changes", known);
  if (!keys) return mapping;
  if (std::ranges::none_of(known, [&](const std::string& key) { return keys->Find(key) != nullptr; })) {
    value.Error("it changes nothing; expected at least one of " + config::OneOf(known));
  }
  if (const YamlEntry* set = keys->Find("set")) LoadAttributes(set->value, &mapping);
  const std::pair<const char*, std::vector<MappedValue>*> names[] = {{"add_tags", &mapping.add_tags},
                                                                     {"remove_tags", &mapping.remove_tags},
                                                                     {"add_lists", &mapping.add_lists},
                                                                     {"remove_lists", &mapping.remove_lists}};
  for (const auto& [key, list] : names) {
    if (const YamlEntry* entry = keys->Find(key)) LoadNames(entry->value, list);
  }
  if (const YamlEntry* consents = keys->Find("consents")) LoadConsents(consents->value, &mapping.consents);
  if (const YamlEntry* note = keys->Find("note")) LoadPathOrText(note->value, &mapping.note);
  if (const YamlEntry* erase = keys->Find("erase")) {
    LoadErase(erase->value, &mapping.erase);
    const auto is_other = [&](const std::string& key) { return key != "erase" && keys->Find(key) != nullptr; };
    if (mapping.erase && std::ranges::any_of(known, is_other)) {
      erase->KeyError("an erasure removes all that the others set; leave them out");
    }
  }
  return mapping;
}

}  // namespace leadpulse::webhooks
