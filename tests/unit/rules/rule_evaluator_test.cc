#include <gtest/gtest.h>

#include "processor/rules/evaluation/evaluator.h"
#include "tests/support/rule_lead.h"

namespace leadpulse::rules::rule_evaluator_test {

using leadpulse::testing::RuleLead;

Instant At(std::string_view text) { return ParseRfc3339(text).value(); }
const Instant kNow = At("2026-03-10T12:00:00Z");
constexpr Millis kMinute{60'000};
constexpr Millis kDay{86'400'000};

Value List(std::vector<Scalar> elements) { return ScalarList(std::move(elements)); }

// Evaluates a rule and its complement.
class RuleEvaluatorTest : public ::testing::Test {
 protected:
  RuleEvaluatorTest() {
    lead_.fields = {{"budget", FieldType::kNumber},
                    {"vip", FieldType::kBoolean},
                    {"since", FieldType::kDate},
                    {"title", FieldType::kText},
                    {"sizes", FieldType::kNumber}};
    lead_.event_properties = {
        {"total", FieldType::kNumber}, {"coupon", FieldType::kText}, {"paid_on", FieldType::kDate}};
  }

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
  testing::OwnedEntry& Add(EventType type, std::string_view at) { return lead_.Add(type, At(at)); }

  RuleLead lead_;
};

TEST_F(RuleEvaluatorTest, StringsCompareWithoutCase) {
  lead_.Set("title", "Grüße");
  lead_.Set("city", "New York");
  ExpectTrue(R"(title = "GRÜßE" AND city IS "new york")");
  ExpectTrue(R"(title IN ("x", "grÜße") AND city STARTS WITH "NEW" AND city ENDS WITH "york" AND city CONTAINS "W Y")");
  ExpectFalse(R"(title != "grüße" OR city IS NOT "New York" OR city NOT CONTAINS "york" OR city NOT IN ("new york"))");
}

TEST_F(RuleEvaluatorTest, NothingIsTrueOfWhatIsUnset) {
  for (const char* positive : {R"(ghost = "x")", "ghost = 1", "ghost = true", "ghost < 5", R"(ghost < "2026-01-01")",
                               "ghost IS SET", R"(ghost IN ("x"))", R"(ghost CONTAINS "")", "ghost BETWEEN 0 AND 9",
                               "ghost ON TODAY", "ghost BETWEEN YESTERDAY AND TODAY", "ghost IN THIS YEAR"}) {
    const std::string rule(positive);
    ExpectFalse(rule);
    ExpectTrue("NOT " + rule);
    ExpectFalse("NOT NOT " + rule);
  }
  ExpectTrue(R"(ghost != "x" AND ghost IS NOT SET AND ghost NOT IN ("x") AND ghost NOT CONTAINS "x")");
  ExpectTrue("ghost NOT BETWEEN 0 AND 9 AND ghost NOT ON TODAY AND ghost NOT IN THIS YEAR");
  ExpectTrue("ghost NOT BETWEEN YESTERDAY AND TODAY");
  ExpectFalse("ghost < 5 days ago OR ghost BEFORE TODAY OR ghost AFTER TODAY OR ghost ANNIVERSARY TODAY");
  ExpectFalse("ghost > 5 days from now OR ghost ANNIVERSARY IN NEXT 366 DAYS");
}

TEST_F(RuleEvaluatorTest, DifferentTypesAreNeitherEqualNorOrdered) {
  lead_.Set("title", "42");
  lead_.Set("budget", 42.0);
  lead_.Set("vip", true);
  lead_.Set("since", "2026-03-01");
  ExpectFalse(R"(title = 42 OR title < 50 OR title BETWEEN 0 AND 50 OR budget = "42" OR vip = "true" OR vip = 1)");
  ExpectFalse(R"(budget = true OR since = "soon" OR since = 5 OR since < 5 OR budget < "2026-01-01")");
  ExpectFalse(R"(since CONTAINS "2026" OR budget CONTAINS "4" OR vip CONTAINS "t")");
  ExpectTrue(R"(budget = 42 AND budget <= 42.0 AND NOT budget > 42 AND vip = true AND vip != false AND title = "42")");
  lead_.Set("title", "2026-03-01");
  ExpectFalse(R"(title < "2026-04-01" OR title BEFORE TODAY OR title ON "2026-03-01" OR title < 90 days ago)");
}

TEST_F(RuleEvaluatorTest, AnUndeclaredTextMayReadAsANumberOrADate) {
  lead_.Set("seats", "042.50");
  lead_.Set("renewal", "2026-03-01");
  ExpectTrue(R"(seats = 42.5 AND seats < 43 AND seats IN (1, 42.5) AND seats BETWEEN 42.5 AND 50 AND seats >= 42.5)");
  ExpectFalse(R"(seats != 42.5 OR seats = "42.5" OR seats < "2026-01-01")");
  ExpectTrue(R"(seats = "042.50" AND seats STARTS WITH "04" AND seats NOT BETWEEN 43 AND 50)");
  ExpectTrue(R"(renewal < "2026-03-02" AND renewal >= "2026-03-01T00:00:00Z" AND renewal BEFORE TODAY)");
  ExpectTrue(R"(renewal ON "2026-03-01" AND renewal IN THIS MONTH AND renewal BETWEEN "2026-03-01" AND "2026-03-01")");
  ExpectTrue("renewal < 10 days ago AND renewal ANNIVERSARY IN NEXT 360 DAYS");
  // `=` with a string compares text.
  ExpectFalse(R"(renewal = "2026-03-01T00:00:00Z")");
  ExpectTrue(R"(renewal = "2026-03-01" AND renewal STARTS WITH "2026")");
  lead_.Set("renewal", "2026-02-30");
  ExpectFalse(R"(renewal < "2027-01-01" OR renewal BEFORE TODAY OR renewal > 1 day ago)");
}

TEST_F(RuleEvaluatorTest, AnUndeclaredDateIsADayOfTheTenantsZone) {
  RuleLead lead("America/New_York");
  lead.Set("renewal", "2026-03-10");
  EXPECT_FALSE(lead.Ask("renewal BEFORE 0 seconds ago", At("2026-03-10T04:00:00Z")).holds);
  EXPECT_TRUE(lead.Ask("renewal BEFORE 0 seconds ago", At("2026-03-10T04:00:00.001Z")).holds);
}

TEST_F(RuleEvaluatorTest, InstantsAreComparedWithDateLiterals) {
  lead_.Set("since", "2026-03-01T08:00:00+08:00");
  ExpectTrue(R"(since = "2026-03-01" AND since IS "2026-03-01T00:00:00Z" AND since IN ("x", "2026-03-01"))");
  ExpectFalse(R"(since != "2026-03-01" OR since NOT IN ("2026-03-01") OR since < "2026-03-01" OR since = "yesterday")");
  ExpectTrue(R"(since <= "2026-03-01" AND since BEFORE "2026-03-02" AND since AFTER "2026-02-28" AND since != "soon")");
  ExpectFalse(R"(since = "2026-03-02" OR since IN ("2026-03-01T00:00:00.001Z"))");
  ExpectFalse(R"(since AFTER "2026-03-01" OR since BEFORE "2026-03-01")");
}

TEST_F(RuleEvaluatorTest, OfAListAnyElementWill) {
  lead_.Set("skills", List({std::string("C++"), std::string("7"), true, 3.0}));
  lead_.Set("sizes", List({std::string("10"), 20.0}));
  ExpectTrue(R"(skills = "c++" AND skills = 7 AND skills = true AND skills IN (9, 3) AND skills CONTAINS "+")");
  ExpectFalse(R"(skills != "c++" OR skills NOT CONTAINS "+" OR skills NOT IN (3) OR skills = "true" OR skills = 8)");
  ExpectTrue("sizes = 10 AND sizes = 20 AND sizes != 30 AND sizes IS SET");
  ExpectFalse("sizes < 100 OR sizes > 0 OR sizes BETWEEN 0 AND 100 OR skills > 0 OR skills <= 7");
  ExpectTrue("sizes NOT BETWEEN 0 AND 100");
  lead_.Set("dates", List({std::string("2026-03-01")}));
  ExpectFalse(R"(dates < "2027-01-01" OR dates BEFORE TODAY OR dates ON "2026-03-01" OR dates < 90 days ago)");
  ExpectFalse("dates IN THIS MONTH OR dates ANNIVERSARY IN NEXT 366 DAYS OR dates BETWEEN YESTERDAY AND TODAY");
  ExpectTrue(R"(dates = "2026-03-01" AND dates NOT ON "2026-03-01")");
}

TEST_F(RuleEvaluatorTest, AStructIsOnlySet) {
  lead_.Set("address", StructValue{R"({"city":"Rome"})"});
  ExpectTrue(R"(address IS SET AND address != "Rome" AND address NOT CONTAINS "Rome")");
  ExpectFalse(R"(address CONTAINS "Rome" OR address = "" OR address < 5 OR address BEFORE TODAY)");
}

TEST_F(RuleEvaluatorTest, TheLeadsIdStandsInForItsEmail) {
  ExpectFalse("email IS SET");
  lead_.lead().key.lead = "Ann@Example.com";
  ExpectTrue(R"(email = "ann@example.com" AND email ENDS WITH "@example.com")");
  EXPECT_EQ(EmailOf(lead_.lead()), Value("Ann@Example.com"));
  lead_.Set("email", "bob@example.com");
  ExpectTrue(R"(email STARTS WITH "bob")");
  EXPECT_EQ(EmailOf(lead_.lead()), Value("bob@example.com"));
}

TEST_F(RuleEvaluatorTest, AnAttributeThatNoLongerConvertsIsUnset) {
  lead_.lead().profile.attributes["budget"] = {.sent = "plenty", .converted = {}};
  ExpectFalse(R"(budget IS SET OR budget = "plenty")");
}

TEST_F(RuleEvaluatorTest, BuiltInFields) {
  Facts& facts = lead_.facts();
  facts.score = -5;
  facts.tier = "warm";
  facts.stage = Stage::kFollowUp;
  facts.status = "unsubscribed";
  facts.email_status = EmailStatus::kBounced;
  facts.sendable = false;
  facts.quality = 30;
  facts.qualification = 80;
  lead_.lead().profile.do_not_contact = true;
  ExpectTrue(R"(score = -5 AND lead_score < 0 AND tier IS "WARM" AND stage = "follow_up" AND status = "unsubscribed")");
  ExpectTrue(
      R"(email_status = "bounced" AND sendable = false AND do_not_contact = true AND quality BETWEEN 30 AND 30)");
  ExpectTrue("qualification >= 80 AND score IS SET AND opens = 0 AND opens IS SET AND NOT sends > 0");
  ExpectFalse(
      "agent IS SET OR tags IS SET OR lists IS SET OR campaigns IS SET OR created IS SET OR last_opened IS SET");
  lead_.lead().profile.extras.Get().agent_id = "7";
  ExpectTrue(R"(agent = "7" AND agent IS SET AND agent != 7)");
}

TEST_F(RuleEvaluatorTest, TagsListsCampaignsAndConsents) {
  state::ProfileExtras& extras = lead_.lead().profile.extras.Get();
  extras.tags.Add("Größe");
  extras.tags.Add("42");
  extras.lists.Add("Newsletter");
  extras.campaigns.Add("Spring");
  extras.consents[FoldCase("Marketing")] = {"Marketing", true, "form", kNow};
  extras.consents["ads"] = {"ads", false, "form", kNow};
  ExpectTrue(R"(HAS TAG "GRÖßE" AND IN LIST "newsletter" AND IN CAMPAIGN "SPRING" AND HAS CONSENT "marketing")");
  ExpectFalse(R"(HAS TAG "größ" OR IN LIST "news" OR IN CAMPAIGN "x" OR HAS CONSENT "ads" OR HAS CONSENT "calls")");
  ExpectTrue(R"(tags = "größe" AND tags CONTAINS "RÖ" AND tags IN ("x", "42") AND lists IS SET AND campaigns != "x")");
  // Tags are text, even if they look like something else.
  ExpectFalse("tags = 42 OR tags < 50 OR tags IN (42)");
}

TEST_F(RuleEvaluatorTest, SegmentsRefersToTheOnesEvaluatedBefore) {
  lead_.segment_ids = {"a", "b"};
  lead_.segments = {0, 1};
  ExpectTrue(R"(IN SEGMENT "b" AND NOT IN SEGMENT "a")");
}

TEST_F(RuleEvaluatorTest, CountsAndTimesIncludeFoldedEntries) {
  state::FoldedEntries folded;
  folded.totals[EventType::kOpen] = {4, At("2020-01-01T00:00:00Z"), At("2021-01-01T00:00:00Z")};
  folded.totals.first_own = At("2020-01-01T00:00:00Z");
  lead_.Fold(folded);
  Add(EventType::kClick, "2026-03-09T00:00:00Z");
  Add(EventType::kClick, "2026-03-10T00:00:00Z").machine = true;
  Add(EventType::kBounce, "2026-03-08T00:00:00Z").bounce_kind = BounceKind::kSoft;
  ExpectTrue(R"(opens = 4 AND clicks = 1 AND created = "2020-01-01" AND last_opened = "2021-01-01")");
  ExpectTrue(R"(last_engaged = "2026-03-09" AND last_clicked = "2026-03-09" AND bounces = 1)");
  ExpectTrue(R"(last_bounced = "2026-03-08" AND last_replied IS NOT SET AND NOT DID open)");
  lead_.lead().profile.first_command_at = At("2019-01-01T00:00:00Z");
  ExpectTrue(R"(created = "2019-01-01")");
}

TEST_F(RuleEvaluatorTest, AgesAreExactToTheMillisecond) {
  Add(EventType::kOpen, "2026-03-09T12:00:00Z");
  ExpectNextChange("last_opened < 1 day ago", false, "never");
  ExpectNextChange("last_opened <= 1 day ago", true, "2026-03-10T12:00:00.001Z");
  ExpectNextChange("last_opened > 1 day ago", false, "2026-03-10T12:00:00.001Z");
  ExpectNextChange("last_opened >= 1 day ago", true, "never");
  ExpectNextChange("last_opened < 2 days ago", true, "2026-03-11T12:00:00Z");
  ExpectNextChange("last_opened < 2 days from now", false, "never");
  lead_.Set("since", "2026-03-12T12:00:00Z");
  ExpectNextChange("since < 2 days ago OR since >= 0 seconds ago", false, "2026-03-12T12:00:00Z");
  ExpectNextChange("since < 2 days from now", false, "2026-03-10T12:00:00.001Z");
  ExpectNextChange("since <= 2 days from now", true, "2026-03-12T12:00:00.001Z");
  ExpectNextChange("since > 1 day from now", true, "2026-03-11T12:00:00Z");
}

TEST_F(RuleEvaluatorTest, DaysAndPeriodsTimerAtMidnight) {
  lead_.Set("since", "2026-03-12");
  ExpectNextChange("since ON TODAY", false, "2026-03-12T00:00:00Z");
  ExpectNextChange("since NOT ON 2 DAYS FROM NOW", false, "2026-03-11T00:00:00Z");
  ExpectNextChange("since IN THIS WEEK", true, "2026-03-16T00:00:00Z");
  ExpectNextChange("since NOT IN LAST WEEK", true, "2026-03-16T00:00:00Z");
  ExpectNextChange("since BEFORE TOMORROW", false, "2026-03-12T00:00:00Z");
  ExpectNextChange("since AFTER TODAY", true, "2026-03-12T00:00:00Z");
  ExpectNextChange("since BETWEEN TODAY AND TOMORROW", false, "2026-03-11T00:00:00Z");
  ExpectNextChange("since ANNIVERSARY IN NEXT 5 DAYS", true, "2026-03-13T00:00:00Z");
  ExpectNextChange("since ANNIVERSARY TODAY", false, "2026-03-12T00:00:00Z");
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

// --- DID ---

TEST_F(RuleEvaluatorTest, StepsMatchByScopeNameCampaignAndProperties) {
  testing::OwnedEntry& visit = Add(EventType::kPageVisit, "2026-03-09T00:00:00Z");
  visit.name = "/Pricing/eu";
  visit.campaign_id = "Spring";
  visit.properties = {{"coupon", "SAVE10"}, {"total", 50.0}};
  ExpectTrue(R"(DID visit AND DID visit "/pricing/EU" AND DID visit STARTS WITH "/pricing" CAMPAIGN "SPRING")");
  ExpectFalse(R"(DID visit "pricing" OR DID click OR DID visit CAMPAIGN "summer" OR DID visit ENDS WITH "us")");
  ExpectTrue(R"(DID visit WHERE (total >= 50 AND coupon = "save10") AND DID visit WHERE paid_on IS NOT SET)");
  ExpectFalse(R"(DID visit WHERE total > 50 OR DID visit WHERE coupon = 10 OR DID visit WHERE paid_on > "2020-01-01")");
  ExpectTrue(R"(DID visit WHERE paid_on != "2026-03-01" AND DID visit WHERE coupon NOT IN ("x"))");
  ExpectFalse("DID MACHINE visit");
  lead_.entries()[0].machine = true;
  lead_.SealJournal();
  ExpectTrue("DID MACHINE visit AND DID ANY visit AND NOT DID visit");
}

TEST_F(RuleEvaluatorTest, AnEntryWithoutANameMatchesNoName) {
  Add(EventType::kClick, "2026-03-09T00:00:00Z");
  ExpectFalse(R"(DID click CONTAINS "x" OR DID click "x")");
  ExpectTrue("DID click");
  Step step;
  step.type = EventType::kClick;
  step.name = TextTest{TextOperator::kContains, {"", ""}, false};
  EXPECT_FALSE(StepMatches(step, lead_.lead().journal.entries()[0]));
}

TEST_F(RuleEvaluatorTest, RetractedEntriesNeverCount) {
  Add(EventType::kClick, "2026-03-09T00:00:00Z");
  Add(EventType::kRetract, "2026-03-08T00:00:00Z").subject = lead_.entries()[0].event_id;
  ExpectFalse("DID click OR DID ANY click OR DID MACHINE click OR last_clicked IS SET");
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

TEST_F(RuleEvaluatorTest, CountsCompare) {
  for (int i = 0; i < 3; ++i) lead_.Add(EventType::kOpen, kNow - kDay * (i + 1));
  ExpectTrue("DID open = 3 TIMES AND DID open >= 3 TIMES AND DID open <= 3 TIMES AND DID open != 2 TIMES");
  ExpectFalse("DID open > 3 TIMES OR DID open < 3 TIMES OR DID open = 2 TIMES OR DID open = 0 TIMES");
  ExpectTrue("DID click = 0 TIMES AND DID click <= 1 TIMES AND DID click < 1 TIMES AND DID click >= 0 TIMES");
  ExpectFalse("DID click != 0 TIMES OR DID click > 0 TIMES");
}

TEST_F(RuleEvaluatorTest, AWindowIsLeftToTheMillisecond) {
  for (int i = 0; i < 3; ++i) lead_.Add(EventType::kOpen, kNow - kDay * (i + 1));
  ExpectNextChange("DID open IN LAST 2 DAYS", true, "2026-03-11T12:00:00Z");
  ExpectNextChange("DID open IN LAST 1 DAY", false, "never");
  ExpectNextChange("DID open >= 2 TIMES IN LAST 4 DAYS", true, "2026-03-12T12:00:00Z");
  ExpectNextChange("DID open = 0 TIMES IN LAST 4 DAYS", false, "2026-03-13T12:00:00Z");
  ExpectNextChange("DID open != 0 TIMES IN LAST 4 DAYS", true, "2026-03-13T12:00:00Z");
  ExpectNextChange("DID open <= 2 TIMES IN LAST 4 DAYS", false, "2026-03-11T12:00:00Z");
  ExpectNextChange("DID open = 2 TIMES IN LAST 4 DAYS", false, "2026-03-11T12:00:00Z");
  ExpectNextChange("DID open = 1 TIMES IN LAST 4 DAYS", false, "2026-03-12T12:00:00Z");
  ExpectNextChange("DID open = 2 TIMES IN LAST 3 DAYS", true, "2026-03-11T12:00:00Z");
  ExpectNextChange("DID open >= 0 TIMES IN LAST 3 DAYS", true, "never");
}

TEST_F(RuleEvaluatorTest, WindowsOfDaysAndInstants) {
  lead_.Add(EventType::kOpen, kNow - kDay);
  ExpectNextChange("DID open ON YESTERDAY", true, "2026-03-11T00:00:00Z");
  ExpectNextChange("DID open IN LAST WEEK", false, "2026-03-16T00:00:00Z");
  ExpectNextChange("DID open BEFORE 2 days ago", false, "2026-03-11T12:00:00.001Z");
  ExpectNextChange("DID open AFTER 2 days ago", true, "2026-03-11T12:00:00Z");
  ExpectNextChange("DID open BETWEEN 3 days ago AND 2 days ago", false, "2026-03-11T12:00:00.001Z");
  ExpectNextChange(R"(DID open ON "2026-03-09")", true, "never");
}

TEST_F(RuleEvaluatorTest, ThenNeedsAnotherEntryInTime) {
  const Instant sent = kNow - kDay;
  lead_.Add(EventType::kSent, sent);
  lead_.Add(EventType::kOpen, sent + kMinute);
  ExpectTrue("DID send THEN open WITHIN 61 seconds");
  ExpectFalse("DID send THEN open WITHIN 1 minute");  // strictly within
  ExpectFalse("DID open THEN send WITHIN 5 minutes OR DID open THEN open WITHIN 5 minutes");
  lead_.Add(EventType::kOpen, sent + kMinute);
  ExpectTrue("DID open THEN open WITHIN 1 second");  // an open at the same time counts, but not the open itself
  ExpectFalse("DID open THEN open WITHIN 0 seconds");
  ExpectNextChange("DID send THEN open WITHIN 1 hour IN LAST 2 DAYS", true, "2026-03-11T12:00:00Z");
}

TEST_F(RuleEvaluatorTest, WhatHappensAtTheSameInstantFollowsInEitherOrder) {
  lead_.Add(EventType::kOpen, kNow).message_id = "m";
  lead_.Add(EventType::kSent, kNow).message_id = "m";  // after it in the journal, because its id is greater
  ExpectTrue("DID send THEN open WITHIN 1 second AND DID open THEN send WITHIN 1 second SAME MESSAGE");
  ExpectTrue("DID send THEN open WITHIN 1 second SAME MESSAGE");
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

TEST_F(RuleEvaluatorTest, SameMessageAndCampaign) {
  lead_.Add(EventType::kSent, kNow - kMinute).message_id = "m1";
  testing::OwnedEntry& open = lead_.Add(EventType::kOpen, kNow);
  open.message_id = "M1";
  open.campaign_id = "Spring";
  lead_.entries()[0].campaign_id = "SPRING";
  ExpectFalse("DID send THEN open WITHIN 1 hour SAME MESSAGE");
  ExpectTrue("DID send THEN open WITHIN 1 hour SAME CAMPAIGN AND DID send THEN open WITHIN 1 hour");
  ExpectTrue("DID send NOT THEN open WITHIN 1 minute SAME MESSAGE");
  lead_.entries()[1].message_id = "m1";
  lead_.SealJournal();
  ExpectTrue("DID send THEN open WITHIN 1 hour SAME MESSAGE");
  // An entry without a message id is followed by none.
  lead_.entries()[0].message_id.clear();
  lead_.entries()[1].message_id.clear();
  lead_.SealJournal();
  ExpectFalse("DID send THEN open WITHIN 1 hour SAME MESSAGE");
  ExpectTrue("DID send NOT THEN open WITHIN 1 minute SAME MESSAGE");
}

TEST_F(RuleEvaluatorTest, TimeRangesOfSeveralEntriesJoin) {
  for (int day : {4, 3, 1}) lead_.Add(EventType::kSent, kNow - kDay * day);
  // An unanswered send counts from 2 to 3 days after it: the second one until now, the third from tomorrow on.
  ExpectNextChange("DID send NOT THEN open WITHIN 2 days IN LAST 3 days", false, "2026-03-11T12:00:00Z");
  lead_.Add(EventType::kSent, kNow - kDay * 2);
  ExpectNextChange("DID send NOT THEN open WITHIN 2 days IN LAST 3 days", true, "2026-03-12T12:00:00Z");
}

}  // namespace leadpulse::rules::rule_evaluator_test
