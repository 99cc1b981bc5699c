// A rule from a command line, checked against the definitions of each tenant.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "config/definitions.h"
#include "processor/base/status.h"
#include "processor/query/leads/evaluated_lead.h"
#include "processor/rules/language/ast.h"

namespace leadpulse::query {

// ---- the tenants of a finding ----

// The tenants of each sentence.
using TenantsOf = std::map<std::string, std::vector<std::string>>;
// Adds a tenant to a sentence. The calls for one tenant must follow one another.
void AddTenant(const std::string& sentence, const std::string& tenant, TenantsOf* findings);

// Returns `a, b and 3 more`.
std::string JoinSome(const std::vector<std::string>& names);

// Returns each sentence with `option` before it. It names its tenants unless it holds for all `tenant_count`.
std::vector<std::string> Sentences(const TenantsOf& findings, const std::string& option, size_t tenant_count);

// ---- the rule ----

// A checked rule. Immutable; threads may share it.
class WhereRule {
 public:
  struct Checked {
    std::shared_ptr<const WhereRule> rule;  // null: there were errors
    // Sentences with the rule's line and a caret below. They name the tenants unless all have the problem.
    std::vector<std::string> errors;
    std::vector<std::string> warnings;
  };

  // Checks the syntax. Rejected if the text cannot be a rule for any tenant; the message shows the line and the place.
  static Status CheckSyntax(const std::string& source, const std::string& option = "--where");

  // Checks a rule, which must have passed CheckSyntax. An attribute that a tenant does not declare is a warning, with
  // strict_fields an error. Messages begin with `option`.
  static Checked Check(const std::string& source, const config::Definitions& definitions,
                       const std::vector<std::string>& tenants, const std::string& option = "--where");

  // Makes one rule for each tenant's definitions. The texts must be right for them, such as those of RuleOfSearch.
  static std::shared_ptr<const WhereRule> OfRules(const std::map<const config::TenantDefinitions*, std::string>& rules);

  // Returns the rule as checked for these definitions, which must be among those that it was checked for.
  const rules::Node& RootFor(const config::TenantDefinitions& definitions) const;
  // Whether the rule holds for the lead, whose tenant must be among those that were checked.
  bool Holds(const EvaluatedLead& lead) const;

 private:
  std::map<const config::TenantDefinitions*, rules::Rule> rules_;
};

}  // namespace leadpulse::query
