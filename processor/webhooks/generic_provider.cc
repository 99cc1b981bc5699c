#include "processor/webhooks/generic_provider.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <string>
#include <utility>

#include "processor/webhooks/times.h"

namespace leadpulse::webhooks {
namespace {

// A whole number of more digits is told by no double.
constexpr size_t kMaxExactDigits = 15;

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

// A number that a double cannot hold stays the text that it is.
Scalar ScalarOf(const Json& json) {
  if (json.is_boolean()) return json.truth();
  const std::string_view text = json.text();
  if (!json.is_number()) return json.is_text() ? Scalar(std::string(text)) : Scalar();
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = text.find_first_of(".eE") == std::string_view::npos;
  if (error != std::errc() || (whole && text.size() > kMaxExactDigits)) return std::string(text);
  return number == 0 ? 0.0 : number;
}

Value ValueOf(const Json& json) {
  const auto is_scalar = [](const Json& element) {
    return !element.is_null() && !element.is_array() && !element.is_object();
  };
  const Json::Elements& elements = json.elements();
  if (json.is_array() && std::all_of(elements.begin(), elements.end(), is_scalar)) {
    ScalarList list;
    for (const Json& element : elements) list.push_back(ScalarOf(element));
    return list;
  }
  if (json.is_array() || json.is_object()) {
    StructValue value;
    json.AppendTo(&value.json);
    return value;
  }
  return std::visit([](auto&& scalar) { return Value(std::forward<decltype(scalar)>(scalar)); }, ScalarOf(json));
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
  const EventType type = TypeOf(name, names_, event, events);
  if (type == EventType::kUnspecified) return;
  const auto becomes = std::find_if(mapping_.becomes.begin(), mapping_.becomes.end(),
                                    [&](const Becomes& known) { return known.name == name; });
  Draft draft;
  draft.name = name;
  draft.type = type;
  draft.bounce = becomes->bounce;
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
  std::string all;
  if (!draft.at.has_value()) event.AppendTo(&all);
  draft.also_told_apart_by = {draft.lead, draft.title, all};
  if (type == EventType::kCustom && draft.title.empty()) draft.title = name;
  events->Add(draft);
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
