// The parser's position in a rule, and its first error.
//
// Every parse function takes the cursor and returns what it read, or nullopt after it has recorded an error. There is
// no backtracking: the first error is the rule's error.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "processor/rules/language/ast.h"
#include "processor/rules/language/lexer.h"
#include "processor/rules/language/rule_error.h"

namespace leadpulse::rules {

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
