#include "processor/rules/evaluation/strict_evaluator.h"

#include <gtest/gtest.h>

#include <string>

#include "processor/rules/language/printer.h"
#include "tests/support/rule_lead.h"

namespace leadpulse::rules::strict_evaluator_test {

using leadpulse::testing::RuleLead;

const Instant kNow = ParseRfc3339("2026-03-10T12:00:00Z").value();

// A lead with an industry, a number and an open; all else is unknown.
class StrictEvaluatorTest : public ::testing::Test {
 protected:
  StrictEvaluatorTest() {
    lead_.fields = {{"budget", FieldType::kNumber}, {"renewal", FieldType::kDate}};
    lead_.event_properties = {{"total", FieldType::kNumber}};
    lead_.Set("industry", "Retail");
    lead_.Set("size", 7.0);
    lead_.Add(EventType::kOpen, kNow + Millis{-1000});
    lead_.segment_ids = {"by-unset", "known", "not-by-unset"};
    lead_.segments = {1, 1, 0};
  }

  // Returns `holds` and the fields that it rests on: `true: ghost, agent`, `false`.
  std::string Read(std::string_view text) {
    rule_ = lead_.Compile(text);
    const Facts& facts = lead_.FactsAt(kNow);
    const std::vector<uint8_t> rest_on_unset = {1, 0, 1};
    std::vector<UnsetGround> grounds;
    const StrictAnswer answer = EvaluateStrictly(*rule_.root, facts, rest_on_unset, &grounds);
    EXPECT_EQ(answer.holds, Evaluate(*rule_.root, facts).holds) << text;
    EXPECT_EQ(answer.rests_on_unset, !grounds.empty()) << text;
    std::string result = answer.holds ? "true" : "false";
    for (const UnsetGround& ground : grounds) {
      const auto* field = std::get_if<const Field*>(&ground);
      result += (&ground == grounds.data() ? ": " : ", ") +
                (field != nullptr ? (*field)->spelling : lead_.segment_ids[std::get<uint32_t>(ground)]);
    }
    return result;
  }
  std::string Reach(std::string_view text) {
    rule_ = lead_.Compile(text);
    const UnsetReach reach = ReachOfUnset(*rule_.root, std::vector<UnsetReach>{{true, false}, {}, {false, true}});
    return std::string(reach.when_true ? "true" : "") + (reach.when_false ? "false" : "");
  }
  std::string Reasons(std::string_view text) {
    rule_ = lead_.Compile(text);
    std::string result;
    for (const Reason& reason : ReasonsOf(*rule_.root, lead_.FactsAt(kNow))) {
      result += (result.empty() ? "" : "; ") + std::string(reason.holds ? "" : "not ") + PrintNode(*reason.predicate) +
                (reason.field_is_unset ? " (unset)" : "");
    }
    return result;
  }

