// How texts are compared and read, implemented a second time.
#pragma once

#include <optional>
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

// Reads a number in the grammar of the rule language: an optional minus, digits, an optional fraction. Refuses anything
// else (an exponent, a plus, spaces).
std::optional<double> ReadNumber(std::string_view text);

// Writes a number as JSON does, without exponent for the sizes in tests.
std::string SpellNumber(double number);

}  // namespace leadpulse::model
