// What happens to a definitions file from one version to the next.
#pragma once

#include <vector>

#include "tests/support/workload/rules.h"
#include "tests/support/workload/world.h"

namespace leadpulse::workload {

// A small change to the definitions of one tenant. May leave rules that name what is gone, which `MendRules` settles.
using Edit = void (*)(Random& random, const World& world, model::TenantDefinitions& definitions);

// Fields, time zone, properties, tiers, lifecycle, quality, journal and flags.
const std::vector<Edit>& PlainEdits();
// Segments and scoring.
const std::vector<Edit>& RuleEdits();

// Makes rules anew that name a property or a segment that is not there any more.
void MendRules(Random& random, const World& world, model::TenantDefinitions& definitions);

model::ScoringRule MakeScoringRule(Random& random, const World& world, RuleMaker& maker);

}  // namespace leadpulse::workload
