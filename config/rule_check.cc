#include "config/rule_check.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <span>
#include <variant>

#include "processor/base/nearest.h"
#include "processor/base/text.h"
#include "processor/rules/language/parser.h"
#include "processor/rules/language/printer.h"
#include "processor/rules/language/rule_error.h"
#include "processor/rules/language/rule_walk.h"

namespace leadpulse::config {
namespace {

RuleProblem ProblemOf(std::string_view text, const rules::RuleError& error) {
  const rules::LineColumn place = rules::LocateOffset(text, error.span.begin);
  return {place.line, place.column, rules::MessageOf(error)};
}

// With more, checking a hostile file would take long.
constexpr size_t kMostTiers = 20;

// The values of a field that has few, as rules compare them. Empty: it may have any.
std::vector<std::string> ValuesOf(rules::BuiltIn field, const TenantDefinitions& tenant) {
  std::vector<std::string> values;
  if (field == rules::BuiltIn::kTier && tenant.tiers.size() <= kMostTiers) {
    for (const Tier& tier : tenant.tiers) values.push_back(FoldCase(tier.name));
  }
  if (field == rules::BuiltIn::kStage || field == rules::BuiltIn::kStatus) values = StageNames();
  if (field == rules::BuiltIn::kStatus) values.emplace_back(EmailStatusName(EmailStatus::kUnsubscribed));
  if (field == rules::BuiltIn::kEmailStatus) {
    for (int status = 0; status <= static_cast<int>(EmailStatus::kComplained); ++status)
      values.emplace_back(EmailStatusName(static_cast<EmailStatus>(status)));
  }
  return values;
}

// The literals of IS, IS NOT, IN and NOT IN.
std::span<const rules::Literal> ComparedWith(const rules::ValueTest& test) {
  if (const auto* compare = std::get_if<rules::CompareTest>(&test)) return {&compare->literal, 1};
  const auto* in = std::get_if<rules::InTest>(&test);
  return in == nullptr ? std::span<const rules::Literal>() : in->literals;
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
  std::ranges::move(ComparedInVain(tenant, *rule), std::back_inserter(result.undeclared));
  return result;
}

std::vector<rules::RuleError> ComparedInVain(const TenantDefinitions& tenant, const rules::Rule& rule) {
  std::vector<rules::RuleError> found;
  rules::ForEachNode<const rules::Node>(rule.root.get(), [&](const rules::Node* node) {
    const auto* predicate = std::get_if<rules::ValuePredicate>(&node->kind);
    const auto* field = predicate == nullptr ? nullptr : std::get_if<rules::BuiltIn>(&predicate->field.name);
    if (field == nullptr) return;
    const std::vector<std::string> values = ValuesOf(*field, tenant);
    for (const rules::Literal& literal : ComparedWith(predicate->test)) {
      const auto* text = std::get_if<rules::Text>(&literal.value);
      if (values.empty() || text == nullptr || std::ranges::find(values, text->folded) != values.end()) continue;
      const std::optional<std::string> nearest = NearestName(text->folded, values);
      const bool has_place = literal.span.end > 0;  // those of a search have none
      found.push_back({has_place ? literal.span : predicate->field.span,
                       rules::Excerpt(predicate->field.spelling) + " is never " + rules::Excerpt(text->text),
                       nearest ? "did you mean " + rules::Excerpt(*nearest) + "?" : "it may be " + Join(values, ", ")});
    }
  });
  return found;
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
