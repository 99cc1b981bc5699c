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
  Number number;                 // the value of a kNumber
  Compare op = Compare::kEqual;  // the operator of a kCompare
};

struct Tokens {
  std::vector<Token> tokens;       // never empty
  std::optional<RuleError> error;  // set if the last token is kError
};

// Splits rule text into tokens (in lexer.cc), linear in the text. White space is ASCII. A byte that begins no token is
// an error, and so is text that is too long or not UTF-8. The tokens end with kEnd, or with kError at the first invalid
// one: the parser reports that error or its own, whichever is first.
Tokens Tokenize(std::string_view source);

class TokenCursor {
 public:
  // Tokenizes the source, which must outlive the cursor.
  explicit TokenCursor(std::string_view source) : source_(source), tokens_(Tokenize(source)) {}

  std::string_view source() const { return source_; }

  // Returns the token `ahead`; after the last token, the last one.
  const Token& Peek(size_t ahead = 0) const;
  // Returns the token under the cursor and moves on; it stays on the last token.
  const Token& Take();
  bool AtEnd() const { return At(TokenKind::kEnd); }

  bool At(TokenKind kind, size_t ahead = 0) const { return Peek(ahead).kind == kind; }
  // Whether the token is this keyword, which is in capitals.
  bool AtWord(std::string_view keyword, size_t ahead = 0) const;
  bool AtReservedWord(size_t ahead = 0) const;

  // Takes the token if it is of that kind; AcceptWord, if it is that keyword.
  bool Accept(TokenKind kind);
  bool AcceptWord(std::string_view keyword);
  // Takes two words, or none.
  bool AcceptWords(std::string_view first, std::string_view second);

  // Returns the span of the token taken last.
  Span TakenSpan() const { return taken_; }
  // Returns the span from the beginning of a token to the end of the one taken last.
  Span SpanFrom(const Span& first) const { return {first.begin, taken_.end}; }
  // Returns the token as written in the rule, for a message; `the end of the rule` for kEnd.
  std::string Describe(const Token& token) const;

  // Records an error at the token under the cursor, or the lexer's error if that is kError.
  std::nullopt_t Fail(std::string message, std::string hint = {});
  // Records an error at an earlier spot; only the first error stays.
  std::nullopt_t FailAt(Span span, std::string message, std::string hint = {});
  // Records `message, not "here"`.
  std::nullopt_t FailExpected(std::string expected, std::string hint = {});

  // Returns the error, after a failure.
  RuleError TakeError();

 private:
  std::string_view source_;
  Tokens tokens_;
  size_t position_ = 0;
  Span taken_;
  std::optional<RuleError> error_;
};

}  // namespace leadpulse::rules
