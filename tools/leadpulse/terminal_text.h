// Text of anybody's for a terminal: it steers nothing, and its width in columns is known.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace leadpulse::tools {

// One line: control characters, line separators and marks that turn the direction of writing become escapes as JSON
// has them (`\n`, `\u001b`), bytes that are not UTF-8 become U+FFFD.
std::string DisplayableLine(std::string_view text);
// The same, but for line feeds and tabs, which stay.
std::string DisplayableText(std::string_view text);

// Of displayable text: East Asian wide characters and emoji take two columns, combining marks none.
size_t DisplayWidth(std::string_view text);

// The text itself where it is no wider, else its beginning and `…`. `width` is at least 2.
std::string CutToWidth(std::string_view text, size_t width);

// With spaces behind it where it is narrower.
std::string PaddedToWidth(std::string text, size_t width);

}  // namespace leadpulse::tools
