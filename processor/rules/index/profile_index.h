// Finds the conditions that a change of the profile can affect: those on changed attributes, tags, lists, campaigns and
// consents. Equalities with a text are looked up by hash, so a field with thousands of values costs two look-ups.
//
// Immutable once built; thread-safe.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "processor/rules/evaluation/evaluator.h"
#include "processor/rules/index/profile_parts.h"
#include "processor/rules/index/time_dependency.h"
#include "processor/rules/language/ast.h"

namespace leadpulse::rules {

class ProfileIndex {
 public:
  // Adds a condition of a rule that outlives this. False: it is no condition on the profile, or it is about time.
  bool Add(const Node& node, ConditionId id);

  // Appends at least the conditions that differ between two states of a lead.
  void FindChanged(const Facts& before, const Facts& after, std::vector<ConditionId>* out) const;

 private:
  struct OfAttribute {
    const Field* field = nullptr;
    std::vector<ConditionId> equalities;  // all equalities on it in by_key_
    std::vector<ConditionId> others;
  };

  bool AddOnAttribute(const Node& node, ConditionId id);
  void FindAttribute(const OfAttribute& conditions, const Facts& before, const Facts& after,
                     std::vector<ConditionId>* out) const;
  void FindNames(ProfileKeyKind kind, BuiltIn field, const state::NameSet& before, const state::NameSet& after,
                 std::vector<ConditionId>* out) const;
  void FindConsents(const state::Profile& before, const state::Profile& after, std::vector<ConditionId>* out) const;
  void FindKey(ProfileKeyKind kind, std::string_view attribute, std::string_view folded,
               std::vector<ConditionId>* out) const;
  const std::vector<ConditionId>& On(BuiltIn field) const { return built_in_[static_cast<size_t>(field)]; }

  absl::flat_hash_map<std::string, std::vector<ConditionId>> by_key_;
  absl::flat_hash_map<std::string, OfAttribute> attributes_;  // by normalised name
  std::vector<ConditionId> words_;                            // HAS WORDS, on all attributes and the id
  std::array<std::vector<ConditionId>, static_cast<size_t>(BuiltIn::kCampaigns) + 1> built_in_;
};

}  // namespace leadpulse::rules
