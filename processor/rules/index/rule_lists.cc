#include "processor/rules/index/rule_lists.h"

#include <algorithm>

namespace leadpulse::rules {
namespace {

void Take(uint32_t rule, std::vector<uint8_t>* seen, std::vector<uint32_t>* found) {
  if ((*seen)[rule] != 0) return;
  (*seen)[rule] = 1;
  found->push_back(rule);
}

}  // namespace

void RuleLists::Add(uint32_t rule, std::optional<GuardId> guard, std::span<const ConditionId> conditions) {
  rules_ = std::max(rules_, rule + 1);
  if (guard) guards_ = std::max(guards_, *guard + 1);
  if (guard) rules_of_guard_.Add(*guard, rule);
  for (const ConditionId condition : conditions) {
    conditions_ = std::max(conditions_, condition + 1);
    if (guard) {
      guarded_.Add(condition, {*guard, rule});
      conditional_.Add(*guard, {condition, rule});
    } else {
      unguarded_.Add(condition, rule);
    }
  }
}

void RuleLists::Pack(const PackedLists<PlaceId>& places, PlaceId place_count, IndexMemory* memory) {
  unguarded_.Pack(conditions_, memory);
  guarded_.Pack(conditions_, memory);
  rules_of_guard_.Pack(guards_, memory);
  conditional_.Pack(guards_, memory);
  PackPlaces(places, place_count, memory);
}

void RuleLists::PackPlaces(const PackedLists<PlaceId>& places, PlaceId place_count, IndexMemory* memory) {
  std::vector<uint64_t> of_all = AskedPlaces::None(place_count);
  for (ConditionId condition = 0; condition < conditions_; ++condition) {
    if (unguarded_[condition].empty()) continue;
    for (const PlaceId place : places[condition]) AskedPlaces::Set(place, of_all);
  }
  places_of_all_ = memory->Keep(of_all);
  std::vector<PlaceId> of_guard;
  for (GuardId guard = 0; guard < guards_; ++guard) {
    of_guard.clear();
    for (const auto& [condition, rule] : conditional_[guard]) {
      of_guard.insert(of_guard.end(), places[condition].begin(), places[condition].end());
    }
    std::ranges::sort(of_guard);
    of_guard.erase(std::unique(of_guard.begin(), of_guard.end()), of_guard.end());
    for (const PlaceId place : of_guard) places_of_guard_.Add(guard, place);
  }
  places_of_guard_.Pack(guards_, memory);
}

void RuleLists::Find(std::span<const ConditionId> conditions, std::span<const GuardId> guards,
                     RuleSearch* search) const {
  search->found.clear();
  if (search->seen.size() < rules_) search->seen.resize(rules_, 0);
  if (const size_t marks = std::max(conditions_, guards_); search->marks.size() < marks) {
    search->marks.resize(marks, 0);
  }
  size_t of_conditions = 0, of_guards = 0;
  for (const ConditionId condition : conditions) {
    for (const uint32_t rule : unguarded_[condition]) Take(rule, &search->seen, &search->found);
    of_conditions += guarded_[condition].size();
  }
  if (of_conditions > 0) {
    for (const GuardId guard : guards) of_guards += conditional_[guard].size();
    of_conditions < of_guards ? FindByCondition(conditions, guards, search) : FindByGuard(conditions, guards, search);
  }
  for (const uint32_t rule : search->found) search->seen[rule] = 0;
}

void RuleLists::Mark(std::span<const GuardId> guards, RuleSearch* search) const {
  if (search->asked.size() < places_of_all_.size()) search->asked.resize(places_of_all_.size(), 0);
  for (const GuardId guard : guards) {
    for (const PlaceId place : places_of_guard_[guard]) {
      if (AskedPlaces::Set(place, search->asked)) search->marked.push_back(place);
    }
  }
}

void RuleLists::Unmark(RuleSearch* search) {
  for (const PlaceId place : search->marked) AskedPlaces::Unset(place, search->asked);
  search->marked.clear();
}

void RuleLists::FindByGuard(std::span<const ConditionId> conditions, std::span<const GuardId> guards,
                            RuleSearch* search) const {
  for (const ConditionId condition : conditions) search->marks[condition] = 1;
  for (const GuardId guard : guards) {
    for (const auto& [condition, rule] : conditional_[guard]) {
      if (search->marks[condition] != 0) Take(rule, &search->seen, &search->found);
    }
  }
  for (const ConditionId condition : conditions) search->marks[condition] = 0;
}

void RuleLists::FindByCondition(std::span<const ConditionId> conditions, std::span<const GuardId> guards,
                                RuleSearch* search) const {
  for (const GuardId guard : guards) search->marks[guard] = 1;
  for (const ConditionId condition : conditions) {
    for (const auto& [guard, rule] : guarded_[condition]) {
      if (search->marks[guard] != 0) Take(rule, &search->seen, &search->found);
    }
  }
  for (const GuardId guard : guards) search->marks[guard] = 0;
}

}  // namespace leadpulse::rules
