// Events of which no record was made, as lines for a person or a script to look at.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "processor/webhooks/provider.h"

namespace leadpulse::webhooks {

// `no engagement`, `unknown`, `incomplete`, `other tenant`.
std::string_view SkipReasonName(SkipReason reason);

// Which of a receiver's sources it came to, and when: without these nobody could tell whose it is.
struct SkippedOrigin {
  std::string_view source;
  Instant received_at;
};

// One line of JSON with its end: `provider reason source receivedAt name detail item`, the two of the origin where
// there is one. Where the item is empty, too.
void AppendSkippedLine(std::string_view provider, const std::optional<SkippedOrigin>& origin, const Skipped& skipped,
                       std::string* out);

}  // namespace leadpulse::webhooks
