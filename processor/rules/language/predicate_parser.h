// One predicate: a field and its test, DID, HAS or IN.
#pragma once

#include <optional>

#include "processor/rules/language/ast.h"
#include "processor/rules/language/token_cursor.h"

namespace leadpulse::rules {

using NodeKind = decltype(Node::kind);

std::optional<NodeKind> ParsePredicate(TokenCursor* cursor);

}  // namespace leadpulse::rules
