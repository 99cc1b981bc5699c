#include "processor/webhooks/generic_provider.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "processor/base/json_value.h"
#include "processor/base/status.h"
#include "processor/base/text.h"
#include "processor/base/time_formats.h"
#include "processor/base/written_times.h"
#include "processor/crypto/digests.h"
#include "processor/webhooks/event_collector.h"
#include "processor/webhooks/form_body.h"
#include "processor/webhooks/generic_mapping.h"

namespace leadpulse::webhooks {
namespace {

// Returns the value at the path; null if the path was not given.
const Json& At(const JsonPath& path, const Json& event) {
  static const Json kNull;
  return path.empty() ? kNull : path.In(event);
}

std::string_view TextAt(const JsonPath& path, const Json& event) { return At(path, event).text(); }

// Returns the event's topic; nullopt if the mapping has none, so that opt-outs are from everything.
std::optional<std::string_view> TopicOf(const GenericMapping& mapping, const Json& event) {
  if (!mapping.topic.always.empty()) return mapping.topic.always;
  return mapping.topic.path.empty() ? std::nullopt : std::optional(TextAt(mapping.topic.path, event));
}

// Returns the properties in the form of records: ascending, each name once. Leaves out values too large for a record.
codec::NamedValues PropertiesOf(const GenericMapping& mapping, const Json& event) {
  std::map<std::string, Value> properties;
  size_t bytes_left = kMaxMappedValuesBytes;
  const auto set = [&](const std::string& name, const Json& json) {
    if (json.is_null()) return;
    Value value = ValueOf(json);
    const size_t bytes = name.size() + ValueToJson(value).size();
    if (bytes > bytes_left) return;
    bytes_left -= bytes;
    properties.insert_or_assign(name, std::move(value));
  };
  for (const auto& [name, path] : mapping.properties) set(name, path.In(event));
  for (const auto& [name, value] : At(mapping.all_properties, event).members()) set(name, value);
  return {std::make_move_iterator(properties.begin()), std::make_move_iterator(properties.end())};
}

// Returns the event's time; nullopt if the mapping has none, or it cannot be read.
std::optional<Instant> TimeOf(const GenericMapping& mapping, const Json& event) {
  const std::string_view text = TextAt(mapping.time, event);
  const std::optional<Instant> time = TimeOfAnyForm(text);
  if (time.has_value() || text.empty()) return time;
  return TimeIn(mapping.time_format, TrimAsciiSpace(text));
}

// Parses the strings at `paths` and puts their values in place of them. Rejected: one of them is not JSON, or they hold
// more than `values_left` values.
Status ParseTexts(const std::vector<JsonPath>& paths, size_t values_left, Json* body) {
  for (const JsonPath& path : paths) {
    Json* const text = path.MutableIn(body);
    if (text == nullptr || !text->is_string()) continue;
    Result<Json> parsed = Json::Parse(text->text(), &values_left);
    if (!parsed.ok()) {
      return Status::Rejected("a text that holds JSON by the mapping cannot be read: " + parsed.status().message());
    }
    *text = *std::move(parsed);
  }
  return Status::Ok();
}

// A mapping's reader. Commands come before their event. Their ids are made from the event's id, or from the whole event
// if it has none.
//
// The ids of events are used unchanged, so two senders that both count from 1 must not share a tenant. If an event has
// no id, one is made from name, address, lead, time, message, link and title; if it has no time, from the whole event.
class MappedReader {
 public:
  explicit MappedReader(GenericMapping mapping) : mapping_(std::move(mapping)) {
    for (const Becomes& becomes : mapping_.becomes) names_.push_back({becomes.name, becomes.type, becomes.bounce});
  }
  MappedReader(const MappedReader&) = delete;
  MappedReader& operator=(const MappedReader&) = delete;

  const GenericMapping& mapping() const { return mapping_; }

  Status Read(const Payload& payload, EventCollector* events) const {
    size_t values_left = MaxJsonValues(payload.body.size());
    LP_ASSIGN_OR_RETURN(Json body, ParseBodyOrForm(payload, &values_left));
    LP_RETURN_IF_ERROR(ParseTexts(mapping_.json, values_left, &body));
    const std::string_view challenge = TextAt(mapping_.challenge, body);
    if (!challenge.empty() && challenge.size() <= kMaxChallengeBytes) {
      events->Challenge(challenge);
      return Status::Ok();
    }
    const Json& found = mapping_.events.In(body);
    if (!found.is_array() && !found.is_object()) {
      return Status::Rejected(mapping_.events.empty() ? "the body is neither events nor one event"
                                                      : "the body has no events where the mapping says that they are");
    }
    if (found.is_object()) Add(found, events);
    for (const Json& event : found.elements()) Add(event, events);
    return Status::Ok();
  }

