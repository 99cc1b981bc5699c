// Writes rows by RFC 4180, which the reader reads back unchanged. Thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace leadpulse::csv {

// Appends a row of at least one cell, with quotes where needed and CR LF at the end.
void AppendRow(const std::vector<std::string_view>& cells, char delimiter, std::string* out);

}  // namespace leadpulse::csv
