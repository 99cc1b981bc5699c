#include "processor/importing/cell_values.h"

#include "processor/base/assign_or_return.h"
#include "processor/base/text.h"
#include "processor/importing/row_cells.h"

namespace leadpulse::importing {

Result<Value> ReadValue(std::string_view cell, const Column& column, const ImportOptions& options) {
  const FieldType type = column.type.value_or(FieldType::kText);
  if (type == FieldType::kBoolean) {
    const std::optional<bool> said = ReadYesNo(cell);
    return said ? Result<Value>(Value(*said)) : Status::Rejected("is neither yes nor no");
  }
  if (type == FieldType::kNumber) {
    const std::optional<double> number = ParseNumber(cell);
    return number ? Result<Value>(Value(*number)) : Status::Rejected("is no number such as 1250.5");
  }
  if (type != FieldType::kDate) return Value(std::string(cell));
  LP_ASSIGN_OR_RETURN(std::string date, ReadDate(cell, options.times));
  return Value(std::move(date));
}

std::vector<std::string> SplitNames(std::string_view cell) {
  const char separator = cell.find(';') != std::string_view::npos ? ';' : ',';
  std::vector<std::string> names;
  while (!cell.empty()) {
    const size_t end = std::min(cell.find(separator), cell.size());
    std::string_view name = TrimAsciiSpace(cell.substr(0, end));
    if (name.size() >= 2 && name.front() == '"' && name.back() == '"') name = name.substr(1, name.size() - 2);
    if (!name.empty()) names.emplace_back(name);
    cell.remove_prefix(std::min(end + 1, cell.size()));
  }
  return names;
}

}  // namespace leadpulse::importing
