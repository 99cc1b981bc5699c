#include "processor/rules/index/rule_lists.h"

#include <algorithm>

#include "processor/base/sort_once.h"

namespace leadpulse::rules {
namespace {

void Take(uint32_t rule, std::vector<uint8_t>* seen, std::vector<uint32_t>* found) {
  if ((*seen)[rule] != 0) return;
  (*seen)[rule] = 1;
  found->push_back(rule);
}

}  // namespace

void RuleLists::Add(uint32_t rule, std::optional<PredicateId> predicate, std::span<const ConditionId> conditions) {
  rules_ = std::max(rules_, rule + 1);
  if (predicate) predicates_ = std::max(predicates_, *predicate + 1);
  if (predicate) rules_of_predicate_.Add(*predicate, rule);
  for (const ConditionId condition : conditions) {
    conditions_ = std::max(conditions_, condition + 1);
    if (predicate) {
      with_predicate_.Add(condition, {*predicate, rule});
      conditional_.Add(*predicate, {condition, rule});
    } else {
      without_predicate_.Add(condition, rule);
    }
  }
}

void RuleLists::Pack(const PackedLists<PlaceId>& places, PlaceId place_count, IndexMemory* memory) {
  without_predicate_.Pack(conditions_, memory);
  with_predicate_.Pack(conditions_, memory);
  rules_of_predicate_.Pack(predicates_, memory);
  conditional_.Pack(predicates_, memory);
  PackPlaces(places, place_count, memory);
}

void RuleLists::PackPlaces(const PackedLists<PlaceId>& places, PlaceId place_count, IndexMemory* memory) {
  std::vector<uint64_t> of_all = ActiveBoundaries::None(place_count);
  for (ConditionId condition = 0; condition < conditions_; ++condition) {
    if (without_predicate_[condition].empty()) continue;
    for (const PlaceId place : places[condition]) ActiveBoundaries::Set(place, of_all);
  }
  places_of_all_ = memory->Keep(of_all);
  std::vector<PlaceId> of_predicate;
  for (PredicateId predicate = 0; predicate < predicates_; ++predicate) {
    of_predicate.clear();
    for (const auto& [condition, rule] : conditional_[predicate]) {
      of_predicate.insert(of_predicate.end(), places[condition].begin(), places[condition].end());
    }
    SortOnce(&of_predicate);
    for (const PlaceId place : of_predicate) places_of_predicate_.Add(predicate, place);
  }
  places_of_predicate_.Pack(predicates_, memory);
}

void RuleLists::Find(std::span<const ConditionId> conditions, std::span<const PredicateId> predicates,
                     RuleSearch* search) const {
  search->found.clear();
  if (search->seen.size() < rules_) search->seen.resize(rules_, 0);
  if (const size_t marks = std::max(conditions_, predicates_); search->marks.size() < marks) {
    search->marks.resize(marks, 0);
  }
  size_t of_conditions = 0, of_predicates = 0;
  for (const ConditionId condition : conditions) {
    for (const uint32_t rule : without_predicate_[condition]) Take(rule, &search->seen, &search->found);
    of_conditions += with_predicate_[condition].size();
  }
  if (of_conditions > 0) {
    for (const PredicateId predicate : predicates) of_predicates += conditional_[predicate].size();
    if (of_conditions < of_predicates) {
      TakePairs(conditions, predicates, with_predicate_, search);
    } else {
      TakePairs(predicates, conditions, conditional_, search);
    }
  }
  for (const uint32_t rule : search->found) search->seen[rule] = 0;
}

void RuleLists::Mark(std::span<const PredicateId> predicates, RuleSearch* search) const {
  if (search->asked.size() < places_of_all_.size()) search->asked.resize(places_of_all_.size(), 0);
  for (const PredicateId predicate : predicates) {
    for (const PlaceId place : places_of_predicate_[predicate]) {
      if (ActiveBoundaries::Set(place, search->asked)) search->marked.push_back(place);
    }
  }
}

void RuleLists::Unmark(RuleSearch* search) {
  for (const PlaceId place : search->marked) ActiveBoundaries::Unset(place, search->asked);
  search->marked.clear();
}

void RuleLists::TakePairs(std::span<const uint32_t> ids, std::span<const uint32_t> others,
                          const PackedLists<Pair>& lists, RuleSearch* search) {
  for (const uint32_t other : others) search->marks[other] = 1;
  for (const uint32_t id : ids) {
    for (const auto& [other, rule] : lists[id]) {
      if (search->marks[other] != 0) Take(rule, &search->seen, &search->found);
    }
  }
  for (const uint32_t other : others) search->marks[other] = 0;
}

}  // namespace leadpulse::rules
