#include "processor/rules/language/rule_error.h"

#include <gtest/gtest.h>

#include <string>

namespace leadpulse::rules::rule_error_test {

RuleError At(uint32_t begin, std::string hint = {}) { return {{begin, begin + 1}, "no such thing", std::move(hint)}; }

TEST(RuleErrorTest, LocatesInLinesAndCodePoints) {
  const std::string source = "ä = 1\nb = 2";
  EXPECT_EQ(LocateOffset(source, 0).column, 1);
  EXPECT_EQ(LocateOffset(source, 2).column, 2);
  EXPECT_EQ(LocateOffset(source, 7).line, 2);
  EXPECT_EQ(LocateOffset(source, 7).column, 1);
  EXPECT_EQ(LocateOffset(source, 9999).column, 6);
}

TEST(RuleErrorTest, ShowsTheSpot) {
  EXPECT_EQ(RenderRuleError("a = x", At(4)), "line 1, column 5: no such thing\na = x\n    ^");
  EXPECT_EQ(RenderRuleError("a = x", At(4, "write y")), "line 1, column 5: no such thing (write y)\na = x\n    ^");
}

TEST(RuleErrorTest, CountsCodePointsAndKeepsTabs) {
  EXPECT_EQ(RenderRuleError("`Größe`\t= x", At(12)), "line 1, column 11: no such thing\n`Größe`\t= x\n       \t  ^");
}

TEST(RuleErrorTest, ShowsTheRightLine) {
  EXPECT_EQ(RenderRuleError("a = 1\r\nAND b = x\r\nAND c = 2", At(15)),
            "line 2, column 9: no such thing\nAND b = x\n        ^");
  EXPECT_EQ(RenderRuleError("a =\n", At(4)), "line 2, column 1: no such thing\n\n^");
}

TEST(RuleErrorTest, AnErrorAtTheEndStandsBehindTheText) {
  EXPECT_EQ(RenderRuleError("a =", At(3)), "line 1, column 4: no such thing\na =\n   ^");
}

TEST(RuleErrorTest, NothingInTheRuleSteersTheTerminal) {
  EXPECT_EQ(RenderRuleError("\x1B[2J x", At(5)), "line 1, column 6: no such thing\n\\u001b[2J x\n          ^");
  EXPECT_EQ(RenderRuleError("\xFF x", At(2)), "line 1, column 3: no such thing\n\uFFFD x\n  ^");
}

TEST(RuleErrorTest, ExcerptsAreShort) {
  EXPECT_EQ(Excerpt("open"), "\"open\"");
  EXPECT_EQ(Excerpt("a\nb"), "\"a\\nb\"");
  EXPECT_EQ(Excerpt(std::string(59, 'a') + "äx"), "\"" + std::string(59, 'a') + "…\"");
}

}  // namespace leadpulse::rules::rule_error_test
