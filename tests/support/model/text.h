// How texts are compared and read, implemented a second time.
#pragma once

#include <string>
#include <string_view>

namespace leadpulse::model {

// Returns the form in which texts are kept: without marks that nobody sees, in NFC, no-break spaces as spaces, without
// white space at its ends.
std::string NormalText(std::string_view text);

// Returns the text without marks; composed (NFC); without white space at its ends. The steps of that.
std::string WithoutMarks(std::string_view text);
std::string Compose(std::string_view text);
std::string TrimUnicode(std::string_view text);

// Returns the form in which texts are compared: NormalText with the white space at its ends, without joiners, folded
// with Unicode simple case folding, code point by code point.
std::string Fold(std::string_view text);

// Whether two texts are equal without case.
bool SameText(std::string_view left, std::string_view right);

std::string TrimAscii(std::string_view text);
// Whether nothing of the text is kept.
bool IsBlank(std::string_view text);

// Returns the form in which names of attributes and properties are compared: folded, with each run of spaces and
// underscores as one underscore.
std::string NormalName(std::string_view name);

}  // namespace leadpulse::model
