// The form in which texts that rules compare are taken, stored and shown: texts that look the same are the same.
#pragma once

#include <string>
#include <string_view>

namespace leadpulse {

// Brings the text into its normal form: marks that nobody sees removed (soft hyphen, zero-width space, marks of the
// direction of writing, word joiner, byte order mark), then NFC, no-break spaces as spaces, and white space at both
// ends removed. Joiners (U+200C, U+200D) stay: FoldCase leaves them out. Applying it again changes nothing. Text that
// is not UTF-8 loses ASCII white space at its ends only. ASCII text costs one pass and no allocation.
void NormalizeText(std::string* text);
std::string NormalText(std::string_view text);

// Returns a part of a text (`CONTAINS " x"`) in this form, but with the white space at its ends.
std::string NormalTextPart(std::string_view part);

// The steps of the normal form. The text must be UTF-8.

// Removes the marks that nobody sees.
std::string RemoveHiddenMarks(std::string_view text);
std::string Nfc(std::string text);
// Removes Unicode white space at both ends.
std::string_view TrimSpace(std::string_view text);

}  // namespace leadpulse
