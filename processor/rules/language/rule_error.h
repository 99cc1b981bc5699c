// What is wrong with a rule, where, what was expected and what was probably meant.
#pragma once

#include <string>
#include <string_view>

#include "processor/rules/language/ast.h"

namespace leadpulse::rules {

struct RuleError {
  Span span;            // the spot, in bytes of the source
  std::string message;  // `unknown action "opened"`
  std::string hint;     // what was expected or the nearest name: `did you mean "open"?`; may be empty
};

// Lines and columns count from 1; columns in characters (code points).
struct LineColumn {
  int line = 1;
  int column = 1;
};
LineColumn LocateOffset(std::string_view source, uint32_t offset);

// `message (hint)`.
std::string MessageOf(const RuleError& error);
// Two lines for a terminal: the source line, a caret under the spot. No line feed at the end; control characters of the
// source are escaped.
std::string RenderSpot(std::string_view source, const RuleError& error);
// Three lines: `line 1, column 5: message (hint)` above these.
std::string RenderRuleError(std::string_view source, const RuleError& error);

// A piece of a rule for a message: in double quotes, cut where it is long, control characters as `?`.
std::string Excerpt(std::string_view text);

}  // namespace leadpulse::rules
