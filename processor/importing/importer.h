// A CSV file as records, each checked as a run will check it. One thread; memory does not grow with the file.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/csv/csv_reader.h"
#include "processor/importing/row_reader.h"
#include "schemas/codec/record_decoder.h"

namespace leadpulse::importing {

// One row and what became of it; lives until the next.
struct ImportedRow {
  const csv::Row* row = nullptr;
  std::vector<Record> records;  // none of a wrong row, nor of one that is skipped
  std::string lines;            // the records as JSONL
  std::optional<WrongRow> wrong;
  std::string_view skipped;  // what the row tells of, where that is no engagement; empty: it is not skipped
};

class Importer {
 public:
  // Reads the header. Rejected: the file cannot be read or has none. `latest`: times after it are refused.
  static Result<std::unique_ptr<Importer>> Open(std::unique_ptr<csv::ByteInput> bytes, const csv::ReadOptions& options,
                                                Instant latest);

  // Before the first row. Rejected: the options do not go with the columns (PlanColumns). They outlive this.
  Status Plan(const ImportOptions& options);

  const std::vector<std::string>& header() const { return header_; }
  const std::vector<Column>& columns() const { return columns_; }
  const csv::CsvReader& file() const { return *file_; }

  // Null: the end. Rejected: the file cannot be read further.
  Result<const ImportedRow*> Next();

 private:
  Importer(std::unique_ptr<csv::CsvReader> file, Instant latest);
  std::optional<WrongRow> ReadRow();
  // The cells without what guards them, as `--value` has them read.
  const std::vector<std::string_view>& CellsAsSaid();
  std::optional<WrongRow> CheckRecords();

  std::unique_ptr<csv::CsvReader> file_;
  const codec::DecodeLimits limits_;
  std::unique_ptr<codec::RecordDecoder> decoder_;
  std::vector<std::string> header_;
  std::vector<Column> columns_;
  bool guarded_ = false;  // the file is one of wrong rows, mended: what looked like a formula has `'` before it
  std::unique_ptr<RowReader> reader_;
  bool as_they_are_ = true;              // no cell is read as another text
  std::vector<std::string_view> cells_;  // of the row, where they are read as others
  std::vector<std::string> unguarded_;   // what they refer to where the file is guarded
  ImportedRow current_;
};

}  // namespace leadpulse::importing
