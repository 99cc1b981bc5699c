// What an option says of a value that is no whole number.
#pragma once

#include <string>

namespace leadpulse::tools {

// For CLI11: nothing where `text` is a whole number of at most 64 bits, or else the complaint.
std::string CheckWholeNumber(const std::string& text);

}  // namespace leadpulse::tools
