// Timers of random rules and journals, none of which may be missed. Between `now` and the next_change_at of a result,
// the rule keeps that result at every instant at which anything in them could change. The result is also compared with
// the definitions.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "tests/property/random_rule_text.h"
#include "tests/support/naive_rules.h"
#include "tests/support/rule_lead.h"

namespace leadpulse::rules::rule_flip_property_test {

using leadpulse::testing::NaiveHolds;
using leadpulse::testing::RuleLead;
using rc::gen::element;

// --- Random leads ---

struct Scenario {
  Place place = *element(kPlaces[0], kPlaces[1], kPlaces[2], kPlaces[3], kPlaces[4]);
  RuleLead lead{place.zone};
  Instant middle;
  std::string description;

  Scenario() {
    lead.fields = {{"since", FieldType::kDate}};
    lead.event_properties = {{"total", FieldType::kNumber}};
    middle = lead.calendar().StartOf(ParseDay(place.middle).value()) + *element(Millis{0}, Millis{45'000'000});
    description = place.zone;
    if (Random(0, 4) > 0) lead.Set("since", FormatRfc3339(RandomInstantNear(middle)));
    if (Random(0, 4) > 0) lead.Set("renewal", FormatDay(ParseDay(place.middle).value() + Random(-3, 4)));
    for (int i = Random(0, 8); i-- > 0;) AddEntry();
  }
  void AddEntry() {
    const EventType type = *element(EventType::kSent, EventType::kOpen, EventType::kClick);
    testing::OwnedEntry& entry = lead.Add(type, RandomInstantNear(middle));
    entry.machine = Random(0, 4) == 0;
    entry.name = Pick({"", "a", "A"});
    entry.message_id = Pick({"", "m", "n"});
    entry.campaign_id = Pick({"", "c", "C", "d"});
    if (Random(0, 3) == 0) entry.properties = {{"total", Random(0, 4) * 1.0}};
    description += "\n  " + FormatRfc3339(entry.occurred_at) + " " + std::string(EventTypeName(type)) +
                   (entry.machine ? " machine" : "") + " name=" + entry.name + " message=" + entry.message_id +
                   " campaign=" + entry.campaign_id;
  }

