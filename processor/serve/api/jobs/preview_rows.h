// The first rows of an import as they will be, and a few cells of each of its columns. Used by one thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/json_object.h"
#include "processor/csv/row_parser.h"
#include "processor/importing/columns.h"
#include "processor/importing/importer.h"

namespace leadpulse::serve {

// What becomes of a row, as the API names it.
namespace row_effect {
inline constexpr std::string_view kNew = "new", kChanged = "changed", kUnchanged = "unchanged", kSkipped = "skipped",
                                  kWrong = "wrong";
}  // namespace row_effect

// The first cells of each column that are not empty and differ.
class ColumnSamples {
 public:
  static constexpr size_t kMostSamples = 5;

  void Add(const csv::Row& row);
  // Appends the array of a column's cells.
  void AppendTo(size_t column, JsonObject* object) const;

 private:
  std::vector<std::vector<std::string>> columns_;
};

class PreviewRows {
 public:
  static constexpr size_t kMostRows = 50;

  // Adds a row, unless there are enough: what its cells become under the columns. Returns its place, or nullopt.
  std::optional<size_t> Add(const importing::ImportedRow& row, const std::vector<importing::Column>& columns);
  // Sets what becomes of the row at this place, and why, if it is wrong.
  void Set(std::optional<size_t> place, std::string_view effect, std::string_view why = {});
  // Appends the rows: `line`, `effect`, `contact`, `cells` (one of each column; null: none), what the row says against
  // mail, and `problem`.
  void AppendTo(JsonObject* object) const;

 private:
  struct Row {
    uint64_t line = 0;
    std::string_view effect = row_effect::kSkipped;
    std::string lead;
    std::vector<std::optional<std::string>> cells;
    importing::SuppressionCounts says;
    std::string problem;
  };
  std::vector<Row> rows_;
};

}  // namespace leadpulse::serve
