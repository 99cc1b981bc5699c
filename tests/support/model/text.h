// How texts compare and read, written a second time.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace leadpulse::model {

// Unicode simple case folding, code point by code point.
std::string Fold(std::string_view text);

// Whether two strings are equal without case.
bool SameText(std::string_view left, std::string_view right);

std::string TrimAscii(std::string_view text);
bool IsBlank(std::string_view text);

// The form under which attribute and property names are compared: folded, a
// run of spaces and underscores being one underscore.
std::string NormalName(std::string_view name);

// The number grammar of the rule language: an optional minus, digits, an
// optional fraction. Nothing else (no exponent, no plus, no spaces).
std::optional<double> ReadNumber(std::string_view text);

// How JSON spells a number, without exponent for the sizes tests use.
std::string SpellNumber(double number);

}  // namespace leadpulse::model
