#include "processor/query/leads/where_rule.h"

#include <algorithm>
#include <iterator>
#include <span>
#include <utility>
#include <variant>

#include "config/never_true.h"
#include "config/rule_check.h"
#include "processor/base/assert.h"
#include "processor/base/text.h"
#include "processor/rules/evaluation/evaluator.h"
#include "processor/rules/language/checker.h"
#include "processor/rules/language/parser.h"
#include "processor/rules/language/rule_error.h"

namespace leadpulse::query {
namespace {

rules::Rule Parsed(const std::string& source) {
  std::variant<rules::Rule, rules::RuleError> parsed = rules::ParseRule(source);
  LP_ASSERT(std::holds_alternative<rules::Rule>(parsed));
  return std::move(std::get<rules::Rule>(parsed));
}

void Collect(const std::string& source, const std::vector<rules::RuleError>& problems, const std::string& tenant,
             TenantsOf* findings) {
  for (const rules::RuleError& problem : problems) AddTenant(rules::RenderRuleError(source, problem), tenant, findings);
}

}  // namespace

void AddTenant(const std::string& sentence, const std::string& tenant, TenantsOf* findings) {
  std::vector<std::string>& tenants = (*findings)[sentence];
  if (tenants.empty() || tenants.back() != tenant) tenants.push_back(tenant);
}

std::string JoinSome(const std::vector<std::string>& names) {
  constexpr size_t kMaxNamed = 5;
  if (names.size() <= kMaxNamed) return Join(names, ", ");
  return Join(std::span(names).first(kMaxNamed), ", ") + " and " + std::to_string(names.size() - kMaxNamed) + " more";
}

std::vector<std::string> Sentences(const TenantsOf& findings, const std::string& option, size_t tenant_count) {
  std::vector<std::string> sentences;
  for (const auto& [text, tenants] : findings) {
    const std::string whose = tenants.size() < tenant_count ? " for tenant " + JoinSome(tenants) : "";
    sentences.push_back(option + whose + ", " + text);
  }
  return sentences;
}

Status WhereRule::CheckSyntax(const std::string& source, const std::string& option) {
  const std::variant<rules::Rule, rules::RuleError> parsed = rules::ParseRule(source);
  const auto* error = std::get_if<rules::RuleError>(&parsed);
  if (error == nullptr) return Status::Ok();
  return Status::Rejected(option + ", " + rules::RenderRuleError(source, *error));
}

WhereRule::Checked WhereRule::Check(const std::string& source, const config::Definitions& definitions,
                                    const std::vector<std::string>& tenants, const std::string& option) {
  auto where = std::make_shared<WhereRule>();
  TenantsOf errors;
  TenantsOf warnings;
  std::vector<std::string> fitting;
  std::map<const config::TenantDefinitions*, rules::CheckResult> results;
  for (const std::string& tenant : tenants) {
    const config::TenantDefinitions& of_tenant = definitions.For(tenant);
    const auto [result, is_new] = results.try_emplace(&of_tenant);
    if (is_new) {
      rules::Rule* rule = &where->rules_.emplace(&of_tenant, Parsed(source)).first->second;
      result->second = config::CheckSearchForTenant(of_tenant, rule);
      std::ranges::move(config::FindNeverTrue(of_tenant, *rule), std::back_inserter(result->second.errors));
    }
    if (result->second.errors.empty()) fitting.push_back(tenant);
    Collect(source, result->second.errors, tenant, &errors);
    Collect(source, result->second.undeclared, tenant, &warnings);
  }
  Checked checked{nullptr, Sentences(errors, option, tenants.size()), Sentences(warnings, option, tenants.size())};
  if (errors.empty()) {
    checked.rule = std::move(where);
  } else if (!fitting.empty()) {
    checked.errors.push_back("the rule is right for tenant " + JoinSome(fitting) + "; ask for one with --tenant");
  }
  return checked;
}

std::shared_ptr<const WhereRule> WhereRule::OfRules(
    const std::map<const config::TenantDefinitions*, std::string>& rules) {
  auto where = std::make_shared<WhereRule>();
  for (const auto& [tenant, text] : rules) {
    rules::Rule rule = Parsed(text);
    LP_ASSERT(config::CheckSearchForTenant(*tenant, &rule).errors.empty());
    where->rules_.emplace(tenant, std::move(rule));
  }
  return where;
}

const rules::Node& WhereRule::RootFor(const config::TenantDefinitions& definitions) const {
  const auto rule = rules_.find(&definitions);
  LP_ASSERT(rule != rules_.end());
  return *rule->second.root;
}

bool WhereRule::Holds(const EvaluatedLead& lead) const {
  return rules::Evaluate(RootFor(lead.definitions()), lead.facts()).holds;
}

}  // namespace leadpulse::query
