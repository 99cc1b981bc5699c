// Guesses what a file is that does not hold records.
#pragma once

#include <string>
#include <string_view>

#include "processor/files/input/input_format.h"

namespace leadpulse::input {

// Returns what a file seems to be and what to do, as the end of a sentence that begins with its name; empty if it looks
// like nothing known. `first`: its first record, which was rejected; if not `is_whole`, the beginning of that. `path`
// is for advice.
std::string GuessShape(const std::string& path, const InputFormat& format, std::string_view first, bool is_whole);

}  // namespace leadpulse::input
