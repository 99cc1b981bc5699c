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

// A name from the data, aligned to the left, cut or padded to the width.
std::string NameCell(std::string_view name, size_t width);
// The same, cut in the middle, because names of campaigns often differ only at their ends.
std::string LongNameCell(std::string_view name, size_t width);

// A bar with the length of the share of `part` in `whole`, to an eighth of a column; visible unless `part` is 0.
std::string Bar(uint64_t part, uint64_t whole, size_t width);

// The parts of a whole side by side, in different shades.
std::string StackedBar(const std::vector<int64_t>& parts, int64_t whole, size_t width);
// The shade of a part. After the fourth part, the shades repeat.
std::string_view ShadeOf(size_t part);

// A sentence, broken into indented lines of kTextColumns.
std::string Wrapped(std::string_view sentence, size_t indent);

}  // namespace leadpulse::report
