// Estimates how long a tenant's rules take for one event. The loader refuses rules that take longer than kMostRuleTime,
// because one tenant's rules would slow down all tenants.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <unordered_set>

#include "processor/rules/language/ast.h"

namespace leadpulse::config {

// The most processor time of a tenant's rules for one event of a lead with a full journal.
inline constexpr std::chrono::milliseconds kMostRuleTime{1000};

// The estimated time of a set of rules. Equal conditions count once, because rules share their results. A condition on
// events reads every entry of the journal; its time was measured with 200 conditions and journals of 1,000 entries.
class RuleCosts {
 public:
  // Starts without rules. `journal_max_entries`: as in TenantDefinitions.
  explicit RuleCosts(uint32_t journal_max_entries);

  // Adds a rule. Returns the time of its conditions that no earlier rule has.
  std::chrono::nanoseconds Add(const rules::Rule& rule);
  // Returns the time of all rules added.
  std::chrono::nanoseconds sum() const { return sum_; }

 private:
  std::chrono::nanoseconds CostOf(const rules::Node& condition) const;

  const uint32_t entries_;
  std::unordered_set<std::string> conditions_;  // in normal form
  std::chrono::nanoseconds sum_{0};
};

}  // namespace leadpulse::config
