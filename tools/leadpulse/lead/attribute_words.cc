#include "tools/leadpulse/lead/attribute_words.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <variant>

#include "processor/base/text.h"
#include "schemas/codec/json_fields.h"

namespace leadpulse::tools {
namespace {

// Parses a JSON value; nullopt if it is not JSON, or more than one value.
std::optional<Value> ParseJson(const std::string& json) {
  simdjson::dom::parser parser;
  // The only element of a list must be one whole value.
  simdjson::dom::array list;
  const std::string text = codec::ReplaceLongNumbers(json);
  if (parser.parse("[" + text + "]").get(list) != simdjson::SUCCESS || list.size() != 1) return std::nullopt;
  simdjson::dom::object object;
  const std::string source = "{\"value\":" + json + "}", parsed = "{\"value\":" + text + "}";
  if (parser.parse(parsed).get(object) != simdjson::SUCCESS) return std::nullopt;
  codec::KeptDigits digits(source, parsed, &parser);
  return codec::NamedValuesOf(object, &digits).front().second;
}

Result<std::pair<std::string, Value>> ParseAttribute(const std::string& word) {
  const size_t sign = word.find('=');
  if (sign == std::string::npos) {
    return Status::Rejected("`" + word + "` sets nothing; write name=value, or name:=JSON");
  }
  const bool is_json = sign > 0 && word[sign - 1] == ':';
  std::string name = word.substr(0, is_json ? sign - 1 : sign);
  const std::string said = word.substr(sign + 1);
  if (TrimAsciiSpace(name).empty()) {
    return Status::Rejected("`" + word + "` names no attribute; write name=value, or name:=JSON");
  }
  if (!is_json) return std::pair(std::move(name), ValueOfWord(said));
  std::optional<Value> value = ParseJson(said);
  if (!value) return Status::Rejected("`" + word + "`: what follows := is no JSON value; for text write name=value");
  return std::pair(std::move(name), std::move(*value));
}

}  // namespace

Value ValueOfWord(const std::string& word) {
  const bool may_be_json = !word.empty() && std::string_view("-0123456789tf").find(word.front()) != std::string::npos &&
                           !IsAsciiSpace(word.back());
  if (!may_be_json) return word;
  std::optional<Value> value = ParseJson(word);
  if (!value) return word;
  const auto* number = std::get_if<Number>(&*value);
  if (number != nullptr ? number->InBounds() : std::holds_alternative<bool>(*value)) return *value;
  return word;
}

Result<codec::NamedValues> ParseAttributes(const std::vector<std::string>& words) {
  codec::NamedValues values;
  std::set<std::string> names;
  for (const std::string& word : words) {
    LP_ASSIGN_OR_RETURN(auto attribute, ParseAttribute(word));
    const std::string name = NormalizeName(attribute.first);
    if (!names.insert(name).second) return Status::Rejected("the attribute " + name + " is given twice");
    values.push_back(std::move(attribute));
  }
  std::ranges::sort(values, {}, &codec::NamedValues::value_type::first);
  return values;
}

}  // namespace leadpulse::tools
