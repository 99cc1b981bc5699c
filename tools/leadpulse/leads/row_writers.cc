#include "tools/leadpulse/leads/row_writers.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "processor/query/leads/row_text.h"
#include "tools/leadpulse/terminal_text.h"

namespace leadpulse::tools {
namespace {

class TableWriter : public RowWriter {
 public:
  explicit TableWriter(const std::vector<std::string>& columns) {
    for (const std::string& name : columns) {
      TableColumn& column = columns_.emplace_back();
      column.header = CutToWidth(DisplayableLine(name), kMaxCellWidth);
      column.width = DisplayWidth(column.header);
      column.whole = name == "tenant" || name == "lead";
    }
  }

  void Write(const std::vector<Value>& cells, std::string* out) override {
    std::vector<std::string> texts;
    for (size_t i = 0; i < cells.size(); ++i) texts.push_back(CellText(columns_[i], cells[i]));
    if (measured_) return AppendLine(texts, out);
    for (size_t i = 0; i < cells.size(); ++i) Measure(cells[i], texts[i], &columns_[i]);
    waiting_.push_back(std::move(texts));
    if (waiting_.size() == kMeasuredRows) WriteWaiting(out);
  }

  void End(std::string* out) override {
    if (!measured_) WriteWaiting(out);
  }

 private:
  struct TableColumn {
    std::string header;
    size_t width = 0;
    bool whole = false;     // an id, which people copy
    bool has_text = false;  // something else than numbers: aligned to the left
    bool has_number = false;
    bool to_the_right() const { return has_number && !has_text; }
  };

  static std::string CellText(const TableColumn& column, const Value& cell) {
    std::string text = DisplayableLine(query::PlainText(cell));
    return column.whole ? text : CutToWidth(text, kMaxCellWidth);
  }

  static void Measure(const Value& cell, const std::string& text, TableColumn* column) {
    column->width = std::max(column->width, DisplayWidth(text));
    const bool is_number = std::holds_alternative<double>(cell);
    column->has_number |= is_number;
    column->has_text |= !is_number && !std::holds_alternative<std::monostate>(cell);
  }

  void WriteWaiting(std::string* out) {
    measured_ = true;
    std::vector<std::string> headers;
    for (const TableColumn& column : columns_) headers.push_back(column.header);
    AppendLine(headers, out);
    for (const std::vector<std::string>& texts : waiting_) AppendLine(texts, out);
    waiting_.clear();
  }

  // Two spaces between columns, none at the end.
  void AppendLine(const std::vector<std::string>& texts, std::string* out) const {
    std::string line;
    for (size_t i = 0; i < texts.size(); ++i) {
      if (i > 0) line += "  ";
      const size_t width = DisplayWidth(texts[i]);
      const std::string padding(columns_[i].width - std::min(width, columns_[i].width), ' ');
      line += columns_[i].to_the_right() ? padding + texts[i] : texts[i] + padding;
    }
    *out += TextLine(std::move(line));
  }

  std::vector<TableColumn> columns_;
  std::vector<std::vector<std::string>> waiting_;
  bool measured_ = false;
};

class TextWriter : public RowWriter {
 public:
  TextWriter(query::RowFormat format, std::vector<std::string> columns)
      : format_(format), columns_(std::move(columns)) {}

  void Write(const std::vector<Value>& cells, std::string* out) override {
    WriteHeader(out);
    query::AppendRow(format_, columns_, cells, out);
  }
  void End(std::string* out) override { WriteHeader(out); }

 private:
  void WriteHeader(std::string* out) {
    if (!std::exchange(header_written_, true)) query::AppendHeader(format_, columns_, out);
  }

  const query::RowFormat format_;
  const std::vector<std::string> columns_;
  bool header_written_ = false;
};

}  // namespace

std::unique_ptr<RowWriter> MakeTableWriter(const std::vector<std::string>& columns) {
  return std::make_unique<TableWriter>(columns);
}

std::unique_ptr<RowWriter> MakeRowWriter(const std::string& format, std::vector<std::string> columns) {
  if (const auto text = query::ParseRowFormat(format)) return std::make_unique<TextWriter>(*text, std::move(columns));
  return MakeTableWriter(columns);
}

}  // namespace leadpulse::tools
