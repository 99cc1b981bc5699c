#include "config/rule_check.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <span>
#include <utility>
#include <variant>

#include "config/tenant_loader.h"
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

// The most tiers whose names are compared with rules. With more, checking a hostile file would take long.
constexpr size_t kMostTiers = 20;

// Returns the values of a field that has few, as rules compare them. Empty: it may have any.
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

// Returns the literals of IS, IS NOT, IN and NOT IN.
std::span<const rules::Literal> ComparedWith(const rules::ValueTest& test) {
  if (const auto* compare = std::get_if<rules::CompareTest>(&test)) return {&compare->literal, 1};
  const auto* in = std::get_if<rules::InTest>(&test);
  return in == nullptr ? std::span<const rules::Literal>() : in->literals;
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

// Reports all errors and warnings. Returns whether there was no error.
bool Report(const YamlValue& value, const std::string& source, const rules::CheckResult& result, bool strict_fields) {
  for (const rules::RuleError& error : result.errors) Report(value, source, error, Severity::kError);
  for (const rules::RuleError& error : result.undeclared) {
    Report(value, source, error, strict_fields ? Severity::kError : Severity::kWarning);
  }
  return result.errors.empty() && (result.undeclared.empty() || !strict_fields);
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
  return rules::CheckRule(declarations, rule);
}

}  // namespace

rules::CheckResult CheckForTenant(const TenantDefinitions& tenant, rules::Rule* rule) {
  std::vector<std::string> segment_ids;
  for (const Segment& segment : tenant.segments) segment_ids.push_back(segment.id);
  rules::CheckResult result = rules::CheckRule(DeclarationsOf({&tenant, &segment_ids}, /*inside_score=*/false), rule);
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
      const bool has_place = literal.span.end > 0;  // literals of a search have none
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
  if (!Report(value, *source, result, scope.tenant->strict_fields)) return std::nullopt;
  for (const rules::RuleError& warning : ComparedInVain(*scope.tenant, rule))
    Report(value, *source, warning, Severity::kWarning);
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
  if (!Report(value, *source, result, scope.tenant->strict_fields)) return std::nullopt;
  // A step keeps no source, so it must be possible to print it again.
  if (rules::PrintStep(step).size() > rules::kMaxRuleBytes) {
    return value.Refuse("the step is too long; written out it takes more than 16 KiB");
  }
  return std::move(step);
}

}  // namespace leadpulse::config
