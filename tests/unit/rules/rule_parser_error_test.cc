// Rules that the grammar refuses, with positions and messages.
#include <gtest/gtest.h>

#include <string>
#include <variant>

#include "processor/rules/language/parser.h"

namespace leadpulse::rules::rule_parser_error_test {

using testing::TestWithParam;
using testing::ValuesIn;

struct Refused {
  const char* source;
  int column;
  const char* message;
  const char* hint;  // a part of it; empty: any
};

void ExpectRefused(const std::variant<Rule, RuleError>& parsed, const Refused& expected) {
  const auto* error = std::get_if<RuleError>(&parsed);
  ASSERT_NE(error, nullptr) << expected.source;
  EXPECT_EQ(LocateOffset(expected.source, error->span.begin).column, expected.column) << expected.source;
  EXPECT_LE(error->span.begin, error->span.end);
  EXPECT_EQ(error->message, expected.message) << expected.source;
  EXPECT_NE(error->hint.find(expected.hint), std::string::npos) << expected.source << "\n" << error->hint;
}

class RefusedRule : public TestWithParam<Refused> {};

TEST_P(RefusedRule, SaysWhereAndWhy) { ExpectRefused(ParseRule(GetParam().source), GetParam()); }

constexpr Refused kText[] = {
    {"created BEFORE 5 fortnights", 18, "\"fortnights\" is no unit of time", "units are seconds"},
    {"a = null", 5, "a value is expected here, not \"null\"", "write IS SET or IS NOT SET"},
    {"a IN (none)", 7, "a value is expected here, not \"none\"", "write IS SET or IS NOT SET"},
    {"DID open WHERE total ON TODAY", 22, "a test of the property \"total\" is expected here, not \"ON\"",
     "properties take ="},
    {"", 1, "the rule is empty", "lead_score > 50"},
    {" \t ", 1, "the rule is empty", ""},
    {"a = \"x", 5, "the value that begins here is never closed", "put a \" at its end"},
    {"a = \"x\\", 5, "the value that begins here is never closed", ""},
    {"a = \"x\\n\"", 7, "a backslash stands only before \" and \\ in a value", "\\\\"},
    {"`a = 1", 1, "the name that begins here is never closed", "put a ` at its end"},
    {"`` = 1", 1, "a name between backquotes is empty", ""},
    {"` \t` = 1", 1, "a name between backquotes is empty", ""},
    {"a = 5.", 5, "a number ends with a dot", ""},
    {"a = .5", 5, "a dot stands alone", "0.5"},
    {"a = - 5", 5, "a minus stands alone", "directly before the digits"},
    {"a = 1e3", 5, "a number has no exponent", "in full"},
    {"a = 1E-3", 5, "a number has no exponent", ""},
    {"a == 1", 3, "\"==\" is no comparison", "write one ="},
    {"a <> 1", 3, "\"<>\" is no comparison", "write !="},
    {"a => 1", 3, "\"=>\" is no comparison", "write >="},
    {"a ≥ 1", 3, "\"≥\" is no comparison", "write >="},
    {"a = 1 && b = 2", 7, "\"&&\" is no word of a rule", "write AND"},
    {"a = 1 || b = 2", 7, "\"||\" is no word of a rule", "write OR"},
    {"! a = 1", 1, "\"!\" stands alone", "NOT"},
    {"a IS 'x'", 6, "a single quote does not begin a value", "double quotes"},
    {"a IS “x”", 6, "a typographic quote does not begin a value", "double quotes"},
    {"a IS „x“", 6, "a typographic quote does not begin a value", "double quotes"},
    {"a > −5", 5, "a typographic minus does not begin a number", "plain minus"},
    {"a\u00A0= 1", 2, "a no-break space stands here", "plain space"},
    {"Größe = 1", 3, "\"ö\" cannot stand outside quotes", "between backquotes"},
    {"a = 5%", 6, "\"%\" cannot stand outside quotes", ""},
    {"a = \"\xFF\"", 6, "the text is not UTF-8 here", "UTF-8"},
    {"ä\xC3", 2, "the text is not UTF-8 here", ""},
};
constexpr Refused kChains[] = {
    {"a = 1 b = 2", 7, "AND or OR is missing before \"b\"", "join conditions"},
    {"a = 1 `b` = 2", 7, "AND or OR is missing before \"`b`\"", "join conditions"},
    {"a = 1 (b = 2)", 7, "AND or OR is missing before \"(\"", "join conditions"},
    {"a = 1 IS SET", 7, "AND or OR is missing before \"IS\"", "repeat its name"},
    {"a = 1, b = 2", 6, "AND, OR or the end of the rule is expected here, not \",\"", "AND or OR"},
    {"a = 1)", 6, "AND, OR or the end of the rule is expected here, not \")\"", "no \"(\" is open"},
    {"a = \"x\" \"y\"", 9, "AND, OR or the end of the rule is expected here, not the text \"y\"", ""},
    {"(a = 1", 7, "\")\" is expected here, not the end of the rule", "the \"(\" at column 1 is never closed"},
    {"(a = 1 b = 2)", 8, "AND or OR is missing before \"b\"", ""},
    {"a = 1 AND", 10, "a condition is expected here, not the end of the rule", ""},
    {"OR a = 1", 1, "a condition is expected here, not \"OR\"", "backquotes"},
    {"()", 2, "a condition is expected here, not \")\"", ""},
    {"NOT", 4, "a condition is expected here, not the end of the rule", ""},
    {"\"x\" = a", 1, "a condition is expected here, not the text \"x\"", "the field comes first"},
};
constexpr Refused kTests[] = {
    {"a", 2, "a test of the field \"a\" is expected here, not the end of the rule", ""},
    {"a \"x\"", 3, "a test of the field \"a\" is expected here, not the text \"x\"", "IS or ="},
    {"a (\"x\")", 3, "a test of the field \"a\" is expected here, not \"(\"", "IN"},
    {"ON = 1", 1, "a condition is expected here, not \"ON\"", "backquotes"},
    {"Sign On = 1", 9, "a day is expected here, not \"=\"", ""},
    {"a IS Technology", 6, "a value is expected here, not \"Technology\"", "write \"Technology\" in double quotes"},
    {"a = New York AND b = 1", 5, "a value is expected here, not \"New\"", "write \"New York\" in double quotes"},
    {"a IN (x)", 7, "a value is expected here, not \"x\"", "write \"x\" in double quotes"},
    {"a = `b`", 5, "a value is expected here, not \"`b`\"", "text stands in double quotes"},
    {"a = TODAY", 5, "a value is expected here, not \"TODAY\"", "ON TODAY"},
    {"a IS NOT TODAY", 10, "a value or SET is expected here, not \"TODAY\"", "NOT ON TODAY"},
    {"a IS NULL", 6, "a value or SET is expected here, not \"NULL\"", "write IS NOT SET"},
    {"a IS NOT empty", 10, "a value or SET is expected here, not \"empty\"", "write IS SET"},
    {"a IS NOT IN (1)", 10, "a value or SET is expected here, not \"IN\"", "leave IS out"},
    {"a IS > 5", 6, "a value or SET is expected here, not \">\"", "leave IS out"},
    {"a < < 5", 5, "a value is expected here, not \"<\"", "two comparisons"},
    {"a < \"x\"", 5, "< cannot compare with the text \"x\"", "dates"},
    {"a >= \"50\"", 6, ">= cannot compare with the text \"50\"", "without quotes: 50"},
    {"a > true", 5, "> cannot compare with true or false", "use = or !="},
    {"a = 2026-03-10", 5, "a date stands in double quotes", "\"2026-03-10\""},
    {"a IN \"x\"", 6, "a list in parentheses or a period is expected here, not the text \"x\"", "IN (\"a\", \"b\")"},
    {"a IN ()", 7, "a value is expected here, not \")\"", ""},
    {"a IN (1,)", 9, "a value is expected here, not \")\"", ""},
    {"a IN (1 2)", 9, "a comma or \")\" is expected here, not \"2\"", "commas"},
    {"a CONTAINS 5", 12, "a text in double quotes is expected here, not \"5\"", "double quotes"},
    {"a STARTS \"x\"", 10, "WITH is expected here, not the text \"x\"", "STARTS WITH"},
    {"a NOT < 3", 3, "NOT here takes IN, ON, BETWEEN, CONTAINS, STARTS WITH, ENDS WITH or HAS WORDS \"…\"",
     "before the whole condition"},
    {"a NOT = 3", 3, "NOT here takes IN, ON, BETWEEN, CONTAINS, STARTS WITH, ENDS WITH or HAS WORDS \"…\"", "!="},
    {"a NOT SET", 3, "NOT here takes IN, ON, BETWEEN, CONTAINS, STARTS WITH, ENDS WITH or HAS WORDS \"…\"", "IS NOT"},
    {"a NOT BEFORE TODAY", 3, "NOT here takes IN, ON, BETWEEN, CONTAINS, STARTS WITH, ENDS WITH or HAS WORDS \"…\"",
     "NOT field"},
};
constexpr Refused kTimes[] = {
    {"a < 30 days", 12, "AGO or FROM NOW is expected here, not the end of the rule",
     "write 30 days AGO for the past, 30 days FROM NOW for the future"},
    {"a < 30 days FROM x", 13, "AGO or FROM NOW is expected here, not \"FROM\"", ""},
    {"a = 30 days AGO", 8, "a length of time cannot be compared here", "<, <=, > or >="},
    {"a < 1.5 days AGO", 5, "a length of time is a whole number, not below 0", ""},
    {"a < 36501 days AGO", 5, "a length of time cannot be more than 36,500 days", ""},
    {"a < 1234567890 days AGO", 5, "a length of time has at most 9 digits", ""},
    {"a < 3 months AGO", 7, "\"months\" is no unit of time", "30 days"},
    {"a < 3 dyas AGO", 7, "\"dyas\" is no unit of time", "did you mean \"days\"?"},
    {"a AFTER 5", 9, "an instant is expected here, not \"5\"", "AGO"},
    {"a AFTER 2026-03-10", 9, "a date stands in double quotes", "\"2026-03-10\""},
    {"a AFTER \"x\"", 9, "\"x\" is no date", "2026-03-10"},
    {"a AFTER 3 days", 15, "AGO or FROM NOW is expected here, not the end of the rule", ""},
    {"a BETWEEN 1 AND 5 days AGO", 17, "BETWEEN cannot mix a number and an instant", "both"},
    {"a BETWEEN TODAY AND 5", 21, "BETWEEN cannot mix an instant and a number", "both"},
    {"a BETWEEN 1 5", 13, "AND is expected here, not \"5\"", ""},
    {"a ON \"2026-03-10T00:00:00Z\"", 6, "ON takes a whole day, not an instant", "leave the time out"},
    {"a ON \"x\"", 6, "\"x\" is no day", ""},
    {"a ON 3 weeks AGO", 8, "DAYS is expected here, not \"weeks\"", "5 DAYS"},
    {"a ON 36501 DAYS AGO", 6, "a day cannot be more than 36,500 days away", ""},
    {"a IN LAST 30 DAYS", 6, "a field takes no IN LAST with a length of time", "< 30 days AGO"},
    {"a IN THIS DAY", 11, "WEEK, MONTH, QUARTER or YEAR is expected here, not \"DAY\"", "ON TODAY"},
    {"a ANNIVERSARY", 14, "TODAY or IN NEXT is expected here, not the end of the rule", "IN NEXT 7 DAYS"},
    {"a ANNIVERSARY IN NEXT 40000 DAYS", 23, "a day cannot be more than 36,500 days away", ""},
};
constexpr Refused kDid[] = {
    {"DID", 4, "an action is expected here, not the end of the rule", "send, deliver, open"},
    {"DID = 1", 5, "an action is expected here, not \"=\"", ""},
    {"DID opened", 5, "unknown action \"opened\"", "did you mean \"open\"? actions are send, deliver"},
    {"DID visited", 5, "unknown action \"visited\"", "did you mean \"visit\"?"},
    {"DID sent", 5, "unknown action \"sent\"", "did you mean \"send\"?"},
    {"DID clikc", 5, "unknown action \"clikc\"", "did you mean \"click\"?"},
    {"DID bought", 5, "unknown action \"bought\"", "did you mean custom \"…\"?"},
    {"DID NOT open", 5, "an action is expected here, not \"NOT\"", "NOT DID"},
    {"DID visit pricing", 11, "AND or OR is missing before \"pricing\"", "double quotes"},
    {"DID visit \"\"", 11, "a name cannot be empty", ""},
    {"DID visit CONTAINS \"\"", 20, "a name cannot be empty", ""},
    {"DID custom WHERE total = 5", 12, "the name of the custom event is expected here, not \"WHERE\"",
     "custom \"order\""},
    {"DID open CAMPAIGN spring", 19, "a campaign in double quotes is expected here, not \"spring\"", "\"spring\""},
    {"DID open CAMPAIGN \"\"", 19, "a campaign cannot be empty", ""},
    {"DID open 3 TIMES", 10, "a comparison is expected here, not \"3\"", "= 3 TIMES"},
    {"DID open >= 3", 14, "TIMES is expected here, not the end of the rule", ">= 3 TIMES"},
    {"DID open = 1", 13, "TIMES is expected here, not the end of the rule", "= 1 TIME"},
    {"DID open = 1 TIMER", 14, "TIMES is expected here, not \"TIMER\"", "= 1 TIME"},
    {"DID open >= -3 TIMES", 13, "a number of times is a whole number, not below 0", ""},
    {"DID open >= 1234567890 TIMES", 13, "a number of times has at most 9 digits", ""},
    {"DID open IN LAST 30", 20, "a unit of time is expected here, not the end of the rule", "days"},
    {"DID open IN LAST 30 DAYS AGO", 26, "AGO has no place after IN LAST", "leave AGO out"},
    {"DID open IN LIST \"x\"", 13, "AND or OR is missing before IN", ""},
    {"DID open IN CAMPAIGN \"x\"", 13, "IN CAMPAIGN is a condition of its own", "leave IN out"},
    {"DID open AFTER TODAY BEFORE TOMORROW", 22, "an event takes only one window of time", "BETWEEN"},
    {"DID open IN LAST WEEK = 3 TIMES", 23, "the number of times stands before the window", ""},
    {"DID open WHERE", 15, "the name of a property is expected here, not the end of the rule", "WHERE total"},
    {"DID open WHERE `` = 1", 16, "a name between backquotes is empty", ""},
    {"DID open WHERE Order Total > 5", 22, "a test of the property \"Order\" is expected here, not \"Total\"",
     "backquotes"},
    {"DID open WHERE NOT a = 5", 16, "NOT cannot stand before the test of a property", "!="},
    {"DID open WHERE a < 3 days AGO", 22, "a length of time cannot be compared here", ""},
    {"DID open WHERE (a = 1 OR b = 2)", 23, "AND or \")\" is expected here, not \"OR\"", "DID … OR DID …"},
    {"DID open THEN click", 20, "WITHIN is expected here, not the end of the rule", "WITHIN 7 DAYS"},
    {"DID open THEN DID click WITHIN 1 day", 15, "DID stands only before the first step", "leave DID out"},
    {"DID open NOT click", 10, "AND or OR is missing before \"NOT\"", ""},
    {"DID open THEN click WITHIN 1 day SAME lead", 39, "MESSAGE or CAMPAIGN is expected here, not \"lead\"", ""},
    {"DID open IN LAST WEEK THEN click WITHIN 1 day", 23, "THEN follows the first step directly", "at the end"},
    {"DID open = 2 TIMES THEN click WITHIN 1 day", 20, "THEN follows the first step directly", ""},
    {"DID open THEN click WITHIN 36501 days", 28, "a length of time cannot be more than 36,500 days", ""},
};
constexpr Refused kMemberships[] = {
    {"HAS TAG vip", 9, "a tag in double quotes is expected here, not \"vip\"", "\"vip\""},
    {"HAS TAG \"\"", 9, "a tag cannot be empty", ""},
    {"HAS CONSENT", 12, "a purpose in double quotes is expected here, not the end of the rule", ""},
    {"HAS CONSENT \"\"", 13, "a purpose cannot be empty", ""},
    {"HAS WORDS \"\"", 11, "there is no word to look for", "a letter or a digit"},
    {"HAS WORDS \"& 🙂\"", 11, "there is no word to look for", "a letter or a digit"},
    {"a HAS WORDS \"&\"", 13, "there is no word to look for", "a letter or a digit"},
    {"a b NOT HAS WORDS \"\"", 19, "there is no word to look for", "a letter or a digit"},
    {"lead tier HAS WORDS \"x\" OR tier HAS WORDS \"x\"", 28, "HAS WORDS asks for an attribute, and \"tier\" is none",
     "IS or CONTAINS; an attribute of that name is profile.tier"},
    {"a HAS WORDS x", 14, "a test of the field \"a HAS WORDS x\" is expected here, not the end of the rule",
     "HAS WORDS \"…\""},
    {"DID visit WHERE a HAS WORDS \"x\"", 19, "a test of the property \"a\" is expected here, not \"HAS\"", ""},
    {"SENDABLE FOR", 13, "a topic in double quotes is expected here, not the end of the rule", ""},
    {"SENDABLE FOR \"\"", 14, "a topic cannot be empty", ""},
    {"IN LIST 5", 9, "a list in double quotes is expected here, not \"5\"", ""},
    {"IN LIST \"\"", 9, "a list cannot be empty", ""},
    {"IN CAMPAIGN \"\"", 13, "a campaign cannot be empty", ""},
    {"IN SEGMENT \"\"", 12, "a segment cannot be empty", ""},
    {"IN (\"x\")", 4, "LIST, CAMPAIGN or SEGMENT is expected here, not \"(\"", "field's name"},
};
INSTANTIATE_TEST_SUITE_P(Text, RefusedRule, ValuesIn(kText));
INSTANTIATE_TEST_SUITE_P(Chains, RefusedRule, ValuesIn(kChains));
INSTANTIATE_TEST_SUITE_P(Tests, RefusedRule, ValuesIn(kTests));
INSTANTIATE_TEST_SUITE_P(Times, RefusedRule, ValuesIn(kTimes));
INSTANTIATE_TEST_SUITE_P(Did, RefusedRule, ValuesIn(kDid));
INSTANTIATE_TEST_SUITE_P(Memberships, RefusedRule, ValuesIn(kMemberships));

TEST(RuleParserLimits, SixtyFiveLevelsAreRefused) {
  const char* message = "parentheses and NOT are nested more than 64 deep";
  const std::string open(kMaxNesting, '(');
  const std::string parentheses = open + "(a = 1)" + std::string(kMaxNesting, ')');
  ExpectRefused(ParseRule(parentheses), {parentheses.c_str(), 65, message, "IN SEGMENT"});
  const std::string negated = open + "NOT a = 1" + std::string(kMaxNesting, ')');
  ExpectRefused(ParseRule(negated), {negated.c_str(), 65, message, "IN SEGMENT"});
}

TEST(RuleParserLimits, EndlessNestingIsRefusedWithoutRecursion) {
  for (const char* piece : {"(", "NOT ", "(NOT ", "a IN (", "a = 1 AND (", "DID open WHERE ("}) {
    std::string source;
    while (source.size() + 16 < kMaxRuleBytes) source += piece;
    EXPECT_TRUE(std::holds_alternative<RuleError>(ParseRule(source))) << piece;
  }
}

TEST(RuleParserLimits, MoreThanSixteenKibibytesAreRefused) {
  const std::string source = "a = 1" + std::string(kMaxRuleBytes - 4, ' ');
  ExpectRefused(ParseRule(source), {source.c_str(), 16385, "the rule is longer than 16384 bytes", "IN SEGMENT"});
}

TEST(RuleParserLimits, NumbersOutOfBoundsAreRefused) {
  const std::string source = "a = " + std::string(41, '9');
  ExpectRefused(
      ParseRule(source),
      {source.c_str(), 5, "a number has at most 40 digits before the point and 20 behind it", "leave out digits"});
}

TEST(StepParserErrors, TheWholeTextIsAStep) {
  const auto message = [](const char* source) {
    const auto parsed = ParseStep(source);
    const auto* error = std::get_if<RuleError>(&parsed);
    return error == nullptr ? "accepted" : error->message;
  };
  EXPECT_EQ(message(""), "the step is empty");
  EXPECT_EQ(message("open IN LAST 30 DAYS"), "the end of the step is expected here, not \"IN\"");
  EXPECT_EQ(message("open >= 3 TIMES"), "the end of the step is expected here, not \">=\"");
  EXPECT_EQ(message("DID open"), "unknown action \"DID\"");
  EXPECT_EQ(message("custom"), "the name of the custom event is expected here, not the end of the rule");
  EXPECT_EQ(message("open \"x"), "the value that begins here is never closed");
}

}  // namespace leadpulse::rules::rule_parser_error_test
