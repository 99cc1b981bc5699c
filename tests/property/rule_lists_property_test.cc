// The rules found for changed conditions and a lead's predicates, and the active boundaries of the conditions. They are
// those of a scan of all rules, from whichever side the search goes, and however often its memory is reused.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "processor/rules/index/rule_lists.h"

namespace leadpulse::rules::rule_lists_property_test {

struct Listed {
  std::vector<ConditionId> conditions;
  std::optional<PredicateId> predicate;
};

constexpr uint32_t kConditions = 8;
constexpr uint32_t kPredicates = 6;

rc::Gen<std::vector<uint32_t>> Some(uint32_t count) {
  return rc::gen::container<std::vector<uint32_t>>(rc::gen::inRange(0u, count));
}

bool Meet(const std::vector<uint32_t>& some, const std::vector<uint32_t>& others) {
  return std::ranges::find_first_of(some, others) != some.end();
}

bool IsFound(const Listed& rule, const std::vector<ConditionId>& conditions,
             const std::vector<PredicateId>& predicates) {
  return Meet(rule.conditions, conditions) && (!rule.predicate || Meet({*rule.predicate}, predicates));
}

// Draws rules so that every condition and predicate belongs to one, as in an index. A rule without conditions depends
// only on its predicate.
std::vector<Listed> RandomRules() {
  std::vector<Listed> rules;
  for (uint32_t i = 0; i < std::max(kConditions, kPredicates); ++i)
    rules.push_back({{i % kConditions}, {i % kPredicates}});
  for (int i = *rc::gen::inRange(0, 30); i-- > 0;) {
    Listed rule{*Some(kConditions), std::nullopt};
    if (*rc::gen::arbitrary<bool>()) rule.predicate = *rc::gen::inRange(0u, kPredicates);
    rule.conditions.resize(std::min<size_t>(rule.conditions.size(), 3));
    rules.push_back(std::move(rule));
  }
  return rules;
}

// Checks that the next active boundary of any range is found.
void ExpectAsked(const ActiveBoundaries& places, const std::vector<bool>& asked) {
  for (PlaceId place = 0; place < asked.size(); ++place) RC_ASSERT(places.Contains(place) == asked[place]);
  const auto count = static_cast<PlaceId>(asked.size());
  for (int i = 0; i < 20; ++i) {
    const PlaceId begin = *rc::gen::inRange(0u, count + 1), end = *rc::gen::inRange(begin, count + 1);
    const PlaceId first =
        static_cast<PlaceId>(std::find(asked.begin() + begin, asked.begin() + end, true) - asked.begin());
    RC_ASSERT(places.Next(begin, end) == first);
  }
}

RC_GTEST_PROP(RuleListsProperty, FindWhatALookAtEveryRuleFinds, ()) {
  const std::vector<Listed> rules = RandomRules();
  RuleLists lists;
  for (uint32_t rule = 0; rule < rules.size(); ++rule) lists.Add(rule, rules[rule].predicate, rules[rule].conditions);
  const PlaceId place_count = *rc::gen::inRange(1u, 300u);
  IndexMemory memory(1024);
  PackedLists<PlaceId> places;
  std::vector<ConditionId> condition_at;
  while (condition_at.size() < place_count) {
    const ConditionId condition = *rc::gen::inRange(0u, kConditions);
    places.Add(condition, static_cast<PlaceId>(condition_at.size()));
    condition_at.push_back(condition);
  }
  places.Pack(kConditions, &memory);
  lists.Pack(places, place_count, &memory);
  for (PredicateId predicate = 0; predicate < kPredicates; ++predicate) {
    std::vector<uint32_t> expected;
    for (uint32_t rule = 0; rule < rules.size(); ++rule) {
      if (rules[rule].predicate == predicate) expected.push_back(rule);
    }
    RC_ASSERT(std::ranges::equal(lists.RulesOf(predicate), expected));
  }
  RuleSearch search;
  for (int searches = 0; searches < 10; ++searches) {
    const std::vector<ConditionId> conditions = *Some(kConditions);
    const std::vector<PredicateId> predicates = *Some(kPredicates);
    std::vector<uint32_t> expected;
    for (uint32_t rule = 0; rule < rules.size(); ++rule) {
      if (IsFound(rules[rule], conditions, predicates)) expected.push_back(rule);
    }
    lists.Find(conditions, predicates, &search);
    std::ranges::sort(search.found);
    RC_ASSERT(search.found == expected);

    lists.Mark(predicates, &search);
    std::vector<bool> asked;
    for (const ConditionId condition : condition_at) {
      asked.push_back(
          std::ranges::any_of(rules, [&](const Listed& rule) { return IsFound(rule, {condition}, predicates); }));
    }
    ExpectAsked(lists.Asked(search), asked);
    RuleLists::Unmark(&search);
  }
}

}  // namespace leadpulse::rules::rule_lists_property_test
