// The filter panel's fields as a rule of the rule language.
#pragma once

#include <string>
#include <vector>

#include "processor/webhooks/form.h"

namespace leadpulse::serve {

// Conditions joined by AND; empty if no field says anything. Fields: `stage`, `tier`, `agent` (`-`: nobody), `tag`,
// `list`, `segment`, `campaign`, `score` (at least), `sendable` (`true` or `false`), and `attribute` with `test` (`IS`,
// `CONTAINS`, …) and `value`. A text is quoted, so it cannot become another rule; what is no number is left to the
// rule's own check.
std::string FilterRule(const std::vector<webhooks::FormField>& fields);

// What `test` may be.
const std::vector<std::string>& FilterTests();

}  // namespace leadpulse::serve
