// Checks a single rule against definitions that are loaded, as the loader checks those in the file.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/definitions.h"
#include "processor/rules/language/ast.h"
#include "processor/rules/language/checker.h"

namespace leadpulse::config {

// Checks a rule like rules::CheckRule, with ComparedInVain among the warnings. With strict_fields, undeclared
// attributes are among the errors.
rules::CheckResult CheckForTenant(const TenantDefinitions& tenant, rules::Rule* rule);

// Warns of strings that tier, stage, status or email_status never is: the comparison is never true. A warning even with
// strict_fields: such a tier may be declared later.
std::vector<rules::RuleError> ComparedInVain(const TenantDefinitions& tenant, const rules::Rule& rule);

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
// Checks the text of a rule. Does not find circles of segments; only loading does.
CheckedRule CheckRuleText(std::string_view text, const TenantDefinitions& tenant);

}  // namespace leadpulse::config
