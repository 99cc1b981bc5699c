#include <algorithm>
#include <map>
#include <optional>

#include "processor/base/address.h"
#include "processor/base/json_value.h"
#include "processor/base/text.h"
#include "processor/webhooks/command_mapping.h"
#include "processor/webhooks/event_collector.h"

namespace leadpulse::webhooks {
namespace {

// Returns the value as text; empty if none.
std::string TextOf(const MappedValue& mapped, const Json& event) {
  if (!mapped.always.empty()) return mapped.always;
  if (mapped.path.empty()) return "";
  return std::string(TrimAsciiSpace(mapped.path.In(event).spelling()));
}

bool FitsInRecord(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return text->size() <= codec::kMaxLongStringBytes;
  if (const auto* json = std::get_if<StructValue>(&value)) return json->json.starts_with('{');
  const auto* list = std::get_if<ScalarList>(&value);
  if (list == nullptr) return true;
  return list->size() <= codec::kMaxListElements && std::all_of(list->begin(), list->end(), [](const Scalar& element) {
           const auto* text = std::get_if<std::string>(&element);
           return text == nullptr || text->size() <= codec::kMaxLongStringBytes;
         });
}

// Returns the attribute `email` without a display name and invisible characters; unset if no lead can have it, because
// a run would reject such a command.
Value EmailOf(Value value) {
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr) return Value();
  const std::string_view trimmed = TrimAsciiSpace(*text);
  if (IsEmailText(NormalizeAddress(trimmed)) && WithoutInvisible(trimmed) == trimmed) return value;
  return IsAddress(ParseAddress(*text)) ? Value(SpelledAddress(*text)) : Value();
}

codec::NamedValues AttributesOf(const CommandMapping& mapping, const Json& event) {
  std::map<std::string, Value> attributes;
  size_t bytes_left = kMaxMappedValuesBytes;
  const auto set = [&](const std::string& name, Value value) {
    if (NormalizeName(name) == "email") value = EmailOf(std::move(value));
    if (name.empty() || name.size() > codec::kMaxStringBytes || IsUnset(value) || !FitsInRecord(value)) return;
    const size_t bytes = name.size() + ValueToJson(value).size();
    if (bytes > bytes_left) return;
    bytes_left -= bytes;
    attributes.insert_or_assign(name, std::move(value));
  };
  if (!mapping.all_attributes.empty()) {
    for (const auto& [name, value] : mapping.all_attributes.In(event).members()) set(name, ValueOf(value));
  }
  for (const auto& [name, value] : mapping.attributes) {
    set(name, value.always.empty() ? ValueOf(value.path.In(event)) : Value(value.always));
  }
  return {std::make_move_iterator(attributes.begin()), std::make_move_iterator(attributes.end())};
}

std::vector<std::string> NamesOf(const std::vector<MappedValue>& mapped, const Json& event) {
  std::vector<std::string> names;
  const auto add = [&](std::string_view name) {
    name = TrimAsciiSpace(name);
    if (name.empty() || name.size() > codec::kMaxStringBytes || names.size() == codec::kMaxListElements) return;
    names.emplace_back(name);
  };
  for (const MappedValue& each : mapped) {
    if (!each.always.empty()) {
      add(each.always);
      continue;
    }
    const Json& found = each.path.In(event);
    add(found.text());
    for (const Json& element : found.elements()) add(element.text());
  }
  return names;
}

void AddConsents(const CommandMapping& mapping, const Json& event, std::vector<MappedAction>* actions,
                 std::vector<std::string>* faults) {
  for (const MappedConsent& consent : mapping.consents) {
    const bool is_asked = !consent.granted.always.empty() || !consent.granted.path.In(event).is_null();
    const std::string answer = TextOf(consent.granted, event);
    const std::optional<bool> granted = YesOrNo(answer);
    if (granted) {
      actions->push_back(
          {"consent/" + consent.purpose, codec::RecordConsent{consent.purpose, *granted, consent.source}});
    } else if (is_asked && !(consent.granted.path.In(event).is_string() && answer.empty())) {
      faults->push_back("its consent to " + consent.purpose + " is neither yes nor no");
    }
  }
}

}  // namespace

std::optional<bool> YesOrNo(std::string_view answer) {
  const std::string word = AsciiLower(answer);
  // The value of a ticked checkbox is `on`.
  if (word == "true" || word == "yes" || word == "on" || word == "1") return true;
  if (word == "false" || word == "no" || word == "off" || word == "0") return false;
  return std::nullopt;
}

std::vector<MappedAction> ActionsOf(const CommandMapping& mapping, const Json& event,
                                    std::vector<std::string>* faults) {
  if (mapping.erase) return {{"erase", *mapping.erase}};
  std::vector<MappedAction> actions;
  if (codec::NamedValues set = AttributesOf(mapping, event); !set.empty()) {
    actions.push_back({"set", codec::UpdateProfile{std::move(set), {}}});
  }
  codec::EditTags tags{NamesOf(mapping.add_tags, event), NamesOf(mapping.remove_tags, event)};
  if (!tags.add.empty() || !tags.remove.empty()) actions.push_back({"tags", std::move(tags)});
  codec::EditLists lists{NamesOf(mapping.add_lists, event), NamesOf(mapping.remove_lists, event)};
  if (!lists.add.empty() || !lists.remove.empty()) actions.push_back({"lists", std::move(lists)});
  AddConsents(mapping, event, &actions, faults);
  if (const std::string note = TextOf(mapping.note, event); !note.empty()) {
    actions.push_back({"note", codec::AddNote{std::string(Utf8Prefix(note, codec::kMaxLongStringBytes))}});
  }
  return actions;
}

}  // namespace leadpulse::webhooks
