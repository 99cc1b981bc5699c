#include "processor/query/leads/row_text.h"

#include <variant>

#include "processor/base/json_object.h"
#include "processor/base/text.h"
#include "processor/csv/csv_writer.h"
#include "processor/csv/name_list.h"

namespace leadpulse::query {
namespace {

Value ValueOf(const Scalar& scalar) {
  return std::visit([](const auto& plain) { return Value(plain); }, scalar);
}

std::string GuardedText(const Value& value) {
  std::string text = PlainText(value);
  const bool is_text = std::holds_alternative<std::string>(value);
  return is_text ? csv::Guarded(text) : text;
}

template <typename Cell>
void AppendCsvRow(const std::vector<Cell>& cells, std::string* out) {
  std::vector<std::string> texts;
  for (const Cell& cell : cells) texts.push_back(CsvText(cell));
  csv::AppendRow(std::vector<std::string_view>(texts.begin(), texts.end()), ',', out);
}

struct ToPlainText {
  std::string operator()(std::monostate) const { return ""; }
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(const Number& value) const { return value.Spelling(); }
  std::string operator()(Instant value) const { return FormatRfc3339(value); }
  std::string operator()(const CalendarDay& value) const { return FormatDay(value.day); }
  std::string operator()(const std::string& value) const { return value; }
  std::string operator()(const StructValue& value) const { return value.json; }
  std::string operator()(const ScalarList& value) const {
    std::string text;
    for (size_t i = 0; i < value.size(); ++i) text += (i > 0 ? ", " : "") + PlainText(ValueOf(value[i]));
    return text;
  }
};

}  // namespace

std::optional<RowFormat> ParseRowFormat(std::string_view name) {
  if (name == "csv") return RowFormat::kCsv;
  if (name == "jsonl") return RowFormat::kJsonLines;
  return std::nullopt;
}

void AppendHeader(RowFormat format, const std::vector<std::string>& columns, std::string* out) {
  if (format == RowFormat::kCsv) AppendCsvRow(columns, out);
}

void AppendRow(RowFormat format, const std::vector<std::string>& columns, const std::vector<Value>& cells,
               std::string* out) {
  if (format == RowFormat::kCsv) return AppendCsvRow(cells, out);
  JsonObject row(out);
  for (size_t i = 0; i < cells.size(); ++i) {
    if (!std::holds_alternative<std::monostate>(cells[i])) *row.Key(columns[i]) += ValueToJson(cells[i]);
  }
  row.End();
  *out += '\n';
}

std::string CsvText(const Value& value) {
  const auto* list = std::get_if<ScalarList>(&value);
  if (list == nullptr) return GuardedText(value);
  std::vector<std::string> names;
  for (const Scalar& element : *list) names.push_back(PlainText(ValueOf(element)));
  return csv::Guarded(csv::JoinNames(names));
}

std::string PlainText(const Value& value) { return std::visit(ToPlainText{}, value); }

}  // namespace leadpulse::query
