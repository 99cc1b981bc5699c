// Shared by the three readers: cells by the meaning of their columns, and the lead of a row.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/value.h"
#include "processor/importing/columns.h"
#include "processor/importing/row_reader.h"
#include "processor/importing/times.h"

namespace leadpulse::importing {

// Converts a cell, trimmed and not empty, to the declared type of its column, or to a text. A problem's text ends a
// sentence that begins with the cell.
std::optional<Problem> ReadValue(std::string_view cell, const Column& column, const ImportOptions& options,
                                 Value* value);

// `vip; trial` as two: by `;` if there is one, else by `,`. A name in quotes may hold the separator; the quotes are
// left out.
std::vector<std::string> SplitNames(std::string_view cell);

// `Birthday: "31.12.85" is no date`, counted as `Birthday: is no date`.
WrongRow WrongCell(const Column& column, std::string_view cell, const Problem& why);

// True for yes, true, 1, y; false for no, false, 0, n; in any case.
std::optional<bool> ReadYesNo(std::string_view cell);

// The index of the first column with that meaning.
std::optional<size_t> PlaceOf(Meaning meaning, const std::vector<Column>& columns);

// The trimmed cell; empty if there is no such column.
std::string_view CellAt(std::optional<size_t> place, const std::vector<std::string_view>& cells);

// The time in a cell of that column.
std::optional<WrongRow> ReadTimeCell(const Column& column, std::string_view cell, const TimeFormat& times,
                                     Instant* time);

// The replacement that `--value` gives for the cell; null if there is none. Lives as long as the column.
const std::string* ValueSaid(const Column& column, std::string_view cell);

// Whom a row is about; one of the two is not empty.
struct RowLead {
  std::string lead_id;  // empty: the table has no such column
  std::string address;  // normalised
};

// Finds the lead of a row.
class LeadCells {
 public:
  explicit LeadCells(const std::vector<Column>& columns);

  // Reads the lead, or returns what is wrong.
  std::optional<WrongRow> Read(const std::vector<std::string_view>& cells, RowLead* lead) const;

 private:
  const std::vector<Column>& columns_;
  std::optional<size_t> lead_, address_;
};

}  // namespace leadpulse::importing
