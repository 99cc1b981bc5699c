// Writes rows as a table for people. query::AppendRow writes them for programs and spreadsheets.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "processor/base/value.h"

namespace leadpulse::tools {

// A table. The column widths are those of the first kMeasuredRows rows, which are held back until the widths are known;
// a wider cell in a later row moves the rest of its own line. Texts longer than kMaxCellWidth are cut, except those of
// `tenant` and `lead`. Appends to strings, which its owner prints.
class TableWriter {
 public:
  static constexpr size_t kMeasuredRows = 1000;
  static constexpr size_t kMaxCellWidth = 60;

  explicit TableWriter(const std::vector<std::string>& columns);
  // Writes a row. `cells` has one value for each column, monostate if unset.
  void Write(const std::vector<Value>& cells, std::string* out);
  // Writes the rest. Call it once, at the end: without it the header and the first rows may be missing.
  void End(std::string* out);

 private:
  struct Column {
    std::string header;
    size_t width = 0;
    bool whole = false;     // an id, which people copy
    bool has_text = false;  // has other values than numbers: aligned to the left
    bool has_number = false;
    bool to_the_right() const { return has_number && !has_text; }
  };

  static std::string CellText(const Column& column, const Value& cell);
  static void Measure(const Value& cell, const std::string& text, Column* column);
  void WriteWaiting(std::string* out);
  void AppendLine(const std::vector<std::string>& texts, std::string* out) const;

  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> waiting_;
  bool measured_ = false;
};

}  // namespace leadpulse::tools
