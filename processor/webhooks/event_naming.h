// The part of a mapping that says what the sender calls an event.
//
//   event: type                                            the value at a path
//   event: {always: submitted}                             a constant
//   event: {join: [type, action]}                          several values with dots between: `email.opened`
//   event: [{when: {status: cleaned}, is: left}, type]     the first of a list that gives a name
//
// A condition is a path and the text that it must have, a list of such texts, or {present: true} or {present: false}.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/yaml_reader.h"
#include "processor/base/json.h"
#include "processor/base/json_path.h"

namespace leadpulse::webhooks {

// A condition on one value. Of a list, one element must have the text.
struct Condition {
  JsonPath path;
  std::vector<std::string> texts;  // one of them; empty: `is_present` decides
  bool is_present = true;          // neither missing, null, blank nor empty
};

// One way to name an event.
struct NameRule {
  std::vector<Condition> when;  // all must hold
  std::string always;           // a constant; empty: `joined`
  std::vector<JsonPath> joined;
};

struct EventNaming {
  std::vector<NameRule> rules;
};

// Loads the value of `event`. Errors go to the value's log.
EventNaming LoadEventNaming(const config::YamlValue& value);

// Returns the event's name by the first rule that gives one; empty if none does.
std::string EventNameOf(const EventNaming& naming, const Json& event);

}  // namespace leadpulse::webhooks
