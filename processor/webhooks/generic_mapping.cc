#include "processor/webhooks/generic_mapping.h"

#include <algorithm>

#include "config/problem_log.h"
#include "config/source_text.h"
#include "config/yaml_reader.h"
#include "config/yaml_tree.h"
#include "processor/base/time_zones.h"
#include "processor/webhooks/provider.h"

namespace leadpulse::webhooks {
namespace {

using config::YamlEntry;
using config::YamlKeys;
using config::YamlValue;
using Names = std::vector<std::string>;

constexpr size_t kMaxProviderBytes = 64;

constexpr EventName kOutcomes[] = {{"sent", EventType::kSent},
                                   {"delivered", EventType::kDelivered},
                                   {"open", EventType::kOpen},
                                   {"click", EventType::kClick},
                                   {"reply", EventType::kReply},
                                   {"hard_bounce", EventType::kBounce, BounceKind::kHard},
                                   {"soft_bounce", EventType::kBounce, BounceKind::kSoft},
                                   {"unsubscribe", EventType::kUnsubscribe},
                                   {"resubscribe", EventType::kResubscribe},
                                   {"complaint", EventType::kComplaint},
                                   {"page_visit", EventType::kPageVisit},
                                   {"custom", EventType::kCustom},
                                   {"nothing", EventType::kUnspecified}};

// The string fields of an event, and their members in Draft.
constexpr std::pair<const char*, std::string_view Draft::*> kDraftTexts[] = {{"address", &Draft::address},
                                                                             {"lead", &Draft::lead},
                                                                             {"id", &Draft::id},
                                                                             {"message", &Draft::message},
                                                                             {"campaign", &Draft::campaign},
                                                                             {"link", &Draft::link},
                                                                             {"name", &Draft::title},
                                                                             {"user_agent", &Draft::user_agent}};

bool HasLineFor(std::string_view name, const GenericMapping& mapping) {
  return std::ranges::any_of(mapping.becomes, [&](const Becomes& becomes) { return becomes.name == name; });
}

void LoadPathAt(const YamlKeys& keys, std::string_view key, JsonPath* path) {
  if (const YamlEntry* entry = keys.Find(key)) LoadPath(entry->value, path);
}

// Loads a path, or a list of them.
void LoadPaths(const YamlValue& value, std::vector<JsonPath>* paths) {
  if (value.node().kind != config::YamlKind::kList) return LoadPath(value, &paths->emplace_back());
  const auto list = value.List("a path, or a list of paths");
  if (list->empty()) value.Error("expected at least one path");
  for (const YamlValue& each : *list) LoadPath(each, &paths->emplace_back());
}

// Loads `seconds`, `millis` or `text`, which say what every reader of a time tells apart by itself, or the order of a
// date's parts.
void LoadTimeFormat(const YamlValue& value, TimeFormat* format) {
  const Names formats = {"seconds", "millis", "text"};
  const std::string expected = "a format (" + config::OneOf(formats) + ", or an order such as DD.MM.YYYY)";
  const std::optional<std::string> text = value.Name(expected, kMaxMappedNameBytes);
  if (!text || std::ranges::find(formats, *text) != formats.end()) return;
  format->pattern = ParseDatePattern(*text);
  if (!format->pattern)
    value.Error("expected " + expected + ", found " + config::Quoted(*text) + config::DidYouMean(*text, formats));
}

void LoadZone(const YamlValue& value, TimeFormat* format) {
  constexpr const char* kExpected = "a time zone such as UTC or Europe/Berlin";
  const std::optional<std::string> name = value.Name(kExpected, kMaxMappedNameBytes);
  if (!name) return;
  format->zone = LoadTimeZone(*name);
  if (!format->zone) value.Error(std::string("expected ") + kExpected + ", found " + config::Quoted(*name));
}

void LoadTime(const YamlValue& value, GenericMapping* mapping) {
  if (value.node().kind != config::YamlKind::kMap) return LoadPath(value, &mapping->time);
  const std::optional<YamlKeys> keys = value.Keys("a path, or a time {path, format, zone}", {"path", "format", "zone"});
  if (!keys) return;
  if (keys->Find("path") == nullptr) value.Error("a time needs a `path`");
  LoadPathAt(*keys, "path", &mapping->time);
  if (const YamlEntry* format = keys->Find("format")) LoadTimeFormat(format->value, &mapping->time_format);
  if (const YamlEntry* zone = keys->Find("zone")) LoadZone(zone->value, &mapping->time_format);
}

void LoadProperties(const YamlValue& value, GenericMapping* mapping) {
  if (value.node().kind != config::YamlKind::kMap) return LoadPath(value, &mapping->all_properties);
  const auto entries = value.Entries("a path, or a map from properties to paths");
  for (const YamlEntry& entry : entries.value_or(std::vector<YamlEntry>{})) {
    LoadPath(entry.value, &mapping->properties.emplace_back(entry.key, JsonPath()).second);
  }
}

void LoadFields(const YamlValue& value, GenericMapping* mapping) {
  const std::optional<YamlKeys> keys =
      value.Keys("a map from fields to paths", {"event", "address", "lead", "time", "id", "message", "campaign", "link",
                                                "name", "user_agent", "machine", "topic", "arguments", "properties"});
  if (!keys) return;
  if (const YamlEntry* event = keys->Find("event")) {
    mapping->event = LoadEventNaming(event->value);
  } else {
    value.Error("`event` is missing: where an event's name stands, or {always: NAME}");
  }
  if (keys->Find("address") == nullptr && keys->Find("lead") == nullptr) {
    value.Error("`address` or `lead` is missing: where it stands who the event is about");
  }
  for (const auto& [key, text] : kDraftTexts) {
    const YamlEntry* const entry = keys->Find(key);
    if (entry == nullptr) continue;
    LoadPaths(entry->value, &mapping->texts.emplace_back(text, std::vector<JsonPath>()).second);
  }
  LoadPathAt(*keys, "machine", &mapping->machine);
  LoadPathAt(*keys, "arguments", &mapping->arguments);
  if (const YamlEntry* topic = keys->Find("topic")) {
    LoadPathOrText(topic->value, &mapping->topic);
    if (mapping->topic.always.size() > kMaxTopicBytes) topic->value.Error("the topic is over 128 bytes long");
  }
  if (const YamlEntry* time = keys->Find("time")) LoadTime(time->value, mapping);
  if (const YamlEntry* properties = keys->Find("properties")) LoadProperties(properties->value, mapping);
}

void LoadBecomes(const YamlValue& value, GenericMapping* mapping) {
  const auto entries = value.Entries("a map from their events to ours");
  if (!entries) return;
  Names outcomes;
  for (const EventName& outcome : kOutcomes) outcomes.emplace_back(outcome.name);
  for (const YamlEntry& entry : *entries) {
    const std::optional<size_t> index = entry.value.Choice("what it becomes", outcomes);
    const EventName& outcome = kOutcomes[index.value_or(0)];
    mapping->becomes.push_back({entry.key, outcome.type, outcome.bounce});
  }
  bool is_missing = false;
  for (const NameRule& rule : mapping->event.rules) {
    if (rule.always.empty() || HasLineFor(rule.always, *mapping)) continue;
    is_missing = true;
    value.Error("it is missing what " + config::Quoted(rule.always) + " becomes, which " +
                (rule.when.empty() ? "every event is" : "events are by their `when`"));
  }
  if (entries->empty() && !is_missing) value.Error("expected at least one of their events");
}

void LoadCommands(const YamlValue& value, GenericMapping* mapping) {
  const auto entries = value.Entries("a map from their events to what each changes");
  for (const YamlEntry& entry : entries.value_or(std::vector<YamlEntry>{})) {
    if (!HasLineFor(entry.key, *mapping)) {
      entry.KeyError("has no line in `becomes`; where only commands come of it, it becomes nothing");
    }
    mapping->commands.emplace_back(entry.key, LoadCommandMapping(entry.value));
  }
}

void LoadJsonTexts(const YamlValue& value, std::vector<JsonPath>* paths) {
  const auto list = value.List("a list of paths to texts that hold JSON");
  for (const YamlValue& each : list.value_or(std::vector<YamlValue>{})) LoadPath(each, &paths->emplace_back());
}

// Loads the members of an answer in JSON.
void LoadAnswer(const YamlValue& value, ChallengeAnswer* answer) {
  constexpr size_t kMostMembers = 16;
  const auto entries = value.Entries("a map of texts, such as {plainToken: \"{challenge}\"}");
  if (!entries) return;
  if (entries->empty() || entries->size() > kMostMembers) value.Error("expected 1 to 16 members");
  for (const YamlEntry& entry : *entries) {
    const auto text = entry.value.Name("a text with {challenge}, {hmac_hex} or {hmac_base64}", kMaxMappedNameBytes);
    if (text) answer->emplace_back(entry.key, *text);
  }
}

void LoadChallenge(const YamlValue& value, GenericMapping* mapping) {
  constexpr const char* kExpected = "{query: PARAMETER} or {body: PATH}";
  const std::optional<YamlKeys> keys = value.Keys(kExpected, {"query", "body", "answer"});
  if (!keys) return;
  if (keys->Find("query") == nullptr && keys->Find("body") == nullptr) {
    value.Error(std::string("expected ") + kExpected);
  }
  keys->Name("query", "the name of a query parameter", kMaxMappedNameBytes, &mapping->challenge_parameter);
  LoadPathAt(*keys, "body", &mapping->challenge);
  if (const YamlEntry* answer = keys->Find("answer")) LoadAnswer(answer->value, &mapping->challenge_answer);
}

void LoadProvider(const YamlValue& value, GenericMapping* mapping) {
  const std::optional<std::string> name = value.Name("a name for the sender", kMaxProviderBytes);
  if (!name) return;
  mapping->provider = *name;
  if (name->find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") != std::string::npos) {
    value.Error("expected a name of a–z 0–9 _ -, found " + config::Quoted(*name));
  } else if (FindProvider(*name) != nullptr) {
    value.Error(config::Quoted(*name) + " is the name of a provider that needs no mapping");
  }
}

void LoadRoot(const YamlValue& root, GenericMapping* mapping) {
  const std::optional<YamlKeys> keys =
      root.Keys("a map with the keys fields and becomes",
                {"provider", "json", "challenge", "events", "fields", "becomes", "commands"});
  if (!keys) return;
  if (const YamlEntry* provider = keys->Find("provider")) LoadProvider(provider->value, mapping);
  if (const YamlEntry* json = keys->Find("json")) LoadJsonTexts(json->value, &mapping->json);
  if (const YamlEntry* challenge = keys->Find("challenge")) LoadChallenge(challenge->value, mapping);
  LoadPathAt(*keys, "events", &mapping->events);
  for (const std::string key : {"fields", "becomes"}) {
    if (keys->Find(key) == nullptr) root.log().Error(std::nullopt, "", "the key `" + key + "` is missing");
  }
  if (const YamlEntry* fields = keys->Find("fields")) LoadFields(fields->value, mapping);
  if (const YamlEntry* becomes = keys->Find("becomes")) LoadBecomes(becomes->value, mapping);
  if (const YamlEntry* commands = keys->Find("commands")) LoadCommands(commands->value, mapping);
}

}  // namespace

std::optional<GenericMapping> LoadMapping(std::string_view yaml, std::vector<config::DefinitionsProblem>* errors) {
  const config::SourceText source(yaml);
  config::ProblemLog log(&source);
  GenericMapping mapping;
  const config::YamlTree tree = config::ParseYaml(yaml);
  for (const config::YamlFault& fault : tree.faults) log.Error(fault.offset, "", fault.message);
  if (tree.root) {
    LoadRoot(YamlValue(&*tree.root, tree.root->offset, "", &log), &mapping);
  } else if (!log.has_errors()) {
    log.Error(std::nullopt, "", "the file is empty; the keys `fields` and `becomes` are missing");
  }
  *errors = log.TakeErrors();
  return errors->empty() ? std::optional(std::move(mapping)) : std::nullopt;
}

}  // namespace leadpulse::webhooks
