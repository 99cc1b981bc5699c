#include "processor/serve/pages/filter_rule.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>
#include <variant>

#include "processor/base/text.h"
#include "processor/rules/language/ast.h"
#include "processor/rules/language/parser.h"
#include "processor/rules/language/printer.h"
#include "processor/rules/language/vocabulary.h"

namespace leadpulse::serve {
namespace {

constexpr std::string_view kUnsetTest = "IS NOT SET", kSetTest = "IS SET", kWordTest = "HAS WORDS", kNobody = "-";

bool IsNumberText(std::string_view text) { return Number::Parse(text).has_value(); }

// Returns a field's name between backquotes, which it cannot end.
std::string Backquoted(std::string_view name) {
  std::string quoted = "`";
  std::ranges::copy_if(name, std::back_inserter(quoted), [](char c) { return c != '`'; });
  return quoted + "`";
}

std::string AttributeCondition(std::string_view name, std::string_view test, std::string_view value,
                               LiteralKind literals) {
  if (std::ranges::find(kFilterTests, test) == kFilterTests.end()) test = kFilterTests.front();
  std::string condition = Backquoted(name) + " " + std::string(test);
  if (test == kSetTest || test == kUnsetTest) return condition;
  const bool compares = test == ">=" || test == "<=", has_type = literals == LiteralKind::kTyped;
  const bool is_truth = has_type && (value == "true" || value == "false");
  const bool is_plain = is_truth || ((compares || has_type) && IsNumberText(value));
  return condition + " " + (is_plain ? std::string(value) : rules::QuoteString(value));
}

std::string TextOf(const rules::Literal& literal) {
  if (const auto* truth = std::get_if<bool>(&literal.value)) return *truth ? "true" : "false";
  if (const auto* number = std::get_if<Number>(&literal.value)) return number->Plain();
  return std::get<rules::Text>(literal.value).text;
}

// A test as the panel spells it, with its value.
struct SpelledTest {
  std::string test;
  std::string value;
};
constexpr std::pair<rules::Compare, std::string_view> kCompares[] = {{rules::Compare::kEqual, "IS"},
                                                                     {rules::Compare::kNotEqual, "IS NOT"},
                                                                     {rules::Compare::kGreaterOrEqual, ">="},
                                                                     {rules::Compare::kLessOrEqual, "<="}};
struct TestSpeller {
  std::optional<SpelledTest> operator()(const rules::CompareTest& test) const {
    for (const auto& [op, spelling] : kCompares) {
      if (op == test.op) return SpelledTest{std::string(spelling), TextOf(test.literal)};
    }
    return std::nullopt;
  }
  std::optional<SpelledTest> operator()(const rules::SetTest& test) const {
    return SpelledTest{std::string(test.negated ? kUnsetTest : kSetTest), ""};
  }
  std::optional<SpelledTest> operator()(const rules::TextTest& test) const {
    return SpelledTest{std::string(rules::TextOperatorSpelling(test.op)), test.text.text};
  }
  std::optional<SpelledTest> operator()(const rules::InTest&) const { return std::nullopt; }
};

// Returns the conditions that an AND joins, or the only one.
std::vector<const rules::Node*> ConditionsOf(const rules::Node& root) {
  const auto* together = std::get_if<rules::And>(&root.kind);
  if (together == nullptr) return {&root};
  std::vector<const rules::Node*> conditions;
  for (const rules::NodePtr& condition : together->children) conditions.push_back(&*condition);
  return conditions;
}

// Returns the conditions in normal form, sorted.
std::vector<std::string> SortedConditions(const rules::Node& root) {
  std::vector<std::string> conditions;
  for (const rules::Node* condition : ConditionsOf(root)) conditions.push_back(rules::PrintNode(*condition));
  std::ranges::sort(conditions);
  return conditions;
}

// The fields that may make the condition. The caller compares their rule with it.
struct FieldsOfCondition {
  using Fields = std::vector<http::FormField>;

