#include "schemas/codec/json_fields.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "processor/base/text.h"
#include "schemas/codec/named_values.h"

namespace leadpulse::codec {

using simdjson::SUCCESS;
using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::element_type;
using simdjson::dom::object;

namespace {

using JsonField = std::pair<std::string_view, element>;

struct JsonFormat {
  using Node = element;

  static NodeKind KindOf(element node) {
    switch (node.type()) {
      case element_type::NULL_VALUE:
        return NodeKind::kNull;
      case element_type::BOOL:
        return NodeKind::kBoolean;
      case element_type::STRING:
        return NodeKind::kText;
      case element_type::ARRAY:
        return NodeKind::kList;
      case element_type::OBJECT:
        return NodeKind::kObject;
      default:
        return NodeKind::kNumber;
    }
  }
  static bool BooleanOf(element node) { return bool(node); }
  static double NumberOf(element node) { return node.get_double(); }
  static std::string_view TextOf(element node) { return std::string_view(node); }
  static array ElementsOf(element node) { return array(node); }

  // The last of equal keys counts.
  static std::vector<JsonField> SortedFields(object source) {
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
};

}  // namespace

NamedValues NamedValuesOf(object source) { return NamedValuesReader<JsonFormat>::Read(source); }

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
