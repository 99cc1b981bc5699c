// What of a profile is asked for, as sets of topics: an attribute each, the tags, the lists, and so on. Where a profile
// changes, only what asks for a topic that has changed may say something else.
//
// Immutable once built; thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "processor/rules/index/predicate_choice.h"
#include "processor/rules/language/ast.h"
#include "state/lead/profile.h"

namespace leadpulse::rules {

// A bit each; attributes may share one, so that a set may say too much, never too little.
using Topics = uint64_t;
inline constexpr Topics kAllTopics = ~Topics{0};

class ProfileTopics {
 public:
  // What a condition asks for, or all its parts do; while it is built, for attributes get their topics here.
  Topics Of(const Node& node);
  Topics Of(const AccessPredicate& predicate);

  // Of all attributes that were seen while it was built, and all else. The lead is the same.
  Topics Changed(const state::Profile& before, const state::Profile& after) const;

 private:
  Topics OfAttribute(const std::string& name);

  absl::flat_hash_map<std::string, Topics> attributes_;  // by normalised name
};

}  // namespace leadpulse::rules
