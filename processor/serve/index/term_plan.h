// The leads of an index for which a rule can hold.
#pragma once

#include <optional>

#include "processor/rules/language/ast.h"
#include "processor/serve/index/tenant_index.h"

namespace leadpulse::serve {

struct TermPlan {
  // The leads that the rule can hold for; nullopt if it may hold for any.
  std::optional<Roaring> leads;
  bool is_exact = false;  // it holds for all of these
};

// Plans a search. `node` belongs to a rule that was checked for the tenant.
TermPlan PlanOf(const rules::Node& node, const TenantIndex& index);

}  // namespace leadpulse::serve
