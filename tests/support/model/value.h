// Values of attributes and properties, and what they convert to.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/support/model/calendar.h"
#include "tests/support/model/definitions.h"
#include "tests/support/model/record.h"

namespace leadpulse::model {

// What a rule sees of a field or a property.
struct Value {
  enum class Kind { kUnset, kText, kNumber, kBoolean, kInstant, kList, kStruct };
  Kind kind = Kind::kUnset;
  std::string text;
  double number = 0;
  bool flag = false;
  Millis instant = 0;
  std::vector<Value> elements;
  // An undeclared text may count as a number or an instant.
  bool undeclared = false;

  static Value Text(std::string text);
  static Value Number(double number);
  static Value Boolean(bool flag);
  static Value At(Millis instant);
  static Value Texts(const std::vector<std::string>& texts);

  bool is_set() const { return kind != Kind::kUnset; }
};

// Whether setting an attribute to this removes it: null, a blank text, an empty list.
bool Unsets(const Json& sent);

// What a value sent becomes as a field of that type (none: undeclared).
// Nothing where it cannot be converted; an unset value where it unsets.
std::optional<Value> Convert(const Json& sent, std::optional<FieldType> type, const Zone& zone);

// An event's property: like a field, without lists and structs.
std::optional<Value> ConvertProperty(const Json& sent, FieldType type, const Zone& zone);

// As `leads.jsonl` shows it; instants as RFC 3339.
Json ToJson(const Value& value);

// The value as a number or an instant, where it is or counts as one.
std::optional<double> AsNumber(const Value& value);
std::optional<Millis> AsInstant(const Value& value, const Zone& zone);

}  // namespace leadpulse::model
