#include "config/rule_check.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <variant>

#include "processor/rules/language/parser.h"
#include "processor/rules/language/printer.h"
#include "processor/rules/language/rule_error.h"

namespace leadpulse::config {
namespace {

RuleProblem ProblemOf(std::string_view text, const rules::RuleError& error) {
  const rules::LineColumn place = rules::LocateOffset(text, error.span.begin);
  return {place.line, place.column, error.message + (error.hint.empty() ? "" : " (" + error.hint + ")")};
}

}  // namespace

rules::CheckResult CheckForTenant(const TenantDefinitions& tenant, rules::Rule* rule) {
  std::vector<std::string> segment_ids;
  for (const Segment& segment : tenant.segments) segment_ids.push_back(segment.id);
  const rules::Declarations declarations{&tenant.fields, &tenant.event_properties, &segment_ids, &tenant.calendar,
                                         false,          &tenant.topic_indexes};
  rules::CheckResult result = rules::CheckRule(declarations, rule);
  if (tenant.strict_fields) {
    std::ranges::move(result.undeclared, std::back_inserter(result.errors));
    result.undeclared.clear();
  }
  return result;
}

CheckedRule CheckRuleText(std::string_view text, const TenantDefinitions& tenant) {
  CheckedRule checked;
  std::variant<rules::Rule, rules::RuleError> parsed = rules::ParseRule(std::string(text));
  if (const auto* error = std::get_if<rules::RuleError>(&parsed)) {
    checked.errors.push_back(ProblemOf(text, *error));
    return checked;
  }
  auto& rule = std::get<rules::Rule>(parsed);
  const rules::CheckResult result = CheckForTenant(tenant, &rule);
  for (const rules::RuleError& error : result.errors) checked.errors.push_back(ProblemOf(text, error));
  for (const rules::RuleError& error : result.undeclared) checked.warnings.push_back(ProblemOf(text, error));
  checked.rule = rules::PrintNode(*rule.root);
  return checked;
}

}  // namespace leadpulse::config
