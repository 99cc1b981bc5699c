// Rules that the grammar accepts, and their trees. rule_parser_error_test.cc has those that it refuses.
#include <gtest/gtest.h>

#include <string>
#include <variant>

#include "processor/rules/language/parser.h"
#include "processor/rules/language/printer.h"

namespace leadpulse::rules::rule_parser_test {

constexpr Millis kDay{86'400'000};

Rule Parse(const std::string& source) {
  auto parsed = ParseRule(source);
  if (const auto* error = std::get_if<RuleError>(&parsed)) {
    ADD_FAILURE() << RenderRuleError(source, *error);
    return Rule{source, std::make_unique<Node>(Node{InSegment{"refused", {}}, {}})};
  }
  return std::get<Rule>(std::move(parsed));
}

// Parses a rule and returns the root's kind.
template <typename Kind>
Kind ParseAs(const std::string& source) {
  Rule rule = Parse(source);
  auto* kind = std::get_if<Kind>(&rule.root->kind);
  EXPECT_NE(kind, nullptr) << source;
  return kind == nullptr ? Kind{} : std::move(*kind);
}

Step StepOf(const std::string& source) {
  auto parsed = ParseStep(source);
  if (const auto* error = std::get_if<RuleError>(&parsed)) ADD_FAILURE() << RenderRuleError(source, *error);
  return std::holds_alternative<Step>(parsed) ? std::get<Step>(std::move(parsed)) : Step{};
}

struct Accepted {
  const char* source;
  const char* normal_form;
};

class AcceptedRule : public testing::TestWithParam<Accepted> {};

TEST_P(AcceptedRule, HasTheNormalForm) { EXPECT_EQ(PrintNode(*Parse(GetParam().source).root), GetParam().normal_form); }

constexpr Accepted kRules[] = {
    {"a=1 OR b=2 OR c=3", "a = 1 OR b = 2 OR c = 3"},
    {"a=1 and b=2 or c=3", "a = 1 AND b = 2 OR c = 3"},
    {"a=1 AND (b=2 OR c=3)", "a = 1 AND (b = 2 OR c = 3)"},
    {"(a=1 AND b=2) OR c=3", "a = 1 AND b = 2 OR c = 3"},
    {"not a=1 and Not (b=2)", "NOT a = 1 AND NOT b = 2"},
    {"NOT (a=1 AND b=2)", "NOT (a = 1 AND b = 2)"},
    {"NOT NOT a IS SET", "NOT NOT a IS SET"},
    {"((a IS SET))", "a IS SET"},
    {"\t a\n=\v1 \f\r", "a = 1"},
    {"a=1AND b=2", "a = 1 AND b = 2"},
};
constexpr Accepted kTests[] = {
    {"a = \"x\"", "a IS \"x\""},
    {"a != \"x\"", "a IS NOT \"x\""},
    {"a = -5.50", "a = -5.5"},
    {"a IS 007", "a = 7"},
    {"a is not True", "a IS NOT true"},
    {"a = FALSE", "a IS false"},
    {"a = \"\"", "a IS \"\""},
    {"a = \"say \\\"hi\\\" \\\\o/\"", "a IS \"say \\\"hi\\\" \\\\o/\""},
    {"a < 3 and a<=3 and a > 3 and a>=-3", "a < 3 AND a <= 3 AND a > 3 AND a >= -3"},
    {"a < \"2026-03-10\" OR a >= \"2026-03-10T09:30:00+01:00\"",
     "a < \"2026-03-10\" OR a >= \"2026-03-10T09:30:00+01:00\""},
    {"a is set or b is not SET", "a IS SET OR b IS NOT SET"},
    {"a in (\"x\",5 , true) and b not in (1)", "a IN (\"x\", 5, true) AND b NOT IN (1)"},
    {"a contains \"x\" and a not contains \"\"", "a CONTAINS \"x\" AND a NOT CONTAINS \"\""},
    {"a starts with \"x\" and a not starts with \"x\"", "a STARTS WITH \"x\" AND a NOT STARTS WITH \"x\""},
    {"a ends with \"x\" and a not ends with \"x\"", "a ENDS WITH \"x\" AND a NOT ENDS WITH \"x\""},
};
constexpr Accepted kTimes[] = {
    {"a < 30 days ago and a <= 1 hour from now", "a < 30 DAYS AGO AND a <= 1 HOUR FROM NOW"},
    {"a > 90 Minute AGO and a >= 120 seconds ago", "a > 90 MINUTES AGO AND a >= 2 MINUTES AGO"},
    {"a < 14days ago", "a < 2 WEEKS AGO"},
    {"a < 36500 days ago", "a < 36500 DAYS AGO"},
    {"a < 0 weeks ago", "a < 0 SECONDS AGO"},
    {"a before \"2026-03-10\" and a after today", "a BEFORE \"2026-03-10\" AND a AFTER TODAY"},
    {"a before 3 hours ago or a after 5 days from now", "a BEFORE 3 HOURS AGO OR a AFTER 5 DAYS FROM NOW"},
    {"a between 1 and 5 and b = 2", "a BETWEEN 1 AND 5 AND b = 2"},
    {"a not between 5 and -1.5", "a NOT BETWEEN 5 AND -1.5"},
    {"a between yesterday and tomorrow", "a BETWEEN YESTERDAY AND TOMORROW"},
    {"a not between 5 days ago and \"2026-03-10T00:00:00Z\"", "a NOT BETWEEN 5 DAYS AGO AND \"2026-03-10T00:00:00Z\""},
    {"a on today and a not on \"2026-02-28\"", "a ON TODAY AND a NOT ON \"2026-02-28\""},
    {"a on 5 days ago or a on 36500 days from now", "a ON 5 DAYS AGO OR a ON 36500 DAYS FROM NOW"},
    {"a on 1 days ago or a on 0 days from now", "a ON YESTERDAY OR a ON TODAY"},
    {"a on 1 day ago or a ON 1 DAY FROM NOW", "a ON YESTERDAY OR a ON TOMORROW"},
    {"a on 5 day ago", "a ON 5 DAYS AGO"},
    {"a anniversary in next 1 day or a anniversary in next 1 days",
     "a ANNIVERSARY IN NEXT 1 DAY OR a ANNIVERSARY IN NEXT 1 DAY"},
    {"a in this week or a in last month", "a IN THIS WEEK OR a IN LAST MONTH"},
    {"a not in next quarter or a in last year", "a NOT IN NEXT QUARTER OR a IN LAST YEAR"},
    {"a anniversary today or a anniversary in next 7 days", "a ANNIVERSARY TODAY OR a ANNIVERSARY IN NEXT 7 DAYS"},
};
constexpr Accepted kFields[] = {
    {"Lead Score > 50", "score > 50"},
    {"Last  Opened\nEmail IS SET", "last_opened IS SET"},
    {"`LEAD   STATUS` IS \"new\"", "status IS \"new\""},
    {"Company Name IS SET", "company_name IS SET"},
    {"a_ _b IS SET", "a_b IS SET"},
    {"x.y-z9 IS SET", "x.y-z9 IS SET"},
    {"HAS foo = 1", "has_foo = 1"},
    {"has = 1", "has = 1"},
    {"did_it = 1", "did_it = 1"},
    {"any today true < 1", "any_today_true < 1"},
    {"`DID` = 1", "`did` = 1"},
    {"`has tag` = 1", "has_tag = 1"},
    {"`In` = 1", "`in` = 1"},
    {"`not in use` = 1", "not_in_use = 1"},
    {"`1st \"choice\"` = 1", "`1st_\"choice\"` = 1"},
    {"`Größe` = 1", "`größe` = 1"},
};
constexpr Accepted kDid[] = {
    {"did open", "DID open"},
    {"DID SEND OR DID deliver OR DID click", "DID send OR DID deliver OR DID click"},
    {"DID reply OR DID bounce OR DID complain", "DID reply OR DID bounce OR DID complain"},
    {"DID unsubscribe OR DID resubscribe", "DID unsubscribe OR DID resubscribe"},
    {"DID any open AND DID machine click", "DID ANY open AND DID MACHINE click"},
    {"DID visit \"pricing\" campaign \"Spring\"", "DID visit \"pricing\" CAMPAIGN \"Spring\""},
    {"DID custom \"order\"", "DID custom \"order\""},
    {"DID custom ends with \"er\"", "DID custom ENDS WITH \"er\""},
    {"DID open = 0 times or DID open != 2 TIMES", "DID open = 0 TIMES OR DID open != 2 TIMES"},
    {"DID open = 1 time or DID open >= 1 TIMES", "DID open = 1 TIME OR DID open >= 1 TIME"},
    {"DID open != 2 time on 1 day ago", "DID open != 2 TIMES ON YESTERDAY"},
    {"DID open >= 3 TIMES in last 30 days", "DID open >= 3 TIMES IN LAST 30 DAYS"},
    {"DID open in last week", "DID open IN LAST WEEK"},
    {"DID open in last 2 weeks", "DID open IN LAST 2 WEEKS"},
    {"DID open IN THIS MONTH AND DID open IN NEXT YEAR", "DID open IN THIS MONTH AND DID open IN NEXT YEAR"},
    {"DID open ON 3 DAYS AGO OR DID open ON yesterday", "DID open ON 3 DAYS AGO OR DID open ON YESTERDAY"},
    {"DID open BEFORE today OR DID open AFTER 3 hours ago", "DID open BEFORE TODAY OR DID open AFTER 3 HOURS AGO"},
    {"DID open BETWEEN \"2026-01-01\" AND today AND a = 1", "DID open BETWEEN \"2026-01-01\" AND TODAY AND a = 1"},
    {"DID custom \"o\" WHERE total >= 50 >= 3 TIMES", "DID custom \"o\" WHERE total >= 50 >= 3 TIMES"},
    {"DID open WHERE a = 1 AND b = 2", "DID open WHERE a = 1 AND b = 2"},
    {"DID open WHERE (a = 1 AND `B c` is not set)", "DID open WHERE (a = 1 AND b_c IS NOT SET)"},
    {"DID open WHERE (a not in (1, 2)) IN LAST 1 day", "DID open WHERE a NOT IN (1, 2) IN LAST 1 DAY"},
    {"DID open WHERE a contains \"\" on today", "DID open WHERE a CONTAINS \"\" ON TODAY"},
    {"DID open then click within 36 hours", "DID open THEN click WITHIN 36 HOURS"},
    {"DID send not then open within 7 days same message", "DID send NOT THEN open WITHIN 1 WEEK SAME MESSAGE"},
    {"DID visit \"a\" WHERE p is set NOT THEN visit \"b\" WITHIN 1 day same campaign in last 60 days",
     "DID visit \"a\" WHERE p IS SET NOT THEN visit \"b\" WITHIN 1 DAY SAME CAMPAIGN IN LAST 60 DAYS"},
};
constexpr Accepted kMemberships[] = {
    {"has tag \"VIP\" or has consent \"news\"", "HAS TAG \"VIP\" OR HAS CONSENT \"news\""},
    {"has words \" O'Brien \" and not has words \"0151 234\"", "HAS WORDS \"O'Brien\" AND NOT HAS WORDS \"0151 234\""},
    {"has words = \"x\" or has words contains \"y\"", "has_words IS \"x\" OR has_words CONTAINS \"y\""},
    {"company name has words \" O'Brien \" and not `in` not has words \"x\"",
     "company_name HAS WORDS \"O'Brien\" AND NOT `in` NOT HAS WORDS \"x\""},
    {"has words has words \"x\" or has has words \"y\"", "has_words HAS WORDS \"x\" OR has HAS WORDS \"y\""},
    {"profile.tier has words \"hot\"", "profile.tier HAS WORDS \"hot\""},
    {"not sendable for \"News\" and sendable = true", "NOT SENDABLE FOR \"News\" AND sendable IS true"},
    {"in list \"a\" and in campaign \"b\"", "IN LIST \"a\" AND IN CAMPAIGN \"b\""},
    {"not in segment \"tech-USA\"", "NOT IN SEGMENT \"tech-USA\""},
};
INSTANTIATE_TEST_SUITE_P(Rules, AcceptedRule, testing::ValuesIn(kRules));
INSTANTIATE_TEST_SUITE_P(Tests, AcceptedRule, testing::ValuesIn(kTests));
INSTANTIATE_TEST_SUITE_P(Times, AcceptedRule, testing::ValuesIn(kTimes));
INSTANTIATE_TEST_SUITE_P(Fields, AcceptedRule, testing::ValuesIn(kFields));
INSTANTIATE_TEST_SUITE_P(Did, AcceptedRule, testing::ValuesIn(kDid));
INSTANTIATE_TEST_SUITE_P(Memberships, AcceptedRule, testing::ValuesIn(kMemberships));

TEST(RuleParser, BuildsChainsAndNegations) {
  const And both = ParseAs<And>("a = 1 AND NOT b = 2 AND (c = 3 OR d = 4)");
  ASSERT_EQ(both.children.size(), 3u);
  EXPECT_TRUE(std::holds_alternative<ValuePredicate>(both.children[0]->kind));
  EXPECT_TRUE(std::holds_alternative<Not>(both.children[1]->kind));
  EXPECT_TRUE(std::holds_alternative<Or>(both.children[2]->kind));
}

TEST(RuleParser, KeepsParenthesizedChainsOfOneKindApart) {
  EXPECT_EQ(ParseAs<And>("(a = 1 AND b = 2) AND c = 3").children.size(), 2u);
}

TEST(RuleParser, GivesNodesTheSpanOfTheirText) {
  const std::string source = " NOT ( a = 1 OR b = 2 ) ";
  const Rule rule = Parse(source);
  const auto text = [&](Span span) { return source.substr(span.begin, span.end - span.begin); };
  EXPECT_EQ(text(rule.root->span), "NOT ( a = 1 OR b = 2 )");
  const Node& inner = *std::get<Not>(rule.root->kind).child;
  EXPECT_EQ(text(inner.span), "( a = 1 OR b = 2 )");
  EXPECT_EQ(text(std::get<Or>(inner.kind).children[1]->span), "b = 2");
  EXPECT_EQ(rule.source, source);
}

TEST(RuleParser, ResolvesNames) {
  const Field opened = ParseAs<TimePredicate>("Last Opened  Email < 30 days ago").field;
  EXPECT_EQ(std::get<BuiltIn>(opened.name), BuiltIn::kLastOpened);
  EXPECT_EQ(opened.spelling, "Last Opened Email");
  EXPECT_EQ(opened.span.end, 18u);
  const Field attribute = ParseAs<ValuePredicate>("`Company  Name` IS SET").field;
  EXPECT_EQ(std::get<std::string>(attribute.name), "company_name");
  EXPECT_EQ(attribute.spelling, "Company  Name");
}

TEST(RuleParser, EveryBuiltInNameLeadsBack) {
  for (int i = 0; i <= static_cast<int>(BuiltIn::kCampaigns); ++i) {
    const auto field = static_cast<BuiltIn>(i);
    EXPECT_EQ(BuiltInFromName(BuiltInName(field)), field);
  }
  EXPECT_EQ(BuiltInFromName("lead_status"), BuiltIn::kStatus);
  EXPECT_EQ(BuiltInFromName("industry"), std::nullopt);
}

TEST(RuleParser, ReadsLiterals) {
  const auto literal = [](const std::string& source) {
    return std::get<CompareTest>(ParseAs<ValuePredicate>(source).test).literal;
  };
  EXPECT_EQ(std::get<Text>(literal("a = \"Ärger\"").value).folded, "ärger");
  EXPECT_EQ(std::get<Number>(literal("a = -0.25").value), -0.25);
  EXPECT_TRUE(std::get<bool>(literal("a = TRUE").value));
  EXPECT_FALSE(literal("a = \"2026-02-30\"").date.has_value());
  EXPECT_EQ(literal("a = \"2026-03-10\"").date->day, ParseDay("2026-03-10"));
  EXPECT_EQ(literal("a = \"2026-03-10T00:00:00Z\"").date->day, std::nullopt);
}

TEST(RuleParser, TellsNumbersFromLengthsOfTime) {
  EXPECT_TRUE(std::holds_alternative<CompareTest>(ParseAs<ValuePredicate>("a < 30").test));
  const Age age = std::get<Age>(ParseAs<TimePredicate>("a <= 36 HOURS FROM NOW").test);
  EXPECT_EQ(age.op, Compare::kLessOrEqual);
  EXPECT_EQ(age.duration, Millis{36 * 3'600'000});
  EXPECT_TRUE(age.from_now);
  EXPECT_EQ(ParseAs<NumberBetween>("a BETWEEN 1 AND 5").high, 5);
  const Between between = std::get<Between>(ParseAs<TimePredicate>("a BETWEEN 5 DAYS AGO AND TODAY").test);
  EXPECT_EQ(std::get<RelativeInstant>(between.low).offset, -5 * kDay);
  EXPECT_EQ(std::get<RelativeDay>(between.high).offset, 0);
}

TEST(RuleParser, WhereWithoutParenthesesTakesOneTest) {
  const And both = ParseAs<And>("DID open WHERE a = 1 AND b = 2");
  EXPECT_EQ(std::get<DidCount>(both.children[0]->kind).step.where.size(), 1u);
  EXPECT_EQ(ParseAs<DidCount>("DID open WHERE (a = 1 AND b = 2)").step.where.size(), 2u);
}

TEST(RuleParser, DidWithoutComparisonIsAtLeastOnce) {
  const DidCount did = ParseAs<DidCount>("DID open");
  EXPECT_EQ(did.op, std::nullopt);
  EXPECT_EQ(did.count, 1u);
  EXPECT_EQ(ParseAs<DidCount>("DID open < 999999999 TIMES").count, 999'999'999u);
}

TEST(RuleParser, SequenceWindowsBelongToTheWholePredicate) {
  const DidThen did = ParseAs<DidThen>("DID send NOT THEN open WITHIN 2 days SAME CAMPAIGN BEFORE TODAY");
  EXPECT_TRUE(did.negated);
  EXPECT_EQ(did.within, 2 * kDay);
  EXPECT_EQ(did.same, SameKey::kCampaign);
  EXPECT_TRUE(std::holds_alternative<Before>(*did.window));
  EXPECT_EQ(did.second.type, EventType::kOpen);
}

TEST(RuleParser, SixtyFourLevelsAreTaken) {
  const std::string open(kMaxNesting, '('), close(kMaxNesting, ')');
  Parse(open + "a = 1" + close);
  std::string nots;
  for (int i = 0; i < kMaxNesting; ++i) nots += "NOT ";
  Parse(nots + "a = 1");
  Parse("(a = 1) AND (a = 1) AND NOT a = 1 AND " + open + "a IN (1)" + close);
}

TEST(RuleParser, SixteenKibibytesAreTaken) {
  const std::string rule = "a = \"";
  Parse(rule + std::string(kMaxRuleBytes - rule.size() - 1, 'x') + "\"");
}

TEST(StepParser, ReadsSteps) {
  const Step order = StepOf("custom \"Order\" WHERE (total >= 50 AND `Plan Name` IS \"pro\")");
  EXPECT_EQ(order.type, EventType::kCustom);
  EXPECT_EQ(std::get<Text>(order.name).folded, "order");
  ASSERT_EQ(order.where.size(), 2u);
  EXPECT_EQ(order.where[1].property, "plan_name");
  const Step open = StepOf(" ANY open CAMPAIGN \"c\" ");
  EXPECT_EQ(open.scope, Scope::kAny);
  EXPECT_EQ(open.campaign->text, "c");
  EXPECT_TRUE(std::holds_alternative<std::monostate>(open.name));
  EXPECT_EQ(std::get<TextTest>(StepOf("visit STARTS WITH \"/pricing\"").name).op, TextOperator::kStartsWith);
}

TEST(DurationParser, ReadsLongAndShortForms) {
  EXPECT_EQ(ParseDuration("30 days"), 30 * kDay);
  EXPECT_EQ(ParseDuration(" 1 Week "), 7 * kDay);
  EXPECT_EQ(ParseDuration("30d"), 30 * kDay);
  EXPECT_EQ(ParseDuration("12h"), Millis{12 * 3'600'000});
  EXPECT_EQ(ParseDuration("15m"), Millis{15 * 60'000});
  EXPECT_EQ(ParseDuration("10s"), Millis{10'000});
  EXPECT_EQ(ParseDuration("2w"), 14 * kDay);
  EXPECT_EQ(ParseDuration("36500d"), 36'500 * kDay);
}

TEST(DurationParser, RefusesTheRest) {
  for (const char* text : {"", "30", "days", "30 d", "30D", "-30d", "1.5d", "30 days ago", "30dd", "36501d",
                           "36501 days", "5215 weeks", "1234567890s", "3 months", "30d 12h", "\"30d\""}) {
    EXPECT_EQ(ParseDuration(text), std::nullopt) << text;
  }
}

}  // namespace leadpulse::rules::rule_parser_test
