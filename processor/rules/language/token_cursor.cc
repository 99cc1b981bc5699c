#include "processor/rules/language/token_cursor.h"

#include <algorithm>
#include <utility>

#include "processor/base/assert.h"
#include "processor/rules/language/vocabulary.h"

namespace leadpulse::rules {

const Token& TokenCursor::Peek(size_t ahead) const {
  return tokens_.tokens[std::min(position_ + ahead, tokens_.tokens.size() - 1)];
}

const Token& TokenCursor::Take() {
  const Token& token = Peek();
  if (position_ + 1 < tokens_.tokens.size()) {
    ++position_;
    taken_ = token.span;
  }
  return token;
}

bool TokenCursor::AtWord(std::string_view keyword, size_t ahead) const {
  const Token& token = Peek(ahead);
  return token.kind == TokenKind::kWord && IsKeyword(token.text, keyword);
}

bool TokenCursor::AtReservedWord(size_t ahead) const {
  const Token& token = Peek(ahead);
  return token.kind == TokenKind::kWord && IsReservedWord(token.text);
}

bool TokenCursor::Accept(TokenKind kind) {
  if (!At(kind)) return false;
  Take();
  return true;
}

bool TokenCursor::AcceptWord(std::string_view keyword) {
  if (!AtWord(keyword)) return false;
  Take();
  return true;
}

bool TokenCursor::AcceptWords(std::string_view first, std::string_view second) {
  if (!AtWord(first) || !AtWord(second, 1)) return false;
  Take();
  Take();
  return true;
}

std::string TokenCursor::Describe(const Token& token) const {
  if (token.kind == TokenKind::kEnd) return "the end of the rule";
  // Excerpt quotes a string.
  if (token.kind == TokenKind::kString) return "the text " + Excerpt(token.text);
  return Excerpt(source_.substr(token.span.begin, token.span.end - token.span.begin));
}

std::nullopt_t TokenCursor::Fail(std::string message, std::string hint) {
  if (At(TokenKind::kError) && !error_) error_ = tokens_.error;
  return FailAt(Peek().span, std::move(message), std::move(hint));
}

std::nullopt_t TokenCursor::FailAt(Span span, std::string message, std::string hint) {
  if (!error_) error_ = RuleError{span, std::move(message), std::move(hint)};
  return std::nullopt;
}

std::nullopt_t TokenCursor::FailExpected(std::string expected, std::string hint) {
  return Fail(std::move(expected) + " is expected here, not " + Describe(Peek()), std::move(hint));
}

RuleError TokenCursor::TakeError() {
  LP_ASSERT(error_.has_value());
  return std::move(*error_);
}

}  // namespace leadpulse::rules