 private:
  void Add(const Json& event, EventCollector* events) const {
    const std::string name = EventNameOf(mapping_.event, event);
    const auto commands = std::ranges::find(mapping_.commands, name, &std::pair<std::string, CommandMapping>::first);
    const auto becomes = std::ranges::find(names_, name, &EventName::name);
    const bool only_commands = commands != mapping_.commands.end() && becomes->type == EventType::kUnspecified;
    std::optional<Draft> draft;
    if (only_commands) {
      draft.emplace().name = name;
    } else {
      draft = events->Begin(name, names_, {}, event);
    }
    if (!draft) return;
    std::string whole;
    Fill(event, &whole, &*draft);
    const std::optional<Recipient> recipient = events->RecipientOf(*draft);
    if (!recipient) return;
    if (commands != mapping_.commands.end()) AddCommands(*recipient, *draft, commands->second, events);
    if (!only_commands) events->AddTo(*recipient, *draft);
  }

  // Sets `whole` to the event's text if the id needs it. `whole` outlives the draft.
  void Fill(const Json& event, std::string* whole, Draft* draft) const {
    draft->item = &event;
    for (const auto& [text, paths] : mapping_.texts) {
      for (const JsonPath& path : paths) {
        if ((draft->*text).empty()) draft->*text = path.In(event).text();
      }
    }
    draft->at = TimeOf(mapping_, event);
    draft->happens_on_receipt = mapping_.time.empty();
    draft->machine = At(mapping_.machine, event).truth();
    draft->arguments = &At(mapping_.arguments, event);
    draft->topic = TopicOf(mapping_, event);
    draft->properties = PropertiesOf(mapping_, event);
    if (!draft->at.has_value()) event.AppendTo(whole);
    draft->also_told_apart_by = {draft->lead, draft->title, *whole};
    if (IsWish(draft->type) && !draft->topic.value_or("").empty()) draft->also_told_apart_by.push_back(*draft->topic);
    if (draft->type == EventType::kCustom && draft->title.empty()) draft->title = draft->name;
  }

  // Adds the commands of an event. Their ids are made from the event's id, or from the whole event if it has none: then
  // two posts in the same second with different answers stay two.
  void AddCommands(const Recipient& recipient, const Draft& draft, const CommandMapping& mapping,
                   EventCollector* events) const {
    std::vector<std::string> faults;
    std::vector<MappedAction> actions = ActionsOf(mapping, *draft.item, &faults);
    for (const std::string& fault : faults) events->SkipIncomplete(draft.name, fault, *draft.item);
    if (actions.empty()) return;
    std::string whole;
    if (draft.id.empty()) draft.item->AppendTo(&whole);
    for (MappedAction& action : actions) {
      crypto::StableId id(mapping_.provider);
      for (const std::string_view part :
           {std::string_view("command"), std::string_view(action.kind), draft.id, std::string_view(whole)}) {
        id.Add(part);
      }
      events->AddCommand(recipient, draft, id.Take(), std::move(action.action));
    }
  }

  const GenericMapping mapping_;
  std::vector<EventName> names_;  // views into the mapping
};

}  // namespace

LoadedGenericProvider LoadGenericProvider(std::string_view yaml) {
  LoadedGenericProvider loaded;
  std::optional<GenericMapping> mapping = LoadMapping(yaml, &loaded.errors);
  if (!mapping) return loaded;
  const auto reader = std::make_shared<const MappedReader>(*std::move(mapping));
  const GenericMapping& read = reader->mapping();
  loaded.provider = std::make_unique<const Provider>(
      read.provider, [reader](const Payload& payload, EventCollector* events) { return reader->Read(payload, events); },
      ProviderTraits{.challenge_parameter = read.challenge_parameter,
                     .challenge_answer = read.challenge_answer,
                     .erases = std::ranges::any_of(read.commands,
                                                   [](const auto& each) { return each.second.erase.has_value(); })});
  return loaded;
}

}  // namespace leadpulse::webhooks
