#include "schemas/codec/json_text.h"

#include <algorithm>
#include <charconv>

#include "processor/base/text.h"

namespace leadpulse::codec {
namespace {

constexpr size_t kLongDigits = 19;  // the shortest integers beyond 64 bits

bool Opens(char c) { return c == '{' || c == '['; }
bool Closes(char c) { return c == '}' || c == ']'; }
bool IsNumberCharacter(char c) { return IsDigit(c) || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E'; }

// The position after the string literal that starts at `quote`.
size_t AfterString(std::string_view json, size_t quote) {
  size_t i = quote + 1;
  while (i < json.size() && json[i] != '"') i += json[i] == '\\' ? 2 : 1;
  return std::min(i + 1, json.size());
}

bool IsLongInteger(std::string_view literal) {
  if (literal.starts_with('-')) literal.remove_prefix(1);
  return literal.size() >= kLongDigits && literal.front() != '0' &&
         std::all_of(literal.begin(), literal.end(), IsDigit);
}

void AppendLiteral(std::string_view literal, std::string* out) {
  double number;
  if (IsLongInteger(literal) &&
      std::from_chars(literal.data(), literal.data() + literal.size(), number).ec == std::errc()) {
    char buffer[32];
    auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, number, std::chars_format::scientific);
    out->append(buffer, end);
  } else {
    out->append(literal);
  }
}

}  // namespace

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

std::string SpellLongIntegersAsDoubles(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  for (size_t i = 0; i < json.size();) {
    size_t end = i + 1;
    if (json[i] == '"') {
      end = AfterString(json, i);
      out.append(json.substr(i, end - i));
    } else if (IsNumberCharacter(json[i])) {
      while (end < json.size() && IsNumberCharacter(json[end])) ++end;
      AppendLiteral(json.substr(i, end - i), &out);
    } else {
      out += json[i];
    }
    i = end;
  }
  return out;
}

}  // namespace leadpulse::codec
