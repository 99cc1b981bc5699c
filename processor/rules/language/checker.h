// Checks a parsed rule against a tenant's declarations, and resolves its date literals in the tenant's time zone.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "processor/base/calendar.h"
#include "processor/base/value.h"
#include "processor/rules/language/ast.h"
#include "processor/rules/language/rule_error.h"

namespace leadpulse::rules {

using DeclaredTypes = std::map<std::string, FieldType, std::less<>>;  // by normalised name

using TopicIndexes = std::map<std::string, uint32_t, std::less<>>;  // folded id to index

// A tenant's declarations. Null: the tenant has none of that kind.
struct Declarations {
  const DeclaredTypes* fields = nullptr;
  const DeclaredTypes* event_properties = nullptr;
  // Ids of the tenant's segments, ascending; InSegment::index becomes the index here.
  const std::vector<std::string>* segment_ids = nullptr;
  const Calendar* calendar = nullptr;
  // True for `when` and `exclude` of the score: score, tier, quality, qualification, stage, status and IN SEGMENT
  // are errors.
  bool inside_score = false;
  const TopicIndexes* topics = nullptr;
};

struct CheckResult {
  std::vector<RuleError> errors;
  // Attributes that are not declared (`email` is always known). An error with strict_fields: the caller decides.
  std::vector<RuleError> undeclared;
};

// Checks a rule and fills in DateLiteral::at, InSegment::index, SendableFor::index and Step::id. The rule may be
// evaluated only if there are no errors.
CheckResult CheckRule(const Declarations& declarations, Rule* rule);
CheckResult CheckStep(const Declarations& declarations, Step* step);

// Returns the indexes of the segments that a checked rule refers to by IN SEGMENT.
std::vector<uint32_t> ReferencedSegments(const Rule& rule);

// Returns the normalised names of the profile attributes in a rule, ascending, each once.
std::vector<std::string> ReferencedAttributes(const Rule& rule);

}  // namespace leadpulse::rules
