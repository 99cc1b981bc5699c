// From what changes of a lead to the rules that may change with it, so that thousands of rules cost what a few do.
//
// Rules are made of conditions, and equal conditions of all rules are one here. A change of the lead (another score,
// one entry more, time passing) changes few conditions, found by search rather than by asking all of them; the rules
// they stand in are then evaluated whole. An answer here may name a condition too many, never one too few. Conditions
// on the profile change with commands only, and stand apart (profile_index.h).
//
// Refers to the rules it was built from, which outlive it. Immutable; shared between threads.
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
#include "processor/rules/index/index_memory.h"
#include "processor/rules/index/packed_lists.h"
#include "processor/rules/index/profile_index.h"
#include "processor/rules/index/rule_lists.h"
#include "processor/rules/index/rule_parts.h"
#include "processor/rules/index/shared_subexpressions.h"
#include "processor/rules/index/time_dependency.h"
#include "processor/rules/language/ast.h"

namespace leadpulse::rules {

class RuleIndex {
 public:
  // `rules`: checked, by the index by which IN SEGMENT names them.
  explicit RuleIndex(std::span<const Node* const> rules);
  ~RuleIndex();

  const Node& condition(ConditionId id) const { return *conditions_[id]; }
  const AccessPredicates& predicates() const { return predicates_; }
  std::span<const TimeDependency> subjects() const { return subjects_; }
  const EntryIndex& entries() const { return entries_; }
  const ProfileIndex& profile() const { return profile_; }
  // Of a place of ActiveBoundaries.
  SubjectId SubjectAt(PlaceId place) const { return subject_at_[place]; }
  // Those of the subjects whose instants are built-in fields, which events change. With the field, so that of most,
  // which do not change, nothing else is looked at.
  struct BuiltInInstant {
    BuiltIn field = BuiltIn::kCreated;
    SubjectId subject = 0;
  };
  std::span<const BuiltInInstant> built_in_instants() const { return built_in_instants_; }
  // Those of the others that are instants.
  std::span<const SubjectId> attribute_instants() const { return attribute_instants_; }

  const RuleLists& rules() const { return rules_; }
  // Whether any rule asks for a segment.
  bool has_references() const { return has_references_; }
  // The rules that ask for a segment.
  std::span<const uint32_t> RulesThatReferTo(uint32_t segment) const { return referrers_[segment]; }
  // The predicate of rules that hold for no lead outside of a segment.
  std::optional<PredicateId> PredicateOfSegment(uint32_t segment) const {
    const PredicateId predicate = segment_predicates_[segment];
    return predicate == kNoPredicate ? std::nullopt : std::optional(predicate);
  }
  // The rule's answer for a lead whose profile meets its predicate. `answers` are those of these facts.
  bool HoldsBehindPredicate(uint32_t rule, const Facts& facts, PartAnswers* answers) const {
    return std::ranges::all_of(behind_predicates_[rule],
                               [&](PartId part) { return parts_.Holds(part, facts, answers); });
  }

  // Appends the conditions on a number field that differ between two values of it.
  void ConditionsBetween(BuiltIn field, double a, double b, std::vector<ConditionId>* out) const;
  // The conditions on a built-in field that is a text or a boolean.
  std::span<const ConditionId> ConditionsOn(BuiltIn field) const { return plain_[static_cast<size_t>(field)]; }
  bool AsksForNumber(BuiltIn field) const { return !numbers_[static_cast<size_t>(field)].empty(); }

 private:
  struct Point {  // where a condition on a number changes, on either side or there only
    double number = 0;
    ConditionId condition = 0;
  };
  static constexpr size_t kFields = static_cast<size_t>(BuiltIn::kCampaigns) + 1;

  static constexpr PredicateId kNoPredicate = UINT32_MAX;

  struct Draft;  // what is held while it is built

  void AddRule(uint32_t rule, const Node& root);
  std::optional<PredicateId> AddSegmentPredicate(const RuleParts& parts);
  // Appends those of a part of a rule that can change.
  void AddConditions(const Node& part, std::vector<ConditionId>* out);
  // False: the condition never changes.
  bool Place(const Node& node, ConditionId id);
  bool PlaceOnField(const Node& node, ConditionId id);
  bool PlaceOnNumber(const Node& node, BuiltIn field, ConditionId id);
  bool PlaceOnInstant(const Node& node, ConditionId id);
  bool PlaceCount(const DidCount& did, ConditionId id);
  SubjectId InstantSubject(const Field& field);
  SubjectId StepSubject(const std::string& key, const Step& step, const Step* follower);
  // What the draft holds goes into memory_.
  void Pack(size_t rules);
  void PackSubjects();
  // With the places of the conditions of all subjects, which are packed.
  void PackRules();

  // In the order in which an event asks.
  std::span<const BuiltInInstant> built_in_instants_;
  std::span<const TimeDependency> subjects_;
  EntryIndex entries_;
  RuleLists rules_;
  PackedLists<PartId> behind_predicates_;  // of each rule, what its predicate does not ask
  SharedSubexpressions parts_;
  PackedLists<uint32_t> referrers_;                  // of each segment, the rules that ask for it
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
