// Events of which no record was made, as lines for a person or a script to look at.
#pragma once

#include <string>
#include <string_view>

#include "processor/webhooks/provider.h"

namespace leadpulse::webhooks {

// `no engagement`, `unknown`, `incomplete`.
std::string_view SkipReasonName(SkipReason reason);

// One line of JSON with its end: `provider reason name detail item`. Where the item is empty, too.
void AppendSkippedLine(std::string_view provider, const Skipped& skipped, std::string* out);

}  // namespace leadpulse::webhooks
