#include "processor/query/search/searched_leads.h"

#include <map>

#include "processor/base/status.h"
#include "processor/query/search/search_rule.h"

namespace leadpulse::query {

SearchedLeads CheckSearch(const std::string& search, const config::Definitions& definitions,
                          const std::vector<std::string>& tenants, const std::string& option) {
  TenantsOf errors;
  TenantsOf warnings;
  TenantsOf understood;
  std::map<const config::TenantDefinitions*, Result<UnderstoodSearch>> results;
  std::map<const config::TenantDefinitions*, std::string> rules;
  for (const std::string& tenant : tenants) {
    const config::TenantDefinitions& of_tenant = definitions.For(tenant);
    auto found = results.find(&of_tenant);
    if (found == results.end()) found = results.emplace(&of_tenant, RuleOfSearch(search, of_tenant)).first;
    const Result<UnderstoodSearch>& result = found->second;
    if (!result.ok()) {
      AddTenant(result.status().message(), tenant, &errors);
      continue;
    }
    for (const std::string& warning : result->warnings) AddTenant(warning, tenant, &warnings);
    if (result->rule.empty()) continue;
    AddTenant(result->rule, tenant, &understood);
    rules[&of_tenant] = result->rule;
  }
  SearchedLeads searched;
  searched.errors = Sentences(errors, option, tenants.size());
  searched.warnings = Sentences(warnings, option, tenants.size());
  for (const auto& [rule, whose] : understood) {
    searched.understood.push_back((understood.size() > 1 ? "tenant " + JoinSome(whose) + ": " : "") + rule);
  }
  if (errors.empty() && !rules.empty()) searched.rule = WhereRule::OfRules(rules);
  return searched;
}

}  // namespace leadpulse::query
