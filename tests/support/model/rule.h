// The rule language as structures, like the result of a parser.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/model/calendar.h"
#include "tests/support/model/event_type.h"
#include "tests/support/model/number.h"

namespace leadpulse::model {

struct Duration {
  enum class Unit { kSeconds, kMinutes, kHours, kDays, kWeeks };
  int64_t count = 0;
  Unit unit = Unit::kDays;

  Millis millis() const;
};

enum class Compare { kEqual, kNotEqual, kLess, kLessEqual, kMore, kMoreEqual };

struct Literal {
  enum class Kind { kText, kNumber, kBoolean };
  Kind kind = Kind::kText;
  std::string text;
  Number number = {};
  bool flag = false;
};

struct TextTest {
  enum class Kind { kContains, kStartsWith, kEndsWith };
  Kind kind = Kind::kContains;
  std::string text;
};

// A test of a field or an event's property.
struct Test {
  enum class Kind { kCompare, kIs, kIsNot, kIsSet, kIsNotSet, kIn, kNotIn, kText, kNotText };
  Kind kind = Kind::kIsSet;
  Compare compare = Compare::kEqual;
  std::vector<Literal> values;  // one, except for kIn and kNotIn
  TextTest text;
};

struct Instant {
  enum class Kind { kLiteral, kToday, kYesterday, kTomorrow, kAgo, kFromNow };
  Kind kind = Kind::kToday;
  std::string literal;
  Duration duration;
};

struct Day {
  enum class Kind { kLiteral, kToday, kYesterday, kTomorrow, kDaysAgo, kDaysFromNow };
  Kind kind = Kind::kToday;
  std::string literal;
  int days = 0;
};

struct Period {
  enum class Which { kThis, kLast, kNext };
  enum class Unit { kWeek, kMonth, kQuarter, kYear };
  Which which = Which::kThis;
  Unit unit = Unit::kWeek;
};

struct PropertyTest {
  std::string property;
  Test test;
};

struct Step {
  enum class Who { kPeople, kAny, kMachine };
  Who who = Who::kPeople;
  EventType action = EventType::kOpen;
  std::optional<std::string> name;
  std::optional<TextTest> name_test;
  std::optional<std::string> campaign;
  std::vector<PropertyTest> where;
};

struct Window {
  enum class Kind { kNone, kInLast, kInPeriod, kOnDay, kBefore, kAfter, kBetween };
  Kind kind = Kind::kNone;
  Duration duration;
  Period period;
  Day day;
  Instant from;  // also the only instant of kBefore and kAfter
  Instant to;
};

struct Predicate {
  enum class Kind {
    kTest,
    kAge,
    kBefore,
    kAfter,
    kBetweenNumbers,
    kBetweenInstants,
    kOnDay,
    kInPeriod,
    kAnniversary,
    kDid,
    kThen,
    kHasTag,
    kHasConsent,
    kHasWords,
    kSendableFor,
    kInList,
    kInCampaign,
    kInSegment
  };
  enum class Same { kNothing, kMessage, kCampaign };

  Kind kind = Kind::kTest;
  std::string field;
  bool negated = false;  // the NOT of NOT BETWEEN, NOT ON, NOT IN, NOT THEN

  Test test;
  Compare compare = Compare::kEqual;  // for ages and counts
  Duration duration;                  // for ages and THEN
  bool from_now = false;
  Instant from;
  Instant to;
  Number low;
  Number high;
  Day day;
  Period period;
  int next_days = 0;  // for anniversaries; 0 is TODAY

  Step step;
  std::optional<int64_t> times;
  Window window;
  Step second;
  Same same = Same::kNothing;

  std::string name;  // tag, purpose, words, topic, list, campaign, segment

  // Whether it compares an instant with the time, or with other instants.
  bool IsAboutInstant() const {
    return kind >= Kind::kAge && kind <= Kind::kAnniversary && kind != Kind::kBetweenNumbers;
  }
};

struct Rule {
  enum class Kind { kPredicate, kAnd, kOr, kNot };
  Kind kind = Kind::kPredicate;
  Predicate predicate;
  std::vector<Rule> parts;
};

}  // namespace leadpulse::model
