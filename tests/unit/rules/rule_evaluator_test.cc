#include <gtest/gtest.h>

#include "processor/rules/evaluation/evaluator.h"
#include "tests/support/rule_lead.h"

namespace leadpulse::rules::rule_evaluator_test {

using leadpulse::testing::RuleLead;

const Instant kNow = ParseRfc3339("2026-03-10T12:00:00Z").value();
constexpr Millis kMinute{60'000};
constexpr Millis kDay{86'400'000};

// What the scenarios and the property tests of rules leave out.
class RuleEvaluatorTest : public ::testing::Test {
 protected:
  Answer Ask(std::string_view rule) { return lead_.Ask(rule, kNow); }
  void ExpectTrue(std::string_view rule) { EXPECT_TRUE(Ask(rule).holds) << rule; }
  void ExpectFalse(std::string_view rule) { EXPECT_FALSE(Ask(rule).holds) << rule; }
  void ExpectNextChange(std::string_view rule, bool holds, std::string_view next_change_at) {
    const Answer answer = Ask(rule);
    EXPECT_EQ(answer.holds, holds) << rule;
    EXPECT_EQ(answer.next_change_at == Instant::Never() ? "never" : FormatRfc3339(answer.next_change_at),
              next_change_at)
        << rule;
  }

  RuleLead lead_;
};

TEST_F(RuleEvaluatorTest, TheLeadsIdStandsInForItsEmail) {
  ExpectFalse("email IS SET");
  lead_.lead().key.lead = "Ann@Example.com";
  ExpectTrue(R"(email = "ann@example.com" AND email ENDS WITH "@example.com")");
  EXPECT_EQ(EmailOf(lead_.lead()), Value("Ann@Example.com"));
  lead_.Set("email", "bob@example.com");
  ExpectTrue(R"(email STARTS WITH "bob")");
  EXPECT_EQ(EmailOf(lead_.lead()), Value("bob@example.com"));
}

TEST_F(RuleEvaluatorTest, WordsAreLookedForInAllTexts) {
  lead_.fields = {{"employees", FieldType::kNumber}};
  lead_.Set("first_name", "Guðrún");
  lead_.Set("last_name", "O'Brien");
  lead_.Set("job_title", "Head of Sales");
  lead_.Set("languages", ScalarList{Scalar(std::string("Français")), Scalar(std::string("Deutsch"))});
  lead_.Set("phone", "+49 151 234567");
  lead_.Set("email", "info@Bücher.example");
  lead_.Set("employees", Number(777));
  lead_.lead().profile.extras.Get().tags.Add("vip");
  for (const char* words : {"gudrun", "obrien", "Gudrun O'B", "guðrún obrien", "sales", "head of", "francais",
                            "0151 234", "bucher", "info", "example"}) {
    ExpectTrue("HAS WORDS \"" + std::string(words) + "\"");
    ExpectFalse("NOT HAS WORDS \"" + std::string(words) + "\"");
  }
  for (const char* words : {"777", "vip", "obrien gudrun", "sales head", "francais deutsch", "acme", "lead"}) {
    ExpectFalse("HAS WORDS \"" + std::string(words) + "\"");
  }
}

TEST_F(RuleEvaluatorTest, WordsOfAnIdCountWhereItIsTheAddress) {
  lead_.lead().key.lead = "Jane.Doe@Bücher.example";
  ExpectTrue(R"(HAS WORDS "doe" AND HAS WORDS "bucher" AND HAS WORDS "janedoe")");
  lead_.lead().profile.attributes["email"] = {.sent = true, .converted = {}};
  ExpectTrue(R"(HAS WORDS "doe")");
  lead_.Set("email", "bob@x.example");
  ExpectFalse(R"(HAS WORDS "doe")");
}

TEST_F(RuleEvaluatorTest, WordsOfAnAttributeAreLookedForInItAlone) {
  lead_.fields = {{"employees", FieldType::kNumber}};
  lead_.Set("company", "Müller GmbH");
  lead_.Set("last_name", "O'Brien");
  lead_.Set("languages", ScalarList{Scalar(std::string("Français")), Scalar(std::string("Deutsch"))});
  lead_.Set("phone", "+49 (0)151 234-567");
  lead_.Set("employees", Number(777));
  for (const char* rule :
       {R"(company HAS WORDS "muller")", R"(company HAS WORDS "MÜLLER gm")", R"(last_name HAS WORDS "obrien")",
        R"(languages HAS WORDS "francais")", R"(languages HAS WORDS "deutsch")", R"(phone HAS WORDS "0151 2345")"}) {
    ExpectTrue(rule);
    ExpectFalse("NOT " + std::string(rule));
  }
  for (const char* rule :
       {R"(company HAS WORDS "obrien")", R"(company HAS WORDS "mueller")", R"(company HAS WORDS "ller")",
        R"(languages HAS WORDS "francais deutsch")", R"(employees HAS WORDS "777")", R"(title HAS WORDS "x")"}) {
    ExpectFalse(rule);
    ExpectTrue("NOT " + std::string(rule));
  }
  ExpectTrue(R"(company NOT HAS WORDS "obrien" AND title NOT HAS WORDS "x")");
}

TEST_F(RuleEvaluatorTest, WordsOfTheAddressAreFoundAsItWasSent) {
  lead_.lead().key.lead = "Jane.Doe@Bücher.example";
  ExpectTrue(R"(email HAS WORDS "bucher" AND email HAS WORDS "jane" AND email HAS WORDS "xn--bcher")");
  ExpectFalse(R"(last_name HAS WORDS "doe")");
  lead_.Set("email", "bob@Zürich.example");
  ExpectTrue(R"(email HAS WORDS "zurich")");
  ExpectFalse(R"(email HAS WORDS "jane")");
}

TEST_F(RuleEvaluatorTest, AnAttributeThatNoLongerConvertsIsUnset) {
  lead_.fields = {{"budget", FieldType::kNumber}};
  lead_.lead().profile.attributes["budget"] = {.sent = "plenty", .converted = {}};
  ExpectFalse(R"(budget IS SET OR budget = "plenty")");
}

TEST_F(RuleEvaluatorTest, AndOrNotCombineTimers) {
  lead_.Set("soon", "2026-03-11");
  lead_.Set("later", "2026-03-20");
  ExpectNextChange("soon AFTER 0 seconds ago AND later AFTER 0 seconds ago", true, "2026-03-11T00:00:00Z");
  ExpectNextChange("soon ON TODAY AND later ON TODAY", false, "2026-03-20T00:00:00Z");
  ExpectNextChange("soon ON TODAY AND later ON TODAY AND ghost IS SET", false, "never");
  ExpectNextChange("soon ON TODAY OR later ON TODAY", false, "2026-03-11T00:00:00Z");
  ExpectNextChange("soon AFTER 0 seconds ago OR later AFTER 0 seconds ago", true, "2026-03-20T00:00:00Z");
  ExpectNextChange("soon AFTER 0 seconds ago OR ghost IS NOT SET", true, "never");
  ExpectNextChange("NOT soon ON TODAY", true, "2026-03-11T00:00:00Z");
}

TEST_F(RuleEvaluatorTest, AnEntryWithoutANameMatchesNoName) {
  lead_.Add(EventType::kClick, kNow - kDay);
  ExpectFalse(R"(DID click CONTAINS "x" OR DID click "x")");
  ExpectTrue("DID click");
  Step step;
  step.type = EventType::kClick;
  step.name = TextTest{TextOperator::kContains, {"", ""}, false};
  EXPECT_FALSE(StepMatches(step, lead_.lead().journal.entries()[0]));
}

TEST_F(RuleEvaluatorTest, BounceKindOfAScoringRule) {
  state::JournalEntry entry;
  entry.type = EventType::kBounce;
  entry.bounce_kind = BounceKind::kUnspecified;
  Step step;
  step.type = EventType::kBounce;
  EXPECT_TRUE(StepMatches(step, entry));
  step.bounce = BounceKind::kHard;
  EXPECT_TRUE(StepMatches(step, entry));
  step.bounce = BounceKind::kSoft;
  EXPECT_FALSE(StepMatches(step, entry));
}

TEST_F(RuleEvaluatorTest, NotThenIsKnownWhenTheTimeIsOver) {
  lead_.Add(EventType::kSent, kNow - kMinute);
  ExpectNextChange("DID send NOT THEN open WITHIN 1 hour", false, "2026-03-10T12:59:00Z");
  ExpectNextChange("DID send NOT THEN open WITHIN 1 minute", true, "never");
  ExpectNextChange("DID send NOT THEN open WITHIN 1 hour IN LAST 1 hour", false, "never");
  ExpectNextChange("DID send NOT THEN open WITHIN 1 minute IN LAST 1 hour", true, "2026-03-10T12:59:00Z");
  lead_.Add(EventType::kOpen, kNow);
  ExpectNextChange("DID send NOT THEN open WITHIN 1 hour", false, "never");
  ExpectNextChange("DID send NOT THEN open WITHIN 1 minute", true, "never");
}

TEST_F(RuleEvaluatorTest, TimeRangesOfSeveralEntriesJoin) {
  for (int day : {4, 3, 1}) lead_.Add(EventType::kSent, kNow - kDay * day);
  // An unanswered send counts from 2 to 3 days after it: the second one until now, the third from tomorrow on.
  ExpectNextChange("DID send NOT THEN open WITHIN 2 days IN LAST 3 days", false, "2026-03-11T12:00:00Z");
  lead_.Add(EventType::kSent, kNow - kDay * 2);
  ExpectNextChange("DID send NOT THEN open WITHIN 2 days IN LAST 3 days", true, "2026-03-12T12:00:00Z");
}

}  // namespace leadpulse::rules::rule_evaluator_test
