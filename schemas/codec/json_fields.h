// Reads JSON values into the fields of a raw record, and preprocesses JSON text that the parser cannot handle.
#pragma once

#include <simdjson.h>

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/codec/record_checks.h"

namespace leadpulse::codec {

// The reason why a record is malformed: a field and what is wrong with it. The path grows from the inside out.
struct FieldProblem {
  std::string path;      // `event.occurredAt`
  std::string sentence;  // `must be a text`

  // Reports the problem. Always returns false, so that a reader can return it.
  bool Report(std::string_view what) {
    sentence = what;
    return false;
  }
};

// Reads the members of an object. The last of equal keys counts. RawEvent says what becomes of lists and numbers that
// no attribute can hold.
NamedValues NamedValuesOf(simdjson::dom::object object);

// Reads a field. Null resets the field to its default, because the last of two values for a field (also under its two
// names) counts. If the type is wrong, these functions return false and say what was expected.
bool ReadText(simdjson::dom::element value, std::string_view* field, FieldProblem* problem);
bool ReadText(simdjson::dom::element value, std::string* field, FieldProblem* problem);
bool ReadTexts(simdjson::dom::element value, std::vector<std::string>* field, FieldProblem* problem);
bool ReadBoolean(simdjson::dom::element value, bool* field, FieldProblem* problem);
bool ReadTime(simdjson::dom::element value, RawTime* field, FieldProblem* problem);
bool ReadStruct(simdjson::dom::element value, NamedValues* field, FieldProblem* problem);
// Reads a number without a fraction, of any size, or a string that reads as one.
bool ReadInteger(simdjson::dom::element value, std::optional<double>* field, FieldProblem* problem);
// Reads a name or number of an enum. `names` in the order of the numbers, from 0.
bool ReadEnum(simdjson::dom::element value, std::span<const std::string_view> names, RawEnum* field,
              FieldProblem* problem);

// Calls read_field(key, value, message, problem) for every field of the object.
template <typename Message>
bool ReadFields(simdjson::dom::element value,
                bool (*read_field)(std::string_view, simdjson::dom::element, Message*, FieldProblem*), Message* message,
                FieldProblem* problem) {
  simdjson::dom::object object;
  if (value.get(object) != simdjson::SUCCESS) return problem->Report("must be an object");
  for (auto [key, inner] : object) {
    if (read_field(key, inner, message, problem)) continue;
    problem->path = problem->path.empty() ? std::string(key) : std::string(key) + "." + problem->path;
    return false;
  }
  return true;
}

// Whether arrays and objects nest deeper than `limit`. Cheap if the text has no more than `limit` of them. Expects text
// that is otherwise JSON, as the next function does. For other text the result is arbitrary, but they never read beyond
// its end.
bool NestsDeeperThan(std::string_view json, int limit);

// Replaces every number that the parser may refuse (an integer of 19 digits or more, one beyond a double's range) by a
// double, `0.0`, whose digits KeepDigits restores.
std::string ReplaceLongNumbers(std::string_view json);

// Makes the doubles that `parser` has read from `json` know their digits: NumberOf then returns the number as sent.
// `json` must outlive the parsed document. `replaced`: the parser has read ReplaceLongNumbers of it.
void KeepDigits(std::string_view json, bool replaced, simdjson::dom::parser* parser);

// Returns the number with its digits; nullopt if the value is no number.
std::optional<Number> NumberOf(simdjson::dom::element value);

}  // namespace leadpulse::codec
