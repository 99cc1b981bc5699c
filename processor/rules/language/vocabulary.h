// The words of the rule language, shared by the parser and the printer so that each is spelled in one place.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "processor/base/calendar.h"
#include "processor/base/engagement.h"
#include "processor/base/instant.h"
#include "processor/rules/language/ast.h"

namespace leadpulse::rules {

// Whether a byte can begin a word: an ASCII letter or `_`. Digits, `.` and `-` may follow.
bool IsWordStart(char c);
bool IsWordByte(char c);
bool IsWord(std::string_view text);

// Whether the word is the keyword, which is in capitals; ASCII case does not matter.
bool IsKeyword(std::string_view word, std::string_view keyword);

// Whether the word ends a field's name.
bool IsReservedWord(std::string_view word);

struct DurationUnit {
  std::string_view name;  // `day`; the plural adds an s
  char letter;            // in the short form: `30d`
  Millis length;
};
// The longest first.
inline constexpr std::array<DurationUnit, 5> kDurationUnits = {{
    {"week", 'w', Millis{7 * kMillisPerDay}},
    {"day", 'd', Millis{kMillisPerDay}},
    {"hour", 'h', Millis{3'600'000}},
    {"minute", 'm', Millis{60'000}},
    {"second", 's', Millis{1'000}},
}};
// Returns the unit; null if the word is none. In any case, with or without the s.
const DurationUnit* DurationUnitFromWord(std::string_view word);

// A step's word for a type (`visit`), in the order of the grammar.
struct Action {
  std::string_view name;
  EventType type;
};
inline constexpr std::array<Action, 11> kActions = {{
    {"send", EventType::kSent},
    {"deliver", EventType::kDelivered},
    {"open", EventType::kOpen},
    {"click", EventType::kClick},
    {"reply", EventType::kReply},
    {"bounce", EventType::kBounce},
    {"unsubscribe", EventType::kUnsubscribe},
    {"resubscribe", EventType::kResubscribe},
    {"complain", EventType::kComplaint},
    {"visit", EventType::kPageVisit},
    {"custom", EventType::kCustom},
}};
std::optional<EventType> ActionFromWord(std::string_view word);
std::string_view ActionName(EventType type);

struct PeriodWord {
  std::string_view name;
  PeriodUnit unit;
};
inline constexpr std::array<PeriodWord, 4> kPeriodUnits = {{{"WEEK", PeriodUnit::kWeek},
                                                            {"MONTH", PeriodUnit::kMonth},
                                                            {"QUARTER", PeriodUnit::kQuarter},
                                                            {"YEAR", PeriodUnit::kYear}}};

// A word and the number that it means.
struct OffsetWord {
  std::string_view name;
  int32_t offset;
};
inline constexpr std::array<OffsetWord, 3> kPeriodOffsets = {{{"LAST", -1}, {"THIS", 0}, {"NEXT", 1}}};
inline constexpr std::array<OffsetWord, 3> kNamedDays = {{{"YESTERDAY", -1}, {"TODAY", 0}, {"TOMORROW", 1}}};

std::string_view CompareSpelling(Compare op);  // `<=`
// Reads the longest comparison at the beginning of the text; nullopt if the text begins with none.
std::optional<Compare> CompareAt(std::string_view text);
std::string_view TextOperatorSpelling(TextOperator op);  // `STARTS WITH`
inline bool IsOrdered(Compare op) { return op != Compare::kEqual && op != Compare::kNotEqual; }

// Returns `1 TIME`, `3 TIMES`; SpellDays `1 DAY`, `3 DAYS`. The parser takes either word after any number.
std::string SpellTimes(uint32_t count);
std::string SpellDays(int32_t count);

// Returns a string literal of the language: quoted and escaped.
std::string QuoteString(std::string_view text);

}  // namespace leadpulse::rules
