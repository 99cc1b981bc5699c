// The strict evaluation against its definition: negations are pushed down, and each predicate on an unset field is
// false.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "processor/rules/evaluation/strict_evaluator.h"
#include "tests/support/naive_rules.h"
#include "tests/support/rule_lead.h"

namespace leadpulse::rules::strict_evaluator_property_test {

using leadpulse::testing::NaiveHolds;
using leadpulse::testing::NaiveStrict;
using leadpulse::testing::RuleLead;

const Instant kNow = ParseRfc3339("2026-03-10T12:00:00Z").value();
const std::vector<std::string> kAttributes = {"a", "b", "c", "d"};

int Random(int low, int high) { return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange(low, high)); }
std::string Pick(std::vector<std::string> choices) { return *rc::gen::elementOf(choices); }

std::string RandomPredicate(int segments, bool may_ask_whether_set) {
  const std::string field = Pick({"a", "b", "c", "d", "last_opened", "agent", "tags", "score"});
  std::string predicate =
      field + Pick({" = \"x\"", " != \"x\"", " IS NOT 1", " IN (1, \"x\")", " NOT IN (1, \"x\")", " CONTAINS \"x\"",
                    " NOT STARTS WITH \"x\"", " > 1", " BETWEEN 0 AND 1", " NOT BETWEEN 0 AND 1", " < 3 days ago",
                    " NOT ON TODAY", " BEFORE TODAY", " NOT IN THIS YEAR", " ANNIVERSARY IN NEXT 7 DAYS"});
  const int kind = Random(0, 8);
  if (kind == 0 && may_ask_whether_set) predicate = field + Pick({" IS SET", " IS NOT SET"});
  if (kind == 1) predicate = Pick({"DID open", "DID click = 0 TIMES", "HAS TAG \"x\"", "NOT IN LIST \"x\""});
  if (kind == 2 && segments > 0) predicate = "IN SEGMENT \"s" + std::to_string(Random(0, segments)) + "\"";
  return predicate;
}

std::string RandomRule(int depth, int segments, bool may_ask_whether_set) {
  if (depth == 0) return RandomPredicate(segments, may_ask_whether_set);
  const auto part = [&] { return "(" + RandomRule(depth - 1, segments, may_ask_whether_set) + ")"; };
  if (Random(0, 3) == 0) return "NOT " + part();
  std::string rule = part();
  const std::string word = Pick({" AND ", " OR "});
  for (int i = Random(1, 3); i-- > 0;) rule += word + part();
  return rule;
}

// A lead with some known fields, and segments that may each refer to earlier ones.
struct Scenario {
  static constexpr int kSegments = 3;

  RuleLead lead;
  std::vector<Rule> segments;
  std::vector<uint8_t> rest_on_unset;
  std::vector<std::vector<UnsetGround>> grounds;
  std::string description;

  explicit Scenario(bool may_ask_whether_set) {
    lead.fields = {{"d", FieldType::kDate}};
    lead.segment_ids = {"s0", "s1", "s2"};
    for (const std::string& name : kAttributes) {
      if (Random(0, 2) == 0) SetSomething(name);
    }
    if (Random(0, 2) == 0) lead.Add(EventType::kOpen, kNow + Millis{-86'400'000} * Random(0, 5));
    if (Random(0, 2) == 0) lead.lead().profile.extras.Get().tags.Add(Pick({"x", "y"}));
    if (Random(0, 2) == 0) lead.lead().profile.extras.Get().agent_id = Pick({"x", "y"});
    lead.segments.assign(kSegments, 0);
    rest_on_unset.assign(kSegments, 0);
    grounds.resize(kSegments);
    for (int i = 0; i < kSegments; ++i) {
      const std::string text = RandomRule(Random(0, 3), i, may_ask_whether_set);
      description += lead.segment_ids[i] + ": " + text + "\n";
      segments.push_back(lead.Compile(text));
      const StrictAnswer answer = EvaluateStrictly(*segments[i].root, lead.FactsAt(kNow), rest_on_unset, &grounds[i]);
      lead.segments[i] = answer.holds;
      rest_on_unset[i] = answer.rests_on_unset;
    }
  }
  void SetSomething(const std::string& name) {
    const std::string value = name == "d" ? "2026-03-1" + std::to_string(Random(0, 3)) : Pick({"x", "y", "1", "7"});
    lead.Set(name, Value(value));
    description += name + " = " + value + "\n";
  }
  // Returns the fields of some grounds, including those of segments.
  std::set<std::string> FieldsOf(const std::vector<UnsetGround>& from) const {
    std::set<std::string> fields;
    for (const UnsetGround& ground : from) {
      if (const auto* field = std::get_if<const Field*>(&ground)) {
        fields.insert((*field)->spelling);
      } else {
        fields.merge(FieldsOf(grounds[std::get<uint32_t>(ground)]));
      }
    }
    return fields;
  }
};

