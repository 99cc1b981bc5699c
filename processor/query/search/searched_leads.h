// A search from a command line, understood for each of several tenants.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "config/definitions.h"
#include "processor/query/leads/where_rule.h"

namespace leadpulse::query {

struct SearchedLeads {
  std::shared_ptr<const WhereRule> rule;  // null: there were errors, or the search is empty
  // The rules that were understood, of several tenants with their names: `tenant a, b: score > 5`.
  std::vector<std::string> understood;
  // As those of WhereRule.
  std::vector<std::string> errors;
  std::vector<std::string> warnings;
};

// One search may be another rule for each tenant. Messages begin with `option`.
SearchedLeads CheckSearch(const std::string& search, const config::Definitions& definitions,
                          const std::vector<std::string>& tenants, const std::string& option = "--search");

}  // namespace leadpulse::query
