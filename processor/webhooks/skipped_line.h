// Skipped events as lines, for a person or a script to examine.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "processor/webhooks/provider.h"

namespace leadpulse::webhooks {

// `no engagement`, `unknown`, `incomplete`, `other tenant`.
std::string_view SkipReasonName(SkipReason reason);

// The receiver's source that got the event, and when.
struct SkippedOrigin {
  std::string_view source;
  Instant received_at;
};

// Appends one line of JSON with its line end: `provider reason source receivedAt name detail item`. `source` and
// `receivedAt` are left out without an origin; an empty item is written as null.
void AppendSkippedLine(std::string_view provider, const std::optional<SkippedOrigin>& origin, const Skipped& skipped,
                       std::string* out);

}  // namespace leadpulse::webhooks
