// The parts of a profile that a condition asks for, as a set of topics: one for each attribute, the tags, the lists,
// and so on. A change of a profile affects only conditions that ask for a changed topic.
//
// Immutable once built; thread-safe.
#pragma once

#include <cstdint>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "processor/rules/index/predicate_choice.h"
#include "processor/rules/language/ast.h"
#include "state/lead/profile.h"

namespace leadpulse::rules {

// One bit for each topic. Attributes may share a bit, so a set may contain too much, never too little.
using Topics = uint64_t;
inline constexpr Topics kAllTopics = ~Topics{0};

class ProfileTopics {
 public:
  // The topics of a condition with all its parts. Only while it is built, because attributes get their topics here.
  Topics Of(const Node& node);
  Topics Of(const AccessPredicate& predicate);

  // The topics that differ, of the attributes that were seen while it was built and of everything else. For two states
  // of the same lead.
  Topics Changed(const state::Profile& before, const state::Profile& after) const;

 private:
  Topics OfAttribute(const std::string& name);

  absl::flat_hash_map<std::string, Topics> attributes_;  // by normalised name
};

}  // namespace leadpulse::rules
