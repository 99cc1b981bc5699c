// Values of attributes and properties, and their conversion.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/support/model/calendar.h"
#include "tests/support/model/definitions.h"
#include "tests/support/model/number.h"
#include "tests/support/model/record.h"

namespace leadpulse::model {

// The value of a field or a property in a rule.
struct Value {
  enum class Kind { kUnset, kText, kNumber, kBoolean, kInstant, kList, kStruct };
  Kind kind = Kind::kUnset;
  std::string text;
  model::Number number;
  bool flag = false;
  Millis instant = 0;
  // What outputs show of an instant: a date as it was sent, or the day of a day.
  std::string shown;
  std::vector<Value> elements;
  // An undeclared text may count as a number or an instant.
  bool undeclared = false;

  static Value Text(std::string text);
  static Value Of(model::Number number);
  static Value Boolean(bool flag);
  static Value At(Millis instant);
  static Value Texts(const std::vector<std::string>& texts);

  bool is_set() const { return kind != Kind::kUnset; }
};

// Whether setting an attribute to this removes it: null, a blank text, an empty list.
bool Unsets(const Json& sent);

// Converts a sent value to a field of that type (nullopt if undeclared). Returns nullopt if it cannot be converted, and
// an unset value if it unsets the field.
std::optional<Value> Convert(const Json& sent, std::optional<FieldType> type, const Zone& zone);

// Converts an event's property: like a field, without structs; of a list the first twenty elements, those that convert.
std::optional<Value> ConvertProperty(const Json& sent, FieldType type, const Zone& zone);

// Converts a value as in `leads.jsonl`, with dates as they were sent and days as YYYY-MM-DD.
Json ToJson(const Value& value);

// Returns the value as a number, if it is one or counts as one. AsInstant does the same for an instant.
std::optional<Number> AsNumber(const Value& value);
std::optional<Millis> AsInstant(const Value& value, const Zone& zone);

}  // namespace leadpulse::model
