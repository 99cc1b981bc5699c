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

#include "processor/rules/packed_lists.h"
#include "processor/rules/rule_guards.h"
#include "processor/rules/timed_subject.h"

namespace leadpulse::rules {

// What a search leaves, and the memory it works in.
struct RuleSearch {
  std::vector<uint32_t> found;  // each rule once, in no order

 private:
  friend class RuleLists;
  std::vector<uint8_t> marks;  // of conditions or guards; all 0 between two searches
  std::vector<uint8_t> seen;   // by rule; all 0 between two searches
  std::vector<uint8_t> asked;  // by condition; all 0 but between Mark and Unmark
};

class RuleLists {
 public:
  // A rule that cannot hold where its guard does not, or, without one, may hold for every lead. `conditions`: those it
  // is to be found by; doubles do no harm. Once for each rule.
  void Add(uint32_t rule, std::optional<GuardId> guard, std::span<const ConditionId> conditions);
  // After the last was added.
  void Pack();

  // Those of the rules of `conditions` that are without a guard or have one of `guards`. Either may hold doubles.
  void Find(std::span<const ConditionId> conditions, std::span<const GuardId> guards, RuleSearch* search) const;

  // All of a guard, whatever their conditions.
  std::span<const uint32_t> RulesOf(GuardId guard) const { return rules_of_guard_[guard]; }

  // Between Mark and Unmark, which go together: the conditions of which Find would find any rule under
  // these guards.
  void Mark(std::span<const GuardId> guards, RuleSearch* search) const;
  AskedConditions Asked(const RuleSearch& search) const { return {search.asked, of_all_}; }
  void Unmark(std::span<const GuardId> guards, RuleSearch* search) const;

 private:
  struct Guarded {
    GuardId guard = 0;
    uint32_t rule = 0;
  };
  struct Conditional {
    ConditionId condition = 0;
    uint32_t rule = 0;
  };

  void FindByGuard(std::span<const ConditionId> conditions, std::span<const GuardId> guards, RuleSearch* search) const;
  void FindByCondition(std::span<const ConditionId> conditions, std::span<const GuardId> guards,
                       RuleSearch* search) const;

  PackedLists<uint32_t> unguarded_;  // of each condition, the rules without a guard
  PackedLists<Guarded> guarded_;     // of each condition, the others
  std::vector<uint8_t> of_all_;      // by condition, whether it has rules without a guard
  PackedLists<uint32_t> rules_of_guard_;
  PackedLists<Conditional> conditional_;  // of each guard
  uint32_t conditions_ = 0;               // above the greatest, here and below
  uint32_t guards_ = 0;
  uint32_t rules_ = 0;
};

}  // namespace leadpulse::rules
