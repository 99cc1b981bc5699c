// Cells and bars of a table for a terminal.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tools/leadpulse/terminal_text.h"

namespace leadpulse::report {

using tools::NumberCell;
using tools::TextLine;

inline constexpr size_t kTextColumns = 80;

// A name of anybody's, to the left, cut and filled to the width.
std::string NameCell(std::string_view name, size_t width);
// The same, cut in the middle: names of campaigns often differ at their ends only.
std::string LongNameCell(std::string_view name, size_t width);

// As long as the share of `part` in `whole` asks for, to an eighth of a column; something of it is seen where `part` is
// not 0.
std::string Bar(int64_t part, int64_t whole, size_t width);

// The parts of a whole in a row, each in another shade.
std::string StackedBar(const std::vector<int64_t>& parts, int64_t whole, size_t width);
// The shade of a part; those from the fourth on take turns.
std::string_view ShadeOf(size_t part);

// A sentence in lines of kTextColumns, indented.
std::string Wrapped(std::string_view sentence, size_t indent);

}  // namespace leadpulse::report
