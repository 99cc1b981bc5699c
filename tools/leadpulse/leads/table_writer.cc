#include "tools/leadpulse/leads/table_writer.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "processor/query/leads/row_text.h"
#include "tools/leadpulse/terminal_text.h"

namespace leadpulse::tools {

TableWriter::TableWriter(const std::vector<std::string>& columns) {
  for (const std::string& name : columns) {
    Column& column = columns_.emplace_back();
    column.header = CutToWidth(DisplayableLine(name), kMaxCellWidth);
    column.width = DisplayWidth(column.header);
    column.whole = name == "tenant" || name == "lead";
  }
}

void TableWriter::Write(const std::vector<Value>& cells, std::string* out) {
  std::vector<std::string> texts;
  for (size_t i = 0; i < cells.size(); ++i) texts.push_back(CellText(columns_[i], cells[i]));
  if (measured_) return AppendLine(texts, out);
  for (size_t i = 0; i < cells.size(); ++i) Measure(cells[i], texts[i], &columns_[i]);
  waiting_.push_back(std::move(texts));
  if (waiting_.size() == kMeasuredRows) WriteWaiting(out);
}

void TableWriter::End(std::string* out) {
  if (!measured_) WriteWaiting(out);
}

std::string TableWriter::CellText(const Column& column, const Value& cell) {
  std::string text = DisplayableLine(query::PlainText(cell));
  return column.whole ? text : CutToWidth(text, kMaxCellWidth);
}

void TableWriter::Measure(const Value& cell, const std::string& text, Column* column) {
  column->width = std::max(column->width, DisplayWidth(text));
  const bool is_number = std::holds_alternative<Number>(cell);
  column->has_number |= is_number;
  column->has_text |= !is_number && !std::holds_alternative<std::monostate>(cell);
}

void TableWriter::WriteWaiting(std::string* out) {
  measured_ = true;
  std::vector<std::string> headers;
  for (const Column& column : columns_) headers.push_back(column.header);
  AppendLine(headers, out);
  for (const std::vector<std::string>& texts : waiting_) AppendLine(texts, out);
  waiting_.clear();
}

// Appends a line: two spaces between columns, none at the end.
void TableWriter::AppendLine(const std::vector<std::string>& texts, std::string* out) const {
  std::string line;
  for (size_t i = 0; i < texts.size(); ++i) {
    if (i > 0) line += "  ";
    const size_t width = DisplayWidth(texts[i]);
    const std::string padding(columns_[i].width - std::min(width, columns_[i].width), ' ');
    line += columns_[i].to_the_right() ? padding + texts[i] : texts[i] + padding;
  }
  *out += TextLine(std::move(line));
}

}  // namespace leadpulse::tools
