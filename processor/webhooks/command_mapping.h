// The part of a mapping that converts an event to commands, which change the lead's profile.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/yaml_reader.h"
#include "processor/base/json.h"
#include "processor/base/json_path.h"
#include "schemas/codec/records.h"

namespace leadpulse::webhooks {

inline constexpr size_t kMaxMappedNameBytes = 256;
// Limit for a command's attributes, and for an event's properties, as JSON. The rest is left out: a record holds at
// most a mebibyte.
inline constexpr size_t kMaxMappedValuesBytes = 256 << 10;

// Loads a path such as contact.emails[0]. Errors go to the value's log.
void LoadPath(const config::YamlValue& value, JsonPath* path);
// Loads the path that is the key of an entry.
void LoadPathOfKey(const config::YamlEntry& entry, JsonPath* path);

// The path of a value in an event, or a constant string.
struct MappedValue {
  JsonPath path;
  std::string always;  // the constant; empty: the path is used
};

// Loads a path, or {always: TEXT}. Sets exactly one of them unless it logs an error.
void LoadPathOrText(const config::YamlValue& value, MappedValue* mapped);

struct MappedConsent {
  std::string purpose;
  MappedValue granted;
  std::string source;
};

// The mapping for one kind of event. An empty part changes nothing.
struct CommandMapping {
  JsonPath all_attributes;  // an object; each of its members is an attribute
  std::vector<std::pair<std::string, MappedValue>> attributes;
  std::vector<MappedValue> add_tags, remove_tags, add_lists, remove_lists;  // each a string or a list of strings
  std::vector<MappedConsent> consents;
  MappedValue note;
  std::optional<codec::Erase> erase;  // alone
};

// Loads the mapping for one kind of event. Errors go to the value's log.
CommandMapping LoadCommandMapping(const config::YamlValue& value);

struct MappedAction {
  std::string kind;  // distinguishes the actions of one event. Part of the command's id: never change it
  codec::Action action;
};

// Returns the actions of an event. Leaves out values that are null, blank or too large for a record, and an `email`
// that no lead can have; cuts a long note. `faults` gets a sentence for each consent that is neither given nor refused.
std::vector<MappedAction> ActionsOf(const CommandMapping& mapping, const Json& event, std::vector<std::string>* faults);

// Whether an answer in a form means yes or no, as browsers and people write it, in any case. nullopt: neither.
std::optional<bool> YesOrNo(std::string_view answer);

}  // namespace leadpulse::webhooks