  RuleLead lead_;
  Rule rule_;
};

TEST_F(StrictEvaluatorTest, FieldsOfLeadpulseItselfMayBeUnsetToo) {
  EXPECT_EQ(Read("NOT last_clicked < 30 days ago"), "true: last_clicked");
  EXPECT_EQ(Read("NOT last_opened < 30 days ago"), "false");
  EXPECT_EQ(Read(R"(agent IS NOT "kim")"), "true: agent");
  EXPECT_EQ(Read(R"(tags NOT CONTAINS "x" AND lists != "y" AND campaigns NOT IN ("z"))"),
            "true: tags, lists, campaigns");
  EXPECT_EQ(Read("score != 1 AND clicks != 1 AND stage IS NOT \"lost\" AND sendable != false"), "true");
}

TEST_F(StrictEvaluatorTest, AFieldThatIsSetToSomethingElseIsSet) {
  EXPECT_EQ(Read(R"(industry != 5 AND NOT industry < 3 days ago AND size NOT CONTAINS "x")"), "true");
  lead_.lead().profile.attributes["renewal"] = {Value("soon"), Value()};  // sent, but not a date
  EXPECT_EQ(Read("renewal NOT ON TODAY"), "true: renewal");
}

TEST_F(StrictEvaluatorTest, NothingOfASetIsUnset) {
  EXPECT_EQ(Read(R"(NOT HAS TAG "x" AND NOT HAS CONSENT "y" AND NOT IN LIST "z" AND NOT IN CAMPAIGN "z")"), "true");
  EXPECT_EQ(Read("DID click = 0 TIMES AND NOT DID reply AND DID open WHERE total != 5"), "true");
}

TEST_F(StrictEvaluatorTest, OnlyWhatDecidesCounts) {
  EXPECT_EQ(Read("ghost = 1 AND size = 7"), "false: ghost");
  EXPECT_EQ(Read("ghost = 1 AND size = 8"), "false");
  EXPECT_EQ(Read("size = 7 AND (ghost != 1 AND spirit != 1)"), "true: ghost, spirit");
  EXPECT_EQ(Read("ghost != 1 OR size = 8 OR spirit != 1 OR shade = 1"), "true: ghost, spirit");
  EXPECT_EQ(Read("shade = 1 OR ghost != 1"), "true: ghost");
  EXPECT_EQ(Read("ghost != 1 OR size = 7"), "true");
  EXPECT_EQ(Read("size = 7 OR ghost != 1"), "true");
  EXPECT_EQ(Read("shade = 1 OR ghost = 1"), "false: shade, ghost");
  EXPECT_EQ(Read("NOT (ghost = 1 OR size = 8)"), "true: ghost");
  EXPECT_EQ(Read("NOT (ghost = 1 AND spirit != 1)"), "true: ghost");
  EXPECT_EQ(Read("NOT (ghost = 1 AND (size = 8 OR spirit != 1) AND size = 8)"), "true");
}

TEST_F(StrictEvaluatorTest, InSegmentStandsForTheRuleOfTheSegment) {
  EXPECT_EQ(Read(R"(IN SEGMENT "by-unset" AND IN SEGMENT "known")"), "true: by-unset");
  EXPECT_EQ(Read(R"(IN SEGMENT "by-unset" OR IN SEGMENT "known")"), "true");
  EXPECT_EQ(Read(R"(NOT IN SEGMENT "not-by-unset")"), "true: not-by-unset");
}

TEST_F(StrictEvaluatorTest, WhatARuleCouldRestOnIsInItsText) {
  EXPECT_EQ(Reach(R"(industry = "x" AND DID open = 0 TIMES OR HAS TAG "t" AND score != 3)"), "false");
  EXPECT_EQ(Reach(R"(industry IS NOT "x")"), "true");
  EXPECT_EQ(Reach(R"(NOT (industry = "x" OR size != 1))"), "truefalse");
  EXPECT_EQ(Reach("NOT score > 1 AND NOT industry IS SET AND stage IS NOT \"lost\" AND opens != 1"), "");
  EXPECT_EQ(Reach(R"(NOT HAS TAG "t" AND DID open WHERE total != 5)"), "");
  for (const char* negative : {"a NOT IN (1)", "a NOT CONTAINS \"x\"", "a NOT BETWEEN 1 AND 2", "a NOT ON TODAY",
                               "a NOT IN THIS WEEK", "NOT a ANNIVERSARY TODAY", "NOT last_opened < 1 day ago"}) {
    EXPECT_EQ(Reach(negative), "true") << negative;
  }
  EXPECT_EQ(Reach(R"(IN SEGMENT "by-unset")"), "true");
  EXPECT_EQ(Reach(R"(NOT IN SEGMENT "not-by-unset")"), "true");
  EXPECT_EQ(Reach(R"(NOT IN SEGMENT "by-unset")"), "false");
  EXPECT_EQ(Reach(R"(IN SEGMENT "known")"), "");
}

TEST_F(StrictEvaluatorTest, ReasonsAreThePredicatesThatDecide) {
  EXPECT_EQ(Reasons("size = 7 AND ghost != 1"), "size = 7; ghost != 1 (unset)");
  EXPECT_EQ(Reasons("size = 7 AND (ghost = 1 OR size > 9)"), "not ghost = 1 (unset); not size > 9");
  EXPECT_EQ(Reasons("size = 7 OR ghost = 1"), "size = 7");
  EXPECT_EQ(Reasons("NOT (size = 8 AND size = 7)"), "not size = 8");
  EXPECT_EQ(Reasons(R"(NOT IN SEGMENT "known")"), R"(IN SEGMENT "known")");
}

}  // namespace leadpulse::rules::strict_evaluator_test
