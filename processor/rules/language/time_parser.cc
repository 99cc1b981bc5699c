// Parses durations, instants, days, periods and windows.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "processor/base/nearest.h"
#include "processor/rules/language/predicate_parser.h"
#include "processor/rules/language/value_parser.h"
#include "processor/rules/language/vocabulary.h"

namespace leadpulse::rules {
namespace {

constexpr std::string_view kUnits = "units are seconds, minutes, hours, days and weeks";
constexpr std::string_view kDateForm =
    "write a date in double quotes as \"2026-03-10\", or with a time as \"2026-03-10T09:30:00Z\"";
constexpr std::string_view kDayForm =
    "write a day as \"2026-03-10\", TODAY, YESTERDAY, TOMORROW, 5 DAYS AGO or 5 DAYS FROM NOW";

constexpr std::string_view kTooFar = "more than 36,500 days";
static_assert(kMaxDurationDays == 36'500);

bool IsLongerUnit(const std::string& word) {
  return IsKeyword(word, "MONTH") || IsKeyword(word, "MONTHS") || IsKeyword(word, "YEAR") || IsKeyword(word, "YEARS") ||
         IsKeyword(word, "QUARTER") || IsKeyword(word, "QUARTERS");
}

std::nullopt_t FailUnit(TokenCursor* cursor) {
  const Token& token = cursor->Peek();
  if (token.kind != TokenKind::kWord || cursor->AtReservedWord()) {
    return cursor->FailExpected("a unit of time", std::string(kUnits));
  }
  std::string hint(kUnits);
  if (IsLongerUnit(token.text)) hint = "months and years differ in length: write days, 30 days or 365 days";
  static const std::vector<std::string> kUnitNames = {"seconds", "minutes", "hours", "days", "weeks"};
  if (const auto nearest = NearestName(token.text, kUnitNames)) hint = "did you mean " + Excerpt(*nearest) + "?";
  return cursor->Fail(Excerpt(token.text) + " is no unit of time", std::move(hint));
}

std::optional<int32_t> NamedDay(const TokenCursor& cursor) {
  for (const auto& [name, offset] : kNamedDays) {
    if (cursor.AtWord(name)) return offset;
  }
  return std::nullopt;
}

bool AtPeriodUnit(const TokenCursor& cursor, size_t ahead) {
  for (const auto& [name, unit] : kPeriodUnits) {
    if (cursor.AtWord(name, ahead)) return true;
  }
  return false;
}

// Parses IN LAST 30 DAYS; IN was taken.
std::optional<TimeTest> ParseInLast(TokenCursor* cursor) {
  cursor->Take();
  const std::optional<Millis> duration = ParseDurationTokens(cursor);
  if (!duration) return std::nullopt;
  if (cursor->AtWord("AGO")) return cursor->Fail("AGO has no place after IN LAST", "leave AGO out");
  return InLast{*duration};
}

std::optional<TimeTest> ParseInWindow(TokenCursor* cursor) {
  cursor->Take();
  if (cursor->AtWord("CAMPAIGN")) {
    return cursor->Fail("IN CAMPAIGN is a condition of its own",
                        "for the campaign of the event leave IN out, otherwise put AND before IN");
  }
  if (cursor->AtWord("LIST") || cursor->AtWord("SEGMENT")) {
    return cursor->Fail("AND or OR is missing before IN", "join conditions by AND or OR");
  }
  if (cursor->AtWord("LAST") && !AtPeriodUnit(*cursor, 1)) return ParseInLast(cursor);
  return ParsePeriod(cursor);
}

std::optional<TimeTest> ParseBeforeOrAfter(TokenCursor* cursor) {
  const bool before = cursor->AtWord("BEFORE");
  cursor->Take();
  std::optional<InstantExpression> bound = ParseInstant(cursor);
  if (!bound) return std::nullopt;
  return before ? TimeTest(Before{*std::move(bound)}) : TimeTest(After{*std::move(bound)});
}

// Parses a day; ON was taken.
std::optional<TimeTest> ParseOnDay(TokenCursor* cursor) {
  if (const std::optional<int32_t> day = NamedDay(*cursor)) {
    cursor->Take();
    return OnDay{RelativeDay{*day}};
  }
  if (cursor->At(TokenKind::kNumber)) {
    if (AtUnquotedDate(*cursor)) return cursor->Fail("a date stands in double quotes", std::string(kDayForm));
    const std::optional<int32_t> count = ParseDayCount(cursor);
    if (!count) return std::nullopt;
    const std::optional<Direction> direction = ParseDirection(cursor);
    if (!direction) return std::nullopt;
    return OnDay{RelativeDay{*direction == Direction::kAgo ? -*count : *count}};
  }
  if (!cursor->At(TokenKind::kString)) return cursor->FailExpected("a day", std::string(kDayForm));
  std::optional<DateLiteral> date = MakeDateLiteral(cursor->Peek().text);
  if (!date) return cursor->Fail(Excerpt(cursor->Peek().text) + " is no day", std::string(kDayForm));
  if (!date->day) return cursor->Fail("ON takes a whole day, not an instant", "leave the time out: \"2026-03-10\"");
  cursor->Take();
  return OnDay{*std::move(date)};
}

// Fails at a number that stands where an instant belongs.
std::nullopt_t FailNumberAsInstant(TokenCursor* cursor) {
  if (AtUnquotedDate(*cursor)) return cursor->Fail("a date stands in double quotes", std::string(kDateForm));
  if (cursor->At(TokenKind::kWord, 1) && !cursor->AtReservedWord(1)) {
    cursor->Take();
    return FailUnit(cursor);
  }
  return cursor->FailExpected("an instant", "write a date, or a length of time with AGO or FROM NOW: 30 days AGO");
}

}  // namespace

bool AtDuration(const TokenCursor& cursor, size_t ahead) {
  if (!cursor.At(TokenKind::kNumber, ahead) || !cursor.At(TokenKind::kWord, ahead + 1)) return false;
  const std::string& unit = cursor.Peek(ahead + 1).text;
  if (DurationUnitFromWord(unit) != nullptr || IsLongerUnit(unit)) return true;
  return !IsReservedWord(unit) && (cursor.AtWord("AGO", ahead + 2) || cursor.AtWord("FROM", ahead + 2));
}

std::optional<Millis> ParseDurationTokens(TokenCursor* cursor) {
  const Span begin = cursor->Peek().span;
  const std::optional<uint32_t> count = ParseInteger(cursor, "a length of time");
  if (!count) return std::nullopt;
  const DurationUnit* unit = cursor->At(TokenKind::kWord) ? DurationUnitFromWord(cursor->Peek().text) : nullptr;
  if (unit == nullptr) return FailUnit(cursor);
  cursor->Take();
  const Millis duration = unit->length * static_cast<int64_t>(*count);
  if (duration.count() > kMaxDurationDays * kMillisPerDay) {
    return cursor->FailAt(cursor->SpanFrom(begin), "a length of time cannot be " + std::string(kTooFar));
  }
  return duration;
}

std::optional<Direction> ParseDirection(TokenCursor* cursor) {
  if (cursor->AcceptWord("AGO")) return Direction::kAgo;
  if (cursor->AcceptWords("FROM", "NOW")) return Direction::kFromNow;
  return cursor->FailExpected("AGO or FROM NOW", "a length of time is told from now: 30 days AGO, 30 days FROM NOW");
}

std::optional<int32_t> ParseDayCount(TokenCursor* cursor) {
  const Span begin = cursor->Peek().span;
  const std::optional<uint32_t> count = ParseInteger(cursor, "a number of days");
  if (!count) return std::nullopt;
  const bool days = cursor->AcceptWord("DAYS") || cursor->AcceptWord("DAY");
  if (!days) return cursor->FailExpected("DAYS", "only whole days can be counted here: 5 DAYS");
  if (*count > kMaxDurationDays)
    return cursor->FailAt(cursor->SpanFrom(begin), "a day cannot be " + std::string(kTooFar) + " away");
  return static_cast<int32_t>(*count);
}

std::optional<InstantExpression> ParseInstant(TokenCursor* cursor) {
  if (const std::optional<int32_t> day = NamedDay(*cursor)) {
    cursor->Take();
    return RelativeDay{*day};
  }
  if (AtDuration(*cursor)) {
    const std::optional<Millis> duration = ParseDurationTokens(cursor);
    if (!duration) return std::nullopt;
    const std::optional<Direction> direction = ParseDirection(cursor);
    if (!direction) return std::nullopt;
    return RelativeInstant{*direction == Direction::kAgo ? -*duration : *duration};
  }
  if (cursor->At(TokenKind::kNumber)) return FailNumberAsInstant(cursor);
  if (!cursor->At(TokenKind::kString)) {
    return cursor->FailExpected("an instant", "write a date as \"2026-03-10\", TODAY, or 30 days AGO");
  }
  std::optional<DateLiteral> date = MakeDateLiteral(cursor->Peek().text);
  if (!date) return cursor->Fail(Excerpt(cursor->Peek().text) + " is no date", std::string(kDateForm));
  cursor->Take();
  return date;
}

std::optional<Between> ParseBetweenInstants(TokenCursor* cursor) {
  std::optional<InstantExpression> low = ParseInstant(cursor);
  if (!low) return std::nullopt;
  if (!cursor->AcceptWord("AND")) return cursor->FailExpected("AND", "write BETWEEN one end AND the other");
  const bool number = cursor->At(TokenKind::kNumber) && !AtDuration(*cursor) && !AtUnquotedDate(*cursor);
  if (number) return cursor->Fail("BETWEEN cannot mix an instant and a number", "give both ends as instants");
  std::optional<InstantExpression> high = ParseInstant(cursor);
  if (!high) return std::nullopt;
  return Between{*std::move(low), *std::move(high)};
}

std::optional<InPeriod> ParsePeriod(TokenCursor* cursor) {
  for (const auto& [which, offset] : kPeriodOffsets) {
    if (!cursor->AcceptWord(which)) continue;
    for (const auto& [name, unit] : kPeriodUnits) {
      if (cursor->AcceptWord(name)) return InPeriod{unit, offset};
    }
    return cursor->FailExpected("WEEK, MONTH, QUARTER or YEAR", "a day is asked with ON: ON TODAY");
  }
  return cursor->FailExpected("THIS, LAST or NEXT", "write a period as IN THIS WEEK or IN LAST MONTH");
}

bool AtWindow(const TokenCursor& cursor) {
  return cursor.AtWord("IN") || cursor.AtWord("ON") || cursor.AtWord("BEFORE") || cursor.AtWord("AFTER") ||
         cursor.AtWord("BETWEEN");
}

std::optional<TimeTest> ParseWindow(TokenCursor* cursor) {
  if (cursor->AtWord("IN")) return ParseInWindow(cursor);
  if (cursor->AtWord("BEFORE") || cursor->AtWord("AFTER")) return ParseBeforeOrAfter(cursor);
  if (cursor->AcceptWord("ON")) return ParseOnDay(cursor);
  cursor->AcceptWord("BETWEEN");
  return ParseBetweenInstants(cursor);
}

}  // namespace leadpulse::rules
