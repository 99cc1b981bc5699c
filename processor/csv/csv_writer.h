// A row as RFC 4180 writes it: what the reader reads again as the same. Thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace leadpulse::csv {

// Quotes where they are needed; CR LF at the end. At least one cell.
void AppendRow(const std::vector<std::string_view>& cells, char delimiter, std::string* out);

}  // namespace leadpulse::csv