  Fields operator()(const rules::HasTag& condition) const { return {{"tag", condition.tag.text}}; }
  Fields operator()(const rules::InList& condition) const { return {{"list", condition.list.text}}; }
  Fields operator()(const rules::InCampaign& condition) const { return {{"campaign", condition.campaign.text}}; }
  Fields operator()(const rules::InSegment& condition) const { return {{"segment", condition.segment}}; }
  Fields operator()(const rules::ValuePredicate& condition) const {
    const std::optional<SpelledTest> spelled = std::visit(TestSpeller{}, condition.test);
    if (!spelled) return {};
    const auto* built_in = std::get_if<rules::BuiltIn>(&condition.field.name);
    const std::string name(built_in != nullptr ? rules::BuiltInName(*built_in)
                                               : std::get<std::string>(condition.field.name));
    if (name == "agent" && spelled->test == kUnsetTest) return {{name, std::string(kNobody)}};
    const bool has_own_field = name == "stage" || name == "tier" || name == "agent" || name == "sendable";
    if (has_own_field && spelled->test == "IS") return {{name, spelled->value}};
    if (name == "score" && spelled->test == ">=") return {{name, spelled->value}};
    return {{"attribute", name}, {"test", spelled->test}, {"value", spelled->value}};
  }
  Fields operator()(const rules::WordPredicate& condition) const {
    if (condition.negated) return {};
    return {{"attribute", std::get<std::string>(condition.field.name)},
            {"test", std::string(kWordTest)},
            {"value", condition.text}};
  }
  template <typename Other>
  Fields operator()(const Other&) const {
    return {};
  }
};

}  // namespace

std::optional<std::vector<http::FormField>> FilterFields(const std::string& rule) {
  if (rule.empty()) return std::vector<http::FormField>();
  const auto parsed = rules::ParseRule(rule);
  const auto* understood = std::get_if<rules::Rule>(&parsed);
  if (understood == nullptr) return std::nullopt;
  std::vector<http::FormField> fields;
  for (const rules::Node* condition : ConditionsOf(*understood->root)) {
    std::ranges::move(std::visit(FieldsOfCondition{}, condition->kind), std::back_inserter(fields));
  }
  for (const LiteralKind literals : {LiteralKind::kText, LiteralKind::kTyped}) {
    const auto again = rules::ParseRule(FilterRule(fields, literals));
    const auto* same = std::get_if<rules::Rule>(&again);
    // The conditions may be in any order.
    if (same != nullptr && SortedConditions(*same->root) == SortedConditions(*understood->root)) return fields;
  }
  return std::nullopt;
}

std::string FilterRule(const std::vector<http::FormField>& fields, LiteralKind literals) {
  const auto value = [&fields](std::string_view name) { return TrimAsciiSpace(http::LastOf(fields, name)); };
  std::vector<std::string> conditions;
  const auto add = [&](std::string_view name, std::string_view before) {
    if (!value(name).empty()) conditions.push_back(std::string(before) + rules::QuoteString(value(name)));
  };
  add("stage", "stage IS ");
  add("tier", "tier IS ");
  if (value("agent") == kNobody) {
    conditions.emplace_back("agent IS NOT SET");
  } else {
    add("agent", "agent IS ");
  }
  add("tag", "HAS TAG ");
  add("list", "IN LIST ");
  add("segment", "IN SEGMENT ");
  add("campaign", "IN CAMPAIGN ");
  const std::string_view score = value("score"), sendable = value("sendable");
  if (!score.empty())
    conditions.push_back("score >= " + (IsNumberText(score) ? std::string(score) : rules::QuoteString(score)));
  if (sendable == "true" || sendable == "false") conditions.push_back("sendable IS " + std::string(sendable));
  if (!value("attribute").empty()) {
    conditions.push_back(AttributeCondition(value("attribute"), value("test"), value("value"), literals));
  }
  return Join(conditions, " AND ");
}

}  // namespace leadpulse::serve
