// The conditions of the filter as rules: `tag is vip or new` as `HAS TAG "vip" OR HAS TAG "new"`, and back.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/status.h"
#include "processor/rules/language/ast.h"

namespace leadpulse::serve {

// What a field is compared with.
enum class FilterType : uint8_t {
  kText,    // an attribute's text, which may be part of one
  kChoice,  // one of some texts
  kMember,  // whether it has a tag or a consent, is in a list, campaign or segment, or may be mailed about a topic
  kNumber,
  kTruth,     // `true` or `false`
  kTime,      // a day, `2026-03-01`, or a number of days
  kActivity,  // what the lead did (filter_activity.h)
};

// A comparison. The forms and the rules have different names for them.
struct FilterTest {
  std::string_view name;   // in forms: `at_least`
  std::string_view label;  // for people: `is at least`
  bool takes_value = true;
};
// Returns the tests of a type, the usual one first.
std::span<const FilterTest> TestsOf(FilterType type);

// A field, a test, and the values of which one is enough.
struct FilterCondition {
  std::string field;  // a name in rules; a membership, such as `tag`; or an activity
  std::string test;
  std::vector<std::string> values = {};

  friend bool operator==(const FilterCondition&, const FilterCondition&) = default;
};

// Returns the name of a field in conditions, which is that in rules.
std::string NameOf(const rules::Field& field);
// Returns the type of a field that rules know without the definitions; kText for an attribute.
FilterType BuiltInFilterType(std::string_view field);

// Makes values of numbers and durations those that RuleOf takes, from what somebody typed (typed_value.h). Rejected,
// with a sentence that says what to type.
Status ReadTypedValues(FilterType type, FilterCondition* condition);
// Returns the rule of the condition; empty if a value is missing. Texts are quoted, so that no value becomes another
// rule; a wrong number is quoted, too: the check of the rule reports it.
std::string RuleOf(const FilterCondition& condition, FilterType type);

// A condition of a rule, or several of which one is enough.
struct FilterPart {
  std::string rule;
  std::optional<FilterCondition> condition;  // nullopt: the filter cannot write this rule as one condition
  FilterType type = FilterType::kText;       // of the condition
  std::vector<FilterPart> either = {};       // the parts that an OR joins; empty: there is none
};
// Returns the parts that an AND joins, or the only one. None for the empty rule; nullopt for a rule with errors.
std::optional<std::vector<FilterPart>> PartsOf(const std::string& rule);
// Joins the rules of parts by AND. Leaves out empty ones.
std::string JoinParts(const std::vector<std::string>& rules);
// Joins the rules of alternatives by OR, as one part. Leaves out empty ones.
std::string JoinEither(const std::vector<std::string>& rules);

}  // namespace leadpulse::serve
