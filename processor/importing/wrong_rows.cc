#include "processor/importing/wrong_rows.h"

#include "processor/base/text.h"
#include "processor/csv/csv_writer.h"
#include "processor/importing/columns.h"
#include "processor/importing/own_export.h"

namespace leadpulse::importing {

WrongRowsText::WrongRowsText(const std::vector<std::string>& header, char delimiter, const csv::Encoding& encoding)
    : names_(header),
      mended_(NormalizeName(header.back()) == kReasonColumn),
      guarded_(mended_ || IsOwnExport({header.begin(), header.end()})),
      marked_(encoding.name != "UTF-8" || encoding.why == csv::kByteOrderMark),
      delimiter_(delimiter) {
  if (mended_) names_.pop_back();
}

void WrongRowsText::AppendHeader(std::string* out) const {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  if (marked_) *out += kMark;
  Append({names_.begin(), names_.end()}, kReasonColumn, out);
}

void WrongRowsText::AppendRow(const csv::Row& row, const std::string& reason, std::string* out) const {
  std::vector<std::string_view> cells = row.cells;
  // The cell has the old reason; the new one replaces it.
  if (mended_ && cells.size() == names_.size() + 1) cells.pop_back();
  // The row was split wrongly. With the right number of cells it would pass unnoticed next time.
  if (row.problem != csv::RowProblem::kNone && cells.size() == names_.size()) cells.emplace_back();
  std::vector<std::string> unguarded(cells.size());
  for (size_t i = 0; guarded_ && i < cells.size(); ++i) cells[i] = unguarded[i] = csv::Unguarded(cells[i]);
  Append(cells, "line " + std::to_string(row.line) + ": " + reason, out);
}

void WrongRowsText::Append(const std::vector<std::string_view>& given, std::string_view reason,
                           std::string* out) const {
  std::vector<std::string> guarded;
  for (const std::string_view cell : given) guarded.push_back(csv::Guarded(cell));
  std::vector<std::string_view> cells(guarded.begin(), guarded.end());
  cells.push_back(reason);
  csv::AppendRow(cells, delimiter_, out);
}

}  // namespace leadpulse::importing
