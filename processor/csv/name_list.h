// Lists of names in one cell: `vip; "fair, spring"`. Thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace leadpulse::csv {

// Joins names with `;`. SplitNames returns those that are not blank, without white space around them.
std::string JoinNames(const std::vector<std::string>& names);

// Splits names at `;` if the cell has one, else at `,`. A name in quotes may hold both, and quotes that are doubled.
std::vector<std::string> SplitNames(std::string_view cell);

}  // namespace leadpulse::csv
