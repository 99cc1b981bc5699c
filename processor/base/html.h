// Text in HTML.
#pragma once

#include <string>
#include <string_view>

namespace leadpulse {

// Any text, for an element or a quoted attribute.
std::string EscapeHtml(std::string_view text);

}  // namespace leadpulse
