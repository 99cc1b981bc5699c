// The tokens of a rule, the parser's position among them, and its first error.
//
// Every parse function takes the cursor and returns what it read, or nullopt after it has recorded an error. There is
// no backtracking: the first error is the rule's error.
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

// In lexer.cc: rule text to tokens, linear in the text. White space is ASCII; a byte that begins no token is an error,
// and so is text that is too long or is not UTF-8. The tokens end with kEnd, or with kError at the first invalid one:
// the parser reports that error or its own, whichever is first.
Tokens Tokenize(std::string_view source);

class TokenCursor {
 public:
  // `source` must outlive the cursor.
  explicit TokenCursor(std::string_view source) : source_(source), tokens_(Tokenize(source)) {}

  std::string_view source() const { return source_; }

  // After the last token, returns the last token.
  const Token& Peek(size_t ahead = 0) const;
  // The token under the cursor, which moves on; it stays on the last token.
  const Token& Take();
  bool AtEnd() const { return At(TokenKind::kEnd); }

  bool At(TokenKind kind, size_t ahead = 0) const { return Peek(ahead).kind == kind; }
  // `keyword` is in capitals.
  bool AtWord(std::string_view keyword, size_t ahead = 0) const;
  bool AtReservedWord(size_t ahead = 0) const;

  // These take the token if it is the one asked for.
  bool Accept(TokenKind kind);
  bool AcceptWord(std::string_view keyword);
  // Two words, or none.
  bool AcceptWords(std::string_view first, std::string_view second);

  // The span of the token taken last.
  Span TakenSpan() const { return taken_; }
  // From the beginning of a token to the end of the one taken last.
  Span SpanFrom(const Span& first) const { return {first.begin, taken_.end}; }
  // The token as written in the rule, for a message; `the end of the rule` for kEnd.
  std::string Describe(const Token& token) const;

  // Records an error at the token under the cursor, or the lexer's error if that is kError.
  std::nullopt_t Fail(std::string message, std::string hint = {});
  // The same at an earlier spot; only the first error stays.
  std::nullopt_t FailAt(Span span, std::string message, std::string hint = {});
  // `message, not "here"`.
  std::nullopt_t FailExpected(std::string expected, std::string hint = {});

  // After a failure.
  RuleError TakeError();

 private:
  std::string_view source_;
  Tokens tokens_;
  size_t position_ = 0;
  Span taken_;
  std::optional<RuleError> error_;
};

}  // namespace leadpulse::rules
