#include "schemas/codec/json_fields.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "processor/base/assert.h"
#include "processor/base/json_numbers.h"
#include "processor/base/text.h"
#include "schemas/codec/named_values.h"

namespace leadpulse::codec {

using simdjson::SUCCESS;
using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::element_type;
using simdjson::dom::object;

namespace {

bool Opens(char c) { return c == '{' || c == '['; }
bool Closes(char c) { return c == '}' || c == ']'; }

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
  while (IsJsonNumberCharacter(literal[size])) ++size;
  return {literal, size};
}

bool HoldsDouble(element value);

// Whether a double is in the object, at whatever depth. The decoder bounds the depth.
bool HoldsDouble(object fields) {
  for (auto [key, value] : fields) {
    if (HoldsDouble(value)) return true;
  }
  return false;
}

bool HoldsDouble(element value) {
  switch (value.type()) {
    case element_type::DOUBLE:
      return true;
    case element_type::ARRAY:
      return std::ranges::any_of(array(value), [](element inner) { return HoldsDouble(inner); });
    case element_type::OBJECT:
      return HoldsDouble(object(value));
    default:
      return false;
  }
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

NamedValues NamedValuesOf(object source, KeptDigits* digits) {
  digits->FindFor(source);
  return NamedValuesReader<JsonFormat>::Read(source);
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
  *field = NamedValuesOf(fields, problem->digits);
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
      i = AfterJsonString(json, i);
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
  ForEachJsonNumber(
      json, [&](std::string_view literal) { out += IsLongJsonNumber(literal) ? "0.0" : literal; },
      [&](std::string_view text) { out += text; });
  return out;
}

KeptDigits::KeptDigits(std::string_view json, std::string_view parsed, simdjson::dom::parser* parser)
    : json_(json), parsed_(parsed), parser_(parser) {
  if (is_replaced()) Find();
}

void KeptDigits::FindFor(object fields) {
  if (!found_ && HoldsDouble(fields)) Find();
}

void KeptDigits::Find() {
  found_ = true;
  std::vector<std::string_view> literals;
  if (is_replaced()) {
    ForEachJsonNumber(
        json_, [&](std::string_view literal) { literals.push_back(literal); }, [](std::string_view) {});
  }
  // The parser has noted where each value begins, and made words of it in the same order: two of a number, one of
  // anything else (simdjson's doc/tape.md). A word has a type in its highest byte; a number is in its second word.
  const auto& noted = *parser_->implementation;
  uint64_t* word = parser_->doc.tape.get() + 1;
  size_t numbers = 0;
  for (uint32_t i = 0; i < noted.n_structural_indexes && noted.structural_indexes[i] < parsed_.size(); ++i) {
    const size_t begin = noted.structural_indexes[i];
    const char c = parsed_[begin];
    if (c == ',' || c == ':') continue;
    if (!IsDigit(c) && c != '-') {
      ++word;
      continue;
    }
    if (static_cast<char>(*word >> 56) == 'd') {
      const std::string_view literal = is_replaced() ? literals.at(numbers) : JsonNumberAt(parsed_, begin);
      if (!Number::IsShort(literal)) word[1] = BitsOf(literal.data());
    }
    word += 2;
    ++numbers;
  }
}

std::string_view ParseErrorText(simdjson::error_code error) {
  // Those of simdjson 3.0. Later ones begin with the name of the code.
  switch (error) {
    case simdjson::CAPACITY:
      return "This parser can't support a document that big";
    case simdjson::TAPE_ERROR:
      return "The JSON document has an improper structure: missing or superfluous commas, braces, missing keys, etc.";
    case simdjson::DEPTH_ERROR:
      return "The JSON document was too deep (too many nested objects and arrays)";
    case simdjson::STRING_ERROR:
      return "Problem while parsing a string";
    case simdjson::T_ATOM_ERROR:
      return "Problem while parsing an atom starting with the letter 't'";
    case simdjson::F_ATOM_ERROR:
      return "Problem while parsing an atom starting with the letter 'f'";
    case simdjson::N_ATOM_ERROR:
      return "Problem while parsing an atom starting with the letter 'n'";
    case simdjson::NUMBER_ERROR:
      return "Problem while parsing a number";
    case simdjson::UTF8_ERROR:
      return "The input is not valid UTF-8";
    case simdjson::EMPTY:
      return "Empty: no JSON found";
    case simdjson::UNESCAPED_CHARS:
      return "Within strings, some characters must be escaped, we found unescaped characters";
    case simdjson::UNCLOSED_STRING:
      return "A string is opened, but never closed.";
    default:  // nothing that a text has
      return simdjson::error_message(error);
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
