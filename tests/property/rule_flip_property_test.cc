// No flip is missed: between `now` and the next_flip of an answer the rule keeps that answer, for random rules and
// journals, at every instant at which anything in them could change. And what holds is what the definitions say.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "tests/support/naive_rules.h"
#include "tests/support/rule_lead.h"

namespace leadpulse::rules {
namespace {

using leadpulse::testing::NaiveHolds;
using leadpulse::testing::RuleLead;
using rc::gen::element;

constexpr Millis kDay{86'400'000};

// From low to high - 1. Of the nominal size, for a range grows with the size and would be its low end at first.
int Random(int low, int high) { return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange(low, high)); }

// Lengths that the rules and the distances between entries are made of, so that edges meet.
struct Length {
  const char* text;
  Millis millis;
};
constexpr Length kLengths[] = {
    {"0 seconds", Millis{0}}, {"1 second", Millis{1000}}, {"1 hour", Millis{3'600'000}}, {"1 day", kDay},
    {"2 days", 2 * kDay},     {"1 week", 7 * kDay},       {"30 days", Millis{30 * kDay}}};

struct Place {
  const char* zone;
  const char* middle;  // a day around which the clocks do something unusual
};
constexpr Place kPlaces[] = {{"UTC", "2026-03-01"},
                             {"America/New_York", "2026-03-08"},
                             {"America/Sao_Paulo", "2018-02-18"},
                             {"Pacific/Apia", "2011-12-30"},
                             {"America/Havana", "2026-11-01"}};

// --- Random rules, as text ---

std::string Pick(std::vector<std::string> choices) { return *rc::gen::elementOf(choices); }
std::string RandomLength() { return kLengths[Random(0, std::size(kLengths))].text; }
std::string RandomDay(const Place& place) {
  const std::string near = "\"" + FormatDay(ParseDay(place.middle).value() + Random(-3, 4)) + "\"";
  return Pick({near, "TODAY", "YESTERDAY", "TOMORROW"});
}
std::string RandomInstant(const Place& place) {
  return Pick({RandomDay(place), RandomLength() + " AGO", RandomLength() + " FROM NOW"});
}
std::string RandomPeriod() { return Pick({"THIS ", "LAST ", "NEXT "}) + Pick({"WEEK", "MONTH", "QUARTER", "YEAR"}); }
std::string RandomOnDay(const Place& place) {
  return Pick({RandomDay(place), std::to_string(Random(0, 4)) + Pick({" DAYS AGO", " DAYS FROM NOW"})});
}
std::string RandomCompare() { return Pick({"=", "!=", "<", "<=", ">", ">="}); }

std::string RandomWindow(const Place& place) {
  switch (Random(0, 6)) {
    case 0:
      return " IN " + RandomPeriod();
    case 1:
      return " ON " + RandomOnDay(place);
    case 2:
      return Pick({" BEFORE ", " AFTER "}) + RandomInstant(place);
    case 3:
      return " BETWEEN " + RandomInstant(place) + " AND " + RandomInstant(place);
    case 4:
      return "";
    default:
      return " IN LAST " + RandomLength();
  }
}

std::string RandomStep() {
  return Pick({"", "", "ANY ", "MACHINE "}) + Pick({"send", "open", "open", "click"}) +
         Pick({"", "", " \"a\"", " CAMPAIGN \"c\"", " WHERE total > 1"});
}

std::string RandomDid(const Place& place) {
  const std::string rule = "DID " + RandomStep();
  if (Random(0, 2) == 0) {
    return rule + Pick({"", " " + RandomCompare() + " " + std::to_string(Random(0, 4)) + " TIMES"}) +
           RandomWindow(place);
  }
  return rule + Pick({" THEN ", " NOT THEN "}) + RandomStep() + " WITHIN " + RandomLength() +
         Pick({"", " SAME MESSAGE", " SAME CAMPAIGN"}) + RandomWindow(place);
}

std::string RandomField() { return Pick({"last_opened", "created", "since", "renewal", "ghost"}); }

std::string RandomTimeTest(const Place& place) {
  const std::string negation = Pick({" ", " NOT "});
  switch (Random(0, 6)) {
    case 0:
      return " " + Pick({"<", "<=", ">", ">="}) + " " + RandomLength() + Pick({" AGO", " FROM NOW"});
    case 1:
      return Pick({" BEFORE ", " AFTER "}) + RandomInstant(place);
    case 2:
      return negation + "BETWEEN " + RandomInstant(place) + " AND " + RandomInstant(place);
    case 3:
      return negation + "ON " + RandomOnDay(place);
    case 4:
      return negation + "IN " + RandomPeriod();
    default:
      return " ANNIVERSARY " + Pick({"TODAY", "IN NEXT 7 DAYS", "IN NEXT 364 DAYS"});
  }
}

std::string RandomLeaf(const Place& place) {
  return Random(0, 3) == 0 ? RandomField() + RandomTimeTest(place) : RandomDid(place);
}

std::string RandomRule(const Place& place, int depth) {
  if (depth == 0) return RandomLeaf(place);
  switch (Random(0, 5)) {
    case 0:
      return "NOT (" + RandomRule(place, depth - 1) + ")";
    case 1:
      return Pick({"opens >= 2", "HAS TAG \"t\""});
    default:
      break;
  }
  std::string rule = "(" + RandomRule(place, depth - 1) + ")";
  const std::string word = Pick({" AND ", " OR "});
  for (int i = Random(1, 3); i-- > 0;) rule += word + "(" + RandomRule(place, depth - 1) + ")";
  return rule;
}

// --- Random leads ---

// Some whole lengths and at most a millisecond away.
Instant RandomInstantNear(Instant middle) {
  Instant t = middle + Millis{Random(-1, 2)};
  for (int i = Random(0, 3); i-- > 0;) {
    t = t + kLengths[Random(0, std::size(kLengths))].millis * Random(-1, 2);
  }
  return t;
}

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

