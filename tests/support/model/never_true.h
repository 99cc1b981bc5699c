// Comparisons that no lead can ever satisfy: of different types, with an empty text, with a value that a field never
// has.
#pragma once

#include "tests/support/model/definitions.h"

namespace leadpulse::model {

// Whether a rule or a step holds a test that is never true. Its negation counts too: it is always true.
bool HasNeverTrue(const TenantDefinitions& definitions, const Rule& rule);
bool HasNeverTrue(const TenantDefinitions& definitions, const Predicate& predicate);
bool HasNeverTrue(const TenantDefinitions& definitions, const Step& step);

}  // namespace leadpulse::model
