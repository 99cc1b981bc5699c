// Names of events in logs. Thread-safe.
#pragma once

#include <string_view>

#include "processor/base/engagement.h"

namespace leadpulse::importing {

struct NamedType {
  EventType type = EventType::kUnspecified;
  BounceKind bounce = BounceKind::kUnspecified;  // if the name says it
  bool no_engagement = false;                    // known, but nothing that a lead did or that reached it
  bool of_group = false;                         // from or to a subscription group, not everything
};
// `Opened`, `email_open`, `hard bounce`, … kUnspecified: unknown.
NamedType TypeFromName(std::string_view name);

}  // namespace leadpulse::importing
