// Parses rule text to a tree. Any bytes give a rule or an error, without a crash; time and memory are linear in the
// text.
#pragma once

#include <string_view>
#include <variant>

#include "processor/rules/language/ast.h"
#include "processor/rules/language/rule_error.h"

namespace leadpulse::rules {

std::variant<Rule, RuleError> ParseRule(std::string_view source);

// Parses one step, as in `match:` of a scoring rule (`visit STARTS WITH "/pricing"`).
std::variant<Step, RuleError> ParseStep(std::string_view source);

// Parses a duration in the form of the rule language (`30 days`) or short (`30d`, `12h`, `15m`, `10s`, `2w`), at most
// 36,500 days. nullopt if it is not one.
std::optional<Millis> ParseDuration(std::string_view text);

}  // namespace leadpulse::rules
