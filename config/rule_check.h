// Checks a single rule against definitions that are loaded, as the loader checks those in the file.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/definitions.h"
#include "processor/rules/language/ast.h"
#include "processor/rules/language/checker.h"

namespace leadpulse::config {

// Checks a rule as rules::CheckRule does. With strict_fields, undeclared attributes are errors. Does not look for
// comparisons that are never true; FindNeverTrue (never_true.h) does.
rules::CheckResult CheckForTenant(const TenantDefinitions& tenant, rules::Rule* rule);
// Checks the rule of a search likewise, which may ask for more fields (rules::IsOfSearches).
rules::CheckResult CheckSearchForTenant(const TenantDefinitions& tenant, rules::Rule* rule);

struct RuleProblem {
  int line = 0;  // in the rule, from 1
  int column = 0;
  std::string message;
};
struct CheckedRule {
  std::string rule;  // in normal form; empty if it cannot be parsed
  std::vector<RuleProblem> errors;
  std::vector<RuleProblem> warnings;
};
// Checks the text of a new rule. Comparisons that are never true are warnings if the tenant has the same rule already,
// else errors. Does not find circles of segments; only loading does.
CheckedRule CheckRuleText(std::string_view text, const TenantDefinitions& tenant);

}  // namespace leadpulse::config
