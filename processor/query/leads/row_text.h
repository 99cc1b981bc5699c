// Rows of cells as text for other programs: CSV for spreadsheets, JSON lines.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/value.h"

namespace leadpulse::query {

enum class RowFormat {
  kCsv,        // RFC 4180 with CRLF; the elements of a list are joined by
               // `;`, in quotes where they hold separators. A text that a spreadsheet would take for
               // a formula has `'` before it.
  kJsonLines,  // an object a row, with numbers, lists and instants as in leads.jsonl; unset cells are left out
};
// Parses `csv` or `jsonl`.
std::optional<RowFormat> ParseRowFormat(std::string_view name);

// Appends the first line; nothing for JSON lines.
void AppendHeader(RowFormat format, const std::vector<std::string>& columns, std::string* out);
// Appends a row. `cells` has one value for each column, monostate if unset.
void AppendRow(RowFormat format, const std::vector<std::string>& columns, const std::vector<Value>& cells,
               std::string* out);

// Returns the text of a cell in CSV, before its quotes.
std::string CsvText(const Value& value);

// Returns a value as text. The elements of a list are joined by a comma and a space.
std::string PlainText(const Value& value);

}  // namespace leadpulse::query
