// Rows as text: a table for people, CSV for spreadsheets, JSON lines for programs.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "processor/base/value.h"

namespace leadpulse::tools {

// Appends to strings, which its owner prints. `cells` has one value for each column, monostate if unset.
class RowWriter {
 public:
  virtual ~RowWriter() = default;
  // A header is written with the first row, or by End if there are no rows.
  virtual void Write(const std::vector<Value>& cells, std::string* out) = 0;
  virtual void End(std::string* out) = 0;
};

// A table whose column widths are those of the first kMeasuredRows rows. These rows are held back until the widths are
// known; a wider cell in a later row moves the rest of its own line. Texts longer than kMaxCellWidth are cut, except
// those of `tenant` and `lead`.
inline constexpr size_t kMeasuredRows = 1000;
inline constexpr size_t kMaxCellWidth = 60;
std::unique_ptr<RowWriter> MakeTableWriter(const std::vector<std::string>& columns);

// The writer of a `--format`: `csv` and `jsonl` as query::RowFormat has them, any other a table.
std::unique_ptr<RowWriter> MakeRowWriter(const std::string& format, std::vector<std::string> columns);

}  // namespace leadpulse::tools
