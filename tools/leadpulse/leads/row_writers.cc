#include "tools/leadpulse/leads/row_writers.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <variant>

#include "processor/base/json_object.h"
#include "processor/base/text.h"
#include "processor/csv/csv_writer.h"
#include "processor/csv/formula_guard.h"
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
    std::string text = DisplayableLine(PlainText(cell));
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
    line.erase(line.find_last_not_of(' ') + 1);
    *out += line + '\n';
  }

  std::vector<TableColumn> columns_;
  std::vector<std::vector<std::string>> waiting_;
  bool measured_ = false;
};

Value ValueOf(const Scalar& scalar) {
  return std::visit([](const auto& plain) { return Value(plain); }, scalar);
}

std::string GuardedText(const Value& value) {
  std::string text = PlainText(value);
  const bool is_text = std::holds_alternative<std::string>(value);
  return is_text ? csv::WithoutFormulas(text) : text;
}

std::string CsvText(const Value& value) {
  const auto* list = std::get_if<ScalarList>(&value);
  if (list == nullptr) return GuardedText(value);
  std::string text;
  for (size_t i = 0; i < list->size(); ++i) {
    if (i > 0) text += ';';
    text += GuardedText(ValueOf((*list)[i]));
  }
  return text;
}

class CsvWriter : public RowWriter {
 public:
  explicit CsvWriter(std::vector<std::string> columns) : columns_(std::move(columns)) {}

  void Write(const std::vector<Value>& cells, std::string* out) override {
    WriteHeader(out);
    WriteRow(cells, out);
  }
  void End(std::string* out) override { WriteHeader(out); }

 private:
  void WriteHeader(std::string* out) {
    if (!std::exchange(header_written_, true)) WriteRow(columns_, out);
  }

  template <typename Cell>
  static void WriteRow(const std::vector<Cell>& cells, std::string* out) {
    std::vector<std::string> texts;
    for (const Cell& cell : cells) texts.push_back(CsvText(cell));
    csv::AppendRow(std::vector<std::string_view>(texts.begin(), texts.end()), ',', out);
  }

  const std::vector<std::string> columns_;
  bool header_written_ = false;
};

class JsonLinesWriter : public RowWriter {
 public:
  explicit JsonLinesWriter(std::vector<std::string> columns) : columns_(std::move(columns)) {}

  void Write(const std::vector<Value>& cells, std::string* out) override {
    JsonObject row(out);
    for (size_t i = 0; i < cells.size(); ++i) {
      if (!std::holds_alternative<std::monostate>(cells[i])) *row.Key(columns_[i]) += ValueToJson(cells[i]);
    }
    row.End();
    *out += '\n';
  }
  void End(std::string*) override {}

 private:
  const std::vector<std::string> columns_;
};

struct ToPlainText {
  std::string operator()(std::monostate) const { return ""; }
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(double value) const { return SpellNumber(value); }
  std::string operator()(Instant value) const { return FormatRfc3339(value); }
  std::string operator()(const std::string& value) const { return value; }
  std::string operator()(const StructValue& value) const { return value.json; }
  std::string operator()(const ScalarList& value) const {
    std::string text;
    for (size_t i = 0; i < value.size(); ++i) text += (i > 0 ? ", " : "") + PlainText(ValueOf(value[i]));
    return text;
  }
};

}  // namespace

std::unique_ptr<RowWriter> MakeTableWriter(const std::vector<std::string>& columns) {
  return std::make_unique<TableWriter>(columns);
}

std::unique_ptr<RowWriter> MakeRowWriter(const std::string& format, std::vector<std::string> columns) {
  if (format == "csv") return std::make_unique<CsvWriter>(std::move(columns));
  if (format == "jsonl") return std::make_unique<JsonLinesWriter>(std::move(columns));
  return MakeTableWriter(columns);
}

std::string PlainText(const Value& value) { return std::visit(ToPlainText{}, value); }

}  // namespace leadpulse::tools
