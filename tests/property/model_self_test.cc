// The model on cases small enough to work out by hand. Here are those that no scenario table has, or that
// model_scenario_test does not know.

#include <gtest/gtest.h>

#include "tests/property/model_play.h"
#include "tests/support/model/addresses.h"

namespace leadpulse::model::model_self_test {

using Unit = Duration::Unit;
// Inside a test, `Test` is GoogleTest's.
using Ask = Test::Kind;

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

TEST(Then, NotThenHoldsOnceTheTimeIsUp) {
  Rule rule;
  rule.predicate.kind = Predicate::Kind::kThen;
  rule.predicate.step.action = EventType::kSent;
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

TEST(BadInput, ADeadLetterHasThePositionOfItsRecord) {
  const auto model =
      Play(Plain(), {CommandAt(OnDay(1), "c1", SetStage{Stage::kLost}), CommandAt(OnDay(1), "c2", AssignAgent{"a"})});
  EXPECT_EQ(model.dead_letters(), (std::vector<DeadLetter>{{1, "final_stage"}}));
}

TEST(Topics, ALeadKeepsTheFirstHundred) {
  const auto about = [](int day, EventType type, const std::string& topic) {
    Record record = EventAt(OnDay(day), type, TypeName(type) + std::to_string(day) + topic);
    Of(record).topic = topic;
    return record;
  };
  TenantDefinitions definitions = Plain();
  definitions.topics = {{"t99", ""}, {"t100", ""}};
  const auto with = [&](const std::vector<Record>& more) {
    std::vector<Record> records;
    for (int topic = 0; topic < 100; ++topic)
      records.push_back(about(1, EventType::kResubscribe, "t" + std::to_string(topic)));
    records.insert(records.end(), more.begin(), more.end());
    return LineOf(Play(definitions, records));
  };
  EXPECT_EQ(with({about(2, EventType::kUnsubscribe, "T99")})["topicsOut"], (Json{"t99"}));
  EXPECT_EQ(with({about(2, EventType::kUnsubscribe, "T99")})["emailStatus"], "active");
  const Record beyond = about(2, EventType::kUnsubscribe, "t100");
  EXPECT_EQ(with({beyond})["topicsOut"], Json::array());
  EXPECT_EQ(with({beyond})["emailStatus"], "unsubscribed");
  EXPECT_EQ(with({beyond, about(3, EventType::kResubscribe, "t100")})["emailStatus"], "unsubscribed");
  EXPECT_EQ(with({beyond, about(3, EventType::kResubscribe, "")})["emailStatus"], "active");
}

TEST(Addresses, OneHasAtMostThreeHundredAndTwentyBytes) {
  EXPECT_FALSE(IsInvalidEmail(std::string(314, 'a') + "@e.com"));
  EXPECT_TRUE(IsInvalidEmail(std::string(315, 'a') + "@e.com"));
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

Record For(const std::string& lead, Record record) {
  std::visit(
      [&](auto& content) {
        if constexpr (requires { content.lead; }) content.lead = lead;
      },
      record.content);
  return record;
}

Record SetsEmail(const std::string& lead, int day, const std::string& email) {
  return For(lead, SetAttribute(OnDay(day), "c" + std::to_string(day), {{"email", email}}));
}

// The leads 1, 2 and 3 of one address, of which two can register. No table can lower this limit.
class LimitedAddressTest : public ::testing::Test {
 protected:
  LimitedAddressTest() {
    for (const char* lead : {"1", "2", "3"}) Go(SetsEmail(lead, 1, "x@example.com"));
  }

  void Go(const Record& record) {
    model_.Read(record);
    model_.Finish(std::nullopt);
    EXPECT_EQ(model_.defect(), "");
  }
  Json Line(const std::string& lead) const { return model_.Leads().at({kTenant, lead}); }

 private:
  Model model_{{{"*", Plain()}}, T("2026-01-01T00:00:00Z"), {.registered = 2}};
};

TEST_F(LimitedAddressTest, OneBeyondTheLimitReceivesNothingAndIsNotSendable) {
  Go(For("x@example.com", EventAt(OnDay(2), EventType::kOpen, "e")));
  EXPECT_EQ(Line("2")["counts"]["open"], 1);
  EXPECT_EQ(Line("2")["sendable"], true);
  EXPECT_EQ(Line("3")["counts"]["open"], 0);
  EXPECT_EQ(Line("3")["emailStatus"], "active");
  EXPECT_EQ(Line("3")["sendable"], false);
}

TEST_F(LimitedAddressTest, ItsStatusIsItsOwnButItsFactsAreTheAddresss) {
  Go(For("3", EventAt(OnDay(2), EventType::kUnsubscribe, "out")));
  EXPECT_EQ(Line("1")["emailStatus"], "unsubscribed");
  EXPECT_EQ(Line("3")["emailStatus"], "unsubscribed");
  Go(For("3", Retract(OnDay(3), "r", "out")));
  EXPECT_EQ(Line("1")["emailStatus"], "unsubscribed");
  EXPECT_EQ(Line("3")["emailStatus"], "active");
}

TEST_F(LimitedAddressTest, ItRegistersWhenACommandSetsItsEmailAndThereIsRoom) {
  Go(For("x@example.com", EventAt(OnDay(2), EventType::kOpen, "e")));
  Go(SetsEmail("3", 3, "x@example.com"));
  EXPECT_EQ(Line("3")["sendable"], false);
  Go(SetsEmail("1", 4, "y@z"));
  Go(For("3", CommandAt(OnDay(5), "note", AddNote{"n"})));
  EXPECT_EQ(Line("3")["sendable"], false);
  Go(SetsEmail("3", 6, "x@example.com"));
  EXPECT_EQ(Line("3")["sendable"], true);
  EXPECT_EQ(Line("3")["counts"]["open"], 1);
}

}  // namespace leadpulse::model::model_self_test
