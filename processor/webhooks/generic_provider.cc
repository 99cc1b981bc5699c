#include "processor/webhooks/generic_provider.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "processor/webhooks/stable_id.h"
#include "processor/webhooks/times.h"

namespace leadpulse::webhooks {
namespace {

// Null where the path is not given.
const Json& At(const JsonPath& path, const Json& event) {
  static const Json kNull;
  return path.empty() ? kNull : path.In(event);
}

std::string_view TextAt(const JsonPath& path, const Json& event) { return At(path, event).text(); }

std::optional<Instant> TimeOf(const GenericMapping& mapping, const Json& event) {
  const std::string_view text = TextAt(mapping.time, event);
  switch (mapping.time_format) {
    case TimeFormat::kSeconds:
      return TimeOfSeconds(text);
    case TimeFormat::kMillis:
      return TimeOfMillis(text);
    case TimeFormat::kText:
      break;
  }
  return TimeOfText(text);
}

// Ascending, each name once, as records have them.
codec::NamedValues PropertiesOf(const GenericMapping& mapping, const Json& event) {
  std::map<std::string, Value> properties;
  for (const auto& [name, path] : mapping.properties) {
    const Json& value = path.In(event);
    if (!value.is_null()) properties.insert_or_assign(name, ValueOf(value));
  }
  for (const auto& [name, value] : At(mapping.all_properties, event).members()) {
    if (!value.is_null()) properties.insert_or_assign(name, ValueOf(value));
  }
  return {std::make_move_iterator(properties.begin()), std::make_move_iterator(properties.end())};
}

}  // namespace

GenericProvider::GenericProvider(GenericMapping mapping) : mapping_(std::move(mapping)) {
  for (const Becomes& becomes : mapping_.becomes) names_.push_back({becomes.name, becomes.type});
}

void GenericProvider::Add(const Json& event, EventCollector* events) const {
  const std::string_view name = mapping_.always.empty() ? TextAt(mapping_.event, event) : mapping_.always;
  const auto commands = std::find_if(mapping_.commands.begin(), mapping_.commands.end(),
                                     [&](const auto& known) { return known.first == name; });
  const auto becomes = std::find_if(mapping_.becomes.begin(), mapping_.becomes.end(),
                                    [&](const Becomes& known) { return known.name == name; });
  const bool only_commands = commands != mapping_.commands.end() && becomes->type == EventType::kUnspecified;
  if (!only_commands && TypeOf(name, names_, event, events) == EventType::kUnspecified) return;
  std::string whole;
  const Draft draft = DraftOf(*becomes, event, &whole);
  const std::optional<LeadKey> key = events->KeyOf(draft);
  if (!key) return;
  if (commands != mapping_.commands.end()) AddCommands(*key, draft, commands->second, events);
  if (!only_commands) events->AddTo(*key, draft);
}

Draft GenericProvider::DraftOf(const Becomes& becomes, const Json& event, std::string* whole) const {
  Draft draft;
  draft.name = becomes.name;
  draft.type = becomes.type;
  draft.bounce = becomes.bounce;
  draft.address = TextAt(mapping_.address, event);
  draft.lead = TextAt(mapping_.lead, event);
  draft.at = TimeOf(mapping_, event);
  draft.id = TextAt(mapping_.id, event);
  draft.message = TextAt(mapping_.message, event);
  draft.campaign = TextAt(mapping_.campaign, event);
  draft.link = TextAt(mapping_.link, event);
  draft.title = TextAt(mapping_.name, event);
  draft.user_agent = TextAt(mapping_.user_agent, event);
  draft.machine = At(mapping_.machine, event).truth();
  draft.arguments = &At(mapping_.arguments, event);
  draft.properties = PropertiesOf(mapping_, event);
  draft.item = &event;
  if (!draft.at.has_value()) event.AppendTo(whole);
  draft.also_told_apart_by = {draft.lead, draft.title, *whole};
  if (draft.type == EventType::kCustom && draft.title.empty()) draft.title = draft.name;
  return draft;
}

// The id is that of the event; where it has none, all that the event says, so that two posts of one second whose
// answers differ are two.
void GenericProvider::AddCommands(const LeadKey& key, const Draft& draft, const CommandMapping& mapping,
                                  EventCollector* events) const {
  std::vector<std::string> faults;
  std::vector<MappedAction> actions = ActionsOf(mapping, *draft.item, &faults);
  for (const std::string& fault : faults) events->SkipIncomplete(draft.name, fault, *draft.item);
  if (actions.empty()) return;
  std::string whole;
  if (draft.id.empty()) draft.item->AppendTo(&whole);
  for (MappedAction& action : actions) {
    StableId id(mapping_.provider);
    for (const std::string_view part :
         {std::string_view("command"), std::string_view(action.kind), draft.id, std::string_view(whole)}) {
      id.Add(part);
    }
    events->AddCommand(key, draft, id.Take(), std::move(action.action));
  }
}

Result<Conversion> GenericProvider::Convert(const Payload& payload, const ConversionOptions& options) const {
  const Result<Json> body = ParseBody(payload);
  if (!body.ok()) return body.status();
  const Json& found = mapping_.events.In(*body);
  if (!found.is_array() && !found.is_object()) {
    return Status::Rejected(mapping_.events.empty() ? "the body is neither events nor one event"
                                                    : "the body has no events where the mapping says that they are");
  }
  EventCollector events(name(), payload, options);
  if (found.is_object()) Add(found, &events);
  for (const Json& event : found.elements()) Add(event, &events);
  return events.Take();
}

LoadedGenericProvider LoadGenericProvider(std::string_view yaml) {
  LoadedMapping loaded = LoadMapping(yaml);
  LoadedGenericProvider generic;
  if (loaded.mapping.has_value()) generic.provider = std::make_unique<GenericProvider>(*std::move(loaded.mapping));
  generic.errors = std::move(loaded.errors);
  return generic;
}

}  // namespace leadpulse::webhooks
