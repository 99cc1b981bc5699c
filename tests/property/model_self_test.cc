// The model itself, on cases small enough to work out by hand.

#include <gtest/gtest.h>

#include "tests/property/model_play.h"

namespace leadpulse::model::model_self_test {

using Unit = Duration::Unit;
// Inside a test, `Test` is GoogleTest's.
using Ask = Test::Kind;

Rule Did(EventType action, Window window = {}) {
  Rule rule;
  rule.predicate.kind = Predicate::Kind::kDid;
  rule.predicate.step.action = action;
  rule.predicate.window = std::move(window);
  return rule;
}

Window InLast(Duration duration) {
  Window window;
  window.kind = Window::Kind::kInLast;
  window.duration = duration;
  return window;
}

Rule Asks(const std::string& field, Test::Kind kind, const std::string& text) {
  Rule rule;
  rule.predicate.field = field;
  rule.predicate.test.kind = kind;
  rule.predicate.test.values = {{Literal::Kind::kText, text}};
  return rule;
}

Rule Compares(const std::string& field, Compare compare, int number) {
  Rule rule;
  rule.predicate.field = field;
  rule.predicate.test.kind = Test::Kind::kCompare;
  rule.predicate.test.compare = compare;
  rule.predicate.test.values = {{Literal::Kind::kNumber, "", number}};
  return rule;
}

TenantDefinitions WithSegment(const Rule& rule) {
  TenantDefinitions definitions = Plain();
  definitions.segments = {{"s", "S", rule}};
  return definitions;
}

TEST(Windows, LeaveInTheMillisecondTheyClose) {
  const auto model = Play(WithSegment(Did(EventType::kOpen, InLast({30, Unit::kDays}))),
                          {EventAt("2025-01-01T00:00:00.005Z", EventType::kOpen, "e")}, "2025-03-01T00:00:00Z");
  EXPECT_EQ(Published(model), (Lines{"2025-01-01T00:00:00.005Z LEAD_CREATED EVENT",
                                     "2025-01-01T00:00:00.005Z STAGE_CHANGED new>contacted EVENT",
                                     "2025-01-01T00:00:00.005Z SEGMENT_ENTERED s EVENT",
                                     "2025-01-31T00:00:00.005Z SEGMENT_LEFT s TIME"}));
}

TEST(Ages, AnInclusiveAgeLastsOneMillisecondLonger) {
  Rule rule;
  rule.predicate.kind = Predicate::Kind::kAge;
  rule.predicate.field = "Last Sent";
  rule.predicate.compare = Compare::kLessEqual;
  rule.predicate.duration = {1, Unit::kDays};
  const auto model =
      Play(WithSegment(rule), {EventAt("2025-01-01T00:00:00Z", EventType::kSent, "e")}, "2025-03-01T00:00:00Z");
  EXPECT_EQ(Published(model).back(), "2025-01-02T00:00:00.001Z SEGMENT_LEFT s TIME");
}

TEST(Then, NotThenHoldsOnceTheTimeIsUp) {
  Rule rule = Did(EventType::kSent);
  rule.predicate.kind = Predicate::Kind::kThen;
  rule.predicate.second.action = EventType::kOpen;
  rule.predicate.duration = {2, Unit::kHours};
  rule.predicate.negated = true;
  const auto sent = EventAt("2025-01-01T00:00:00Z", EventType::kSent, "e1");
  const auto late = EventAt("2025-01-01T02:00:00Z", EventType::kOpen, "e2");
  const auto in_time = EventAt("2025-01-01T01:59:59.999Z", EventType::kOpen, "e2");
  EXPECT_EQ(Published(Play(WithSegment(rule), {sent, late})).back(), "2025-01-01T02:00:00Z SEGMENT_ENTERED s TIME");
  EXPECT_EQ(Published(Play(WithSegment(rule), {sent, in_time}, "2025-02-01T00:00:00Z")).size(), 2u);
  // An entry does not follow itself.
  rule.predicate.negated = false;
  rule.predicate.second.action = EventType::kSent;
  EXPECT_EQ(LineOf(Play(WithSegment(rule), {sent}))["segments"].size(), 0u);
}

TEST(Anniversaries, LeapDayFallsOnTheFirstOfMarch) {
  Rule rule;
  rule.predicate.kind = Predicate::Kind::kAnniversary;
  rule.predicate.field = "born";
  rule.predicate.next_days = 1;
  const auto model = Play(WithSegment(rule), {SetAttribute("2025-01-01T00:00:00Z", "c", {{"born", "1992-02-29"}})},
                          "2025-12-01T00:00:00Z");
  EXPECT_EQ(Published(model),
            (Lines{"2025-01-01T00:00:00Z LEAD_CREATED COMMAND", "2025-02-28T00:00:00Z SEGMENT_ENTERED s TIME",
                   "2025-03-02T00:00:00Z SEGMENT_LEFT s TIME"}));
}

TEST(Types, UndeclaredTextReadsAsNumberDeclaredDoesNot) {
  const auto record = SetAttribute("2025-01-01T00:00:00Z", "c", {{"seats", "12.0"}});
  TenantDefinitions definitions = WithSegment(Compares("seats", Compare::kEqual, 12));
  EXPECT_EQ(LineOf(Play(definitions, {record}))["segments"].size(), 1u);
  definitions.fields = {{"Seats", FieldType::kText}};
  EXPECT_EQ(LineOf(Play(definitions, {record}))["segments"].size(), 0u);
  definitions = WithSegment(Asks("seats", Ask::kIs, "12"));
  EXPECT_EQ(LineOf(Play(definitions, {record}))["segments"].size(), 0u);
}

TEST(Types, NegatedTestsAreTrueOfWhatIsUnset) {
  const auto record = CommandAt("2025-01-01T00:00:00Z", "c", AddNote{"x"});
  const auto holds = [&](const Rule& rule) {
    return LineOf(Play(WithSegment(rule), {record}))["segments"].size() == 1;
  };
  EXPECT_TRUE(holds(Asks("plan", Ask::kIsNot, "gold")));
  EXPECT_TRUE(holds(Asks("plan", Ask::kNotIn, "gold")));
  EXPECT_FALSE(holds(Compares("plan", Compare::kLess, 5)));
  EXPECT_TRUE(holds(Compares("opens", Compare::kEqual, 0)));
}

TEST(Journal, RetractionLeavesNoTraceWheneverItArrives) {
  const auto open = EventAt("2025-01-01T00:00:00Z", EventType::kOpen, "e1");
  const auto retract = Retract("2025-01-01T00:00:00Z", "e2", "e1");
  const auto definitions = WithSegment(Did(EventType::kOpen));
  EXPECT_EQ(Published(Play(definitions, {retract, open})), (Lines{"2025-01-01T00:00:00Z LEAD_CREATED EVENT"}));
  const auto after = Play(definitions, {open, retract, open});
  EXPECT_EQ(Published(after).size(), 5u);
  EXPECT_EQ(LineOf(after)["counts"]["open"], 0);
}

TEST(Journal, FoldedEntriesCountInLifetimeButNotInWindows) {
  TenantDefinitions definitions = WithSegment(Did(EventType::kOpen));
  definitions.max_entries = 1;
  const auto model = Play(definitions, {EventAt("2025-01-02T00:00:00Z", EventType::kOpen, "e1"),
                                        EventAt("2025-01-03T00:00:00Z", EventType::kSent, "e2"),
                                        EventAt("2025-01-01T00:00:00Z", EventType::kOpen, "late")});
  EXPECT_EQ(LineOf(model)["counts"]["open"], 1);
  EXPECT_EQ(LineOf(model)["segments"].size(), 0u);
  EXPECT_EQ(LineOf(model)["seq"], 4);
}

TEST(Journal, FoldedRetractionTakesWhatItNames) {
  TenantDefinitions definitions = Plain();
  definitions.max_entries = 2;
  const auto open = EventAt("2025-01-05T00:00:00Z", EventType::kOpen, "e1");
  const auto model = Play(definitions, {Retract("2025-01-01T00:00:00Z", "r", "e1"), open,
                                        EventAt("2025-01-03T00:00:00Z", EventType::kSent, "e2"), open});
  EXPECT_EQ(LineOf(model)["counts"]["open"], 1);
}

TEST(Scores, DecayTruncatesAtTheEnd) {
  TenantDefinitions definitions = Plain();
  definitions.publish_score_changes = true;
  ScoringRule rule;
  rule.event = EventType::kReply;
  rule.points = 10;
  rule.decay = Decay{50, {1, Unit::kHours}};
  definitions.scoring.rules = {rule};
  const auto model =
      Play(definitions, {EventAt("2025-01-01T00:00:00Z", EventType::kReply, "e")}, "2025-01-02T00:00:00Z");
  const Lines lines = Published(model);
  EXPECT_EQ(Lines(lines.end() - 4, lines.end()),
            (Lines{"2025-01-01T01:00:00Z SCORE_CHANGED 10>5 TIME", "2025-01-01T02:00:00Z SCORE_CHANGED 5>2 TIME",
                   "2025-01-01T03:00:00Z SCORE_CHANGED 2>1 TIME", "2025-01-01T04:00:00Z SCORE_CHANGED 1>0 TIME"}));
}

TEST(Scores, LimitKeepsTheEarliestOfADayAndForgetsExpiredOnes) {
  TenantDefinitions definitions = Plain();
  ScoringRule rule;
  rule.event = EventType::kOpen;
  rule.points = 3;
  rule.limit = Limit{1, Limit::Per::kLocalDay};
  rule.expires_after = Duration{2, Unit::kHours};
  definitions.scoring.rules = {rule};
  const auto score = [&](const std::string& until) {
    const auto model = Play(definitions,
                            {EventAt("2025-01-01T00:00:00Z", EventType::kOpen, "e1"),
                             EventAt("2025-01-01T01:00:00Z", EventType::kOpen, "e2")},
                            until);
    return LineOf(model)["score"].get<int>();
  };
  EXPECT_EQ(score("2025-01-01T01:00:00Z"), 3);
  EXPECT_EQ(score("2025-01-01T02:59:59.999Z"), 3);
  EXPECT_EQ(score("2025-01-01T03:00:00Z"), 0);
}

TEST(Scores, ResetTakesWhatIsNotLaterAndExcludeTakesAll) {
  TenantDefinitions definitions = Plain();
  ScoringRule rule;
  rule.event = EventType::kOpen;
  rule.points = 60;
  definitions.scoring.rules = {rule};
  definitions.scoring.reset_on = {EventType::kUnsubscribe};
  definitions.scoring.min = 7;
  const std::vector<Record> records = {EventAt("2025-01-01T00:00:00Z", EventType::kOpen, "e1"),
                                       EventAt("2025-01-01T00:00:00Z", EventType::kUnsubscribe, "e2")};
  EXPECT_EQ(LineOf(Play(definitions, records))["score"], 7);
  definitions.scoring.exclude = Did(EventType::kOpen);
  EXPECT_EQ(LineOf(Play(definitions, records))["score"], 0);
}

TEST(EmailStatus, BouncesOfAnOldAddressDoNotCount) {
  const auto bounce = EventAt("2025-01-01T00:00:00Z", EventType::kBounce, "e");
  const auto first = SetAttribute("2025-01-02T00:00:00Z", "c1", {{"Email", "a@b"}});
  const auto other = SetAttribute("2025-01-03T00:00:00Z", "c2", {{"email", "x@y"}});
  EXPECT_EQ(LineOf(Play(Plain(), {bounce}))["emailStatus"], "bounced");
  EXPECT_EQ(LineOf(Play(Plain(), {bounce, first}))["emailStatus"], "bounced");
  EXPECT_EQ(LineOf(Play(Plain(), {bounce, first, other}))["emailStatus"], "active");
}

TEST(EmailStatus, ResubscribeMustBeStrictlyLater) {
  const auto out = EventAt("2025-01-01T00:00:00Z", EventType::kUnsubscribe, "a");
  const auto same = EventAt("2025-01-01T00:00:00Z", EventType::kResubscribe, "b");
  const auto later = EventAt("2025-01-01T00:00:00.001Z", EventType::kResubscribe, "c");
  EXPECT_EQ(LineOf(Play(Plain(), {out, same}))["status"], "unsubscribed");
  EXPECT_EQ(LineOf(Play(Plain(), {out, same, later}))["status"], "new");
}

TEST(Stages, AFinalStageRefusesStageAndAgentOnly) {
  const auto model = Play(Plain(), {CommandAt("2025-01-01T00:00:00Z", "c1", SetStage{Stage::kLost}),
                                    CommandAt("2025-01-01T00:00:00Z", "c2", SetStage{Stage::kNew}),
                                    CommandAt("2025-01-01T00:00:00Z", "c3", AssignAgent{"a"}),
                                    CommandAt("2025-01-01T00:00:00Z", "c1", AssignAgent{"a"}),
                                    CommandAt("2025-01-01T00:00:00Z", "c4", AddNote{"n"})});
  EXPECT_EQ(model.dead_letters(), (std::vector<DeadLetter>{{1, "final_stage"}, {2, "final_stage"}}));
  EXPECT_EQ(LineOf(model)["stage"], "lost");
  EXPECT_EQ(LineOf(model)["notes"].size(), 1u);
}

TEST(Stages, OnlyWhatCameAfterTheCommandRaisesIt) {
  const auto set = CommandAt("2025-01-02T00:00:00Z", "c", SetStage{Stage::kNew});
  const auto click = EventAt("2025-01-02T00:00:00Z", EventType::kClick, "e1");
  const auto open = EventAt("2025-01-02T00:00:00.001Z", EventType::kOpen, "e2");
  EXPECT_EQ(LineOf(Play(Plain(), {click}))["stage"], "engaged");
  EXPECT_EQ(LineOf(Play(Plain(), {click, set}))["stage"], "new");
  EXPECT_EQ(LineOf(Play(Plain(), {click, set, open}))["stage"], "contacted");
}

TEST(Erasure, DropsWhatIsNotLaterAndTheSequenceGoesOn) {
  const auto open = EventAt("2025-01-03T00:00:00Z", EventType::kOpen, "e1");
  const auto model = Play(Plain(), {open, CommandAt("2025-01-01T00:00:00Z", "c", Erase{}), open,
                                    CommandAt("2025-01-03T00:00:00Z", "d", AddNote{}),
                                    EventAt("2025-01-03T00:00:00.001Z", EventType::kOpen, "e1")});
  EXPECT_EQ(Published(model),
            (Lines{"2025-01-03T00:00:00Z LEAD_CREATED EVENT", "2025-01-03T00:00:00Z STAGE_CHANGED new>contacted EVENT",
                   "2025-01-03T00:00:00Z LEAD_ERASED COMMAND", "2025-01-03T00:00:00.001Z LEAD_CREATED EVENT",
                   "2025-01-03T00:00:00.001Z STAGE_CHANGED new>contacted EVENT"}));
  EXPECT_EQ(LineOf(model)["seq"], 5);
}

TEST(Definitions, AChangeIsEvaluatedAtTheClock) {
  Model model = Play(WithSegment(Did(EventType::kOpen)), {EventAt("2025-01-01T00:00:00Z", EventType::kOpen, "e")},
                     "2025-01-05T00:00:00Z");
  TenantDefinitions other = WithSegment(Did(EventType::kOpen));
  other.segments.front().id = "r";
  model.Redefine({{"*", other}}, "2nd");
  const Lines lines = Published(model);
  EXPECT_EQ(Lines(lines.end() - 2, lines.end()), (Lines{"2025-01-05T00:00:00Z SEGMENT_LEFT s DEFINITIONS",
                                                        "2025-01-05T00:00:00Z SEGMENT_ENTERED r DEFINITIONS"}));
}

// Another lead's record moved the clock; no timer has fired yet.
TEST(Definitions, WhatIsDueFiresUnderTheOldOnesFirst) {
  Model model({{"*", WithSegment(Did(EventType::kOpen, InLast({1, Unit::kDays})))}}, T("2026-01-01T00:00:00Z"));
  model.Read(EventAt("2025-01-01T00:00:00Z", EventType::kOpen, "e"));
  Record other = EventAt("2025-01-05T00:00:00Z", EventType::kOpen, "e");
  Of(other).lead = "other";
  model.Read(other);
  TenantDefinitions renamed = WithSegment(Did(EventType::kOpen));
  renamed.segments.front().id = "r";
  model.Redefine({{"*", renamed}}, "2nd");
  const Lines lines = Published(model);
  EXPECT_EQ(Lines(lines.end() - 2, lines.end()),
            (Lines{"2025-01-02T00:00:00Z SEGMENT_LEFT s TIME", "2025-01-05T00:00:00Z SEGMENT_ENTERED r DEFINITIONS"}));
  EXPECT_EQ(model.changes().at({kTenant, kLead}).back().cause_id, "2nd");
}

TEST(BadInput, TheFirstReasonInTheOrderOfTheContract) {
  Record record = EventAt("yesterday", EventType::kUnknown, "");
  const auto reason = [&] { return Play(Plain(), {record}).dead_letters().at(0).reason; };
  EXPECT_EQ(reason(), "missing_event_id");
  Of(record).id = std::string(129, 'e');
  EXPECT_EQ(reason(), "unknown_type");
  Of(record).type = EventType::kRetract;
  EXPECT_EQ(reason(), "bad_timestamp");
  Of(record).occurred_at = "2026-01-01T00:10:00.001Z";
  EXPECT_EQ(reason(), "future_timestamp");
  Of(record).occurred_at = "2026-01-01T00:10:00Z";
  EXPECT_EQ(reason(), "invalid_value");
}

TEST(Profile, OfTwoEqualNamesTheGreaterInByteOrderStands) {
  const auto model =
      Play(Plain(), {SetAttribute("2025-01-01T00:00:00Z", "c", {{"Plan B", 1}, {"plan_b", 2}, {"PLAN  B", 3}})});
  EXPECT_EQ(LineOf(model)["profile"], (Json{{"plan_b", 2}}));
}

TEST(Profile, AValueThatNoLongerConvertsIsUnsetAndComesBack) {
  TenantDefinitions dated = Plain();
  dated.fields = {{"seats", FieldType::kDate}};
  Model model = Play(Plain(), {SetAttribute("2025-01-01T00:00:00Z", "c", {{"seats", "12"}})});
  model.Redefine({{"*", dated}}, "2nd");
  EXPECT_EQ(LineOf(model)["profile"], Json::object());
  model.Redefine({{"*", Plain()}}, "3rd");
  EXPECT_EQ(LineOf(model)["profile"], (Json{{"seats", "12"}}));
}

}  // namespace leadpulse::model::model_self_test
