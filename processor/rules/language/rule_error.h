// The error of a rule: its place, the expected text and the probable intention.
#pragma once

#include <string>
#include <string_view>

#include "processor/rules/language/ast.h"

namespace leadpulse::rules {

struct RuleError {
  Span span;            // the spot, in bytes of the source
  std::string message;  // `unknown action "opened"`
  std::string hint;     // what was expected, or the closest name: `did you mean "open"?`; may be empty
};

// A place in the source. Lines and columns count from 1; columns in characters (code points).
struct LineColumn {
  int line = 1;
  int column = 1;
};
LineColumn LocateOffset(std::string_view source, uint32_t offset);

// Returns `message (hint)`.
std::string MessageOf(const RuleError& error);
// Renders two lines for a terminal: the source line, and a caret under the spot. No line feed at the end; control
// characters of the source are escaped.
std::string RenderSpot(std::string_view source, const RuleError& error);
// Renders three lines: `line 1, column 5: message (hint)` above those of RenderSpot.
std::string RenderRuleError(std::string_view source, const RuleError& error);

// Quotes a piece of a rule for a message: in double quotes, a long one cut, control characters as `?`.
std::string Excerpt(std::string_view text);

}  // namespace leadpulse::rules
