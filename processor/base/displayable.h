// Makes untrusted text safe for a terminal, a log or HTML. All output that people read goes through here.
#pragma once

#include <string>
#include <string_view>

namespace leadpulse {

// One line: control characters, line separators and marks that change the direction of writing become JSON escapes
// (`\n`, `\u001b`), bytes that are not UTF-8 become U+FFFD. A JSON text on one line keeps its meaning.
std::string DisplayableLine(std::string_view text);
// The same, but keeps line feeds and tabs.
std::string DisplayableText(std::string_view text);

// For HTML: an element or a quoted attribute. Any text.
std::string EscapeHtml(std::string_view text);

}  // namespace leadpulse
