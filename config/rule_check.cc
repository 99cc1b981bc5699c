#include "config/rule_check.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>
#include <variant>

#include "config/never_true.h"
#include "config/tenant_loader.h"
#include "processor/base/nearest.h"
#include "processor/base/text.h"
#include "processor/rules/language/field_names.h"
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

constexpr std::string_view kRule = "a rule such as 'Lead Score > 50'";
constexpr std::string_view kStep = "a step such as 'visit STARTS WITH \"/pricing\"'";

enum class Severity { kWarning, kError };

void Report(const YamlValue& value, const std::string& source, const rules::RuleError& error, Severity severity) {
  // The log drops the problem if it is full.
  if (severity == Severity::kError ? value.log().full() : value.log().warnings_full()) return;
  const auto report = severity == Severity::kError ? &ProblemLog::Error : &ProblemLog::Warning;
  (value.log().*report)(OffsetInRule(value, error.span.begin), value.path(), rules::MessageOf(error),
                        rules::RenderSpot(source, error));
}

// Reports the problems. Returns whether none of them is an error.
bool Report(const YamlValue& value, const std::string& source, const std::vector<rules::RuleError>& problems,
            Severity severity) {
  for (const rules::RuleError& problem : problems) Report(value, source, problem, severity);
  return problems.empty() || severity == Severity::kWarning;
}

// Reports all that was found in a rule or step. Returns whether it may be used.
template <typename Checked>
bool Report(const YamlValue& value, const std::string& source, const rules::CheckResult& result, const Checked& checked,
            const RuleScope& scope) {
  const bool is_right = Report(value, source, result.errors, Severity::kError);
  const bool is_declared =
      Report(value, source, result.undeclared, scope.tenant->strict_fields ? Severity::kError : Severity::kWarning);
  const std::vector<rules::RuleError> never = FindNeverTrue(*scope.tenant, checked);
  if (never.empty()) return is_right && is_declared;
  const bool may_hold =
      Report(value, source, never, scope.in_force->Has(checked) ? Severity::kWarning : Severity::kError);
  return is_right && is_declared && may_hold;
}

rules::Declarations DeclarationsOf(const RuleScope& scope, bool inside_score) {
  return {&scope.tenant->fields, &scope.tenant->event_properties, scope.segment_ids, &scope.tenant->calendar,
          inside_score,          &scope.tenant->topic_indexes};
}

// The declared names that the rule uses. Checked against only these, it has the same problems, but no hints.
struct NamedByRule {
  rules::DeclaredTypes fields;
  std::vector<std::string> segment_ids;
  size_t unknown_fields = 0;
  size_t unknown_segments = 0;
};

NamedByRule FindNamed(const rules::Rule& rule, const RuleScope& scope) {
  NamedByRule named;
  for (const std::string& attribute : rules::ReferencedAttributes(rule)) {
    const auto found = scope.tenant->fields.find(attribute);
    if (found != scope.tenant->fields.end()) {
      named.fields.insert(*found);
    } else if (attribute != "email") {  // always known
      ++named.unknown_fields;
    }
  }
  rules::ForEachNode<const rules::Node>(rule.root.get(), [&](const rules::Node* node) {
    const auto* reference = std::get_if<rules::InSegment>(&node->kind);
    if (reference == nullptr) return;
    if (std::binary_search(scope.segment_ids->begin(), scope.segment_ids->end(), reference->segment)) {
      named.segment_ids.push_back(reference->segment);
    } else {
      ++named.unknown_segments;
    }
  });
  std::sort(named.segment_ids.begin(), named.segment_ids.end());
  return named;
}

// Finds the fields that only searches may ask for.
std::vector<rules::RuleError> FindOfSearches(const rules::Rule& rule) {
  std::vector<rules::RuleError> found;
  rules::ForEachNode<const rules::Node>(rule.root.get(), [&found](const rules::Node* node) {
    const rules::Field* field = rules::FieldOf(*node);
    const auto* name = field == nullptr ? nullptr : std::get_if<std::string>(&field->name);
    if (name == nullptr || !rules::IsOfSearches(*name)) return;
    found.push_back({field->span,
                     rules::Excerpt(field->spelling) + " is for searches, not for rules of the definitions",
                     "every command changes it; ask for what the lead is or did"});
  });
  return found;
}

