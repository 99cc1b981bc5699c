// Writes the rule of the filter panel.
#pragma once

#include <string>
#include <vector>

#include "processor/webhooks/form.h"

namespace leadpulse::serve {

// Joins the conditions of the fields by AND; empty without conditions. Fields: `stage`, `tier`, `agent` (`-`: nobody),
// `tag`, `list`, `segment`, `campaign`, `score` (at least), `sendable` (`true` or `false`), and `attribute` with `test`
// (`IS`, `CONTAINS`, …) and `value`. Texts are quoted, so that no text becomes another rule. A wrong number is quoted,
// too: the check of the rule reports it.
std::string FilterRule(const std::vector<webhooks::FormField>& fields);

// The values of `test`.
const std::vector<std::string>& FilterTests();

}  // namespace leadpulse::serve
