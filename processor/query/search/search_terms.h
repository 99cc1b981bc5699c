// Splits the text of a search bar into its terms. search_rule.h interprets names and values.
//
// Terms stand side by side with white space between them; here that is ASCII white space, the no-break spaces and the
// ideographic space. A term is `-` for not, then a word, or a field's name, a comparison and values with commas between
// them. Double quotes enclose plain text anywhere in a term. `\"` is a quote and `\\` a backslash; before anything else
// a backslash is literal. A name may stand between backquotes, as in rules. `*` at the beginning or the end of a value,
// outside quotes, means any text. `http://…` and similar are words.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "processor/rules/language/ast.h"
#include "processor/rules/language/rule_error.h"

namespace leadpulse::query {

inline constexpr size_t kMaxSearchBytes = 4096;
inline constexpr size_t kMaxSearchTerms = 64;  // each word between commas counts; values of a field do not

struct SearchValue {
  std::string text;        // without quotes, escapes and the stars at its ends
  bool is_quoted = false;  // part of it stood between quotes
  bool star_before = false;
  bool star_after = false;
  rules::Span span;

  // Whether any value matches: nothing was written, or only stars.
  bool is_any() const { return text.empty() && !is_quoted; }
  bool is_exact() const { return !star_before && !star_after && !is_any(); }
};

struct SearchTerm {
  bool is_negated = false;
  std::optional<rules::Compare> compare;  // nullopt: a word, which has no name. `:` is kEqual
  bool is_colon = false;                  // `:` and no other comparison
  std::string name;
  bool is_name_backquoted = false;
  rules::Span name_span;
  std::vector<SearchValue> values;  // at least one
  rules::Span span;
};

// Returns the terms in their order, or the first error. Accepts any bytes; time and memory are linear in the text.
std::variant<std::vector<SearchTerm>, rules::RuleError> ParseSearch(std::string_view search);

}  // namespace leadpulse::query
