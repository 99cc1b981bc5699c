#include "processor/csv/csv_writer.h"

namespace leadpulse::csv {
namespace {

// Quotes other delimiters, too, because a spreadsheet may split at the usual one of its country.
void AppendCell(std::string_view cell, char delimiter, std::string* out) {
  const char special[] = {delimiter, '"', '\r', '\n', ',', ';', '\t'};
  if (cell.find_first_of(std::string_view(special, sizeof special)) == std::string_view::npos) {
    *out += cell;
    return;
  }
  *out += '"';
  for (const char c : cell) {
    if (c == '"') *out += '"';
    *out += c;
  }
  *out += '"';
}

}  // namespace

void AppendRow(const std::vector<std::string_view>& cells, char delimiter, std::string* out) {
  // Without its quotes a lone empty cell would be a line that is no row.
  if (cells.size() == 1 && cells.front().empty()) *out += "\"\"";
  for (size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) *out += delimiter;
    AppendCell(cells[i], delimiter, out);
  }
  *out += "\r\n";
}

}  // namespace leadpulse::csv
