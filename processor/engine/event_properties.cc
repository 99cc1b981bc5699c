#include "processor/engine/event_properties.h"

#include <algorithm>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "processor/base/json.h"
#include "processor/base/text.h"

namespace leadpulse::engine {
namespace {

// ---- Members of an object, read without a tree: objects of events are of any size. They are JSON as StructValue has
// it, without white space. ----

// Returns where the string that begins at `at` ends.
size_t EndOfString(std::string_view json, size_t at) {
  for (++at; at < json.size() && json[at] != '"'; ++at) at += json[at] == '\\' ? 1 : 0;
  return std::min(at + 1, json.size());
}

// Returns where the value that begins at `at` ends.
size_t EndOfValue(std::string_view json, size_t at) {
  size_t depth = 0;
  while (at < json.size()) {
    const char c = json[at];
    if (depth == 0 && (c == ',' || c == '}' || c == ']')) return at;
    at = c == '"' ? EndOfString(json, at) : at + 1;
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    if (depth == 0 && (c == '"' || c == '}' || c == ']')) return at;
  }
  return at;
}

// Takes the next element, or member's name and value, from the front. False: the container ends.
bool TakeElement(std::string_view* rest, std::string_view* element) {
  if (!rest->empty() && rest->front() == ',') rest->remove_prefix(1);
  const size_t end = EndOfValue(*rest, 0);
  if (end == 0) return false;
  *element = rest->substr(0, end);
  rest->remove_prefix(end);
  return true;
}

Scalar ScalarOf(std::string_view json) {
  const Result<Json> read = Json::Parse(json);
  if (!read.ok()) return {};
  if (read->is_boolean()) return read->truth();
  if (!read->is_number()) return read->is_string() ? Scalar(std::string(read->text())) : Scalar();
  const std::optional<Number> number = Number::ParseJson(read->text());
  return number && number->InBounds() ? Scalar(*number) : Scalar(std::string(read->text()));
}

// Returns the name of a member, as it is written in JSON.
std::string NameOfMember(std::string_view json) {
  if (json.size() >= 2 && json.find('\\') == std::string_view::npos)
    return std::string(json.substr(1, json.size() - 2));
  const Scalar name = ScalarOf(json);
  const auto* text = std::get_if<std::string>(&name);
  return text == nullptr ? std::string() : *text;
}

// Returns the value of the member whose normalised name is `name`; of several such, of the one with the greatest name.
// Empty if no member has that name.
std::string_view MemberOf(std::string_view object, std::string_view name) {
  if (!object.starts_with('{')) return {};
  std::string_view rest = object.substr(1);
  std::string_view key, found;
  std::string found_name;
  while (TakeElement(&rest, &key)) {
    rest.remove_prefix(std::min<size_t>(rest.size(), 1));  // the colon
    std::string_view value;
    if (!TakeElement(&rest, &value)) return {};
    std::string spelled = NameOfMember(key);
    if (NormalizeName(spelled) != name || (!found.empty() && spelled < found_name)) continue;
    found_name = std::move(spelled);
    found = value;
  }
  return found;
}

// Returns the value; a list with null, a list or an object inside as a StructValue, as the decoders do.
Value ValueOfJson(std::string_view json) {
  if (json.starts_with('{')) return StructValue{std::string(json)};
  if (!json.starts_with('[')) {
    return std::visit([](auto&& scalar) { return Value(std::forward<decltype(scalar)>(scalar)); }, ScalarOf(json));
  }
  ScalarList list;
  std::string_view rest = json.substr(1);
  std::string_view element;
  while (TakeElement(&rest, &element)) {
    if (element.front() == '{' || element.front() == '[' || element == "null") return StructValue{std::string(json)};
    if (list.size() <= kMaxPropertyElements) list.push_back(ScalarOf(element));
  }
  return list;
}

// Returns the value at a name with dots, whose parts but the last name objects; unset if the event has no such value.
Value NestedValue(const codec::Event& event, std::string_view name) {
  const size_t dot = name.find('.');
  std::string_view object;
  for (const auto& [property, value] : event.properties) {
    if (NormalizeName(property) != name.substr(0, dot)) continue;
    const auto* held = std::get_if<StructValue>(&value);
    object = held == nullptr ? std::string_view() : held->json;
  }
  std::string_view rest = name.substr(dot + 1);
  while (!object.empty()) {
    const size_t end = std::min(rest.find('.'), rest.size());
    object = MemberOf(object, rest.substr(0, end));
    if (end == rest.size()) return object.empty() ? Value() : ValueOfJson(object);
    rest.remove_prefix(end + 1);
  }
  return {};
}

// ---- Conversion ----

// Converts a value that is not a list; nullopt if it cannot be journaled.
std::optional<Value> ConvertOne(const Value& sent, FieldType type, const Calendar& calendar, PropertyFault* fault) {
  std::optional<Value> converted = ConvertValue(sent, type, calendar);
  if (!converted) {
    *fault = PropertyFault::kNotOfType;
    return std::nullopt;
  }
  const auto* text = std::get_if<std::string>(&*converted);
  if (text == nullptr || text->size() <= kMaxPropertyTextBytes) return converted;
  *fault = PropertyFault::kTooLong;
  return std::nullopt;
}

struct ToScalar {
  template <typename T>
  Scalar operator()(T&& value) const {
    if constexpr (std::is_constructible_v<Scalar, T>) {
      return Scalar(std::forward<T>(value));
    } else {
      return {};  // a list or an object, which one element never becomes
    }
  }
};

// Converts the first elements. Those that cannot be converted are left out, and not counted. Unset if none is left.
Value ConvertElements(const ScalarList& sent, FieldType type, const Calendar& calendar) {
  ScalarList list;
  for (size_t i = 0; i < std::min(sent.size(), kMaxPropertyElements); ++i) {
    const Value element = std::visit([](const auto& scalar) { return Value(scalar); }, sent[i]);
    PropertyFault fault{};
    if (IsUnset(element)) continue;
    std::optional<Value> converted = ConvertOne(element, type, calendar, &fault);
    if (converted) list.push_back(std::visit(ToScalar{}, *std::move(converted)));
  }
  return list.empty() ? Value() : Value(std::move(list));
}

// Converts the value; nullopt if it is left out, unset if it is not there.
std::optional<Value> ConvertProperty(const Value& sent, FieldType type, const Calendar& calendar,
                                     PropertyFault* fault) {
  if (const auto* list = std::get_if<ScalarList>(&sent)) return ConvertElements(*list, type, calendar);
  if (const auto* json = std::get_if<StructValue>(&sent)) {
    *fault = json->json.starts_with('{')   ? PropertyFault::kObject
             : json->json.starts_with('[') ? PropertyFault::kMixedList
                                           : PropertyFault::kNotOfType;
    return std::nullopt;
  }
  return ConvertOne(sent, type, calendar, fault);
}

using Found = std::map<std::string, const Value*, std::less<>>;

// Returns the declared properties by normalised name, as sent; of two equal names the later wins, greater in byte
// order. `made` owns values from inside of objects.
Found DeclaredProperties(const codec::Event& event, const config::TenantDefinitions& definitions,
                         std::list<Value>* made) {
  Found declared;
  if (event.properties.empty()) return declared;
  for (const auto& [name, value] : event.properties) {
    std::string normalized = NormalizeName(name);
    if (definitions.event_properties.contains(normalized)) declared.insert_or_assign(std::move(normalized), &value);
  }
  for (const auto& [name, type] : definitions.event_properties) {
    if (name.find('.') == std::string::npos) continue;
    const Value*& value = declared[name];
    if (value == nullptr || IsUnset(*value)) value = &made->emplace_back(NestedValue(event, name));
  }
  return declared;
}

}  // namespace

state::EntryProperties PropertiesOf(const codec::Event& event, const config::TenantDefinitions& definitions,
                                    std::vector<LeftOutProperty>* left_out) {
  const Value url{event.url};
  std::list<Value> made;
  Found properties = DeclaredProperties(event, definitions, &made);
  if (definitions.event_properties.contains("url")) {
    const Value*& value = properties["url"];
    if (value == nullptr || IsUnset(*value)) value = &url;
  }
  state::EntryProperties journaled;
  for (const auto& [name, value] : properties) {
    if (IsUnset(*value)) continue;
    PropertyFault fault{};
    const FieldType type = definitions.event_properties.find(name)->second;
    std::optional<Value> converted = ConvertProperty(*value, type, definitions.calendar, &fault);
    if (!converted) {
      left_out->push_back({name, fault});
    } else if (!IsUnset(*converted)) {
      journaled.emplace_back(name, *std::move(converted));
    }
  }
  return journaled;
}

}  // namespace leadpulse::engine
