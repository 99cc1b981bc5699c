// The condition on the profile without which a rule cannot hold: its guard.
//
// `industry IS "Technology" AND DID open IN LAST 7 DAYS` needs to be asked of leads of that industry only. A guard is
// an equality of an attribute with a text, a tag, a list, a campaign or a consent that stands in the AND at a rule's
// root, or is the rule; a rule without one has kNoGuard. Events do not change what guards ask for, commands do.
// Immutable once built; thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "processor/rules/ast.h"
#include "processor/rules/evaluator.h"
#include "processor/rules/profile_key.h"

namespace leadpulse::rules {

using GuardId = uint32_t;
inline constexpr GuardId kNoGuard = 0;

class RuleGuards {
 public:
  // Of a rule that outlives this; equal guards of rules are one.
  GuardId Add(const Node& root);

  // Those that hold for the lead, kNoGuard among them.
  std::vector<GuardId> HoldingFor(const Facts& facts) const;

 private:
  using Kind = ProfileKeyKind;
  struct AttributeGuards {
    const Field* field = nullptr;
    std::vector<GuardId> all;
  };

  GuardId Intern(const std::string& key, const Node& node);
  GuardId AddOne(const Node& node);
  void Find(Kind kind, std::string_view attribute, std::string_view folded, std::vector<GuardId>* out) const;
  void FindOfAttribute(const AttributeGuards& guards, const Facts& facts, std::vector<GuardId>* out) const;

  absl::flat_hash_map<std::string, GuardId> ids_;
  absl::flat_hash_map<std::string, AttributeGuards> attributes_;  // by normalised name
  std::vector<const Node*> nodes_ = {nullptr};                    // by id
};

}  // namespace leadpulse::rules
