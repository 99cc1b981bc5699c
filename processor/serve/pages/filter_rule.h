// Writes the rule of the filter panel, and reads it back.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/http/form.h"

namespace leadpulse::serve {

// Whether `value` of an attribute is a text, or a number or truth if it looks like one.
enum class LiteralKind : uint8_t { kText, kTyped };

// Joins the conditions of the fields by AND; empty without conditions. Fields: `stage`, `tier`, `agent` (`-`: nobody),
// `tag`, `list`, `segment`, `campaign`, `score` (at least), `sendable` (`true` or `false`), and `attribute` with `test`
// (`IS`, `CONTAINS`, …) and `value`. Texts are quoted, so that no text becomes another rule. A wrong number is quoted,
// too: the check of the rule reports it.
std::string FilterRule(const std::vector<http::FormField>& fields, LiteralKind literals = LiteralKind::kText);

// Returns the fields that make this rule, except for the order of its conditions; none for the empty rule. nullopt: the
// panel cannot write it.
std::optional<std::vector<http::FormField>> FilterFields(const std::string& rule);

// The values of `test`.
inline constexpr auto kFilterTests = std::to_array<std::string_view>(
    {"IS", "IS NOT", "HAS WORDS", "CONTAINS", "STARTS WITH", "ENDS WITH", ">=", "<=", "IS SET", "IS NOT SET"});

}  // namespace leadpulse::serve
