// One predicate: a field and its test, DID, HAS or IN.
#pragma once

#include <optional>

#include "processor/rules/ast.h"
#include "processor/rules/token_cursor.h"

namespace leadpulse::rules {

using NodeKind = decltype(Node::kind);

std::optional<NodeKind> ParsePredicate(TokenCursor* cursor);

}  // namespace leadpulse::rules
