// Every tree prints as text that parses to the same tree, and no text crashes the parser.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <string>
#include <string_view>
#include <variant>

#include "processor/rules/language/parser.h"
#include "processor/rules/language/printer.h"
#include "tests/property/rule_generators.h"
#include "tests/support/same_tree.h"

namespace leadpulse::rules::rule_printer_property_test {

void AssertPrintsAndParses(const Node& tree) {
  const std::string printed = PrintNode(tree);
  RC_LOG() << printed << "\n";
  if (printed.size() > kMaxRuleBytes) return;  // the normal form may be longer than the limit
  const auto parsed = ParseRule(printed);
  if (const auto* error = std::get_if<RuleError>(&parsed)) RC_FAIL(RenderRuleError(printed, *error));
  RC_ASSERT(SameTree(tree, *std::get<Rule>(parsed).root));
  RC_ASSERT(PrintNode(*std::get<Rule>(parsed).root) == printed);
}

void AssertParsesOrSaysWhere(std::string_view text) {
  const auto parsed = ParseRule(text);
  if (const auto* rule = std::get_if<Rule>(&parsed)) return AssertPrintsAndParses(*rule->root);
  const auto& error = std::get<RuleError>(parsed);
  RC_ASSERT(!error.message.empty());
  RC_ASSERT(error.span.begin <= error.span.end);
  RC_ASSERT(error.span.end <= text.size());
  RC_ASSERT(!RenderRuleError(text, error).empty());
}

// Deletes, repeats or replaces a few pieces.
std::string Mutate(std::string text) {
  for (int i = Draw(1, 4); i > 0 && !text.empty(); --i) {
    const auto at = static_cast<size_t>(Draw(0, static_cast<int>(text.size()) - 1));
    const auto length = static_cast<size_t>(Draw(1, 8));
    switch (Draw(0, 2)) {
      case 0:
        text.erase(at, length);
        break;
      case 1:
        text.insert(at, text.substr(at, length));
        break;
      default:
        text[at] = *rc::gen::arbitrary<char>();
    }
  }
  return text;
}

std::string DrawWords() {
  constexpr std::array<const char*, 44> kWords = {
      "DID",      "open",   "THEN",    "NOT",  "WITHIN",  "7",        "days",           "AGO",
      "FROM",     "NOW",    "IN",      "LAST", "(",       ")",        "\"x\"",          "`y z`",
      "=",        "<",      "BETWEEN", "AND",  "OR",      "ON",       "TODAY",          "WHERE",
      "CAMPAIGN", "custom", "TIMES",   "SAME", "MESSAGE", "-1.5",     "\"2026-01-01\"", "ANNIVERSARY",
      "NEXT",     "IS",     "SET",     "HAS",  "TAG",     "CONTAINS", "STARTS",         "WITH",
      ",",        "score",  "a",       "WEEK"};
  std::string text;
  for (int i = Draw(0, 25); i > 0; --i) text.append(DrawOf(kWords)).append(" ");
  return text;
}

RC_GTEST_PROP(RulePrinterProperty, TreesPrintAndParseToThemselves, ()) { AssertPrintsAndParses(*DrawNode(4)); }

RC_GTEST_PROP(RulePrinterProperty, StepsPrintAndParseToThemselves, ()) {
  const Step step = DrawStep();
  const std::string printed = PrintStep(step);
  RC_LOG() << printed << "\n";
  const auto parsed = ParseStep(printed);
  RC_ASSERT(std::holds_alternative<Step>(parsed));
  RC_ASSERT(SameStep(step, std::get<Step>(parsed)));
}

RC_GTEST_PROP(RuleParserProperty, MutatedRulesNeverCrash, ()) {
  AssertParsesOrSaysWhere(Mutate(PrintNode(*DrawNode(2))));
}

RC_GTEST_PROP(RuleParserProperty, RandomWordsNeverCrash, ()) { AssertParsesOrSaysWhere(DrawWords()); }

RC_GTEST_PROP(RuleParserProperty, RandomBytesNeverCrash, (const std::string& bytes)) { AssertParsesOrSaysWhere(bytes); }

}  // namespace leadpulse::rules::rule_printer_property_test
