#include "processor/webhooks/event_names.h"

#include <algorithm>

namespace leadpulse::webhooks {

EventType TypeOf(std::string_view name, std::span<const EventName> names, const Json& item, EventCollector* events) {
  if (name.empty()) {
    events->SkipIncomplete("", "it does not say what happened", item);
    return EventType::kUnspecified;
  }
  const auto found =
      std::find_if(names.begin(), names.end(), [&](const EventName& known) { return known.name == name; });
  if (found == names.end()) {
    events->SkipUnknown(name, item);
    return EventType::kUnspecified;
  }
  if (found->type == EventType::kUnspecified) events->SkipNoEngagement(name);
  return found->type;
}

}  // namespace leadpulse::webhooks
