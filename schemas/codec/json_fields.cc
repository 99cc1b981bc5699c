#include "schemas/codec/json_fields.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <limits>

#include "processor/base/assert.h"
#include "processor/base/text.h"
#include "schemas/codec/named_values.h"

namespace leadpulse::codec {

using simdjson::SUCCESS;
using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::element_type;
using simdjson::dom::object;

namespace {

constexpr size_t kLongDigits = 19;  // the shortest integers beyond 64 bits

bool Opens(char c) { return c == '{' || c == '['; }
bool Closes(char c) { return c == '}' || c == ']'; }
bool IsNumberCharacter(char c) { return IsDigit(c) || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E'; }

// Returns the position after the string literal that starts at `quote`.
size_t AfterString(std::string_view json, size_t quote) {
  size_t end = json.find('"', quote + 1);
  const auto is_escaped = [&] {
    size_t first = end;
    while (json[first - 1] == '\\') --first;
    return (end - first) % 2 == 1;
  };
  while (end != std::string_view::npos && is_escaped()) end = json.find('"', end + 1);
  return end == std::string_view::npos ? json.size() : end + 1;
}

// Whether the parser may refuse this number: an integer beyond 64 bits, or a number beyond a double's range.
bool IsLong(std::string_view literal) {
  if (literal.starts_with('-')) literal.remove_prefix(1);
  if (literal.size() >= kLongDigits && literal.front() != '0' && std::ranges::all_of(literal, IsDigit)) return true;
  double number;
  return std::from_chars(literal.data(), literal.data() + literal.size(), number).ec ==
             std::errc::result_out_of_range &&
         Number::ParseJson(literal).has_value();
}

// Calls visit(literal) for each number of the JSON text, in its order, and pass(text) for what is between them.
template <typename Visit, typename Pass>
void ForEachNumber(std::string_view json, Visit visit, Pass pass) {
  for (size_t i = 0; i < json.size();) {
    size_t end = i + 1;
    if (json[i] == '"') {
      end = AfterString(json, i);
    } else if (IsDigit(json[i]) || json[i] == '-') {
      while (end < json.size() && IsNumberCharacter(json[end])) ++end;
      visit(json.substr(i, end - i));
      i = end;
      continue;
    }
    pass(json.substr(i, end - i));
    i = end;
  }
}

// A double whose digits were kept is a NaN that holds the address of its first digit: the parser's tape has no other
// room, and a number is never a NaN.
constexpr uint64_t kNanBits = 0x7FF8'0000'0000'0000, kAddressBits = (uint64_t{1} << 48) - 1;

uint64_t BitsOf(const char* literal) {
  const auto address = reinterpret_cast<uint64_t>(literal);
  LP_ASSERT((address & ~kAddressBits) == 0);
  return kNanBits | address;
}

// Returns the literal at the address in `number`. In an object something that is no part of it follows.
std::string_view LiteralOf(double number) {
  const auto* literal = std::bit_cast<const char*>(std::bit_cast<uint64_t>(number) & kAddressBits);
  size_t size = 1;
  while (IsNumberCharacter(literal[size])) ++size;
  return {literal, size};
}

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
  static std::optional<Number> NumberOf(element node) { return codec::NumberOf(node); }
  static std::string_view TextOf(element node) { return std::string_view(node); }
  static array ElementsOf(element node) { return array(node); }

  // Sorts the fields. The last of equal keys counts.
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
  std::optional<Number> number = NumberOf(value);
  // proto3 JSON accepts an integer with or without quotes.
  if (value.get(text) == SUCCESS) number = Number::ParseJson(text);
  if (number) *field = number->nearest();
  if (field->has_value() && std::trunc(**field) == **field) return true;
  return problem->Report("must be an integer");
}

bool ReadEnum(element value, std::span<const std::string_view> names, RawEnum* field, FieldProblem* problem) {
  *field = {};
  if (value.is_null()) return true;
  if (value.get(field->name) == SUCCESS) {
    const auto known = std::find(names.begin(), names.end(), field->name);
    field->number.reset();
    if (known != names.end()) field->number = static_cast<int32_t>(known - names.begin());
    return true;
  }
  const std::optional<Number> sent = NumberOf(value);
  if (!sent) return problem->Report("must be the name of a value, or its number");
  const double number = sent->nearest();
  const bool fits = number == std::trunc(number) && std::abs(number) <= std::numeric_limits<int32_t>::max();
  field->number.reset();
  if (fits) field->number = static_cast<int32_t>(number);
  return true;
}

bool NestsDeeperThan(std::string_view json, int limit) {
  if (std::count_if(json.begin(), json.end(), Opens) <= limit) return false;
  int depth = 0;
  for (size_t i = 0; i < json.size();) {
    if (json[i] == '"') {
      i = AfterString(json, i);
      continue;
    }
    if (Opens(json[i]) && ++depth > limit) return true;
    if (Closes(json[i])) --depth;
    ++i;
  }
  return false;
}

std::string ReplaceLongNumbers(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  ForEachNumber(
      json, [&](std::string_view literal) { out += IsLong(literal) ? "0.0" : literal; },
      [&](std::string_view text) { out += text; });
  return out;
}

void KeepDigits(std::string_view json, bool replaced, simdjson::dom::parser* parser) {
  // simdjson's doc/tape.md: a word has a type in its highest byte; a number is in the word after it.
  std::vector<uint64_t*> doubles;
  uint64_t* const tape = parser->doc.tape.get();
  for (size_t i = 1;; ++i) {
    const auto type = static_cast<char>(tape[i] >> 56);
    if (type == '"') continue;  // most words are of texts
    if (type == 'r') break;
    if (type != 'd' && type != 'l' && type != 'u') continue;
    ++i;
    if (type == 'd') doubles.push_back(&tape[i]);
  }
  if (doubles.empty()) return;
  size_t next = 0;
  const auto keep = [&](std::string_view literal) {
    const bool is_double = literal.find_first_of(".eE") != std::string_view::npos || (replaced && IsLong(literal));
    if (is_double) *doubles.at(next++) = BitsOf(literal.data());
  };
  if (replaced) return ForEachNumber(json, keep, [](std::string_view) {});
  // The parser has noted where each value begins.
  const auto& parsed = *parser->implementation;
  for (uint32_t i = 0; i < parsed.n_structural_indexes; ++i) {
    const size_t begin = parsed.structural_indexes[i];
    if (begin >= json.size() || !(IsDigit(json[begin]) || json[begin] == '-')) continue;
    size_t end = begin + 1;
    while (end < json.size() && IsNumberCharacter(json[end])) ++end;
    keep(json.substr(begin, end - begin));
  }
}

std::optional<Number> NumberOf(element value) {
  switch (value.type()) {
    case element_type::INT64:
      return Number::OfInteger(int64_t(value));
    case element_type::UINT64:
      return Number::OfInteger(uint64_t(value));
    case element_type::DOUBLE: {
      const double number = value.get_double();
      return std::isnan(number) ? Number::ParseJson(LiteralOf(number)) : Number(number);
    }
    default:
      return std::nullopt;
  }
}

}  // namespace leadpulse::codec
