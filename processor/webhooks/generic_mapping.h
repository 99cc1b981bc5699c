// The mapping for a sender of one's own: the names of its fields and events. A YAML file, such as
// config/examples/webform.yaml.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/definitions_loader.h"
#include "processor/base/engagement.h"
#include "processor/base/json.h"
#include "processor/base/json_path.h"
#include "processor/base/written_times.h"
#include "processor/webhooks/challenge.h"
#include "processor/webhooks/command_mapping.h"
#include "processor/webhooks/event_collector.h"
#include "processor/webhooks/event_naming.h"

namespace leadpulse::webhooks {

// A sender's name of an event, and the type that it becomes.
struct Becomes {
  std::string name;
  EventType type = EventType::kUnspecified;  // kUnspecified: it says nothing about the lead
  BounceKind bounce = BounceKind::kHard;
};

// A loaded mapping. An empty path was not given. If `events` is empty, the body itself is the list of events, or one
// event.
struct GenericMapping {
  std::string provider = "generic";
  std::vector<JsonPath> json;       // strings in the body that hold JSON; read before anything else
  std::string challenge_parameter;  // of the query; empty: none
  JsonPath challenge;               // in the body
  ChallengeAnswer challenge_answer;
  JsonPath events;
  EventNaming event;
  // Fields of the draft that are given. The first path with a value counts.
  std::vector<std::pair<std::string_view Draft::*, std::vector<JsonPath>>> texts;
  JsonPath time;
  TimeFormat time_format;  // of times without a zone, or with another order of day and month
  JsonPath machine;
  MappedValue topic;        // the subscription group of an opt-out or its end; not given: these are about everything
  JsonPath arguments;       // an object
  JsonPath all_properties;  // an object; each of its members is a property
  std::vector<std::pair<std::string, JsonPath>> properties;  // each with its name
  std::vector<Becomes> becomes;
  std::vector<std::pair<std::string, CommandMapping>> commands;  // by the sender's event name
};

// Loads a mapping. Accepts any bytes and never throws. nullopt if there are errors: all of them in one pass, in the
// order of the file, each with its position and the closest name, as for definitions.
std::optional<GenericMapping> LoadMapping(std::string_view yaml, std::vector<config::DefinitionsProblem>* errors);

}  // namespace leadpulse::webhooks
