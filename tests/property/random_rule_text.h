// Random rules of the language, as text, about the leads of RuleTimerProperty: times near a day, opens, clicks.
//
// Draw inside a property, so that RapidCheck can shrink a failure.
#pragma once

#include <rapidcheck.h>

#include <iterator>
#include <string>
#include <vector>

#include "processor/base/calendar.h"
#include "processor/base/instant.h"

namespace leadpulse::rules {

inline constexpr Millis kDay{86'400'000};

// Draws from low to high - 1. Uses the nominal size, because otherwise the range would grow with the size and would at
// first be its low end.
inline int Random(int low, int high) { return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange(low, high)); }

// Durations used in rules and between entries, so that edges coincide.
struct Length {
  const char* text;
  Millis millis;
};
inline constexpr Length kLengths[] = {
    {"0 seconds", Millis{0}}, {"1 second", Millis{1000}}, {"1 hour", Millis{3'600'000}}, {"1 day", kDay},
    {"2 days", 2 * kDay},     {"1 week", 7 * kDay},       {"30 days", Millis{30 * kDay}}};

struct Place {
  const char* zone;
  const char* middle;  // a day near which the clocks change
};
inline constexpr Place kPlaces[] = {{"UTC", "2026-03-01"},
                                    {"America/New_York", "2026-03-08"},
                                    {"America/Sao_Paulo", "2018-02-18"},
                                    {"Pacific/Apia", "2011-12-30"},
                                    {"America/Havana", "2026-11-01"}};

// --- Random rules, as text ---

inline std::string Pick(std::vector<std::string> choices) { return *rc::gen::elementOf(choices); }
inline std::string RandomLength() { return kLengths[Random(0, std::size(kLengths))].text; }
inline std::string RandomDay(const Place& place) {
  const std::string near = "\"" + FormatDay(ParseDay(place.middle).value() + Random(-3, 4)) + "\"";
  return Pick({near, "TODAY", "YESTERDAY", "TOMORROW"});
}
inline std::string RandomInstant(const Place& place) {
  return Pick({RandomDay(place), RandomLength() + " AGO", RandomLength() + " FROM NOW"});
}
inline std::string RandomPeriod() {
  return Pick({"THIS ", "LAST ", "NEXT "}) + Pick({"WEEK", "MONTH", "QUARTER", "YEAR"});
}
inline std::string RandomOnDay(const Place& place) {
  return Pick({RandomDay(place), std::to_string(Random(0, 4)) + Pick({" DAYS AGO", " DAY FROM NOW"})});
}
inline std::string RandomCompare() { return Pick({"=", "!=", "<", "<=", ">", ">="}); }

inline std::string RandomWindow(const Place& place) {
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

inline std::string RandomStep() {
  return Pick({"", "", "ANY ", "MACHINE "}) + Pick({"send", "open", "open", "click"}) +
         Pick({"", "", " \"a\"", " CAMPAIGN \"c\"", " WHERE total > 1"});
}

inline std::string RandomDid(const Place& place) {
  const std::string rule = "DID " + RandomStep();
  if (Random(0, 2) == 0) {
    return rule + Pick({"", " " + RandomCompare() + " " + std::to_string(Random(0, 4)) + " TIMES"}) +
           RandomWindow(place);
  }
  return rule + Pick({" THEN ", " NOT THEN "}) + RandomStep() + " WITHIN " + RandomLength() +
         Pick({"", " SAME MESSAGE", " SAME CAMPAIGN"}) + RandomWindow(place);
}

inline std::string RandomField() { return Pick({"last_opened", "created", "since", "renewal", "ghost"}); }

inline std::string RandomTimeTest(const Place& place) {
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

inline std::string RandomLeaf(const Place& place) {
  return Random(0, 3) == 0 ? RandomField() + RandomTimeTest(place) : RandomDid(place);
}

inline std::string RandomRule(const Place& place, int depth) {
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

// Adds some durations to `middle` and is off by at most a millisecond.
inline Instant RandomInstantNear(Instant middle) {
  Instant t = middle + Millis{Random(-1, 2)};
  for (int i = Random(0, 3); i-- > 0;) {
    t = t + kLengths[Random(0, std::size(kLengths))].millis * Random(-1, 2);
  }
  return t;
}

}  // namespace leadpulse::rules
