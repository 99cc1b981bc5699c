// How texts are compared and read, implemented a second time.
#pragma once

#include <string>
#include <string_view>

namespace leadpulse::model {

// Folds with Unicode simple case folding, code point by code point.
std::string Fold(std::string_view text);

// Whether two strings are equal without case.
bool SameText(std::string_view left, std::string_view right);

std::string TrimAscii(std::string_view text);
bool IsBlank(std::string_view text);

// Returns the form in which names of attributes and properties are compared: folded, with each run of spaces and
// underscores as one underscore.
std::string NormalName(std::string_view name);

}  // namespace leadpulse::model
