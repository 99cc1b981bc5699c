// Chooses the condition on the profile by which a rule's access predicate is looked up.
//
// `industry IS "Technology" AND DID open IN LAST 7 DAYS` must be evaluated only for leads of that industry. The choice
// is the part of an AND that fewest leads should meet, judged by its form. An OR has the predicates of all its parts,
// if each part has one. Only commands change whether a predicate holds. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "processor/base/instant.h"
#include "processor/rules/index/profile_parts.h"
#include "processor/rules/language/ast.h"

namespace leadpulse::rules {

struct AccessPredicate {
  ProfileKeyKind kind = ProfileKeyKind::kAttribute;
  std::string key;               // equal predicates have equal keys
  const Field* field = nullptr;  // the attribute; null: a tag, a list, a campaign or a consent
  size_t bytes = 0;              // kStart and kEnd: length of the folded text
  double low = 0, high = 0;      // kRange: nearest doubles, both included
  // kAttribute: the instant that the text means as a date; the same for all texts that are equal without case.
  std::optional<Instant> at = std::nullopt;
};

// Returns the predicates of a rule, which can hold only for leads for which one of them holds. Empty: it may hold for
// any lead. They refer to the rule.
std::vector<AccessPredicate> PredicatesOf(const Node& root);

}  // namespace leadpulse::rules
