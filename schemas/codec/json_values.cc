#include "schemas/codec/json_values.h"

#include <algorithm>

#include "processor/base/json_object.h"
#include "processor/base/text.h"

namespace leadpulse::codec {
namespace {

using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::element_type;
using simdjson::dom::object;

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
  switch (value.type()) {
    case element_type::ARRAY:
      AppendJsonArray(array(value), out, [out](element inner) { AppendCanonical(inner, out); });
      break;
    case element_type::OBJECT: {
      JsonObject members(out);
      for (const auto& [key, inner] : SortedFields(object(value))) AppendCanonical(inner, members.Key(key));
      break;
    }
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

}  // namespace leadpulse::codec
