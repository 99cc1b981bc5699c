// The text of a file of wrong rows: their cells in UTF-8, with the reason as the last cell. Corrected rows can be
// imported from it; a row that was not corrected is wrong again. People open it in a spreadsheet, so texts like
// formulas are guarded (csv::Guarded), and an import of the file removes the guards. Thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "processor/csv/row_parser.h"
#include "processor/csv/utf8_input.h"

namespace leadpulse::importing {

class WrongRowsText {
 public:
  // Creates the text for an input with this header, delimiter and encoding.
  WrongRowsText(const std::vector<std::string>& header, char delimiter, const csv::Encoding& encoding);

  // Begins with a byte order mark, by which spreadsheets know UTF-8, if the input had one or was not UTF-8.
  void AppendHeader(std::string* out) const;
  // Appends the row's cells, then the reason with the row's line number before it.
  void AppendRow(const csv::Row& row, const std::string& reason, std::string* out) const;

 private:
  void Append(const std::vector<std::string_view>& given, std::string_view reason, std::string* out) const;

  std::vector<std::string> names_;  // without the reason column
  bool mended_ = false;             // the input is itself a file of wrong rows: its last column has reasons
  bool guarded_ = false;            // Leadpulse wrote the input
  bool marked_ = false;             // the text begins with a byte order mark
  char delimiter_;
};

}  // namespace leadpulse::importing
