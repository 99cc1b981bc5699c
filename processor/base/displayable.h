// Makes untrusted text safe for a terminal, a log or HTML. All output that people read goes through here.
#pragma once

#include <string>
#include <string_view>

namespace leadpulse {

// Returns one line: control characters, line separators and marks that change the direction of writing become JSON
// escapes (`\n`, `\u001b`), bytes that are not UTF-8 become U+FFFD. A JSON text on one line keeps its meaning.
std::string DisplayableLine(std::string_view text);
// Returns the same, but keeps line feeds and tabs.
std::string DisplayableText(std::string_view text);

// Escapes any text for an element or a quoted attribute of HTML.
std::string EscapeHtml(std::string_view text);

}  // namespace leadpulse
