// Finds the rules whose answer may change when a lead changes, so that thousands of rules cost as little as a few.
//
// Rules consist of conditions; equal conditions of all rules are stored once. A change of the lead (another score, a
// new entry, time) changes few conditions, which are found by search; the rules with these conditions are then
// evaluated. Results may contain too many conditions, never too few. Conditions on the profile change with commands
// only, and are in profile_index.h.
//
// Refers to its rules, which outlive it. Immutable; shared between threads.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "processor/rules/evaluation/evaluator.h"
#include "processor/rules/index/access_predicates.h"
#include "processor/rules/index/entry_index.h"
#include "processor/rules/index/packed_lists.h"
#include "processor/rules/index/profile_index.h"
#include "processor/rules/index/rule_lists.h"
#include "processor/rules/index/shared_subexpressions.h"
#include "processor/rules/index/time_dependency.h"
#include "processor/rules/language/ast.h"

namespace leadpulse::rules {

class RuleIndex {
 public:
  // Builds the index. `rules`: checked rules, in the order of InSegment::index.
  explicit RuleIndex(std::span<const Node* const> rules);
  ~RuleIndex();

  const Node& condition(ConditionId id) const { return *conditions_[id]; }
  const AccessPredicates& predicates() const { return predicates_; }
  std::span<const TimeDependency> subjects() const { return subjects_; }
  const EntryIndex& entries() const { return entries_; }
  const ProfileIndex& profile() const { return profile_; }
  // Returns the subject of a place in ActiveBoundaries.
  SubjectId SubjectAt(PlaceId place) const { return subject_at_[place]; }
  // A subject that is a built-in field, which events change. With the field, so that nothing else is read if it is
  // unchanged.
  struct BuiltInInstant {
    BuiltIn field = BuiltIn::kCreated;
    SubjectId subject = 0;
  };
  std::span<const BuiltInInstant> built_in_instants() const { return built_in_instants_; }
  // Returns the subjects that are attributes.
  std::span<const SubjectId> attribute_instants() const { return attribute_instants_; }

  const RuleLists& rules() const { return rules_; }
  // Whether any rule asks for a segment.
  bool has_references() const { return has_references_; }
  // Returns the rules that ask for a segment.
  std::span<const uint32_t> RulesThatReferTo(uint32_t segment) const { return referrers_[segment]; }
  // Returns the predicate of rules that require a segment.
  std::optional<PredicateId> PredicateOfSegment(uint32_t segment) const {
    const PredicateId predicate = segment_predicates_[segment];
    return predicate == kNoPredicate ? std::nullopt : std::optional(predicate);
  }
  // Returns the rule's answer for a lead that meets its predicate. `answers` are those of these facts.
  bool HoldsBehindPredicate(uint32_t rule, const Facts& facts, PartAnswers* answers) const {
    return std::ranges::all_of(behind_predicates_[rule],
                               [&](PartId part) { return parts_.Holds(part, facts, answers); });
  }

  // Appends the conditions on a number field that differ between two values of it.
  void ConditionsBetween(BuiltIn field, double a, double b, std::vector<ConditionId>* out) const;
  // Returns the conditions on a built-in field that is a text or a boolean. SENDABLE FOR counts as one on `sendable`.
  std::span<const ConditionId> ConditionsOn(BuiltIn field) const { return plain_[static_cast<size_t>(field)]; }
  bool AsksForNumber(BuiltIn field) const { return !numbers_[static_cast<size_t>(field)].empty(); }

 private:
  struct Point {  // a number at which a condition changes
    double number = 0;
    ConditionId condition = 0;
  };
  static constexpr size_t kFields = static_cast<size_t>(BuiltIn::kCampaigns) + 1;

  static constexpr PredicateId kNoPredicate = UINT32_MAX;

  struct Draft;  // data that is only needed while it is built

  void AddRule(uint32_t rule, const Node& root);
  // Adds a predicate for the first segment that the rule requires. Returns nullopt if it requires none.
  std::optional<PredicateId> AddSegmentPredicate(std::span<const Node* const> parts);
  // Appends the conditions of a part of a rule that can change.
  void AddConditions(const Node& part, std::vector<ConditionId>* out);
  // Lists the condition under its subject. False: the condition never changes.
  bool Place(const Node& node, ConditionId id);
  bool PlaceOnField(const Node& node, ConditionId id);
  bool PlaceOnNumber(const Node& node, BuiltIn field, ConditionId id);
  bool PlaceOnInstant(const Node& node, ConditionId id);
  bool PlaceCount(const DidCount& did, ConditionId id);
  SubjectId InstantSubject(const Field& field);
  SubjectId StepSubject(const std::string& key, const Step& step, const Step* follower);
  // Moves the draft's data into memory_.
  void Pack(size_t rules);
  void PackSubjects();
  // Packs the rules. Call it after PackSubjects, for the places of their conditions.
  void PackRules();

  // In the order in which an event reads them:
  std::span<const BuiltInInstant> built_in_instants_;
  std::span<const TimeDependency> subjects_;
  EntryIndex entries_;
  RuleLists rules_;
  PackedLists<PartId> behind_predicates_;  // by rule: the parts that are not in its predicate
  SharedSubexpressions parts_;
  PackedLists<uint32_t> referrers_;                  // by segment: the rules that ask for it
  std::span<const PredicateId> segment_predicates_;  // by segment
  bool has_references_ = false;
  std::span<const Node* const> conditions_;
  std::span<const SubjectId> subject_at_;  // by place
  std::span<const SubjectId> attribute_instants_;
  std::array<std::span<const Point>, kFields> numbers_;  // ascending
  std::array<std::span<const ConditionId>, kFields> plain_;
  AccessPredicates predicates_;
  ProfileIndex profile_;
  IndexMemory memory_;
  std::unique_ptr<Draft> draft_;  // null once it is built
};

}  // namespace leadpulse::rules
