// Comparisons that can never hold, whatever the lead: of different types, with an empty string, with a value that a
// field never has (spec §6). Under NOT they hold for everyone, so they are errors where a rule is given anew.
#pragma once

#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "config/definitions.h"
#include "processor/rules/language/ast.h"
#include "processor/rules/language/rule_error.h"

namespace leadpulse::config {

// Finds them in a checked rule or step; each hint says what to write instead. Undeclared attributes, and `email`, have
// no type. Literals without a place, as in the rule of a search, have that of their field.
std::vector<rules::RuleError> FindNeverTrue(const TenantDefinitions& tenant, const rules::Rule& rule);
std::vector<rules::RuleError> FindNeverTrue(const TenantDefinitions& tenant, const rules::Step& step);

// The rules that are in force. In them such a comparison is a warning, so that a deployment goes on.
class RulesInForce {
 public:
  // Returns one that has every rule: for definitions that were accepted before.
  static RulesInForce All();
  // Returns one that has every rule, but not the right to take longer than kMostRuleTime: for a file.
  static RulesInForce InFile();
  // Has no rules.
  RulesInForce() = default;
  explicit RulesInForce(const Definitions& definitions);
  explicit RulesInForce(const TenantDefinitions& tenant);

  // Whether the rules together may take longer than kMostRuleTime (rule_cost.h).
  bool may_take_long() const { return may_take_long_; }
  bool Has(const rules::Rule& rule) const;
  bool Has(const rules::Step& step) const;

 private:
  void Add(const TenantDefinitions& tenant);

  bool has_all_ = false;
  bool may_take_long_ = false;
  std::unordered_set<std::string> printed_;  // rules and steps in normal form
};

}  // namespace leadpulse::config