  // Returns every instant at which a result could change: each time in the lead and each start of a day near it, moved
  // by each of the durations, with the milliseconds around it; and the starts of the days of two years.
  std::vector<Instant> Candidates() const {
    std::set<Instant> times = {middle};
    for (const auto& entry : const_cast<Scenario*>(this)->lead.entries()) times.insert(entry.occurred_at);
    const Facts& facts = const_cast<Scenario*>(this)->lead.FactsAt(middle);
    for (const auto& [name, attribute] : facts.lead->profile.attributes) {
      if (const auto* t = std::get_if<Instant>(&attribute.converted)) times.insert(*t);
    }
    std::set<Instant> candidates;
    const auto add = [&](Instant t) {
      for (int i : {-1, 0, 1}) candidates.insert(t + Millis{i});
    };
    for (Instant t : times) {
      for (const Length& length : kLengths) add(t + length.millis), add(t - length.millis);
    }
    const Day first = lead.calendar().DayOf(middle) - 40;
    for (int i = 0; i < 800; ++i) {
      const Instant start = lead.calendar().StartOf(first + i);
      if (i < 80) add(start);
      for (const Length& length : kLengths) {
        if (i < 80) add(start + length.millis), add(start - length.millis);
      }
      candidates.insert(start);
    }
    return {candidates.begin(), candidates.end()};
  }
};

std::string At(Instant t) { return t == Instant::Never() ? "never" : FormatRfc3339(t); }

// --- The properties ---

// Checks all candidates in order: the result is that of the definition, and no earlier next_change_at is broken.
void CheckNeverMissed(const Rule& rule, Scenario& scenario) {
  Answer promised{false, Instant::DistantPast()};
  for (Instant now : scenario.Candidates()) {
    const Facts& facts = scenario.lead.FactsAt(now);
    const Answer answer = Evaluate(*rule.root, facts);
    if (answer.holds != NaiveHolds(*rule.root, facts)) RC_FAIL("not what the definition says at " + At(now));
    if (answer.next_change_at <= now) RC_FAIL("a flip that is not ahead, at " + At(now));
    if (now < promised.next_change_at && answer.holds != promised.holds) {
      RC_FAIL("flipped at " + At(now) + ", promised was " + At(promised.next_change_at));
    }
    if (answer.holds != promised.holds || answer.next_change_at > promised.next_change_at) promised = answer;
  }
}

RC_GTEST_PROP(RuleTimerProperty, NoTimerOfALeafIsMissedAndNoneIsImagined, ()) {
  Scenario scenario;
  const std::string text = RandomLeaf(scenario.place);
  RC_LOG(text + "\n" + scenario.description);
  const Rule rule = scenario.lead.Compile(text);
  CheckNeverMissed(rule, scenario);
  for (int i = 0; i < 10; ++i) {
    const Answer answer = Evaluate(*rule.root, scenario.lead.FactsAt(RandomInstantNear(scenario.middle)));
    if (answer.next_change_at == Instant::Never()) continue;
    RC_ASSERT(Evaluate(*rule.root, scenario.lead.FactsAt(answer.next_change_at)).holds != answer.holds);
  }
}

RC_GTEST_PROP(RuleTimerProperty, NoTimerOfARuleIsMissed, ()) {
  Scenario scenario;
  if (Random(0, 2) == 0) scenario.lead.lead().profile.extras.Get().tags.Add("t");
  const std::string text = RandomRule(scenario.place, Random(1, 4));
  RC_LOG(text + "\n" + scenario.description);
  CheckNeverMissed(scenario.lead.Compile(text), scenario);
}

// Returns a test and its negated form, over values of every kind.
std::pair<std::string, std::string> RandomComplements(const Place& place) {
  const std::string field = RandomField() + Pick({"", "x"});
  const std::string literal = Pick({"\"a\"", "\"2026-03-01\"", "3", "true", "\"\""});
  const std::string bounds = Pick({"1 AND 3", RandomInstant(place) + " AND " + RandomInstant(place)});
  const std::string text = Pick({"CONTAINS", "STARTS WITH", "ENDS WITH"}) + " \"a\"";
  const std::string day = RandomOnDay(place);
  const std::string period = RandomPeriod();
  return *rc::gen::elementOf(std::vector<std::pair<std::string, std::string>>{
      {field + " = " + literal, field + " != " + literal},
      {field + " IS " + literal, field + " IS NOT " + literal},
      {field + " IS SET", field + " IS NOT SET"},
      {field + " IN (" + literal + ", 1)", field + " NOT IN (" + literal + ", 1)"},
      {field + " " + text, field + " NOT " + text},
      {field + " BETWEEN " + bounds, field + " NOT BETWEEN " + bounds},
      {field + " ON " + day, field + " NOT ON " + day},
      {field + " IN " + period, field + " NOT IN " + period}});
}

Value RandomValue() {
  const std::vector<Value> values = {Value("a"),
                                     Value("3"),
                                     Value("2026-03-01"),
                                     Value(3.0),
                                     Value(true),
                                     Value(ScalarList{std::string("a"), 3.0, true}),
                                     Value(ScalarList{std::string("3"), std::string("2026-03-01")}),
                                     Value(StructValue{"{}"})};
  return values[Random(0, values.size())];
}

RC_GTEST_PROP(RuleTimerProperty, NegatedFormsAreExactComplements, ()) {
  Scenario scenario;
  scenario.lead.Set("ghost", RandomValue());
  const auto [positive, negative] = RandomComplements(scenario.place);
  RC_LOG(positive + " / " + negative);
  const Rule rule = scenario.lead.Compile(positive);
  const Rule complement = scenario.lead.Compile(negative);
  const Rule inverse = scenario.lead.Compile("NOT " + positive);
  for (int i = 0; i < 20; ++i) {
    const Facts& facts = scenario.lead.FactsAt(RandomInstantNear(scenario.middle));
    const Answer answer = Evaluate(*rule.root, facts);
    for (const Rule* other : {&complement, &inverse}) {
      const Answer opposite = Evaluate(*other->root, facts);
      RC_ASSERT(opposite.holds != answer.holds);
      RC_ASSERT(opposite.next_change_at == answer.next_change_at);
    }
  }
}

}  // namespace leadpulse::rules::rule_flip_property_test
