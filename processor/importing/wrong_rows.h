// The text of a file of wrong rows: their cells in UTF-8, with the reason as the last cell. Rows can be imported from
// it once they are corrected; a row that was not corrected is wrong again. People open it in a spreadsheet, so texts
// like formulas are guarded (csv::Guarded), and an import of the file removes the guards. Thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "processor/csv/row_parser.h"

namespace leadpulse::importing {

class WrongRowsText {
 public:
  // `header` and `delimiter`: those of the input.
  WrongRowsText(const std::vector<std::string>& header, char delimiter);

  void AppendHeader(std::string* out) const;
  // The row's line is put before the reason.
  void AppendRow(const csv::Row& row, const std::string& reason, std::string* out) const;

 private:
  void Append(const std::vector<std::string_view>& given, std::string_view reason, std::string* out) const;

  std::vector<std::string> names_;  // without the column of reasons
  bool mended_ = false;             // the input is such a file: its last column has reasons
  char delimiter_;
};

}  // namespace leadpulse::importing
