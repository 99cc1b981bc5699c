// Parses one predicate: a field and its test, DID, HAS or IN; its steps, and its tests of time.
#pragma once

#include <optional>

#include "processor/rules/language/ast.h"
#include "processor/rules/language/token_cursor.h"

namespace leadpulse::rules {

std::optional<NodeKind> ParsePredicate(TokenCursor* cursor);

// ---- step_parser.cc: steps, and the predicates that begin with DID ----

std::optional<Step> ParseStepTokens(TokenCursor* cursor);
// Parses a DID; the cursor is at this word.
std::optional<NodeKind> ParseDid(TokenCursor* cursor);

// ---- time_parser.cc: durations, instants, days, periods and windows ----

// Whether a number with a unit is `ahead`, also with a wrong unit (`3 months`) before AGO or FROM.
bool AtDuration(const TokenCursor& cursor, size_t ahead = 0);
// Parses an integer and its unit, at most kMaxDurationDays.
std::optional<Millis> ParseDurationTokens(TokenCursor* cursor);

enum class Direction : uint8_t { kAgo, kFromNow };
std::optional<Direction> ParseDirection(TokenCursor* cursor);

// Parses an integer of days, at most kMaxDurationDays, and the word DAYS.
std::optional<int32_t> ParseDayCount(TokenCursor* cursor);

std::optional<InstantExpression> ParseInstant(TokenCursor* cursor);
// Parses the bounds; BETWEEN was taken.
std::optional<Between> ParseBetweenInstants(TokenCursor* cursor);
// Parses a period; IN was taken.
std::optional<InPeriod> ParsePeriod(TokenCursor* cursor);

// Whether a window of DID begins here.
bool AtWindow(const TokenCursor& cursor);
std::optional<TimeTest> ParseWindow(TokenCursor* cursor);

}  // namespace leadpulse::rules
