// Rules that test the same value in different forms (`size = 42`, `size BETWEEN 42 AND 42`, `size IN ("42.0", 42)`)
// share keys of the index. Whatever their order, and whatever an attribute holds before and after a command, the index
// must find what evaluating every rule finds.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "config/definitions_loader.h"
#include "processor/base/text.h"
#include "processor/view/incremental/segment_update.h"
#include "processor/view/view.h"
#include "tests/property/random_rule_text.h"

namespace leadpulse::view::segment_values_property_test {

using rules::Pick;
using rules::Random;

// One value in all spellings that a rule or a sender may use.
struct Topic {
  std::vector<std::string> literals;  // in rules
  std::vector<Scalar> sent;
};

std::vector<Topic> Topics() {
  return {
      {{"42", "42.0", "042", "42.000", "\"42\"", "\"42.0\"", "7"}, {42.0, "42", "42.0", "042", " 42", "x42", 7.0}},
      {{"0", "-0", "-0.0", "\"0\"", "\"-0\""}, {0.0, -0.0, "0", "-0", "-0.0", false}},
      {{"\"2026-01-05\"", "\"2026-01-05T00:00:00Z\"", "\"2026-01-05t00:00:00z\"", "\"2026-01-05T00:00:00.000z\"",
        "\"2026-01-05T01:00:00+01:00\"", "\"2026-01-05T00:00:00.0009Z\"", "\"2026-01-06\""},
       {"2026-01-05", "2026-01-05T00:00:00Z", "2026-01-05t00:00:00z", "2026-01-05T01:00:00+01:00",
        "2026-01-05t00:00:00.000Z", "2026-01-06", "2026"}},
      {{"\"Kim\"", "\"KIM\"", "\"\u212Aim\"", "\"k\"", "\"\u1E9E\"", "\"\u00DF\"", "\"s\"", "\"\u017F\""},
       {"Kim", "kim", "\u212AIM", "Kim ", "k", "\u00DF", "\u1E9E", "\u017F"}},
      {{"true", "\"true\"", "1", "\"1\"", "false"}, {true, "true", "TRUE", 1.0, "1", false}},
  };
}

// Draws a field of any type, or an undeclared one.
std::string RandomField() { return Pick({"any", "count", "label", "day", "flag"}); }

bool IsNumber(const std::string& literal) { return literal[0] != '"' && literal != "true" && literal != "false"; }
bool IsDate(const std::string& literal) { return literal.starts_with("\"2026-"); }
bool IsText(const std::string& literal) { return literal[0] == '"'; }

// Draws a test of the order of a number or a date, or an empty string.
std::string RandomOrderTest(const std::string& literal, const std::string& other) {
  if (IsNumber(literal)) {
    const std::string high = IsNumber(other) ? Pick({literal, other, literal}) : literal;
    return Pick({" BETWEEN " + literal + " AND " + high, " NOT BETWEEN " + literal + " AND " + literal,
                 " >= " + literal, " <= " + literal, " > " + literal, " < " + literal});
  }
  if (!IsDate(literal)) return " = " + literal;
  return Pick({" BETWEEN " + literal + " AND " + literal, " NOT BETWEEN " + literal + " AND " + literal,
               " BEFORE " + literal, " AFTER " + literal, " ON \"2026-01-05\"", " NOT ON \"2026-01-05\"",
               " >= " + literal, " <= " + literal, " > " + literal, " < " + literal, " < 2 DAYS AGO"});
}

std::string RandomValueTest(const Topic& topic) {
  const std::string literal = Pick(topic.literals);
  const std::string other = Pick(topic.literals);
  switch (Random(0, 8)) {
    case 0:
      return " = " + literal;
    case 1:
      return " != " + literal;
    case 2:
      return Pick({" IS ", " IS NOT "}) + literal;
    case 3:
      return Pick({" IN (", " NOT IN ("}) + literal + ")";
    case 4:
      return Pick({" IN (", " NOT IN ("}) + literal + ", " + other + Pick({"", ", \"z\"", ", 9", ", true"}) + ")";
    case 5:
      if (!IsText(literal)) return " IS SET";
      return Pick({"", " NOT"}) + Pick({" CONTAINS ", " STARTS WITH ", " ENDS WITH "}) + literal;
    default:
      return RandomOrderTest(literal, other);
  }
}

std::string RandomNameTest(const Topic& topic) {
  const std::string literal = Pick(topic.literals);
  const std::string name = IsText(literal) ? literal : "\"" + literal + "\"";
  return Pick({"HAS TAG ", "IN LIST ", "IN CAMPAIGN ", "HAS CONSENT ", "tags = ", "lists != ", "campaigns IN (\"z\", ",
               "tags CONTAINS ", "agent = ", "agent STARTS WITH "}) +
         name;
}

std::string RandomCondition(const Topic& topic, const std::string& field) {
  const std::string asked = Random(0, 4) == 0 ? RandomField() : field;
  if (Random(0, 6) > 0) return asked + RandomValueTest(topic);
  std::string names = RandomNameTest(topic);
  return names.find('(') == std::string::npos ? names : names + ")";
}

std::string RandomRule(const Topic& topic, const std::string& field) {
  std::string rule = RandomCondition(topic, field);
  if (Random(0, 4) == 0) rule = "NOT (" + rule + ")";
  const std::string word = Pick({" AND ", " OR "});
  for (int i = Random(-2, 3); i-- > 0;) rule += word + RandomCondition(topic, field);
  return rule;
}

// Draws few rules about one value, so that each form sometimes comes first, and others that make the index worth it.
std::string RandomDefinitions(const Topic& topic) {
  std::string text =
      "tenants:\n  \"*\":\n    fields: {count: number, label: text, day: date, flag: boolean}\n"
      "    tiers: [{name: cold}]\n    segments:\n";
  const std::string field = RandomField();
  int segments = 0;
  const auto add = [&](const std::string& rule) {
    text += "      - {id: s" + std::to_string(100 + segments++) + ", name: x, rule: '" + rule + "'}\n";
  };
  for (int i = Random(2, 6); i-- > 0;) add(RandomRule(topic, field));
  while (segments < static_cast<int>(config::kIndexedSegments)) add("opens > " + std::to_string(segments));
  return text;
}

Value RandomValue(const Topic& topic) {
  const auto scalar = [&] { return *rc::gen::elementOf(topic.sent); };
  if (Random(0, 3) == 0) return std::visit([](const auto& one) { return Value(one); }, scalar());
  ScalarList list;
  for (int i = Random(1, 4); i-- > 0;) list.push_back(scalar());
  return list;
}

std::string RandomName(const Topic& topic) {
  const Scalar sent = *rc::gen::elementOf(topic.sent);
  const auto* text = std::get_if<std::string>(&sent);
  return text == nullptr || text->empty() ? "z" : *text;
}

void ChangeProfile(const Topic& topic, const config::TenantDefinitions& definitions, state::Profile* profile) {
  for (const char* field : {"any", "count", "label", "day", "flag"}) {
    if (Random(0, 3) == 0) profile->attributes[field] = {RandomValue(topic), {}};
    if (Random(0, 8) == 0) profile->attributes.erase(field);
  }
  state::ProfileExtras& extras = profile->extras.Get();
  for (state::NameSet* names : {&extras.tags, &extras.lists, &extras.campaigns}) {
    if (Random(0, 4) == 0) names->Add(RandomName(topic));
    if (Random(0, 4) == 0) names->Remove(RandomName(topic));
  }
  if (Random(0, 4) == 0) extras.consents[FoldCase(RandomName(topic))].granted = Random(0, 2) == 0;
  if (Random(0, 4) == 0) extras.agent_id = Pick({"", RandomName(topic)});
  ConvertProfile(definitions, profile);
}

// Checks that after each change of a profile the index and the evaluation give the same segments.
void HoldAgainstEvaluation(const Topic& topic, const config::TenantDefinitions& definitions) {
  const Instant now = definitions.calendar.StartOf(ParseDay("2026-01-06").value());
  state::Lead lead;
  lead.key = {"acme", "lead-1"};
  lead.view = EmptyView(definitions);
  lead.profile.first_command_at = now;
  SegmentUpdate update;
  for (int step = 0; step < 8; ++step) {
    if (step == 0 || Random(0, 10) == 0) {
      update.BeginFromNothing(definitions, now, &lead);
    } else {
      update.Begin(definitions, now, &lead);
    }
    update.ExpectProfile();
    ChangeProfile(topic, definitions, &lead.profile);
    View view = update.Evaluate();
    view.published.segments = update.is_from_nothing() ? update.Segments() : lead.view.segments;
    if (!update.is_from_nothing()) ApplyDiff(update.diff(), &view.published.segments);
    RC_ASSERT(view.published.segments == EvaluateView(lead, definitions, now).published.segments);
    lead.view = std::move(view.published);
    lead.next_change_at = view.next_change_at;
  }
}

RC_GTEST_PROP(SegmentValuesProperty, EqualValuesInOtherFormsAreFound, ()) {
  for (const Topic& topic : Topics()) {
    const std::string text = RandomDefinitions(topic);
    RC_LOG(text);
    const config::LoadedDefinitions loaded = config::LoadDefinitions(text);
    if (loaded.definitions == nullptr) RC_FAIL(loaded.errors.front().message);
    const config::TenantDefinitions& definitions = loaded.definitions->For("acme");
    RC_ASSERT(definitions.segment_index != nullptr);
    HoldAgainstEvaluation(topic, definitions);
  }
}

// Names and texts may hold any character: here one condition's name ends where the other's text begins.
TEST(SegmentValuesTest, NamesAndTextsWithNulAreKeptApart) {
  std::string text = "tenants:\n  \"*\":\n    tiers: [{name: cold}]\n    segments:\n";
  text += R"(      - {id: a, rule: "a = \"b\0c\""})"
          "\n";
  text += R"(      - {id: b, rule: "`a\0b` = \"c\""})"
          "\n";
  for (size_t i = 2; i < config::kIndexedSegments; ++i) {
    text += "      - {id: s" + std::to_string(i) + ", rule: opens > " + std::to_string(i) + "}\n";
  }
  const config::LoadedDefinitions loaded = config::LoadDefinitions(text);
  ASSERT_NE(loaded.definitions, nullptr);
  const config::TenantDefinitions& definitions = loaded.definitions->For("acme");
  state::Lead lead;
  lead.key = {"acme", "lead-1"};
  SegmentUpdate update;
  update.BeginFromNothing(definitions, Instant{0}, &lead);
  update.ExpectProfile();
  lead.profile.attributes[std::string("a\0b", 3)] = {std::string("c"), {}};
  ConvertProfile(definitions, &lead.profile);
  update.Evaluate();
  EXPECT_EQ(update.Segments(), state::SegmentIndexes({1}));
}

}  // namespace leadpulse::view::segment_values_property_test
