#include "processor/base/json_value.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace leadpulse {
namespace {

Scalar ScalarOf(const Json& json) {
  if (json.is_boolean()) return json.truth();
  const std::string_view text = json.text();
  if (!json.is_number()) return json.is_string() ? Scalar(std::string(text)) : Scalar();
  const std::optional<Number> number = Number::ParseJson(text);
  return number && number->InBounds() ? Scalar(*number) : Scalar(std::string(text));
}

bool IsScalar(const Json& json) { return !json.is_null() && !json.is_array() && !json.is_object(); }

}  // namespace

Value ValueOf(const Json& json) {
  const Json::Elements& elements = json.elements();
  if (json.is_array() && std::all_of(elements.begin(), elements.end(), IsScalar)) {
    ScalarList list;
    for (const Json& element : elements) list.push_back(ScalarOf(element));
    return list;
  }
  if (json.is_array() || json.is_object()) {
    StructValue value;
    json.AppendTo(&value.json);
    return value;
  }
  return std::visit([](auto&& scalar) { return Value(std::forward<decltype(scalar)>(scalar)); }, ScalarOf(json));
}

}  // namespace leadpulse
