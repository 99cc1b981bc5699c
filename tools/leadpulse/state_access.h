// Shared by commands that read a state: warnings, times, rules.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "processor/query/leads/where_rule.h"
#include "processor/query/state_access.h"

namespace leadpulse::tools {

// Prints `leadpulse: warning: …` on standard error: a query::Warn.
void PrintWarning(const std::string& warning);

// Warns if the state of a live process holds only some of the partitions: it knows nothing about the other leads.
Status WarnOfMissingPartitions(const state::LeadReader& store);

// Returns the definitions that a state was built with: those in force. Null if there is no such state, or it cannot be
// read; the caller says so when it opens it.
std::shared_ptr<const config::Definitions> InForceIn(const std::string& state);

// Parses the value of `--at` or another option: RFC 3339 or a day in UTC. nullopt if it is empty. Rejected if it is no
// time.
Result<std::optional<Instant>> ParseAt(const std::string& text, const std::string& option = "--at");

// Checks a rule as query::WhereRule::Check does and prints its errors and warnings; null if there are errors.
std::shared_ptr<const query::WhereRule> CheckWhere(const std::string& rule, const config::Definitions& definitions,
                                                   const std::vector<std::string>& tenants,
                                                   const std::string& option = "--where");

}  // namespace leadpulse::tools
