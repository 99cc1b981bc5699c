// What a sender of one's own makes calls its fields and events: a YAML file, config/examples/webform.yaml for one.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/definitions_loader.h"
#include "processor/base/engagement.h"
#include "processor/webhooks/command_mapping.h"
#include "processor/webhooks/json_path.h"

namespace leadpulse::webhooks {

enum class TimeFormat { kSeconds, kMillis, kText };

// Their name of an event, and ours.
struct Becomes {
  std::string name;
  EventType type = EventType::kUnspecified;  // kUnspecified: it tells nothing about the lead
  BounceKind bounce = BounceKind::kHard;
};

// A path that is empty is not given, but for `events`: then the body is the events, or the event.
struct GenericMapping {
  std::string provider = "generic";
  JsonPath events;
  // In each event, one of the two: where its name stands, or which it always is.
  JsonPath event;
  std::string always;
  JsonPath address, lead;
  JsonPath time;
  TimeFormat time_format = TimeFormat::kText;
  JsonPath id, message, campaign, link, name, user_agent, machine;
  JsonPath arguments;                                        // an object
  JsonPath all_properties;                                   // an object: each of its members is one
  std::vector<std::pair<std::string, JsonPath>> properties;  // each with its name
  std::vector<Becomes> becomes;
  std::vector<std::pair<std::string, CommandMapping>> commands;  // by their name of an event
};

struct LoadedMapping {
  std::optional<GenericMapping> mapping;           // nothing where there are errors
  std::vector<config::DefinitionsProblem> errors;  // in the order of the file
};

// Any bytes; never throws. As the definitions are read: every error in one pass, with its place and the nearest name.
LoadedMapping LoadMapping(std::string_view yaml);

}  // namespace leadpulse::webhooks
