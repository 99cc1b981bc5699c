// Rule text to tokens.
//
// White space is ASCII; a byte that begins no token is an error. The tokens end with kEnd, or with kError at the first
// invalid one: the parser reports that error or its own, whichever is first.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/rules/language/ast.h"
#include "processor/rules/language/rule_error.h"

namespace leadpulse::rules {

enum class TokenKind : uint8_t { kWord, kBackquoted, kString, kNumber, kCompare, kOpen, kClose, kComma, kEnd, kError };

struct Token {
  TokenKind kind = TokenKind::kEnd;
  Span span;
  // Words and numbers as written; strings and backquoted names without quotes and escapes.
  std::string text;
  double number = 0;             // the value of a kNumber
  Compare op = Compare::kEqual;  // the operator of a kCompare
};

struct Tokens {
  std::vector<Token> tokens;       // never empty
  std::optional<RuleError> error;  // set if the last token is kError
};

// Linear in the text. Also refuses text that is too long or is not UTF-8.
Tokens Tokenize(std::string_view source);

}  // namespace leadpulse::rules
