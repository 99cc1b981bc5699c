// What keeps a spreadsheet from computing the texts of a file that it opens: `=HYPERLINK(…)` is a name that somebody
// gave. Thread-safe. https://owasp.org/www-community/attacks/CSV_Injection
#pragma once

#include <string>
#include <string_view>

namespace leadpulse::csv {

// A text that begins so is a formula to one spreadsheet or another, the wide forms, too. `+49 30 1234567` and `-3.5`
// are none: with nothing but digits, spaces and dots behind the sign there is nothing to compute.
bool LooksLikeFormula(std::string_view text);

// Of a file that comes back: with `'` before what looks like a formula, and before what begins with `'`.
std::string Guarded(std::string_view cell);

// Without the `'`; whatever cell was guarded is as it was.
std::string_view Unguarded(std::string_view cell);

}  // namespace leadpulse::csv
