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

// The alternatives' order is persisted in the lead codec: never reorder. Instants appear only in converted values.
using Scalar = std::variant<std::monostate, bool, Number, Instant, std::string>;
using ScalarList = std::vector<Scalar>;
using Value = std::variant<std::monostate, bool, Number, Instant, std::string, ScalarList, StructValue>;

// The types that definitions declare for fields and event properties. Never renumber.
enum class FieldType : uint8_t { kText = 0, kNumber = 1, kBoolean = 2, kDate = 3 };
std::string_view FieldTypeName(FieldType type);  // `text`, `number`, `boolean`, `date`

// Whether it is null, a string that is empty in its normal form, or an empty list: such a value unsets an attribute.
bool IsUnset(const Value& value);

// Converts the value to a declared type. Strings are brought into their normal form
// (normal_text.h) first. `number` reads the rule language's grammar;
// `boolean` takes true, false, 1, 0 in any case; `date` takes RFC 3339 or YYYY-MM-DD; `text` takes numbers and booleans
// in their JSON spelling; `number` and `text` also take lists, element by element. nullopt if the value cannot be
// converted, as a number out of bounds. It must not be unset.
std::optional<Value> ConvertValue(const Value& sent, FieldType type, const Calendar& calendar);

// Parses a date literal: YYYY-MM-DD (the first instant of that day) or RFC 3339.
std::optional<Instant> ParseDateLiteral(std::string_view text, const Calendar& calendar);

// Returns the value as JSON: instants as RFC 3339 strings, structs unchanged.
std::string ValueToJson(const Value& value);
// Appends a JSON string literal with its quotes.
void AppendJsonString(std::string_view text, std::string* out);

}  // namespace leadpulse
