#include "tests/support/model/number.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdlib>
#include <regex>

namespace leadpulse::model {
namespace {

constexpr long kWhole = 40, kFraction = 20;
constexpr std::string_view kKey = "$number";

// Puts each digit to its place in 40 before and 20 behind the point; nullopt if one has none.
std::optional<std::string> PlaceDigits(std::string_view digits, long point) {
  std::string placed(kWhole + kFraction, '0');
  for (size_t i = 0; i < digits.size(); ++i) {
    if (digits[i] == '0') continue;
    const long place = kWhole - point + static_cast<long>(i);
    if (place < 0 || place >= kWhole + kFraction) return std::nullopt;
    placed[static_cast<size_t>(place)] = digits[i];
  }
  return placed;
}

std::string OrderOf(std::string_view spelling) {
  const bool negative = spelling.front() == '-';
  std::string digits;
  long point = -1;
  long exponent = 0;
  for (size_t i = negative ? 1 : 0; i < spelling.size(); ++i) {
    if (spelling[i] == '.') {
      point = static_cast<long>(digits.size());
    } else if (spelling[i] == 'e' || spelling[i] == 'E') {
      exponent = std::strtol(std::string(spelling.substr(i + 1)).c_str(), nullptr, 10);
      break;
    } else {
      digits += spelling[i];
    }
  }
  if (point < 0) point = static_cast<long>(digits.size());
  auto placed = PlaceDigits(digits, point + exponent);
  if (!placed) return "";
  const bool is_zero = placed->find_first_not_of('0') == std::string::npos;
  if (!negative || is_zero) return "+" + *placed;
  for (char& digit : *placed) digit = static_cast<char>('0' + '9' - digit);
  return "!" + *placed;  // before '+' in ASCII
}

// Returns the JSON with NumberJson in place of each number.
std::string WithNumbersKept(const std::string& text) {
  static const std::regex kNumber(R"(-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?)");
  std::string kept;
  bool in_string = false;
  for (size_t i = 0; i < text.size();) {
    const bool begins_number = !in_string && (text[i] == '-' || (text[i] >= '0' && text[i] <= '9'));
    size_t end = begins_number ? text.find_first_not_of("0123456789+-.eE", i) : i + 1;
    if (in_string && text[i] == '\\') ++end;
    if (text[i] == '"') in_string = !in_string;
    const std::string part = text.substr(i, end - i);
    kept += begins_number && std::regex_match(part, kNumber) ? NumberJson(part).dump() : part;
    i = std::min(end, text.size());
  }
  return kept;
}

}  // namespace

Number::Number(std::string_view sent) : spelling(sent), order(OrderOf(sent)) {
  if (spelling.front() == '-' && order == OrderOf("0")) spelling.erase(0, 1);
}

Json NumberJson(const std::string& spelling) {
  const char* const end = spelling.data() + spelling.size();
  int64_t integer = 0;
  uint64_t larger = 0;
  const auto is_whole = [end](const std::from_chars_result& read) { return read.ec == std::errc() && read.ptr == end; };
  if (is_whole(std::from_chars(spelling.data(), end, integer))) return integer;
  if (is_whole(std::from_chars(spelling.data(), end, larger))) return larger;
  return {{kKey, spelling}};
}

std::optional<Number> NumberOf(const Json& value) {
  if (value.is_number()) return Number(value.dump());
  if (!value.is_object() || value.size() != 1 || !value.contains(kKey)) return std::nullopt;
  return Number(value[std::string(kKey)].get<std::string>());
}

Json Parse(const std::string& text) { return Json::parse(WithNumbersKept(text)); }

std::string Render(const Json& value) {
  const std::string begin = "{\"" + std::string(kKey) + "\":\"";
  std::string text = value.dump();
  for (size_t at = text.find(begin); at != std::string::npos; at = text.find(begin, at)) {
    text.erase(text.find("\"}", at), 2);
    text.erase(at, begin.size());
  }
  return text;
}

std::optional<Number> ReadNumber(std::string_view text) {
  std::string_view rest = text;
  const bool negative = !rest.empty() && rest.front() == '-';
  if (negative) rest.remove_prefix(1);
  size_t whole = 0;
  while (whole < rest.size() && std::isdigit(static_cast<unsigned char>(rest[whole]))) ++whole;
  if (whole == 0) return std::nullopt;
  if (whole < rest.size()) {
    if (rest[whole] != '.' || whole + 1 == rest.size()) return std::nullopt;
    for (char c : rest.substr(whole + 1)) {
      if (!std::isdigit(static_cast<unsigned char>(c))) return std::nullopt;
    }
  }
  for (; whole > 1 && rest.front() == '0'; --whole) rest.remove_prefix(1);
  Number number((negative ? "-" : "") + std::string(rest));
  if (number.order.empty()) return std::nullopt;
  return number;
}

std::string PlainNumber(const Number& number) {
  const bool negative = number.order.front() == '!';
  std::string digits = number.order.substr(1);
  if (negative) {
    for (char& digit : digits) digit = static_cast<char>('0' + '9' - digit);
  }
  std::string plain = digits.substr(0, kWhole) + "." + digits.substr(kWhole);
  plain.erase(plain.find_last_not_of('0') + 1);
  if (plain.back() == '.') plain.pop_back();
  plain.erase(0, std::min(plain.find_first_not_of('0'), plain.size()));
  if (plain.empty() || plain.front() == '.') plain.insert(0, "0");
  return (negative ? "-" : "") + plain;
}

}  // namespace leadpulse::model
