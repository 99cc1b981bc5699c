#include "tests/kafka/live_definitions.h"

#include <string>
#include <utility>

namespace leadpulse::testing {
namespace {

using model::EventType;
using model::Predicate;
using model::Rule;
using Asked = model::Test::Kind;
using Unit = model::Duration::Unit;

model::ScoringRule Points(EventType event, int64_t points) {
  model::ScoringRule rule;
  rule.event = event;
  rule.points = points;
  return rule;
}

model::Scoring Scoring() {
  model::ScoringRule open = Points(EventType::kOpen, 1);
  open.limit = model::Limit{1, model::Limit::Per::kMessage};
  model::ScoringRule bounce = Points(EventType::kBounce, -50);
  bounce.soft_bounce = false;
  model::Scoring scoring;
  scoring.rules = {open, Points(EventType::kClick, 5), Points(EventType::kPageVisit, 3), bounce};
  scoring.reset_on = {EventType::kUnsubscribe, EventType::kComplaint};
  return scoring;
}

Rule Did(EventType action) {
  Rule rule;
  rule.predicate.kind = Predicate::Kind::kDid;
  rule.predicate.step.action = action;
  return rule;
}

Rule FieldTest(const std::string& field, Asked kind, model::Compare compare, model::Literal literal) {
  Rule rule;
  rule.predicate.kind = Predicate::Kind::kTest;
  rule.predicate.field = field;
  rule.predicate.test.kind = kind;
  rule.predicate.test.compare = compare;
  rule.predicate.test.values = {std::move(literal)};
  return rule;
}

Rule HotOnes() {
  Rule rule;
  rule.kind = Rule::Kind::kAnd;
  rule.parts = {
      FieldTest("tier", Asked::kIs, model::Compare::kEqual, {model::Literal::Kind::kText, "hot"}),
      FieldTest("sendable", Asked::kCompare, model::Compare::kEqual, {model::Literal::Kind::kBoolean, "", 0, true})};
  return rule;
}

Rule JustNow() {
  Rule rule = Did(EventType::kPageVisit);
  rule.predicate.step.name = "now";
  rule.predicate.window.kind = model::Window::Kind::kInLast;
  rule.predicate.window.duration = {2, Unit::kSeconds};
  return rule;
}

}  // namespace

model::Definitions LiveDefinitions() {
  model::TenantDefinitions all;
  all.fields = {{"company_size", model::FieldType::kNumber}};
  all.publish_score_changes = true;
  all.scoring = Scoring();
  all.tiers = {{"hot", 20}, {"warm", 5}, {"cold", {}}};
  all.segments = {{"opened", "", Did(EventType::kOpen)},
                  {"hot-ones", "", HotOnes()},
                  {"just-now", "", JustNow()},
                  {"large", "",
                   FieldTest("company_size", Asked::kCompare, model::Compare::kMoreEqual,
                             {model::Literal::Kind::kNumber, "", 100})}};
  return {{"*", all}};
}

}  // namespace leadpulse::testing
