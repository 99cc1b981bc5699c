#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <variant>
#include <vector>

#include "processor/rules/language/checker.h"
#include "processor/rules/language/parser.h"

namespace leadpulse::rules::rule_checker_test {

using testing::ElementsAre;
using testing::IsEmpty;

class RuleCheckerTest : public testing::Test {
 protected:
  RuleCheckerTest() {
    declarations_.fields = &fields_;
    declarations_.event_properties = &properties_;
    declarations_.segment_ids = &segments_;
    declarations_.calendar = &calendar_;
    declarations_.topics = &topics_;
  }

  static Calendar Load(const std::string& zone) {
    Result<Calendar> calendar = Calendar::Load(zone);
    EXPECT_TRUE(calendar.ok());
    return calendar.ok() ? *calendar : Calendar();
  }

  CheckResult Check(const std::string& source) {
    auto parsed = ParseRule(source);
    if (const auto* error = std::get_if<RuleError>(&parsed)) ADD_FAILURE() << RenderRuleError(source, *error);
    if (std::holds_alternative<RuleError>(parsed)) return {};
    rule_ = std::get<Rule>(std::move(parsed));
    return CheckRule(declarations_, &rule_);
  }

  // Returns `message (hint)` of each error.
  static std::vector<std::string> Spell(const std::vector<RuleError>& errors) {
    std::vector<std::string> spelled;
    for (const RuleError& error : errors) spelled.push_back(error.message + " (" + error.hint + ")");
    return spelled;
  }

