// The text of a file of wrong rows: their cells in UTF-8, with the reason as the last cell. Corrected rows can be
// imported from it; a row that was not corrected is wrong again. People open it in a spreadsheet, so texts like
// formulas are guarded (csv::Guarded), and an import of the file removes the guards. Thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "processor/csv/row_parser.h"

namespace leadpulse::importing {

class WrongRowsText {
 public:
  // Creates the text for an input with this header and delimiter.
  WrongRowsText(const std::vector<std::string>& header, char delimiter);

  void AppendHeader(std::string* out) const;
  // Appends the row's cells, then the reason with the row's line number before it.
  void AppendRow(const csv::Row& row, const std::string& reason, std::string* out) const;

 private:
  void Append(const std::vector<std::string_view>& given, std::string_view reason, std::string* out) const;

  std::vector<std::string> names_;  // without the reason column
  bool mended_ = false;             // the input is itself a file of wrong rows: its last column has reasons
  bool guarded_ = false;            // Leadpulse wrote the input
  char delimiter_;
};

}  // namespace leadpulse::importing