RC_GTEST_PROP(StrictEvaluatorProperty, IsTheReadingWithNegationsPushedDown, ()) {
  Scenario scenario(true);
  const std::string text = RandomRule(Random(0, 4), Scenario::kSegments, true);
  RC_LOG(scenario.description + text);
  const Rule rule = scenario.lead.Compile(text);
  const Facts& facts = scenario.lead.FactsAt(kNow);
  std::vector<UnsetGround> grounds;
  const StrictAnswer answer = EvaluateStrictly(*rule.root, facts, scenario.rest_on_unset, &grounds);
  const NaiveStrict naive{facts, scenario.segments};
  RC_ASSERT(answer.holds == NaiveHolds(*rule.root, facts));
  RC_ASSERT((answer.holds && !answer.rests_on_unset) == naive.Holds(*rule.root, false));
  RC_ASSERT((!answer.holds && !answer.rests_on_unset) == naive.Holds(*rule.root, true));
  std::set<std::string> fields;
  naive.Grounds(*rule.root, !answer.holds, &fields);
  RC_ASSERT(scenario.FieldsOf(grounds) == fields);
  RC_ASSERT(fields.empty() != answer.rests_on_unset);
}

// Setting an unset field changes no result that does not rest on it. IS SET is left out, since it asks for exactly
// that.
RC_GTEST_PROP(StrictEvaluatorProperty, WhatDoesNotRestOnAFieldStaysWhateverTheFieldIs, ()) {
  Scenario scenario(false);
  const std::string text = RandomRule(Random(0, 4), 0, false);
  RC_LOG(scenario.description + text);
  const Rule rule = scenario.lead.Compile(text);
  std::vector<UnsetGround> grounds;
  const StrictAnswer answer = EvaluateStrictly(*rule.root, scenario.lead.FactsAt(kNow), {}, &grounds);
  RC_CLASSIFY(answer.rests_on_unset, "rests on something unset");
  if (answer.rests_on_unset) return;
  for (const std::string& name : kAttributes) {
    if (!scenario.lead.lead().profile.attributes.contains(name)) scenario.SetSomething(name);
  }
  RC_ASSERT(Evaluate(*rule.root, scenario.lead.FactsAt(kNow)).holds == answer.holds);
}

RC_GTEST_PROP(StrictEvaluatorProperty, NoAnswerRestsOnMoreThanTheTextCouldReach, ()) {
  Scenario scenario(true);
  RC_LOG(scenario.description);
  std::vector<UnsetReach> reaches(Scenario::kSegments);
  for (int i = 0; i < Scenario::kSegments; ++i) {
    reaches[i] = ReachOfUnset(*scenario.segments[i].root, reaches);
    const bool may = scenario.lead.segments[i] ? reaches[i].when_true : reaches[i].when_false;
    RC_ASSERT(may || !scenario.rest_on_unset[i]);
  }
}

}  // namespace leadpulse::rules::strict_evaluator_property_test