  DeclaredTypes fields_ = {{"industry", FieldType::kText}, {"budget", FieldType::kNumber}};
  DeclaredTypes properties_ = {{"total", FieldType::kNumber}, {"plan", FieldType::kText}};
  std::vector<std::string> segments_ = {"churned", "high-value", "new"};
  Calendar calendar_ = Load("America/New_York");
  TopicIndexes topics_;
  Declarations declarations_;
  Rule rule_;
};

TEST_F(RuleCheckerTest, TakesWhatIsDeclared) {
  const CheckResult result = Check(
      "Industry IS SET AND Budget > 5 AND email IS SET AND score > 5 AND `Last Opened` IS SET AND IN SEGMENT \"new\" "
      "AND DID custom \"x\" WHERE (Total > 5 AND `PLAN` IS SET)");
  EXPECT_THAT(Spell(result.errors), IsEmpty());
  EXPECT_THAT(Spell(result.undeclared), IsEmpty());
}

TEST_F(RuleCheckerTest, ListsUndeclaredFieldsApart) {
  const CheckResult result = Check("Indutry IS SET OR NOT (Bugdet > 5 OR scores > 3) OR favourite colour IS SET");
  EXPECT_THAT(result.errors, IsEmpty());
  EXPECT_THAT(
      Spell(result.undeclared),
      ElementsAre(
          "the field \"Indutry\" is not declared under fields (did you mean \"industry\"?)",
          "the field \"Bugdet\" is not declared under fields (did you mean \"budget\"?)",
          "the field \"scores\" is not declared under fields (did you mean \"score\"?)",
          "the field \"favourite colour\" is not declared under fields (declare it, or check how it is spelled)"));
  EXPECT_EQ(result.undeclared[1].span.begin, 23u);
}

TEST_F(RuleCheckerTest, RefusesUndeclaredProperties) {
  const CheckResult result = Check("DID open WHERE totl > 5 OR DID open THEN click WHERE colour IS SET WITHIN 1 day");
  EXPECT_THAT(Spell(result.errors),
              ElementsAre("the property \"totl\" is not declared under event_properties (did you mean \"total\"?)",
                          "the property \"colour\" is not declared under event_properties (only declared properties "
                          "are kept)"));
  EXPECT_EQ(result.errors[0].span.begin, 15u);
}

TEST_F(RuleCheckerTest, RefusesUnknownSegments) {
  const CheckResult result = Check("IN SEGMENT \"high-valu\" OR IN SEGMENT \"New\" OR IN SEGMENT \"weather\"");
  EXPECT_THAT(Spell(result.errors),
              ElementsAre("there is no segment \"high-valu\" (did you mean \"high-value\"?)",
                          "there is no segment \"New\" (did you mean \"new\"?)",
                          "there is no segment \"weather\" (segments are named by their id, exactly)"));
  EXPECT_EQ(result.errors[0].span.begin, 11u);
  EXPECT_THAT(ReferencedSegments(rule_), IsEmpty());
}

TEST_F(RuleCheckerTest, ResolvesSegments) {
  EXPECT_THAT(Check("IN SEGMENT \"new\" AND NOT (IN SEGMENT \"churned\" OR IN SEGMENT \"new\")").errors, IsEmpty());
  EXPECT_THAT(ReferencedSegments(rule_), ElementsAre(0u, 2u));
}

TEST_F(RuleCheckerTest, ListsAttributes) {
  Check(
      "Industry IS SET AND NOT (score > 5 OR budget BETWEEN 1 AND 2 OR Industry ANNIVERSARY TODAY) OR email ON TODAY");
  EXPECT_THAT(ReferencedAttributes(rule_), ElementsAre("budget", "email", "industry"));
}

TEST_F(RuleCheckerTest, InsideTheScoreNothingOfTheScoreIsAsked) {
  declarations_.inside_score = true;
  for (const char* source :
       {"Lead Score > 5", "tier IS \"hot\"", "quality BETWEEN 1 AND 2", "qualification > 5", "stage IN (\"new\")",
        "`lead status` IS \"new\"", "IN SEGMENT \"new\"", "NOT (industry IS SET OR score = 0)"}) {
    EXPECT_EQ(Check(source).errors.size(), 1u) << source;
  }
  EXPECT_THAT(Spell(Check("industry IS SET AND opens > 3 AND email_status IS \"active\" AND sendable = true AND "
                          "IN LIST \"x\" AND DID open")
                        .errors),
              IsEmpty());
  EXPECT_EQ(Check("Lead Score > 5").errors[0].message,
            "\"Lead Score\" depends on the score, so no rule that makes the score can ask for it");
}

TEST_F(RuleCheckerTest, DaysBeginInTheTimeZone) {
  EXPECT_THAT(Check("budget = \"2026-07-01\"").errors, IsEmpty());
  const auto& test = std::get<CompareTest>(std::get<ValuePredicate>(rule_.root->kind).test);
  EXPECT_EQ(FormatRfc3339(test.literal.date->at), "2026-07-01T04:00:00Z");
}

TEST_F(RuleCheckerTest, ResolvesDatesWhereverTheyStand) {
  Check(
      "budget IN (1, \"2026-01-01\") AND budget BEFORE \"2026-01-01\" AND budget ON \"2026-01-01\" AND "
      "budget BETWEEN \"2026-01-01T00:00:00+01:00\" AND \"2026-01-01\" AND "
      "DID open WHERE total < \"2026-01-01\" AFTER \"2026-01-01\" AND "
      "DID open THEN click WHERE total IN (\"2026-01-01\") WITHIN 1 day BETWEEN \"2026-01-01\" AND TODAY");
  const Instant expected = *ParseRfc3339("2026-01-01T05:00:00Z");
  const auto& children = std::get<And>(rule_.root->kind).children;
  const auto time = [&](size_t i) { return std::get<TimePredicate>(children[i]->kind).test; };
  const auto& list = std::get<InTest>(std::get<ValuePredicate>(children[0]->kind).test);
  EXPECT_EQ(list.literals[1].date->at, expected);
  EXPECT_EQ(std::get<DateLiteral>(std::get<Before>(time(1)).bound).at, expected);
  EXPECT_EQ(std::get<DateLiteral>(std::get<OnDay>(time(2)).day).at, expected);
  EXPECT_EQ(std::get<DateLiteral>(std::get<Between>(time(3)).low).at, *ParseRfc3339("2025-12-31T23:00:00Z"));
  EXPECT_EQ(std::get<DateLiteral>(std::get<Between>(time(3)).high).at, expected);
  const auto& did = std::get<DidCount>(children[4]->kind);
  EXPECT_EQ(std::get<CompareTest>(did.step.where[0].test).literal.date->at, expected);
  EXPECT_EQ(std::get<DateLiteral>(std::get<After>(*did.window).bound).at, expected);
  const auto& then = std::get<DidThen>(children[5]->kind);
  EXPECT_EQ(std::get<InTest>(then.second.where[0].test).literals[0].date->at, expected);
  EXPECT_EQ(std::get<DateLiteral>(std::get<Between>(*then.window).low).at, expected);
}

TEST_F(RuleCheckerTest, ChecksSteps) {
  auto parsed = ParseStep("custom \"order\" WHERE (total > \"2026-01-01\" AND colour IS SET)");
  ASSERT_TRUE(std::holds_alternative<Step>(parsed));
  Step step = std::get<Step>(std::move(parsed));
  const CheckResult result = CheckStep(declarations_, &step);
  ASSERT_EQ(result.errors.size(), 1u);
  EXPECT_EQ(result.errors[0].message, "the property \"colour\" is not declared under event_properties");
  EXPECT_EQ(std::get<CompareTest>(step.where[0].test).literal.date->at, *ParseRfc3339("2026-01-01T05:00:00Z"));
}

TEST_F(RuleCheckerTest, WithoutDeclarationsNothingIsDeclared) {
  fields_.clear();
  properties_.clear();
  segments_.clear();
  const CheckResult result = Check("industry IS SET AND DID open WHERE total > 5 AND IN SEGMENT \"new\"");
  EXPECT_EQ(result.errors.size(), 2u);
  EXPECT_EQ(result.undeclared.size(), 1u);
}

}  // namespace leadpulse::rules::rule_checker_test
