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

void RuleLists::Add(uint32_t rule, std::optional<GuardId> guard, std::span<const ConditionId> conditions) {
  OfGuard* of_guard = guard ? &At(*guard, &guards_) : nullptr;
  if (of_guard != nullptr) of_guard->rules.push_back(rule);
  for (const ConditionId condition : conditions) {
    OfCondition& of_condition = At(condition, &conditions_);
    At(condition, &unguarded_) |= of_guard == nullptr ? 1 : 0;
    if (of_guard == nullptr) {
      of_condition.unguarded.push_back(rule);
    } else {
      of_condition.guarded.push_back({*guard, rule});
      of_guard->conditional.push_back({condition, rule});
    }
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
    for (const GuardId guard : guards) of_guards += guards_[guard].conditional.size();
    of_conditions < of_guards ? FindByCondition(conditions, guards, search) : FindByGuard(conditions, guards, search);
  }
  for (const uint32_t rule : search->found) search->seen[rule] = 0;
}

void RuleLists::Mark(std::span<const GuardId> guards, RuleSearch* search) const {
  if (search->asked.size() < conditions_.size()) search->asked.resize(conditions_.size(), 0);
  for (const GuardId guard : guards) {
    for (const auto& [condition, rule] : guards_[guard].conditional) search->asked[condition] = 1;
  }
}

void RuleLists::Unmark(std::span<const GuardId> guards, RuleSearch* search) const {
  for (const GuardId guard : guards) {
    for (const auto& [condition, rule] : guards_[guard].conditional) search->asked[condition] = 0;
  }
}

void RuleLists::FindByGuard(std::span<const ConditionId> conditions, std::span<const GuardId> guards,
                            RuleSearch* search) const {
  for (const ConditionId condition : conditions) search->marks[condition] = 1;
  for (const GuardId guard : guards) {
    for (const auto& [condition, rule] : guards_[guard].conditional) {
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
