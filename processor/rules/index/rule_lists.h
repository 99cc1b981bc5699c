// The rules by condition and by predicate: finds the rules to evaluate when some conditions have changed for a lead
// that meets some predicates.
//
// The search starts from the smaller side: the rules of the changed conditions, or those of the lead's predicates.
// Immutable once packed; thread-safe if each thread has its own RuleSearch.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "processor/rules/index/access_predicates.h"
#include "processor/rules/index/packed_lists.h"
#include "processor/rules/index/time_dependency.h"

namespace leadpulse::rules {

// The result of a search, and its working memory.
struct RuleSearch {
  std::vector<uint32_t> found;  // each rule once, unordered

 private:
  friend class RuleLists;
  std::vector<uint8_t> marks;   // one for each condition or predicate; all 0 between two searches
  std::vector<uint8_t> seen;    // by rule; all 0 between two searches
  std::vector<uint64_t> asked;  // ActiveBoundaries; all 0 except between Mark and Unmark
  std::vector<PlaceId> marked;  // the first place in each word of `asked` that is not 0
};

class RuleLists {
 public:
  // Adds a rule, once. It can hold only if its predicate does; without a predicate it may hold for any lead. Find finds
  // it by `conditions`, which may contain duplicates.
  void Add(uint32_t rule, std::optional<PredicateId> predicate, std::span<const ConditionId> conditions);
  // Packs the lists after the last rule was added. `places`: for each condition, those of ActiveBoundaries, below
  // `place_count`. `memory` outlives this.
  void Pack(const PackedLists<PlaceId>& places, PlaceId place_count, IndexMemory* memory);

  // Finds the rules of `conditions` that have no predicate or one of `predicates`. Both may contain duplicates.
  void Find(std::span<const ConditionId> conditions, std::span<const PredicateId> predicates, RuleSearch* search) const;

  // Returns all rules of a predicate, whatever their conditions.
  std::span<const uint32_t> RulesOf(PredicateId predicate) const { return rules_of_predicate_[predicate]; }
  // Returns the places of the conditions of the predicate's rules, ascending.
  std::span<const PlaceId> PlacesOf(PredicateId predicate) const { return places_of_predicate_[predicate]; }

  // Marks predicates. Between Mark and Unmark, Asked has the places of conditions for which Find would find a rule
  // under these predicates.
  void Mark(std::span<const PredicateId> predicates, RuleSearch* search) const;
  ActiveBoundaries Asked(const RuleSearch& search) const { return {search.asked, places_of_all_}; }
  static void Unmark(RuleSearch* search);

 private:
  // In the list of a condition, a rule with its predicate; in the list of a predicate, a rule with one of its
  // conditions.
  struct Pair {
    uint32_t other = 0;
    uint32_t rule = 0;
  };

  void PackPlaces(const PackedLists<PlaceId>& places, PlaceId place_count, IndexMemory* memory);
  // Finds the rules that the lists of `ids` pair with one of `others`.
  static void TakePairs(std::span<const uint32_t> ids, std::span<const uint32_t> others, const PackedLists<Pair>& lists,
                        RuleSearch* search);

  PackedLists<uint32_t> without_predicate_;  // by condition: its rules without a predicate
  PackedLists<Pair> with_predicate_;         // by condition: its other rules
  PackedLists<uint32_t> rules_of_predicate_;
  PackedLists<Pair> conditional_;             // by predicate
  PackedLists<PlaceId> places_of_predicate_;  // by predicate: the places of its rules' conditions, each once
  std::span<const uint64_t> places_of_all_;   // ActiveBoundaries of conditions that have rules without a predicate
  uint32_t conditions_ = 0;                   // one more than the greatest id, here and below
  uint32_t predicates_ = 0;
  uint32_t rules_ = 0;
};

}  // namespace leadpulse::rules
