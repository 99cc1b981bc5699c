// Steps, and the predicates that begin with DID.
#pragma once

#include <optional>
#include <variant>

#include "processor/rules/language/ast.h"
#include "processor/rules/language/token_cursor.h"

namespace leadpulse::rules {

std::optional<Step> ParseStepTokens(TokenCursor* cursor);

// The cursor is at DID.
std::optional<std::variant<DidCount, DidThen>> ParseDid(TokenCursor* cursor);

}  // namespace leadpulse::rules
