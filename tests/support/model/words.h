// The words of texts, as searches compare them, implemented a second time.
#pragma once

#include <string>
#include <string_view>

namespace leadpulse::model {

// Whether the words follow each other in the text, the last as the beginning of a word, without case, accents and
// punctuation; or the digits are in its phone number. Knows the letters and accents of Latin, Greek and Cyrillic.
bool FindsWords(std::string_view sought, std::string_view text);

// Whether the text has more than one word.
bool HasSeveralWords(std::string_view text);

}  // namespace leadpulse::model
