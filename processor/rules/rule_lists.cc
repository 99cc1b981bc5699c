#include "processor/rules/rule_lists.h"

#include <algorithm>

namespace leadpulse::rules {
namespace {

template <typename T>
T& At(size_t index, std::vector<T>* all) {
  if (all->size() <= index) all->resize(index + 1);
  return (*all)[index];
}

void Take(uint32_t rule, std::vector<uint8_t>* seen, std::vector<uint32_t>* found) {
  if ((*seen)[rule] != 0) return;
  (*seen)[rule] = 1;
  found->push_back(rule);
}

}  // namespace

void RuleLists::Add(ConditionId condition, std::span<const GuardId> guards, uint32_t rule) {
  OfCondition& of_condition = At(condition, &conditions_);
  if (guards.empty()) of_condition.unguarded.push_back(rule);
  for (const GuardId guard : guards) {
    of_condition.guarded.push_back({guard, rule});
    At(guard, &guards_).push_back({condition, rule});
  }
  rules_ = std::max(rules_, rule + 1);
}

void RuleLists::Find(std::span<const ConditionId> conditions, std::span<const GuardId> guards,
                     RuleSearch* search) const {
  search->found.clear();
  if (search->seen.size() < rules_) search->seen.resize(rules_, 0);
  if (const size_t marks = std::max(conditions_.size(), guards_.size()); search->marks.size() < marks) {
    search->marks.resize(marks, 0);
  }
  size_t of_conditions = 0, of_guards = 0;
  for (const ConditionId condition : conditions) {
    const OfCondition& rules = conditions_[condition];
    for (const uint32_t rule : rules.unguarded) Take(rule, &search->seen, &search->found);
    of_conditions += rules.guarded.size();
  }
  if (of_conditions > 0) {
    for (const GuardId guard : guards) of_guards += guards_[guard].size();
    of_conditions < of_guards ? FindByCondition(conditions, guards, search) : FindByGuard(conditions, guards, search);
  }
  for (const uint32_t rule : search->found) search->seen[rule] = 0;
}

void RuleLists::Mark(std::span<const GuardId> guards, RuleSearch* search) const {
  if (search->asked.size() < conditions_.size()) search->asked.resize(conditions_.size(), 0);
  for (const GuardId guard : guards) {
    for (const OfGuard& of_guard : guards_[guard]) search->asked[of_guard.condition] = 1;
  }
}

void RuleLists::Unmark(std::span<const GuardId> guards, RuleSearch* search) const {
  for (const GuardId guard : guards) {
    for (const OfGuard& of_guard : guards_[guard]) search->asked[of_guard.condition] = 0;
  }
}

void RuleLists::FindByGuard(std::span<const ConditionId> conditions, std::span<const GuardId> guards,
                            RuleSearch* search) const {
  for (const ConditionId condition : conditions) search->marks[condition] = 1;
  for (const GuardId guard : guards) {
    for (const auto& [condition, rule] : guards_[guard]) {
      if (search->marks[condition] != 0) Take(rule, &search->seen, &search->found);
    }
  }
  for (const ConditionId condition : conditions) search->marks[condition] = 0;
}

void RuleLists::FindByCondition(std::span<const ConditionId> conditions, std::span<const GuardId> guards,
                                RuleSearch* search) const {
  for (const GuardId guard : guards) search->marks[guard] = 1;
  for (const ConditionId condition : conditions) {
    for (const auto& [guard, rule] : conditions_[condition].guarded) {
      if (search->marks[guard] != 0) Take(rule, &search->seen, &search->found);
    }
  }
  for (const GuardId guard : guards) search->marks[guard] = 0;
}

}  // namespace leadpulse::rules
