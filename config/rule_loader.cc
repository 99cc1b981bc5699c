#include "config/rule_loader.h"

#include <utility>
#include <variant>

#include "processor/rules/parser.h"
#include "processor/rules/printer.h"
#include "processor/rules/rule_error.h"

namespace leadpulse::config {
namespace {

constexpr std::string_view kRule = "a rule such as 'Lead Score > 50'";
constexpr std::string_view kStep = "a step such as 'visit STARTS WITH \"/pricing\"'";

enum class Severity { kWarning, kError };

// The source line and the caret under the spot; the sentence above them is the problem's own message.
std::string SourceLineWithCaret(const std::string& source, const rules::RuleError& error) {
  std::string rendered = rules::RenderRuleError(source, error);
  const size_t first_line = rendered.find('\n');
  rendered.erase(0, first_line == std::string::npos ? rendered.size() : first_line + 1);
  while (!rendered.empty() && rendered.back() == '\n') rendered.pop_back();
  return rendered;
}

void Report(const YamlValue& value, const std::string& source, const rules::RuleError& error, Severity severity) {
  if (severity == Severity::kError && value.log().full()) return;
  const uint32_t offset = OffsetInRule(value, error.span.begin);
  std::string message = error.message + (error.hint.empty() ? "" : " (" + error.hint + ")");
  if (severity == Severity::kError) {
    value.log().Error(offset, value.path(), std::move(message), SourceLineWithCaret(source, error));
  } else {
    value.log().Warning(offset, value.path(), std::move(message), SourceLineWithCaret(source, error));
  }
}

// Whether there was no error.
bool Report(const YamlValue& value, const std::string& source, const rules::CheckResult& result, bool strict_fields) {
  for (const rules::RuleError& error : result.errors) Report(value, source, error, Severity::kError);
  for (const rules::RuleError& error : result.undeclared) {
    Report(value, source, error, strict_fields ? Severity::kError : Severity::kWarning);
  }
  return result.errors.empty() && (result.undeclared.empty() || !strict_fields);
}

rules::Declarations DeclarationsOf(const RuleScope& scope, bool inside_score) {
  return {&scope.tenant->fields, &scope.tenant->event_properties, scope.segment_ids, &scope.tenant->calendar,
          inside_score};
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
  const rules::CheckResult result = rules::CheckRule(DeclarationsOf(scope, inside_score), &rule);
  if (!Report(value, *source, result, scope.tenant->strict_fields)) return std::nullopt;
  return std::move(rule);
}

}  // namespace

uint32_t OffsetInRule(const YamlValue& value, uint32_t offset) {
  if (value.node().kind != YamlKind::kScalar) return value.offset();
  return value.log().source().OffsetInScalar(value.node(), offset);
}

std::optional<rules::Rule> LoadSegmentRule(const YamlValue& value, const RuleScope& scope) {
  return LoadRule(value, scope, false);
}

std::optional<rules::Rule> LoadRuleInsideScore(const YamlValue& value, const RuleScope& scope) {
  return LoadRule(value, scope, true);
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
  // A step keeps no source, so it must be possible to write it out again.
  if (rules::PrintStep(step).size() > rules::kMaxRuleBytes) {
    value.Error("the step is too long; written out it takes more than 16 KiB");
    return std::nullopt;
  }
  return std::move(step);
}

}  // namespace leadpulse::config
