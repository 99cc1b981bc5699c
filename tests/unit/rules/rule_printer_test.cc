#include <gtest/gtest.h>

#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>

#include "processor/base/text.h"
#include "processor/rules/language/parser.h"
#include "processor/rules/language/printer.h"
#include "tests/support/same_tree.h"

namespace leadpulse::rules::rule_printer_test {

Rule Parse(const std::string& source) {
  auto parsed = ParseRule(source);
  if (const auto* error = std::get_if<RuleError>(&parsed)) throw std::runtime_error(RenderRuleError(source, *error));
  return std::get<Rule>(std::move(parsed));
}

bool Same(const std::string& a, const std::string& b) { return SameTree(*Parse(a).root, *Parse(b).root); }

NodePtr Predicate(const std::string& attribute) {
  ValuePredicate predicate{Field{attribute, attribute, {}}, SetTest{}};
  return std::make_unique<Node>(Node{std::move(predicate), {}});
}

template <typename Kind, typename... Children>
NodePtr Chain(Children... children) {
  Kind kind;
  (kind.children.push_back(std::move(children)), ...);
  return std::make_unique<Node>(Node{std::move(kind), {}});
}

NodePtr Negated(NodePtr child) { return std::make_unique<Node>(Node{Not{std::move(child)}, {}}); }

std::string PrintNumberTest(const Number& number) {
  Literal literal;
  literal.value = number;
  const ValuePredicate predicate{Field{"a", "a", {}}, CompareTest{Compare::kEqual, literal}};
  return PrintNode(Node{predicate, {}});
}

TEST(RulePrinter, ParenthesizesWhatTheTreeNeeds) {
  EXPECT_EQ(PrintNode(*Chain<And>(Predicate("a"), Chain<Or>(Predicate("b"), Predicate("c")))),
            "a IS SET AND (b IS SET OR c IS SET)");
  EXPECT_EQ(PrintNode(*Chain<Or>(Predicate("a"), Chain<And>(Predicate("b"), Predicate("c")))),
            "a IS SET OR b IS SET AND c IS SET");
  EXPECT_EQ(PrintNode(*Chain<And>(Chain<And>(Predicate("a"), Predicate("b")), Predicate("c"))),
            "(a IS SET AND b IS SET) AND c IS SET");
  EXPECT_EQ(PrintNode(*Chain<Or>(Predicate("a"), Chain<Or>(Predicate("b"), Predicate("c")))),
            "a IS SET OR (b IS SET OR c IS SET)");
  EXPECT_EQ(PrintNode(*Negated(Chain<And>(Predicate("a"), Predicate("b")))), "NOT (a IS SET AND b IS SET)");
  EXPECT_EQ(PrintNode(*Chain<And>(Negated(Negated(Predicate("a"))), Predicate("b"))), "NOT NOT a IS SET AND b IS SET");
}

TEST(RulePrinter, BackquotesNamesThatTheLexerWouldReadOtherwise) {
  for (const char* name : {"in", "not", "anniversary", "did", "1st", "größe", "a+b", "-a", ""}) {
    EXPECT_EQ(PrintNode(*Predicate(name)), "`" + std::string(name) + "` IS SET");
  }
  for (const char* name : {"has", "has_tag", "in_list", "true", "today", "a.b-c", "_"}) {
    EXPECT_EQ(PrintNode(*Predicate(name)), std::string(name) + " IS SET");
  }
}

TEST(RulePrinter, NamesAttributesSoThatTheyAreFoundAgain) {
  for (const char* name : {"profile.score", "profile.lead_status", "profile.profile.x", "profile.tags", "city"}) {
    const std::string rule = std::string(name) + " IS SET";
    EXPECT_EQ(PrintNode(*Parse(rule).root), rule);
  }
  EXPECT_EQ(PrintNode(*Parse("Profile.City IS SET").root), "city IS SET");
}

TEST(RulePrinter, SpellsNumbersWithoutExponent) {
  EXPECT_EQ(PrintNumberTest(-5.5), "a = -5.5");
  EXPECT_EQ(PrintNumberTest(1e21), "a = 1000000000000000000000");
  EXPECT_EQ(PrintNumberTest(1e-7), "a = 0.0000001");
  EXPECT_EQ(PrintNumberTest(*Number::Parse("012345678901234567890123456789.50")),
            "a = 12345678901234567890123456789.5");
}

TEST(RulePrinter, SpellsTimeInTheLongestWholeUnit) {
  const auto print = [](int64_t seconds) {
    return PrintNode(
        Node{TimePredicate{Field{"a", "a", {}}, Age{Compare::kLess, Millis{seconds * 1000}, false}, false}, {}});
  };
  EXPECT_EQ(print(604'800), "a < 1 WEEK AGO");
  EXPECT_EQ(print(86'400 * 8), "a < 8 DAYS AGO");
  EXPECT_EQ(print(3'600 * 25), "a < 25 HOURS AGO");
  EXPECT_EQ(print(90 * 60), "a < 90 MINUTES AGO");
  EXPECT_EQ(print(61), "a < 61 SECONDS AGO");
  EXPECT_EQ(print(0), "a < 0 SECONDS AGO");
}

TEST(RulePrinter, PrintsSteps) {
  for (const char* source : {"open", "ANY visit \"a\\\"b\"", "MACHINE click CAMPAIGN \"c\" WHERE a = 1",
                             "custom STARTS WITH \"x\" WHERE (`in` IS SET AND `did` IS NOT \"y\")"}) {
    const auto parsed = ParseStep(source);
    ASSERT_TRUE(std::holds_alternative<Step>(parsed)) << source;
    EXPECT_EQ(PrintStep(std::get<Step>(parsed)), source);
  }
}

TEST(SameTree, SpansSpellingsAndChecksDoNotCount) {
  EXPECT_TRUE(Same("Lead Score > 5", "  `score`>5.0"));
  EXPECT_TRUE(Same("a < 7 days ago", "a < 1 week ago"));
  const Rule rule = Parse("IN SEGMENT \"x\"");
  const Rule checked = Parse("IN SEGMENT \"x\"");
  std::get<InSegment>(checked.root->kind).index = 3;
  EXPECT_TRUE(SameTree(*rule.root, *checked.root));
}

TEST(SameTree, EverythingElseCounts) {
  const std::pair<const char*, const char*> different[] = {
      {"a = 1", "b = 1"},
      {"a = 1", "a != 1"},
      {"a = 1", "a = 2"},
      {"a = 1", "a = \"1\""},
      {"a = \"x\"", "a = \"X\""},
      {"a = 1", "NOT a = 1"},
      {"a = 1 AND b = 1", "a = 1 OR b = 1"},
      {"a = 1 AND b = 1", "a = 1 AND b = 1 AND c = 1"},
      {"a = 1 AND b = 1 AND c = 1", "(a = 1 AND b = 1) AND c = 1"},
      {"a IS SET", "a IS NOT SET"},
      {"a IN (1)", "a NOT IN (1)"},
      {"IN LIST \"x\"", "IN LIST \"y\""},
      {"IN LIST \"x\"", "IN CAMPAIGN \"x\""},
      {"IN CAMPAIGN \"x\"", "IN CAMPAIGN \"y\""},
      {"a IN (1, 2)", "a IN (2, 1)"},
      {"a CONTAINS \"x\"", "a STARTS WITH \"x\""},
      {"a < 3 days ago", "a < 3 days from now"},
      {"a BETWEEN 1 AND 2", "a BETWEEN 1 AND 3"},
      {"a BEFORE TODAY", "a AFTER TODAY"},
      {"a BEFORE 1 DAYS AGO", "a BEFORE YESTERDAY"},
      {"a ON TODAY", "a NOT ON TODAY"},
      {"a IN THIS WEEK", "a IN LAST WEEK"},
      {"a ANNIVERSARY TODAY", "a ANNIVERSARY IN NEXT 0 DAYS"},
      {"DID open", "DID ANY open"},
      {"DID open", "DID open >= 1 TIMES"},
      {"DID open \"x\"", "DID open CONTAINS \"x\""},
      {"DID open CAMPAIGN \"x\"", "DID open"},
      {"DID open WHERE a = 1", "DID open WHERE b = 1"},
      {"DID open IN LAST 1 day", "DID open IN LAST 2 days"},
      {"DID open THEN click WITHIN 1 day", "DID open NOT THEN click WITHIN 1 day"},
      {"DID open THEN click WITHIN 1 day", "DID open THEN click WITHIN 1 day SAME MESSAGE"},
      {"HAS TAG \"x\"", "HAS CONSENT \"x\""},
      {"HAS WORDS \"x\"", "HAS WORDS \"y\""},
      {"IN SEGMENT \"x\"", "IN SEGMENT \"y\""},
  };
  for (const auto& [a, b] : different) {
    EXPECT_FALSE(Same(a, b)) << a << " / " << b;
    EXPECT_TRUE(Same(a, a)) << a;
    EXPECT_TRUE(Same(b, b)) << b;
  }
}

}  // namespace leadpulse::rules::rule_printer_test
