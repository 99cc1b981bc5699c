// Reads values of a format as named values: JSON objects (json_fields.h) and google.protobuf.Struct become the same.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "processor/base/json_object.h"
#include "processor/base/text.h"
#include "schemas/codec/records.h"

namespace leadpulse::codec {

enum class NodeKind : uint8_t { kNull, kBoolean, kNumber, kText, kList, kObject };

// A reader of named values. `Format` has a type Node and static functions: KindOf, BooleanOf, NumberOf (nullopt: it is
// not finite) and TextOf a node, ElementsOf a list, and SortedFields of an object, which are pairs of key and node,
// ascending by key, each key once. The decoder bounds the depth. RawEvent says what becomes of lists and numbers that
// no attribute can hold.
template <typename Format>
class NamedValuesReader {
 public:
  using Node = typename Format::Node;

  template <typename Object>
  static NamedValues Read(const Object& source) {
    NamedValues values;
    const auto fields = Format::SortedFields(source);
    values.reserve(fields.size());
    for (const auto& [key, node] : fields) values.emplace_back(std::string(key), ValueOf(node));
    return values;
  }

 private:
  // Returns nullopt for null, a list, an object or a number that is not finite.
  static std::optional<Scalar> ScalarOf(const Node& node) {
    switch (Format::KindOf(node)) {
      case NodeKind::kBoolean:
        return Format::BooleanOf(node);
      case NodeKind::kNumber:
        return Format::NumberOf(node);
      case NodeKind::kText:
        return std::string(Format::TextOf(node));
      default:
        return std::nullopt;
    }
  }

  static Value ValueOf(const Node& node) {
    if (std::optional<Scalar> scalar = ScalarOf(node)) {
      return std::visit([](auto&& alternative) { return Value(std::forward<decltype(alternative)>(alternative)); },
                        *std::move(scalar));
    }
    switch (Format::KindOf(node)) {
      case NodeKind::kNull:
        return {};
      case NodeKind::kNumber:
        return StructValue{"\"not a finite number\""};
      case NodeKind::kList:
        return ListOf(node);
      default:
        return StructOf(node);
    }
  }

  static Value ListOf(const Node& node) {
    const auto& elements = Format::ElementsOf(node);
    ScalarList list;
    list.reserve(elements.size());
    for (const Node& element : elements) {
      std::optional<Scalar> scalar = ScalarOf(element);
      if (!scalar) return StructOf(node);
      list.push_back(*std::move(scalar));
    }
    return list;
  }

  static std::string Spelling(const Node& node) {
    const std::optional<Number> number = Format::NumberOf(node);
    return number ? number->Spelling() : "null";
  }

  static StructValue StructOf(const Node& node) {
    StructValue result;
    AppendCanonical(node, &result.json);
    return result;
  }

  // Appends the node as canonical, compact JSON: keys in ascending byte order.
  static void AppendCanonical(const Node& node, std::string* out) {
    switch (Format::KindOf(node)) {
      case NodeKind::kNull:
        *out += "null";
        break;
      case NodeKind::kBoolean:
        *out += Format::BooleanOf(node) ? "true" : "false";
        break;
      case NodeKind::kNumber:
        *out += Spelling(node);
        break;
      case NodeKind::kText:
        AppendJsonString(Format::TextOf(node), out);
        break;
      case NodeKind::kList:
        AppendJsonArray(Format::ElementsOf(node), out, [out](const Node& element) { AppendCanonical(element, out); });
        break;
      case NodeKind::kObject:
        JsonObject members(out);
        for (const auto& [key, value] : Format::SortedFields(node)) AppendCanonical(value, members.Key(key));
    }
  }
};

}  // namespace leadpulse::codec
