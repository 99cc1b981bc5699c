// How wide text is on a terminal, and text of a given width.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "processor/base/displayable.h"  // IWYU pragma: export

namespace leadpulse::tools {

// Of displayable text: East Asian wide characters and emoji take two columns, combining marks none.
size_t DisplayWidth(std::string_view text);

// The text itself where it is no wider, else its beginning and `…`. `width` is at least 2.
std::string CutToWidth(std::string_view text, size_t width);

// With spaces behind it where it is narrower.
std::string PaddedToWidth(std::string text, size_t width);

}  // namespace leadpulse::tools
