// The values of profile attributes and event properties, as sent and as converted to a declared type.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "processor/base/calendar.h"
#include "processor/base/instant.h"
#include "processor/base/number.h"

namespace leadpulse {

// A JSON object, as canonical JSON text. It may be stored in undeclared attributes; rules see only that it is set.
struct StructValue {
  std::string json;
  friend bool operator==(const StructValue&, const StructValue&) = default;
};

// A day of the calendar, which is what outputs show. Rules compare its first instant in the time zone for which the
// value was converted.
struct CalendarDay {
  Day day;
  Instant start;
  friend bool operator==(const CalendarDay&, const CalendarDay&) = default;
};

// The alternatives' order is persisted in the lead codec: never reorder. Instants and days appear only in converted
// values.
using Scalar = std::variant<std::monostate, bool, Number, Instant, std::string, CalendarDay>;
using ScalarList = std::vector<Scalar>;
using Value = std::variant<std::monostate, bool, Number, Instant, std::string, ScalarList, StructValue, CalendarDay>;

// The types that definitions declare for fields and event properties. Never renumber.
enum class FieldType : uint8_t { kText = 0, kNumber = 1, kBoolean = 2, kDate = 3, kDay = 4 };
inline constexpr int kFieldTypeCount = 5;
std::string_view FieldTypeName(FieldType type);  // `text`, `number`, `boolean`, `date`, `day`

// Whether it is null, a string that is empty in its normal form, or an empty list: such a value unsets an attribute.
bool IsUnset(const Value& value);

// Converts the value to a declared type. Strings are brought into their normal form
// (normal_text.h) first. `number` reads the rule language's grammar;
// `boolean` takes true, false, 1, 0 in any case; `date` takes RFC 3339 or YYYY-MM-DD; `day` takes the same, see
// ParseCalendarDay; `text` takes numbers and booleans in their JSON spelling; `number` and `text` also take lists,
// element by element. nullopt if the value cannot be converted, as a number out of bounds. It must not be unset.
std::optional<Value> ConvertValue(const Value& sent, FieldType type, const Calendar& calendar);

// Parses a date literal: YYYY-MM-DD (the first instant of that day) or RFC 3339.
std::optional<Instant> ParseDateLiteral(std::string_view text, const Calendar& calendar);

// Parses a day: YYYY-MM-DD or RFC 3339. A time that is written as midnight, whatever its offset, is the date as
// written, because programs write days so; any other time is a time of the day that it falls on in the calendar's zone.
// nullopt if that day is not in the years 1 to 9999.
std::optional<Day> ParseCalendarDay(std::string_view text, const Calendar& calendar);

// Whether a time of day, `HH:MM:SS` or with a fraction behind it, is written as midnight.
bool IsWrittenAsMidnight(std::string_view time_of_day);

// Returns the value as JSON: instants as RFC 3339 strings, days as YYYY-MM-DD, structs unchanged.
std::string ValueToJson(const Value& value);
// Appends a JSON string literal with its quotes.
void AppendJsonString(std::string_view text, std::string* out);

}  // namespace leadpulse
