// Conditions on what a lead did: `Opened in the last 30 days` as `DID open IN LAST 30 days`, and back.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "processor/base/instant.h"
#include "processor/rules/language/ast.h"
#include "processor/serve/pages/filter_rule.h"

namespace leadpulse::serve {

// An action of the rule language as a field of the filter.
struct Activity {
  std::string_view field;  // `did open`
  std::string_view label;  // for people: `Opened`
};
// Returns the activities that the filter offers, the usual ones first.
std::span<const Activity> OfferedActivities();
// Returns the activity of a field, also one that is not offered; null if the field is no activity.
const Activity* ActivityNamed(std::string_view field);
// Returns the activity of a step.
const Activity& ActivityOf(const rules::Step& step);

// Returns a duration of a condition as the rule takes it: `30` is `30 days`, `12 hours` is itself. Other texts are
// quoted: the check of the rule reports them.
std::string DurationOfValue(std::string_view value);
// Returns the value for a duration: `30` for days, else with the unit.
std::string ValueOfDuration(Millis duration);

std::span<const FilterTest> ActivityTests();
// Returns the rule of a condition whose field is an activity; empty if a value is missing. A wrong number is quoted:
// the check of the rule reports it.
std::string RuleOfActivity(const FilterCondition& condition);
// Returns the condition that may have written the predicate, or its negation.
FilterCondition ConditionOfActivity(const rules::DidCount& did, bool negated);
}  // namespace leadpulse::serve
