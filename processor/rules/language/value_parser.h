// Parses values and the tests of a value, which fields and event properties share.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "processor/rules/language/ast.h"
#include "processor/rules/language/token_cursor.h"

namespace leadpulse::rules {

// Returns the text of a literal in its normal form (normal_text.h).
Text MakeText(std::string text);
// Returns that of a text test, which keeps white space at its ends.
Text MakeTextPart(std::string_view part);
// Returns the date that a text literal means; nullopt if it is not a date.
std::optional<DateLiteral> MakeDateLiteral(std::string_view text);
// Returns a literal of a text, with its date. Its span is empty.
Literal MakeTextLiteral(const std::string& text);

// Parses a string that names something. `what` begins a sentence: `a tag`. An empty string is an error.
std::optional<Text> ParseNonEmptyString(TokenCursor* cursor, std::string_view what);

// Fails at a bare word, or anything else, instead of a value in double quotes.
std::nullopt_t FailUnquoted(TokenCursor* cursor, std::string_view what);

// Parses an integer of 1 to 9 digits. `what` is its unit in the message: `a number of days`.
std::optional<uint32_t> ParseInteger(TokenCursor* cursor, std::string_view what);
bool IsInteger(const Token& token);

// Whether there is an unquoted date here: `2026-03-10` is lexed as three numbers.
bool AtUnquotedDate(const TokenCursor& cursor);

// Whether CONTAINS, STARTS or ENDS is `ahead`.
bool AtTextOperator(const TokenCursor& cursor, size_t ahead = 0);
// Parses a text test; the cursor is at its operator.
std::optional<TextTest> ParseTextTest(TokenCursor* cursor);

// Whether a test of a value begins here: a comparison, IS, [NOT] IN "(" or a text test.
bool AtValueTest(const TokenCursor& cursor);
// Parses any test of a value; AtValueTest must hold at the cursor.
std::optional<ValueTest> ParseValueTest(TokenCursor* cursor);

}  // namespace leadpulse::rules