  // Every instant at which an answer could change: each time in the lead and start of a day near it, moved by each of
  // the lengths and with the milliseconds beside it; and the starts of the days of two years.
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

// Of all candidates in order: what holds is what the definition says, and no promise of an earlier answer is broken.
void CheckNeverMissed(const Rule& rule, Scenario& scenario) {
  Answer promised{false, Instant::DistantPast()};
  for (Instant now : scenario.Candidates()) {
    const Facts& facts = scenario.lead.FactsAt(now);
    const Answer answer = Evaluate(*rule.root, facts);
    if (answer.holds != NaiveHolds(*rule.root, facts)) RC_FAIL("not what the definition says at " + At(now));
    if (answer.next_flip <= now) RC_FAIL("a flip that is not ahead, at " + At(now));
    if (now < promised.next_flip && answer.holds != promised.holds) {
      RC_FAIL("flipped at " + At(now) + ", promised was " + At(promised.next_flip));
    }
    if (answer.holds != promised.holds || answer.next_flip > promised.next_flip) promised = answer;
  }
}

RC_GTEST_PROP(RuleFlipProperty, NoFlipOfALeafIsMissedAndNoneIsImagined, ()) {
  Scenario scenario;
  const std::string text = RandomLeaf(scenario.place);
  RC_LOG(text + "\n" + scenario.description);
  const Rule rule = scenario.lead.Compile(text);
  CheckNeverMissed(rule, scenario);
  for (int i = 0; i < 10; ++i) {
    const Answer answer = Evaluate(*rule.root, scenario.lead.FactsAt(RandomInstantNear(scenario.middle)));
    if (answer.next_flip == Instant::Never()) continue;
    RC_ASSERT(Evaluate(*rule.root, scenario.lead.FactsAt(answer.next_flip)).holds != answer.holds);
  }
}

RC_GTEST_PROP(RuleFlipProperty, NoFlipOfARuleIsMissed, ()) {
  Scenario scenario;
  if (Random(0, 2) == 0) scenario.lead.lead().profile.tags.Add("t");
  const std::string text = RandomRule(scenario.place, Random(1, 4));
  RC_LOG(text + "\n" + scenario.description);
  CheckNeverMissed(scenario.lead.Compile(text), scenario);
}

// A test and its negated form, over values of every kind.
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

RC_GTEST_PROP(RuleFlipProperty, NegatedFormsAreExactComplements, ()) {
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
      RC_ASSERT(opposite.next_flip == answer.next_flip);
    }
  }
}

}  // namespace
}  // namespace leadpulse::rules
