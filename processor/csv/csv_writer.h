// Writes rows by RFC 4180, which the reader reads back unchanged, and prevents a spreadsheet from computing strings in
// a file, such as a lead whose name is `=HYPERLINK(…)`. Thread-safe.
// https://owasp.org/www-community/attacks/CSV_Injection
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace leadpulse::csv {

// Appends a row of at least one cell, with quotes where needed and CR LF at the end.
void AppendRow(const std::vector<std::string_view>& cells, char delimiter, std::string* out);

// Puts `'` before each part that some spreadsheet reads as a formula, also with wide characters. Parts begin at the
// start of the text and after each comma, semicolon, tab and line break, where spreadsheets may split it. `+49 30
// 1234567` and `-3.5` are not formulas: a sign followed only by digits, spaces and dots computes nothing. A part that
// has `'` before a formula already gets another, so that Unguarded returns any text as it was.
std::string Guarded(std::string_view text);

// Removes what Guarded added.
std::string Unguarded(std::string_view text);

}  // namespace leadpulse::csv
