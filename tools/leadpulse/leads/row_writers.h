// Rows as text: a table for people, CSV for spreadsheets, JSON lines for programs.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "processor/base/value.h"

namespace leadpulse::tools {

// Writes to strings; whoever owns it prints them. `cells` are as many as the columns, monostate where unset.
class RowWriter {
 public:
  virtual ~RowWriter() = default;
  // What stands before the rows is written with the first of them, or at the end.
  virtual void Write(const std::vector<Value>& cells, std::string* out) = 0;
  virtual void End(std::string* out) = 0;
};

// RFC 4180: a header, CRLF, quotes where they are needed, the elements of a list joined by `;`. A text or element that
// a spreadsheet would take for a formula has `'` before it.
std::unique_ptr<RowWriter> MakeCsvWriter(std::vector<std::string> columns);

// An object a row, with numbers, lists and instants as in leads.jsonl. What is unset is left out.
std::unique_ptr<RowWriter> MakeJsonLinesWriter(std::vector<std::string> columns);

// Aligned. The widths are those of the first kMeasuredRows rows, which wait until these are known; a wider cell after
// them moves the rest of its own line. Texts beyond kMaxCellWidth are cut, but not those of `tenant` and `lead`.
inline constexpr size_t kMeasuredRows = 1000;
inline constexpr size_t kMaxCellWidth = 60;
std::unique_ptr<RowWriter> MakeTableWriter(const std::vector<std::string>& columns);

// As `--format` names it: `csv`, `jsonl`, or else a table.
std::unique_ptr<RowWriter> MakeRowWriter(const std::string& format, std::vector<std::string> columns);

// As plain text; the elements of a list joined by a comma and a space.
std::string PlainText(const Value& value);

}  // namespace leadpulse::tools
