// The rules found for changed conditions and a lead's guards are those that a look at every rule finds, from whichever
// side the search goes, and however often the same memory is searched in.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "processor/rules/rule_lists.h"

namespace leadpulse::rules {
namespace {

struct Listed {
  std::vector<ConditionId> conditions;
  std::optional<GuardId> guard;
};

constexpr uint32_t kConditions = 8;
constexpr uint32_t kGuards = 6;

rc::Gen<std::vector<uint32_t>> Some(uint32_t count) {
  return rc::gen::container<std::vector<uint32_t>>(rc::gen::inRange(0u, count));
}

bool Meet(const std::vector<uint32_t>& some, const std::vector<uint32_t>& others) {
  return std::ranges::find_first_of(some, others) != some.end();
}

bool IsFound(const Listed& rule, const std::vector<ConditionId>& conditions, const std::vector<GuardId>& guards) {
  return Meet(rule.conditions, conditions) && (!rule.guard || Meet({*rule.guard}, guards));
}

// Every condition and guard is some rule's, as in an index. A rule without conditions is one of its guard only.
std::vector<Listed> RandomRules() {
  std::vector<Listed> rules;
  for (uint32_t i = 0; i < std::max(kConditions, kGuards); ++i) rules.push_back({{i % kConditions}, {i % kGuards}});
  for (int i = *rc::gen::inRange(0, 30); i-- > 0;) {
    Listed rule{*Some(kConditions), std::nullopt};
    if (*rc::gen::arbitrary<bool>()) rule.guard = *rc::gen::inRange(0u, kGuards);
    rule.conditions.resize(std::min<size_t>(rule.conditions.size(), 3));
    rules.push_back(std::move(rule));
  }
  return rules;
}

RC_GTEST_PROP(RuleListsProperty, FindWhatALookAtEveryRuleFinds, ()) {
  const std::vector<Listed> rules = RandomRules();
  RuleLists lists;
  for (uint32_t rule = 0; rule < rules.size(); ++rule) lists.Add(rule, rules[rule].guard, rules[rule].conditions);
  lists.Pack();
  for (GuardId guard = 0; guard < kGuards; ++guard) {
    std::vector<uint32_t> expected;
    for (uint32_t rule = 0; rule < rules.size(); ++rule) {
      if (rules[rule].guard == guard) expected.push_back(rule);
    }
    RC_ASSERT(std::ranges::equal(lists.RulesOf(guard), expected));
  }
  RuleSearch search;
  for (int searches = 0; searches < 10; ++searches) {
    const std::vector<ConditionId> conditions = *Some(kConditions);
    const std::vector<GuardId> guards = *Some(kGuards);
    std::vector<uint32_t> expected;
    for (uint32_t rule = 0; rule < rules.size(); ++rule) {
      if (IsFound(rules[rule], conditions, guards)) expected.push_back(rule);
    }
    lists.Find(conditions, guards, &search);
    std::ranges::sort(search.found);
    RC_ASSERT(search.found == expected);

    lists.Mark(guards, &search);
    for (ConditionId condition = 0; condition < kConditions; ++condition) {
      const bool any =
          std::ranges::any_of(rules, [&](const Listed& rule) { return IsFound(rule, {condition}, guards); });
      RC_ASSERT(lists.Asked(search).Contains(condition) == any);
    }
    lists.Unmark(guards, &search);
  }
}

}  // namespace
}  // namespace leadpulse::rules
