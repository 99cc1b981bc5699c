#include "processor/base/json_numbers.h"

#include <algorithm>
#include <charconv>
#include <system_error>

#include "processor/base/number.h"

namespace leadpulse {
namespace {

constexpr size_t kLongDigits = 19;  // the shortest integers beyond 64 bits

}  // namespace

size_t AfterJsonString(std::string_view json, size_t quote) {
  size_t end = json.find('"', quote + 1);
  const auto is_escaped = [&] {
    size_t first = end;
    while (json[first - 1] == '\\') --first;
    return (end - first) % 2 == 1;
  };
  while (end != std::string_view::npos && is_escaped()) end = json.find('"', end + 1);
  return end == std::string_view::npos ? json.size() : end + 1;
}

std::string_view JsonNumberAt(std::string_view json, size_t begin) {
  size_t end = begin + 1;
  while (end < json.size() && IsJsonNumberCharacter(json[end])) ++end;
  return json.substr(begin, end - begin);
}

bool IsLongJsonNumber(std::string_view literal) {
  if (literal.starts_with('-')) literal.remove_prefix(1);
  if (literal.size() >= kLongDigits && literal.front() != '0' && std::ranges::all_of(literal, IsDigit)) return true;
  double number;
  return std::from_chars(literal.data(), literal.data() + literal.size(), number).ec ==
             std::errc::result_out_of_range &&
         Number::ParseJson(literal).has_value();
}

}  // namespace leadpulse
