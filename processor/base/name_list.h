// Lists of names, as people type them into one option or parameter.
#pragma once

#include <string_view>
#include <vector>

namespace leadpulse {

// The names of a list. They are separated by commas, except for those between backquotes.
std::vector<std::string_view> SplitAtCommas(std::string_view list);

}  // namespace leadpulse
