// The width of text on a terminal, and the cells and lines of tables.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "processor/base/displayable.h"  // IWYU pragma: export

namespace leadpulse::tools {

// Returns `1 lead`, `2 leads`; `more` for a plural without an s.
std::string Counted(uint64_t count, std::string_view one, std::string_view more = {});

// Returns the width of displayable text: East Asian wide characters and emoji take two columns, combining marks none.
size_t DisplayWidth(std::string_view text);

// Returns the text if it is no wider, else its beginning and `…`. `width` is at least 2.
std::string CutToWidth(std::string_view text, size_t width);

// Returns the text with spaces after it, up to the width.
std::string PaddedToWidth(std::string text, size_t width);

// Returns a right-aligned cell of a table; a wider text gets one space before it and moves the rest of the line.
std::string NumberCell(std::string_view text, size_t width);

// Returns a line of a table: without white space at its end, with its line end.
std::string TextLine(std::string text);

}  // namespace leadpulse::tools
