// Text from anywhere, for a terminal or a log: it steers nothing. All that people read from a program goes through
// here.
#pragma once

#include <string>
#include <string_view>

namespace leadpulse {

// One line: control characters, line separators and marks that turn the direction of writing become escapes as JSON
// has them (`\n`, `\u001b`), bytes that are not UTF-8 become U+FFFD. A JSON text on one line keeps its meaning.
std::string DisplayableLine(std::string_view text);
// The same, but for line feeds and tabs, which stay.
std::string DisplayableText(std::string_view text);

}  // namespace leadpulse
