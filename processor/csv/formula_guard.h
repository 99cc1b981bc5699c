// What keeps a spreadsheet from computing the texts of a file that it opens: `=HYPERLINK(…)` is a name that somebody
// gave. Thread-safe. https://owasp.org/www-community/attacks/CSV_Injection
#pragma once

#include <string>
#include <string_view>

namespace leadpulse::csv {

// With `'` before each part that begins like a formula to one spreadsheet or another, the wide forms, too. A part
// begins with the text and behind each comma, semicolon, tab and line break in it, for spreadsheets split at these.
// `+49 30 1234567` and `-3.5` are no formulas: with nothing but digits, spaces and dots behind the sign nothing is
// computed.
std::string WithoutFormulas(std::string_view text);

// The same of a file that comes back: with `'` also before each part that begins with `'`.
std::string Guarded(std::string_view cell);

// Reverses Guarded.
std::string Unguarded(std::string_view cell);

}  // namespace leadpulse::csv
