// Reads JSON values into the fields of a raw record, and preprocesses JSON text that the parser cannot handle.
#pragma once

#include <simdjson.h>

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/codec/record_checks.h"

namespace leadpulse::codec {

// The digits of the doubles that a parser has read. They are found only if someone asks: most records have none.
class KeptDigits {
 public:
  // Expects a parser that has just read `parsed`, which is `json` itself or ReplaceLongNumbers of it; then the digits
  // are found at once. All must outlive this.
  KeptDigits(std::string_view json, std::string_view parsed, simdjson::dom::parser* parser);
  // Makes all doubles know their digits if the object holds one: NumberOf then returns the number as sent.
  void FindFor(simdjson::dom::object object);

 private:
  void Find();

  bool is_replaced() const { return parsed_.data() != json_.data(); }

  std::string_view json_;
  std::string_view parsed_;
  simdjson::dom::parser* parser_;
  bool found_ = false;
};

// Returns what is wrong with JSON that the parser refuses. The words are the same with each version of the parser: they
// are in dead letters.
std::string_view ParseErrorText(simdjson::error_code error);

// The reason why a record is malformed: a field and what is wrong with it. The path grows from the inside out.
struct FieldProblem {
  KeptDigits* digits;         // of the record that is read
  std::string path = {};      // `event.occurredAt`
  std::string sentence = {};  // `must be a text`

  // Reports the problem. Always returns false, so that a reader can return it.
  bool Report(std::string_view what) {
    sentence = what;
    return false;
  }
};

// Reads the members of an object, numbers with their digits. The last of equal keys counts. RawEvent says what becomes
// of lists and numbers that no attribute can hold.
NamedValues NamedValuesOf(simdjson::dom::object object, KeptDigits* digits);

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
// double, `0.0`, whose digits KeptDigits restores.
std::string ReplaceLongNumbers(std::string_view json);

// Returns the number, with its digits if they were found; nullopt if the value is no number.
std::optional<Number> NumberOf(simdjson::dom::element value);

}  // namespace leadpulse::codec
