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

// Returns a name from the data, aligned to the left, cut or padded to the width.
std::string NameCell(std::string_view name, size_t width);
// Returns a name cut in the middle, because names of campaigns often differ only at their ends.
std::string LongNameCell(std::string_view name, size_t width);

// Returns a bar as long as the share of `part` in `whole`, to an eighth of a column; visible unless `part` is 0.
std::string Bar(uint64_t part, uint64_t whole, size_t width);

// Returns the parts of a whole side by side, in different shades.
std::string StackedBar(const std::vector<int64_t>& parts, int64_t whole, size_t width);
// Returns the shade of a part. After the fourth part, the shades repeat.
std::string_view ShadeOf(size_t part);

// Breaks a sentence into indented lines of kTextColumns.
std::string Wrapped(std::string_view sentence, size_t indent);

}  // namespace leadpulse::report
