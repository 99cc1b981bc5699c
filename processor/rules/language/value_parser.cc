#include "processor/rules/language/value_parser.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "processor/base/normal_text.h"
#include "processor/base/text.h"
#include "processor/rules/language/vocabulary.h"

namespace leadpulse::rules {
namespace {

// Returns the bare words from here on, probably a text without quotes: `New York`.
std::string BareWords(const TokenCursor& cursor) {
  std::string words = cursor.Peek().text;
  for (size_t i = 1; cursor.At(TokenKind::kWord, i) && !cursor.AtReservedWord(i) && words.size() < 40; ++i) {
    words += ' ';
    words += cursor.Peek(i).text;
  }
  return words;
}

bool AtNamedDay(const TokenCursor& cursor) {
  return std::ranges::any_of(kNamedDays, [&](const OffsetWord& day) { return cursor.AtWord(day.name); });
}

bool AtEmptinessWord(const TokenCursor& cursor) {
  constexpr std::array<std::string_view, 7> kWords = {"NULL", "EMPTY", "BLANK", "NONE", "UNSET", "MISSING", "UNKNOWN"};
  return std::ranges::any_of(kWords, [&](std::string_view word) { return cursor.AtWord(word); });
}

// Fails at a unit after a number, which was taken: an age is accepted only by an ordered comparison of a field.
std::nullopt_t FailAge(TokenCursor* cursor) {
  return cursor->Fail("a length of time cannot be compared here",
                      "an age is asked with <, <=, > or >= of a field: last_opened < 30 days AGO");
}

std::nullopt_t FailNoValue(TokenCursor* cursor) {
  if (AtNamedDay(*cursor)) {
    return cursor->FailExpected("a value", "a day is asked with ON, BEFORE or AFTER: ON TODAY");
  }
  if (AtEmptinessWord(*cursor)) {
    return cursor->FailExpected("a value", "to ask whether there is one, write IS SET or IS NOT SET");
  }
  return FailUnquoted(cursor, "a value");
}

std::optional<Literal> ParseLiteral(TokenCursor* cursor) {
  const Token& token = cursor->Peek();
  if (AtUnquotedDate(*cursor)) {
    return cursor->Fail("a date stands in double quotes", "write it as \"2026-03-10\"");
  }
  Literal literal;
  if (token.kind == TokenKind::kString) {
    literal = MakeTextLiteral(token.text);
  } else if (token.kind == TokenKind::kNumber) {
    literal.value = token.number;
  } else if (cursor->AtWord("TRUE") || cursor->AtWord("FALSE")) {
    literal.value = cursor->AtWord("TRUE");
  } else {
    return FailNoValue(cursor);
  }
  literal.span = token.span;
  cursor->Take();
  if (token.kind == TokenKind::kNumber && cursor->At(TokenKind::kWord) &&
      DurationUnitFromWord(cursor->Peek().text) != nullptr) {
    return FailAge(cursor);
  }
  return literal;
}

// Fails with the reason why an ordered comparison does not accept the literal.
std::nullopt_t FailUnordered(TokenCursor* cursor, Compare op, const Literal& literal) {
  const std::string spelling(CompareSpelling(op));
  const auto* text = std::get_if<Text>(&literal.value);
  if (text == nullptr) {
    return cursor->FailAt(literal.span, spelling + " cannot compare with true or false", "use = or !=");
  }
  std::string hint = "only numbers, dates as \"2026-03-10\" and ages as 30 days AGO have an order";
  if (Number::Parse(text->text)) hint = "write the number without quotes: " + text->text;
  return cursor->FailAt(literal.span, spelling + " cannot compare with the text " + Excerpt(text->text),
                        std::move(hint));
}

std::optional<ValueTest> ParseCompareTest(TokenCursor* cursor) {
  CompareTest test;
  test.op = cursor->Take().op;
  if (cursor->At(TokenKind::kCompare)) return cursor->FailExpected("a value", "two comparisons stand side by side");
  std::optional<Literal> literal = ParseLiteral(cursor);
  if (!literal) return std::nullopt;
  const bool has_order = std::holds_alternative<Number>(literal->value) || literal->date.has_value();
  if (IsOrdered(test.op) && !has_order) return FailUnordered(cursor, test.op, *literal);
  test.literal = std::move(*literal);
  return test;
}

// Returns the hint for a mistake after IS, which was taken; null if none.
const char* HintAfterIs(const TokenCursor& cursor, bool negated) {
  if (AtEmptinessWord(cursor)) return negated ? "write IS SET" : "write IS NOT SET";
  if (AtNamedDay(cursor))
    return negated ? "a day is asked with NOT ON: NOT ON TODAY" : "a day is asked with ON: ON TODAY";
  const bool test = cursor.At(TokenKind::kCompare) ||
                    (cursor.AtReservedWord() && !cursor.AtWord("AND") && !cursor.AtWord("OR") && !cursor.AtWord("IS"));
  if (test) return "leave IS out";
  return nullptr;
}

std::optional<ValueTest> ParseIsTest(TokenCursor* cursor) {
  cursor->Take();
  const bool negated = cursor->AcceptWord("NOT");
  if (cursor->AcceptWord("SET")) return SetTest{negated};
  if (const char* hint = HintAfterIs(*cursor, negated)) return cursor->FailExpected("a value or SET", hint);
  std::optional<Literal> literal = ParseLiteral(cursor);
  if (!literal) return std::nullopt;
  return CompareTest{negated ? Compare::kNotEqual : Compare::kEqual, std::move(*literal)};
}

std::optional<ValueTest> ParseInTest(TokenCursor* cursor, bool negated) {
  InTest test;
  test.negated = negated;
  cursor->Take();
  if (!cursor->Accept(TokenKind::kOpen)) {
    return cursor->FailExpected("a list in parentheses", "write IN (\"a\", \"b\")");
  }
  do {
    std::optional<Literal> literal = ParseLiteral(cursor);
    if (!literal) return std::nullopt;
    test.literals.push_back(std::move(*literal));
  } while (cursor->Accept(TokenKind::kComma));
  if (!cursor->Accept(TokenKind::kClose)) {
    return cursor->FailExpected("a comma or \")\"", "the values of IN stand in parentheses, commas between them");
  }
  return test;
}

}  // namespace

Text MakeText(std::string text) {
  NormalizeText(&text);
  std::string folded = FoldCase(text);
  return {std::move(text), std::move(folded)};
}

Text MakeTextPart(std::string_view part) {
  std::string normal = NormalTextPart(part);
  std::string folded = FoldCase(normal);
  return {std::move(normal), std::move(folded)};
}

Literal MakeTextLiteral(const std::string& text) {
  Literal literal;
  Text normal = MakeText(text);
  literal.date = MakeDateLiteral(normal.text);
  literal.value = std::move(normal);
  return literal;
}

std::optional<DateLiteral> MakeDateLiteral(std::string_view text) {
  DateLiteral date{NormalText(text), {}, {}};
  date.day = ParseDay(date.text);
  if (!date.day && !ParseRfc3339(date.text)) return std::nullopt;
  return date;
}

std::nullopt_t FailUnquoted(TokenCursor* cursor, std::string_view what) {
  std::string hint;
  if (cursor->At(TokenKind::kWord) && !cursor->AtReservedWord()) {
    hint = "write " + Excerpt(BareWords(*cursor)) + " in double quotes";
  } else if (cursor->At(TokenKind::kNumber) || cursor->At(TokenKind::kBackquoted)) {
    hint = "text stands in double quotes";
  }
  return cursor->FailExpected(std::string(what), std::move(hint));
}

std::optional<Text> ParseNonEmptyString(TokenCursor* cursor, std::string_view what) {
  if (!cursor->At(TokenKind::kString)) return FailUnquoted(cursor, std::string(what) + " in double quotes");
  if (NormalText(cursor->Peek().text).empty()) return cursor->Fail(std::string(what) + " cannot be empty");
  return MakeText(cursor->Take().text);
}

bool IsInteger(const Token& token) {
  return token.kind == TokenKind::kNumber && token.text.find_first_of("-.") == std::string::npos;
}

std::optional<uint32_t> ParseInteger(TokenCursor* cursor, std::string_view what) {
  const Token& token = cursor->Peek();
  if (token.kind != TokenKind::kNumber) return cursor->FailExpected(std::string(what));
  if (!IsInteger(token)) return cursor->Fail(std::string(what) + " is a whole number, not below 0");
  if (token.text.size() > 9) return cursor->Fail(std::string(what) + " has at most 9 digits");
  uint32_t integer = 0;
  std::from_chars(token.text.data(), token.text.data() + token.text.size(), integer);
  cursor->Take();
  return integer;
}

bool AtUnquotedDate(const TokenCursor& cursor) {
  const Token& year = cursor.Peek();
  const Token& month = cursor.Peek(1);
  return IsInteger(year) && month.kind == TokenKind::kNumber && year.span.end == month.span.begin;
}

bool AtTextOperator(const TokenCursor& cursor, size_t ahead) {
  return cursor.AtWord("CONTAINS", ahead) || cursor.AtWord("STARTS", ahead) || cursor.AtWord("ENDS", ahead);
}

std::optional<TextTest> ParseTextTest(TokenCursor* cursor) {
  TextTest test;
  const Token& first = cursor->Take();
  if (!IsKeyword(first.text, "CONTAINS")) {
    test.op = IsKeyword(first.text, "STARTS") ? TextOperator::kStartsWith : TextOperator::kEndsWith;
    if (!cursor->AcceptWord("WITH"))
      return cursor->FailExpected("WITH", "write " + std::string(TextOperatorSpelling(test.op)));
  }
  if (!cursor->At(TokenKind::kString)) return FailUnquoted(cursor, "a text in double quotes");
  test.text = MakeTextPart(cursor->Take().text);
  return test;
}

bool AtValueTest(const TokenCursor& cursor) {
  if (cursor.At(TokenKind::kCompare) || cursor.AtWord("IS")) return true;
  const size_t ahead = cursor.AtWord("NOT") ? 1 : 0;
  return cursor.AtWord("IN", ahead) || AtTextOperator(cursor, ahead);
}

std::optional<ValueTest> ParseValueTest(TokenCursor* cursor) {
  if (cursor->At(TokenKind::kCompare)) return ParseCompareTest(cursor);
  if (cursor->AtWord("IS")) return ParseIsTest(cursor);
  const bool negated = cursor->AcceptWord("NOT");
  if (cursor->AtWord("IN")) return ParseInTest(cursor, negated);
  std::optional<TextTest> test = ParseTextTest(cursor);
  if (test) test->negated = negated;
  return test;
}

}  // namespace leadpulse::rules
