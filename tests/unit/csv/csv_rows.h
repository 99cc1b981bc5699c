// All rows of a CSV text, for tests.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "processor/csv/csv_reader.h"
#include "tests/support/pieces.h"

namespace leadpulse::csv::testing {

struct ReadRow {
  uint64_t line = 0;
  std::vector<std::string> cells;
  RowProblem problem = RowProblem::kNone;
};

struct ReadFile {
  std::vector<ReadRow> rows;
  std::string error;
  char delimiter = 0;
  Encoding encoding;

  std::vector<std::vector<std::string>> cells() const {
    std::vector<std::vector<std::string>> all;
    for (const ReadRow& row : rows) all.push_back(row.cells);
    return all;
  }
};

inline ReadFile ReadAll(std::string_view bytes, const ReadOptions& options = {}, size_t piece = 1 << 20) {
  ReadFile file;
  auto reader = CsvReader::Open(leadpulse::testing::InPieces(bytes, piece), options);
  if (!reader.ok()) {
    file.error = reader.status().message();
    return file;
  }
  for (;;) {
    const Result<const Row*> row = (*reader)->Next();
    if (!row.ok()) file.error = row.status().message();
    if (!row.ok() || *row == nullptr) break;
    file.rows.push_back({(*row)->line, {(*row)->cells.begin(), (*row)->cells.end()}, (*row)->problem});
  }
  file.delimiter = (*reader)->delimiter();
  file.encoding = (*reader)->encoding();
  return file;
}

}  // namespace leadpulse::csv::testing
