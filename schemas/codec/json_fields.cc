#include "schemas/codec/json_fields.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "processor/base/text.h"

namespace leadpulse::codec {

using simdjson::SUCCESS;
using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::element_type;
using simdjson::dom::object;

namespace {

using JsonField = std::pair<std::string_view, element>;

// Ascending by key, each key once: of equal keys the last stands.
std::vector<JsonField> SortedFields(object source) {
  std::vector<JsonField> fields;
  fields.reserve(source.size());
  for (auto [key, value] : source) fields.emplace_back(key, value);
  const auto by_key = [](const JsonField& a, const JsonField& b) { return a.first < b.first; };
  if (!std::is_sorted(fields.begin(), fields.end(), by_key)) std::stable_sort(fields.begin(), fields.end(), by_key);
  size_t kept = 0;
  for (const JsonField& field : fields) {
    const bool again = kept > 0 && fields[kept - 1].first == field.first;
    fields[again ? kept - 1 : kept++] = field;
  }
  fields.resize(kept);
  return fields;
}

// The number of an element of any number type. No negative zero, which text and comparisons would show differently.
double NumberOf(element value) {
  const double number = value.get_double();
  return number == 0 ? 0.0 : number;
}

Scalar ScalarOf(element value) {
  switch (value.type()) {
    case element_type::BOOL:
      return bool(value);
    case element_type::INT64:
    case element_type::UINT64:
    case element_type::DOUBLE:
      return NumberOf(value);
    case element_type::STRING:
      return std::string(std::string_view(value));
    default:
      return {};
  }
}

// As canonical, compact JSON: keys in ascending byte order. Depth is bounded by the parser.
void AppendCanonical(element value, std::string* out) {
  bool first = true;
  switch (value.type()) {
    case element_type::ARRAY:
      *out += '[';
      for (element inner : array(value)) {
        if (!std::exchange(first, false)) *out += ',';
        AppendCanonical(inner, out);
      }
      *out += ']';
      break;
    case element_type::OBJECT:
      *out += '{';
      for (const auto& [key, inner] : SortedFields(object(value))) {
        if (!std::exchange(first, false)) *out += ',';
        AppendJsonString(key, out);
        *out += ':';
        AppendCanonical(inner, out);
      }
      *out += '}';
      break;
    case element_type::STRING:
      AppendJsonString(std::string_view(value), out);
      break;
    case element_type::BOOL:
      *out += bool(value) ? "true" : "false";
      break;
    case element_type::NULL_VALUE:
      *out += "null";
      break;
    default:
      *out += SpellNumber(NumberOf(value));
  }
}

StructValue StructOf(element value) {
  StructValue result;
  AppendCanonical(value, &result.json);
  return result;
}

Value ListOf(element value) {
  ScalarList list;
  list.reserve(array(value).size());
  for (element inner : array(value)) {
    if (inner.is_null() || inner.is_array() || inner.is_object()) return StructOf(value);
    list.push_back(ScalarOf(inner));
  }
  return list;
}

Value ValueOf(element value) {
  if (value.is_object()) return StructOf(value);
  if (value.is_array()) return ListOf(value);
  return std::visit([](auto&& alternative) { return Value(std::forward<decltype(alternative)>(alternative)); },
                    ScalarOf(value));
}

}  // namespace

NamedValues NamedValuesOf(object source) {
  NamedValues values;
  const std::vector<JsonField> fields = SortedFields(source);
  values.reserve(fields.size());
  for (const auto& [key, value] : fields) values.emplace_back(std::string(key), ValueOf(value));
  return values;
}

bool ReadText(element value, std::string_view* field, FieldProblem* problem) {
  if (value.get(*field) == SUCCESS) return true;
  *field = {};
  return value.is_null() || problem->Report("must be a string");
}

bool ReadText(element value, std::string* field, FieldProblem* problem) {
  std::string_view text;
  if (!ReadText(value, &text, problem)) return false;
  *field = text;
  return true;
}

bool ReadTexts(element value, std::vector<std::string>* field, FieldProblem* problem) {
  constexpr std::string_view kExpected = "must be a list of strings";
  field->clear();
  if (value.is_null()) return true;
  array list;
  if (value.get(list) != SUCCESS) return problem->Report(kExpected);
  field->reserve(list.size());
  for (element inner : list) {
    std::string_view text;
    if (inner.get(text) != SUCCESS) return problem->Report(kExpected);
    field->emplace_back(text);
  }
  return true;
}

bool ReadBoolean(element value, bool* field, FieldProblem* problem) {
  if (value.get(*field) == SUCCESS) return true;
  *field = false;
  return value.is_null() || problem->Report("must be true or false");
}

bool ReadTime(element value, RawTime* field, FieldProblem* problem) {
  *field = {};
  if (value.is_null()) return true;
  if (value.get(field->text) != SUCCESS) {
    return problem->Report("must be a string, an RFC 3339 time such as 2026-03-10T09:30:00Z");
  }
  field->sent = true;
  field->instant = ParseRfc3339(field->text);
  return true;
}

bool ReadStruct(element value, NamedValues* field, FieldProblem* problem) {
  field->clear();
  if (value.is_null()) return true;
  object fields;
  if (value.get(fields) != SUCCESS) return problem->Report("must be an object");
  *field = NamedValuesOf(fields);
  return true;
}

bool ReadInteger(element value, std::optional<double>* field, FieldProblem* problem) {
  field->reset();
  if (value.is_null()) return true;
  std::string_view text;
  double number;
  if (value.get(text) == SUCCESS) {
    // proto3 JSON takes an integer in quotes as it takes one without.
    simdjson::dom::parser parser;
    const bool bare = TrimAsciiSpace(text).size() == text.size();
    if (bare && parser.parse(text.data(), text.size()).get(number) == SUCCESS) *field = number;
  } else if (value.get(number) == SUCCESS) {
    *field = number;
  }
  if (field->has_value() && std::trunc(**field) == **field) return true;
  return problem->Report("must be an integer");
}

bool ReadEnum(element value, std::span<const std::string_view> names, RawEnum* field, FieldProblem* problem) {
  *field = {};
  if (value.is_null()) return true;
  double number;
  if (value.get(field->name) == SUCCESS) {
    const auto known = std::find(names.begin(), names.end(), field->name);
    field->number.reset();
    if (known != names.end()) field->number = static_cast<int32_t>(known - names.begin());
    return true;
  }
  if (value.get(number) != SUCCESS) return problem->Report("must be the name of a value, or its number");
  const bool fits = number == std::trunc(number) && std::abs(number) <= std::numeric_limits<int32_t>::max();
  field->number.reset();
  if (fits) field->number = static_cast<int32_t>(number);
  return true;
}

}  // namespace leadpulse::codec
