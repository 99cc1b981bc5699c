#include "processor/rules/language/predicate_parser.h"

#include <string>
#include <utility>

#include "processor/base/normal_text.h"
#include "processor/base/text.h"
#include "processor/rules/language/field_names.h"
#include "processor/rules/language/value_parser.h"
#include "processor/rules/language/vocabulary.h"

namespace leadpulse::rules {
namespace {

Field MakeField(std::string spelling, Span span) {
  Field field;
  field.name = FieldNamed(NormalizeName(spelling));
  field.spelling = std::move(spelling);
  field.span = span;
  return field;
}

// Whether HAS WORDS and a string stand `ahead`. Before anything but a string, the two words belong to a field's name.
bool AtHasWords(const TokenCursor& cursor, size_t ahead = 0) {
  return cursor.AtWord("HAS", ahead) && cursor.AtWord("WORDS", ahead + 1) && cursor.At(TokenKind::kString, ahead + 2);
}

std::optional<Field> ParseField(TokenCursor* cursor) {
  const Span begin = cursor->Peek().span;
  if (cursor->At(TokenKind::kBackquoted)) return MakeField(cursor->Take().text, begin);
  if (cursor->AtReservedWord()) {
    return cursor->FailExpected("a condition", "a field's name that begins with this word stands between backquotes");
  }
  if (!cursor->At(TokenKind::kWord)) {
    const bool value = cursor->At(TokenKind::kString) || cursor->At(TokenKind::kNumber);
    return cursor->FailExpected("a condition", value ? "the field comes first: Industry IS \"Technology\"" : "");
  }
  std::string spelling = cursor->Take().text;
  while (cursor->At(TokenKind::kWord) && !cursor->AtReservedWord() && !AtHasWords(*cursor))
    spelling += " " + cursor->Take().text;
  return MakeField(std::move(spelling), cursor->SpanFrom(begin));
}

std::optional<NodeKind> ParseAge(TokenCursor* cursor, Field field) {
  Age age;
  age.op = cursor->Take().op;
  const std::string written = cursor->Peek().text + " " + cursor->Peek(1).text;
  const std::optional<Millis> duration = ParseDurationTokens(cursor);
  if (!duration) return std::nullopt;
  age.duration = *duration;
  if (!cursor->AtWord("AGO") && !cursor->AtWord("FROM")) {
    return cursor->FailExpected("AGO or FROM NOW",
                                "write " + written + " AGO for the past, " + written + " FROM NOW for the future");
  }
  const std::optional<Direction> direction = ParseDirection(cursor);
  if (!direction) return std::nullopt;
  age.from_now = *direction == Direction::kFromNow;
  return TimePredicate{std::move(field), age, false};
}

std::optional<NodeKind> ParseValuePredicate(TokenCursor* cursor, Field field) {
  std::optional<ValueTest> test = ParseValueTest(cursor);
  if (!test) return std::nullopt;
  return ValuePredicate{std::move(field), *std::move(test)};
}

std::optional<NodeKind> ParseNumberBetween(TokenCursor* cursor, Field field, bool negated) {
  NumberBetween between{std::move(field), cursor->Take().number, {}, negated};
  if (!cursor->AcceptWord("AND")) return cursor->FailExpected("AND", "write BETWEEN one end AND the other");
  if (!cursor->At(TokenKind::kNumber) || AtDuration(*cursor)) {
    const bool instant = cursor->At(TokenKind::kNumber) || cursor->At(TokenKind::kString);
    if (!instant) return cursor->FailExpected("a number");
    return cursor->Fail("BETWEEN cannot mix a number and an instant", "give both ends as numbers or both as instants");
  }
  between.high = cursor->Take().number;
  return between;
}

std::optional<NodeKind> ParseBetween(TokenCursor* cursor, Field field, bool negated) {
  cursor->Take();
  const bool number = cursor->At(TokenKind::kNumber) && !AtDuration(*cursor) && !AtUnquotedDate(*cursor);
  if (number) return ParseNumberBetween(cursor, std::move(field), negated);
  std::optional<Between> between = ParseBetweenInstants(cursor);
  if (!between) return std::nullopt;
  return TimePredicate{std::move(field), *std::move(between), negated};
}

// Parses BEFORE, AFTER or ON.
std::optional<NodeKind> ParseTimePredicate(TokenCursor* cursor, Field field, bool negated) {
  std::optional<TimeTest> test = ParseWindow(cursor);
  if (!test) return std::nullopt;
  return TimePredicate{std::move(field), *std::move(test), negated};
}

std::optional<NodeKind> ParseInPeriod(TokenCursor* cursor, Field field, bool negated) {
  const bool last_duration = cursor->AtWord("LAST", 1) && cursor->At(TokenKind::kNumber, 2);
  const bool next_duration = cursor->AtWord("NEXT", 1) && cursor->At(TokenKind::kNumber, 2);
  cursor->Take();
  if (last_duration) return cursor->Fail("a field takes no IN LAST with a length of time", "write < 30 days AGO");
  if (next_duration) return cursor->Fail("a field takes no IN NEXT with a length of time", "write < 30 days FROM NOW");
  const bool period = cursor->AtWord("THIS") || cursor->AtWord("LAST") || cursor->AtWord("NEXT");
  if (!period) {
    return cursor->FailExpected("a list in parentheses or a period", "write IN (\"a\", \"b\") or IN THIS MONTH");
  }
  const std::optional<InPeriod> in = ParsePeriod(cursor);
  if (!in) return std::nullopt;
  return TimePredicate{std::move(field), *in, negated};
}

std::optional<NodeKind> ParseAnniversary(TokenCursor* cursor, Field field) {
  cursor->Take();
  if (cursor->AcceptWord("TODAY")) return Anniversary{std::move(field), std::nullopt};
  if (!cursor->AcceptWords("IN", "NEXT")) {
    return cursor->FailExpected("TODAY or IN NEXT", "write ANNIVERSARY TODAY or ANNIVERSARY IN NEXT 7 DAYS");
  }
  const std::optional<int32_t> days = ParseDayCount(cursor);
  if (!days) return std::nullopt;
  return Anniversary{std::move(field), *days};
}

// Parses HAS WORDS and its string; AtHasWords must hold at the cursor.
std::optional<HasWords> ParseHasWords(TokenCursor* cursor) {
  cursor->Take();
  cursor->Take();
  std::string text = NormalText(cursor->Peek().text);
  WordSearch search(text);
  if (search.is_empty()) return cursor->Fail("there is no word to look for", "write a letter or a digit");
  cursor->Take();
  return HasWords{std::move(text), std::move(search)};
}

// Parses [NOT] HAS WORDS after a field.
std::optional<NodeKind> ParseWordPredicate(TokenCursor* cursor, Field field) {
  if (const auto* built_in = std::get_if<BuiltIn>(&field.name)) {
    return cursor->FailAt(
        field.span, "HAS WORDS asks for an attribute, and " + Excerpt(field.spelling) + " is none",
        "compare it with IS or CONTAINS; an attribute of that name is profile." + std::string(BuiltInName(*built_in)));
  }
  const bool negated = cursor->AcceptWord("NOT");
  std::optional<HasWords> words = ParseHasWords(cursor);
  if (!words) return std::nullopt;
  return WordPredicate{std::move(field), std::move(words->text), std::move(words->search), negated};
}

// Fails at a NOT whose test has no negated form.
std::nullopt_t FailNotTest(TokenCursor* cursor) {
  const Token& next = cursor->Peek(1);
  std::string hint = "put NOT before the whole condition: NOT field …";
  if (next.kind == TokenKind::kString || next.kind == TokenKind::kNumber || cursor->AtWord("SET", 1)) {
    hint = "write IS NOT";
  } else if (next.kind == TokenKind::kCompare && next.op == Compare::kEqual) {
    hint = "write !=";
  }
  return cursor->FailAt({cursor->Peek().span.begin, next.span.end},
                        "NOT here takes IN, ON, BETWEEN, CONTAINS, STARTS WITH, ENDS WITH or HAS WORDS \"…\"",
                        std::move(hint));
}

std::nullopt_t FailNoTest(TokenCursor* cursor, const Field& field) {
  std::string hint =
      "say what it is compared with: =, !=, <, >, IS, IN, CONTAINS, HAS WORDS \"…\", BEFORE, AFTER, BETWEEN, ON …";
  if (cursor->At(TokenKind::kString) || cursor->At(TokenKind::kNumber)) hint = "write IS or = before the value";
  if (cursor->At(TokenKind::kOpen)) hint = "write IN before a list of values";
  return cursor->FailExpected("a test of the field " + Excerpt(field.spelling), std::move(hint));
}

std::optional<NodeKind> ParseFieldTest(TokenCursor* cursor, Field field) {
  if (cursor->At(TokenKind::kCompare) && IsOrdered(cursor->Peek().op) && AtDuration(*cursor, 1)) {
    return ParseAge(cursor, std::move(field));
  }
  if (cursor->AtWord("BEFORE") || cursor->AtWord("AFTER")) return ParseTimePredicate(cursor, std::move(field), false);
  if (cursor->AtWord("ANNIVERSARY")) return ParseAnniversary(cursor, std::move(field));
  const size_t ahead = cursor->AtWord("NOT") ? 1 : 0;
  const bool negated = ahead == 1;
  if (AtHasWords(*cursor, ahead)) return ParseWordPredicate(cursor, std::move(field));
  const bool list = cursor->AtWord("IN", ahead) && cursor->At(TokenKind::kOpen, ahead + 1);
  const bool time = cursor->AtWord("BETWEEN", ahead) || cursor->AtWord("ON", ahead) || cursor->AtWord("IN", ahead);
  if (list || (!time && AtValueTest(*cursor))) return ParseValuePredicate(cursor, std::move(field));
  if (!time) return negated ? FailNotTest(cursor) : FailNoTest(cursor, field);
  if (negated) cursor->Take();
  if (cursor->AtWord("BETWEEN")) return ParseBetween(cursor, std::move(field), negated);
  if (cursor->AtWord("ON")) return ParseTimePredicate(cursor, std::move(field), negated);
  return ParseInPeriod(cursor, std::move(field), negated);
}

// Parses the rest of HAS TAG and similar, whose two words were taken.
template <typename Predicate>
std::optional<NodeKind> ParseNamed(TokenCursor* cursor, std::string_view what) {
  std::optional<Text> name = ParseNonEmptyString(cursor, what);
  if (!name) return std::nullopt;
  return Predicate{*std::move(name)};
}

std::optional<NodeKind> ParseInSegment(TokenCursor* cursor) {
  const Span span = cursor->Peek().span;
  std::optional<Text> id = ParseNonEmptyString(cursor, "a segment");
  if (!id) return std::nullopt;
  return InSegment{std::move(id->text), span};
}

std::optional<NodeKind> ParseSendableFor(TokenCursor* cursor) {
  const Span span = cursor->Peek().span;
  std::optional<Text> topic = ParseNonEmptyString(cursor, "a topic");
  if (!topic) return std::nullopt;
  return SendableFor{*std::move(topic), span};
}

std::optional<NodeKind> ParseIn(TokenCursor* cursor) {
  if (cursor->AcceptWords("IN", "LIST")) return ParseNamed<InList>(cursor, "a list");
  if (cursor->AcceptWords("IN", "CAMPAIGN")) return ParseNamed<InCampaign>(cursor, "a campaign");
  if (cursor->AcceptWords("IN", "SEGMENT")) return ParseInSegment(cursor);
  cursor->Take();
  return cursor->FailExpected("LIST, CAMPAIGN or SEGMENT", "before any other IN the field's name is missing");
}

}  // namespace

std::optional<NodeKind> ParsePredicate(TokenCursor* cursor) {
  if (cursor->AtWord("DID")) return ParseDid(cursor);
  if (cursor->AtWord("IN")) return ParseIn(cursor);
  if (cursor->AcceptWords("HAS", "TAG")) return ParseNamed<HasTag>(cursor, "a tag");
  if (cursor->AcceptWords("HAS", "CONSENT")) return ParseNamed<HasConsent>(cursor, "a purpose");
  if (AtHasWords(*cursor)) return ParseHasWords(cursor);
  if (cursor->AcceptWords("SENDABLE", "FOR")) return ParseSendableFor(cursor);
  std::optional<Field> field = ParseField(cursor);
  if (!field) return std::nullopt;
  return ParseFieldTest(cursor, *std::move(field));
}

}  // namespace leadpulse::rules
