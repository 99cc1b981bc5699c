// Reads yes and no in many languages, and longer answers to whether somebody wants mail: `nein, danke`, `not
// interested`. Thread-safe.
#pragma once

#include <optional>
#include <string_view>

#include "processor/importing/plain_text.h"

namespace leadpulse::importing {

// Reads yes or no in several languages, `x` for yes, or what a spreadsheet writes: `WAHR`, `FAUX`.
std::optional<bool> YesOrNo(std::string_view cell);

// Whether a plain text is a word for yes, or what a column about mail says for it: `all`.
bool SaysYes(std::string_view plain);
// Whether a plain text is a word for no, or what a column about mail says for it: `keine`.
bool SaysNo(std::string_view plain);

// Reads an answer of several words, which begins with one for yes or no or refuses mail. `is_among_answers`: most other
// cells of the column say yes or no. Else only what can be no name is an answer: `No Limits` may be the name of a
// newsletter, `no, thanks` may not.
std::optional<bool> LongAnswer(const PlainText& text, bool is_among_answers);

}  // namespace leadpulse::importing
