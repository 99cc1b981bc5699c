// The rules that conditions stand in, by condition and by guard: those to ask where some conditions have changed of a
// lead that meets some guards.
//
// Found from whichever side has less: the rules of the changed conditions, or those of the lead's guards. Immutable
// once built; thread-safe, each thread with a RuleSearch of its own.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

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

  // Those of the rules of `conditions` that are without a guard or have one of `guards`. Either may hold doubles.
  void Find(std::span<const ConditionId> conditions, std::span<const GuardId> guards, RuleSearch* search) const;

  // All of a guard, whatever their conditions.
  std::span<const uint32_t> RulesOf(GuardId guard) const { return guards_[guard].rules; }

  // Between Mark and Unmark, which go together: the conditions of which Find would find any rule under
  // these guards.
  void Mark(std::span<const GuardId> guards, RuleSearch* search) const;
  AskedConditions Asked(const RuleSearch& search) const { return {search.asked, unguarded_}; }
  void Unmark(std::span<const GuardId> guards, RuleSearch* search) const;

 private:
  struct OfCondition {
    struct Guarded {
      GuardId guard = 0;
      uint32_t rule = 0;
    };
    std::vector<uint32_t> unguarded;
    std::vector<Guarded> guarded;
  };
  struct OfGuard {
    struct Conditional {
      ConditionId condition = 0;
      uint32_t rule = 0;
    };
    std::vector<uint32_t> rules;
    std::vector<Conditional> conditional;
  };

  void FindByGuard(std::span<const ConditionId> conditions, std::span<const GuardId> guards, RuleSearch* search) const;
  void FindByCondition(std::span<const ConditionId> conditions, std::span<const GuardId> guards,
                       RuleSearch* search) const;

  std::vector<OfCondition> conditions_;
  std::vector<uint8_t> unguarded_;  // by condition, whether it has such rules
  std::vector<OfGuard> guards_;
  uint32_t rules_ = 0;  // above the greatest
};

}  // namespace leadpulse::rules