// Checks a rule. Every unknown name is compared with all known ones for "did you mean", while the log's budget lasts.
rules::CheckResult Check(const YamlValue& value, const RuleScope& scope, bool inside_score, rules::Rule* rule) {
  rules::Declarations declarations = DeclarationsOf(scope, inside_score);
  const NamedByRule named = FindNamed(*rule, scope);
  if (!value.log().SpendOnHints(named.unknown_fields * scope.tenant->fields.size())) {
    declarations.fields = &named.fields;
  }
  // A rule with an unknown segment is dropped, so its indexes, which fit only these ids, are never used.
  if (!value.log().SpendOnHints(named.unknown_segments * scope.segment_ids->size())) {
    declarations.segment_ids = &named.segment_ids;
  }
  rules::CheckResult result = rules::CheckRule(declarations, rule);
  std::ranges::move(FindOfSearches(*rule), std::back_inserter(result.errors));
  return result;
}

}  // namespace

rules::CheckResult CheckForTenant(const TenantDefinitions& tenant, rules::Rule* rule) {
  rules::CheckResult result = CheckSearchForTenant(tenant, rule);
  std::ranges::move(FindOfSearches(*rule), std::back_inserter(result.errors));
  return result;
}

rules::CheckResult CheckSearchForTenant(const TenantDefinitions& tenant, rules::Rule* rule) {
  std::vector<std::string> segment_ids;
  for (const Segment& segment : tenant.segments) segment_ids.push_back(segment.id);
  rules::CheckResult result =
      rules::CheckRule(DeclarationsOf({&tenant, &segment_ids, nullptr}, /*inside_score=*/false), rule);
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
  const std::vector<rules::RuleError> never = FindNeverTrue(tenant, rule);
  std::vector<RuleProblem>* const with_never =
      !never.empty() && RulesInForce(tenant).Has(rule) ? &checked.warnings : &checked.errors;
  for (const rules::RuleError& error : never) with_never->push_back(ProblemOf(text, error));
  checked.rule = rules::PrintNode(*rule.root);
  return checked;
}

// ---- Rules in a definitions file (tenant_loader.h) ----

uint32_t OffsetInRule(const YamlValue& value, uint32_t offset) {
  if (value.node().kind != YamlKind::kScalar) return value.offset();
  return value.log().source().OffsetInScalar(value.node(), offset);
}

std::optional<rules::Rule> LoadRule(const YamlValue& value, const RuleScope& scope, bool inside_score) {
  const std::optional<std::string> source = value.Text(kRule);
  if (!source || value.log().full()) return std::nullopt;
  std::variant<rules::Rule, rules::RuleError> parsed = rules::ParseRule(*source);
  if (const auto* error = std::get_if<rules::RuleError>(&parsed)) {
    Report(value, *source, *error, Severity::kError);
    return std::nullopt;
  }
  rules::Rule& rule = std::get<rules::Rule>(parsed);
  const rules::CheckResult result = Check(value, scope, inside_score, &rule);
  if (!Report(value, *source, result, rule, scope)) return std::nullopt;
  return std::move(rule);
}

std::optional<rules::Step> LoadStep(const YamlValue& value, const RuleScope& scope) {
  const std::optional<std::string> source = value.Text(kStep);
  if (!source || value.log().full()) return std::nullopt;
  std::variant<rules::Step, rules::RuleError> parsed = rules::ParseStep(*source);
  if (const auto* error = std::get_if<rules::RuleError>(&parsed)) {
    Report(value, *source, *error, Severity::kError);
    return std::nullopt;
  }
  rules::Step& step = std::get<rules::Step>(parsed);
  const rules::CheckResult result = rules::CheckStep(DeclarationsOf(scope, true), &step);
  if (!Report(value, *source, result, step, scope)) return std::nullopt;
  // A step keeps no source, so it must be possible to print it again.
  if (rules::PrintStep(step).size() > rules::kMaxRuleBytes) {
    return value.Refuse("the step is too long; written out it takes more than 16 KiB");
  }
  return std::move(step);
}

}  // namespace leadpulse::config
