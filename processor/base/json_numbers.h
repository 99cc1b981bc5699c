// Finds the numbers of a JSON text as they are written. Parsers make doubles of them, and refuse those that fit in
// none.
#pragma once

#include <cstddef>
#include <string_view>

#include "processor/base/text.h"

namespace leadpulse {

// Returns the position after the string literal that starts at `quote`.
size_t AfterJsonString(std::string_view json, size_t quote);

inline bool IsJsonNumberCharacter(char c) {
  return IsDigit(c) || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

// Returns the literal of the number that begins at `begin`.
std::string_view JsonNumberAt(std::string_view json, size_t begin);

// Whether a parser may refuse this number: an integer beyond 64 bits, or a number beyond a double's range.
bool IsLongJsonNumber(std::string_view literal);

// Calls visit(literal) for each number of the JSON text, in its order, and pass(text) for what is between them.
template <typename Visit, typename Pass>
void ForEachJsonNumber(std::string_view json, Visit visit, Pass pass) {
  for (size_t i = 0; i < json.size();) {
    size_t end = i + 1;
    if (json[i] == '"') {
      end = AfterJsonString(json, i);
    } else if (IsDigit(json[i]) || json[i] == '-') {
      const std::string_view literal = JsonNumberAt(json, i);
      visit(literal);
      i += literal.size();
      continue;
    }
    pass(json.substr(i, end - i));
    i = end;
  }
}

}  // namespace leadpulse
