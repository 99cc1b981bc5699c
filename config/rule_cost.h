// Estimates how long the rules of a tenant may take for one event. One tenant's rules must not slow down all others:
// above kMostRuleTime the loader refuses them.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <unordered_set>

#include "processor/rules/language/ast.h"

namespace leadpulse::config {

// Of one processor, for an event of a lead whose journal is full.
inline constexpr std::chrono::milliseconds kMostRuleTime{1000};

// A sum over conditions. Equal ones count once, because rules share them. A condition on events reads every entry of
// the journal; what that takes was measured with 200 conditions and journals of 1,000 entries.
class RuleCosts {
 public:
  // Begins with no conditions. `journal_max_entries`: as in TenantDefinitions.
  explicit RuleCosts(uint32_t journal_max_entries);

  // Adds what is new in a rule. Returns its part.
  std::chrono::nanoseconds Add(const rules::Rule& rule);
  // Returns what all rules add up to.
  std::chrono::nanoseconds sum() const { return sum_; }

 private:
  std::chrono::nanoseconds CostOf(const rules::Node& condition) const;

  const uint32_t entries_;
  std::unordered_set<std::string> conditions_;  // in normal form
  std::chrono::nanoseconds sum_{0};
};

}  // namespace leadpulse::config
