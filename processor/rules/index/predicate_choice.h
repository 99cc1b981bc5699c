// The conditions on the profile without which a rule cannot hold: its predicates.
//
// `industry IS "Technology" AND DID open IN LAST 7 DAYS` needs to be asked of leads of that industry only. Of the parts
// of an AND the one that fewest leads meet is taken, as its form tells; an OR has the predicates of all its parts, if
// each has some. Events do not change what predicates ask for, commands do. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "processor/base/instant.h"
#include "processor/rules/index/profile_key.h"
#include "processor/rules/language/ast.h"

namespace leadpulse::rules {

struct AccessPredicate {
  ProfileKeyKind kind = ProfileKeyKind::kAttribute;
  std::string key;               // equal predicates have equal keys
  const Field* field = nullptr;  // the attribute; null: a tag, a list, a campaign or a consent
  size_t bytes = 0;              // kStart and kEnd: of the folded text
  double low = 0, high = 0;      // kRange: both belong to it
  // kAttribute: the instant that the text reads as; the same of all texts that are equal without case.
  std::optional<Instant> at = std::nullopt;
};

// The rule holds for no lead for whom none of these does; none at all: it may hold for any. They refer to the rule.
std::vector<AccessPredicate> PredicatesOf(const Node& root);

}  // namespace leadpulse::rules
