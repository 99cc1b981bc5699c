// Changes of a definitions file from one version to the next.
#pragma once

#include <vector>

#include "tests/support/workload/rules.h"
#include "tests/support/workload/world.h"

namespace leadpulse::workload {

// A small change to the definitions of one tenant. May leave rules that use deleted things; `MendRules` replaces them.
using Edit = void (*)(Random& random, const World& world, model::TenantDefinitions& definitions);

// Returns the edits of fields, time zone, properties, tiers, lifecycle, quality, journal and flags.
const std::vector<Edit>& PlainEdits();
// Returns the edits of segments and scoring.
const std::vector<Edit>& RuleEdits();

// Replaces rules that use a property or a segment that no longer exists, or compare what can never be equal.
void MendRules(Random& random, const World& world, model::TenantDefinitions& definitions);

model::ScoringRule MakeScoringRule(Random& random, const World& world, RuleMaker& maker);

}  // namespace leadpulse::workload
