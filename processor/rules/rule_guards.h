// Which guards of rules hold for a lead (guard_choice.h says what a guard is). What it asks is looked up: of thousands
// of guards on one attribute those that a lead meets are found by hashing or by search.
//
// Immutable once built and sorted; thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "processor/rules/evaluator.h"
#include "processor/rules/guard_choice.h"

namespace leadpulse::rules {

using GuardId = uint32_t;

class RuleGuards {
 public:
  // Of a rule that outlives this; equal guards of rules are one. The rule holds for no lead for whom none of these
  // does; none at all: it may hold for any.
  std::vector<GuardId> Add(const Node& root);
  // After the last was added.
  void Sort();

  std::vector<GuardId> HoldingFor(const Facts& facts) const;

 private:
  using Kind = ProfileKeyKind;
  struct Range {
    double low = 0, high = 0;
    double highest = 0;  // of this one and all before it
    GuardId guard = 0;
  };
  struct OfAttribute {
    const Field* field = nullptr;
    bool equalities = false;
    std::vector<size_t> starts, ends;  // the lengths asked for
    std::vector<Range> ranges;         // by ascending low
    std::vector<std::pair<GuardId, const Node*>> asked;
  };

  GuardId Intern(const Guard& guard);
  void AddToAttribute(const Guard& guard, GuardId id);
  void Find(Kind kind, std::string_view attribute, std::string_view folded, std::vector<GuardId>* out) const;
  void FindOfAttribute(const OfAttribute& guards, const Facts& facts, std::vector<GuardId>* out) const;
  void FindOfText(const OfAttribute& guards, std::string_view text, std::vector<GuardId>* out) const;
  static void FindOfNumber(const OfAttribute& guards, double number, std::vector<GuardId>* out);

  absl::flat_hash_map<std::string, GuardId> ids_;
  absl::flat_hash_map<std::string, OfAttribute> attributes_;  // by normalised name
};

}  // namespace leadpulse::rules
