// The names a provider gives to what happens, and what each becomes.
#pragma once

#include <span>
#include <string_view>

#include "processor/base/engagement.h"
#include "processor/webhooks/event_collector.h"

namespace leadpulse::webhooks {

struct EventName {
  std::string_view name;
  EventType type = EventType::kUnspecified;  // kUnspecified: it tells nothing about the lead
};

// What the name becomes. kUnspecified where there is nothing to be made of it: then the collector has been told, that
// it is no engagement, that it is unknown, or that it is missing.
EventType TypeOf(std::string_view name, std::span<const EventName> names, const Json& item, EventCollector* events);

}  // namespace leadpulse::webhooks
