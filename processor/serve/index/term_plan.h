// Which leads of an index a rule can hold for.
#pragma once

#include <optional>

#include "processor/rules/language/ast.h"
#include "processor/serve/index/tenant_index.h"

namespace leadpulse::serve {

struct TermPlan {
  // The rule holds for no other lead. nullopt: it may hold for any.
  std::optional<Roaring> leads;
  bool is_exact = false;  // it holds for all of these
};

// Plans a search. `node` belongs to a rule that was checked for the tenant.
TermPlan PlanOf(const rules::Node& node, const TenantIndex& index);

}  // namespace leadpulse::serve
