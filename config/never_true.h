// Finds comparisons that no lead can satisfy: with a literal of another type, with an empty string, with a value that
// the field never has, of `email` with an address that has another normal form (spec §6), or with BETWEEN bounds that
// are the wrong way round. NOT makes them true for every lead, so new rules must not contain them.
#pragma once

#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "config/definitions.h"
#include "processor/rules/language/ast.h"
#include "processor/rules/language/rule_error.h"

namespace leadpulse::config {

// Returns an error for each such comparison of a checked rule or step; its hint says what to write instead. Undeclared
// attributes may have any type. The place is that of the literal, or of the field if the literal has none.
std::vector<rules::RuleError> FindNeverTrue(const TenantDefinitions& tenant, const rules::Rule& rule);
std::vector<rules::RuleError> FindNeverTrue(const TenantDefinitions& tenant, const rules::Step& step);

// The rules in force. A comparison that is never true is only a warning in them, so that an upgrade stops no
// deployment.
class RulesInForce {
 public:
  // Returns a set of all rules, which may take any time: for definitions that were accepted before.
  static RulesInForce All();
  // Returns a set of all rules, which may not take longer than kMostRuleTime: for a file that may be in force.
  static RulesInForce Perhaps();
  // Returns All() for definitions that a state was built with, which may declare a field of FollowUpFields with another
  // type.
  static RulesInForce OfState();
  // Starts with no rules: for new definitions.
  RulesInForce() = default;
  explicit RulesInForce(const Definitions& definitions);
  explicit RulesInForce(const TenantDefinitions& tenant);

  // Whether the rules of a tenant may take longer than kMostRuleTime (rule_cost.h).
  bool may_take_long() const { return may_take_long_; }
  // Whether a tenant may declare a field of FollowUpFields with another type.
  bool has_former_fields() const { return has_former_fields_; }
  bool Has(const rules::Rule& rule) const;
  bool Has(const rules::Step& step) const;

 private:
  void Add(const TenantDefinitions& tenant);

  bool has_all_ = false;
  bool may_take_long_ = false;
  bool has_former_fields_ = false;
  std::unordered_set<std::string> printed_;  // rules and steps in normal form
};

}  // namespace leadpulse::config
