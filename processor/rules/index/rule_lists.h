// The rules that conditions stand in, by condition and by guard: those to ask where some conditions have changed of a
// lead that meets some guards.
//
// Found from whichever side has less: the rules of the changed conditions, or those of the lead's guards. Immutable
// once packed; thread-safe, each thread with a RuleSearch of its own.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "processor/rules/evaluation/asked_places.h"
#include "processor/rules/index/packed_lists.h"
#include "processor/rules/index/rule_guards.h"
#include "processor/rules/index/timed_subject.h"

namespace leadpulse::rules {

// What a search leaves, and the memory it works in.
struct RuleSearch {
  std::vector<uint32_t> found;  // each rule once, in no order

 private:
  friend class RuleLists;
  std::vector<uint8_t> marks;   // of conditions or guards; all 0 between two searches
  std::vector<uint8_t> seen;    // by rule; all 0 between two searches
  std::vector<uint64_t> asked;  // AskedPlaces; all 0 but between Mark and Unmark
  std::vector<PlaceId> marked;  // the first of each word of `asked` that is not 0
};

class RuleLists {
 public:
  // A rule that cannot hold where its guard does not, or, without one, may hold for every lead. `conditions`: those it
  // is to be found by; doubles do no harm. Once for each rule.
  void Add(uint32_t rule, std::optional<GuardId> guard, std::span<const ConditionId> conditions);
  // After the last was added. `places`: of each condition, those of AskedPlaces, below `place_count`. `memory` outlives
  // this.
  void Pack(const PackedLists<PlaceId>& places, PlaceId place_count, IndexMemory* memory);

  // Those of the rules of `conditions` that are without a guard or have one of `guards`. Either may hold doubles.
  void Find(std::span<const ConditionId> conditions, std::span<const GuardId> guards, RuleSearch* search) const;

  // All of a guard, whatever their conditions.
  std::span<const uint32_t> RulesOf(GuardId guard) const { return rules_of_guard_[guard]; }
  // Ascending, those of the conditions of its rules.
  std::span<const PlaceId> PlacesOf(GuardId guard) const { return places_of_guard_[guard]; }

  // Between Mark and Unmark, which go together: the places of conditions of which Find would find any rule under these
  // guards.
  void Mark(std::span<const GuardId> guards, RuleSearch* search) const;
  AskedPlaces Asked(const RuleSearch& search) const { return {search.asked, places_of_all_}; }
  static void Unmark(RuleSearch* search);

 private:
  struct Guarded {
    GuardId guard = 0;
    uint32_t rule = 0;
  };
  struct Conditional {
    ConditionId condition = 0;
    uint32_t rule = 0;
  };

  void PackPlaces(const PackedLists<PlaceId>& places, PlaceId place_count, IndexMemory* memory);
  void FindByGuard(std::span<const ConditionId> conditions, std::span<const GuardId> guards, RuleSearch* search) const;
  void FindByCondition(std::span<const ConditionId> conditions, std::span<const GuardId> guards,
                       RuleSearch* search) const;

  PackedLists<uint32_t> unguarded_;  // of each condition, the rules without a guard
  PackedLists<Guarded> guarded_;     // of each condition, the others
  PackedLists<uint32_t> rules_of_guard_;
  PackedLists<Conditional> conditional_;     // of each guard
  PackedLists<PlaceId> places_of_guard_;     // of its rules' conditions, each once
  std::span<const uint64_t> places_of_all_;  // AskedPlaces: of conditions that have rules without a guard
  uint32_t conditions_ = 0;                  // above the greatest, here and below
  uint32_t guards_ = 0;
  uint32_t rules_ = 0;
};

}  // namespace leadpulse::rules
