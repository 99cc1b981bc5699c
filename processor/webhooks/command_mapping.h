// The part of a mapping that says what an event of a sender changes of its lead's profile: commands.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/yaml_reader.h"
#include "processor/webhooks/json_path.h"
#include "schemas/codec/records.h"

namespace leadpulse::webhooks {

inline constexpr size_t kMaxMappedNameBytes = 256;

// A path such as contact.emails[0]. Errors go to the value's log.
void LoadPath(const config::YamlValue& value, JsonPath* path);

// A path, or {always: TEXT}. Sets exactly one of them unless it logs an error.
void LoadPathOrText(const config::YamlValue& value, JsonPath* path, std::string* always);

// Where a value stands in an event, or the text that it always is.
struct MappedValue {
  JsonPath path;
  std::string always;  // empty: the path counts
};

struct MappedConsent {
  std::string purpose;
  MappedValue granted;
  std::string source;
};

// Of one kind of event. What is empty changes nothing.
struct CommandMapping {
  JsonPath all_attributes;  // an object: each of its members is one
  std::vector<std::pair<std::string, MappedValue>> attributes;
  std::vector<MappedValue> add_tags, remove_tags, add_lists, remove_lists;  // each a text or a list of texts
  std::vector<MappedConsent> consents;
  MappedValue note;
};

// Errors go to the value's log.
CommandMapping LoadCommandMapping(const config::YamlValue& value);

struct MappedAction {
  std::string kind;  // tells the actions of one event apart: part of the command's id, so never change it
  codec::Action action;
};

// What the event changes. Values that are null or blank, and those that no record can hold, are left out; a note that
// is too long is cut. `faults` gets a sentence for each consent that is neither given nor refused.
std::vector<MappedAction> ActionsOf(const CommandMapping& mapping, const Json& event, std::vector<std::string>* faults);

// Whether an answer of a form is yes or no, as browsers and people write them, without case. Nothing: it is neither.
std::optional<bool> YesOrNo(std::string_view answer);

// The value as records have it. A number that a double cannot hold stays the text that it is.
Value ValueOf(const Json& json);

}  // namespace leadpulse::webhooks
