#include "schemas/codec/protobuf_values.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "processor/base/json_object.h"
#include "processor/base/text.h"

namespace leadpulse::codec {
namespace {

using google::protobuf::Struct;
using WireValue = google::protobuf::Value;

using ProtobufField = std::pair<std::string_view, const WireValue*>;

std::vector<ProtobufField> SortedFields(const Struct& source) {
  std::vector<ProtobufField> fields;
  fields.reserve(source.fields().size());
  for (const auto& [key, value] : source.fields()) fields.emplace_back(key, &value);
  std::sort(fields.begin(), fields.end());  // keys are unique
  return fields;
}

Scalar ScalarOf(const WireValue& value) {
  switch (value.kind_case()) {
    case WireValue::kBoolValue:
      return value.bool_value();
    case WireValue::kNumberValue:
      return value.number_value() == 0 ? 0.0 : value.number_value();
    case WireValue::kStringValue:
      return value.string_value();
    default:
      return {};
  }
}

// As canonical, compact JSON: keys in ascending byte order.
void AppendCanonical(const WireValue& value, std::string* out) {
  switch (value.kind_case()) {
    case WireValue::kListValue:
      AppendJsonArray(value.list_value().values(), out, [out](const WireValue& inner) { AppendCanonical(inner, out); });
      break;
    case WireValue::kStructValue: {
      JsonObject members(out);
      for (const auto& [key, inner] : SortedFields(value.struct_value())) AppendCanonical(*inner, members.Key(key));
      break;
    }
    case WireValue::kStringValue:
      AppendJsonString(value.string_value(), out);
      break;
    case WireValue::kBoolValue:
      *out += value.bool_value() ? "true" : "false";
      break;
    case WireValue::kNumberValue:
      *out += SpellNumber(value.number_value());
      break;
    default:
      *out += "null";
  }
}

StructValue StructOf(const WireValue& value) {
  StructValue result;
  AppendCanonical(value, &result.json);
  return result;
}

bool IsFinite(const WireValue& value) { return !value.has_number_value() || std::isfinite(value.number_value()); }

bool IsScalar(const WireValue& value) {
  return (value.has_bool_value() || value.has_number_value() || value.has_string_value()) && IsFinite(value);
}

Value ListOf(const WireValue& value) {
  const auto& elements = value.list_value().values();
  if (!std::all_of(elements.begin(), elements.end(), IsScalar)) return StructOf(value);
  ScalarList list;
  list.reserve(elements.size());
  for (const WireValue& inner : elements) list.push_back(ScalarOf(inner));
  return list;
}

Value ValueOf(const WireValue& value) {
  if (value.has_struct_value()) return StructOf(value);
  if (value.has_list_value()) return ListOf(value);
  if (!IsFinite(value)) return StructValue{"\"not a finite number\""};
  return std::visit([](auto&& alternative) { return Value(std::forward<decltype(alternative)>(alternative)); },
                    ScalarOf(value));
}

bool ValueNestsDeeperThan(const WireValue& value, int limit) {
  if (value.has_struct_value()) return NestsDeeperThan(value.struct_value(), limit);
  if (!value.has_list_value()) return false;
  if (limit <= 0) return true;
  const auto& elements = value.list_value().values();
  return std::any_of(elements.begin(), elements.end(),
                     [&](const WireValue& inner) { return ValueNestsDeeperThan(inner, limit - 1); });
}

}  // namespace

NamedValues NamedValuesOf(const Struct& source) {
  NamedValues values;
  const std::vector<ProtobufField> fields = SortedFields(source);
  values.reserve(fields.size());
  for (const auto& [key, value] : fields) values.emplace_back(std::string(key), ValueOf(*value));
  return values;
}

bool NestsDeeperThan(const Struct& source, int limit) {
  if (limit <= 0) return true;
  return std::any_of(source.fields().begin(), source.fields().end(),
                     [&](const auto& field) { return ValueNestsDeeperThan(field.second, limit - 1); });
}

}  // namespace leadpulse::codec
