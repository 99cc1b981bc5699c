// The first rows of a file, in memory: what they show decides how the file is read, and standard input comes once. Used
// by one thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "processor/base/status.h"
#include "processor/csv/csv_reader.h"

namespace leadpulse::importing {

class FirstRows {
 public:
  static constexpr size_t kMostRows = 10'000;
  // Of all cells, each with a few bytes for where it ends. The last row may exceed it.
  static constexpr size_t kMostBytes = 8 << 20;

  // Reads rows until there are enough. An error of the file is kept for Take, so that the rows before it can be used.
  void Read(csv::CsvReader* file);

  // Whether these are all rows of the file.
  bool are_all() const { return are_all_; }
  size_t size() const { return rows_.size(); }
  // Returns a row, which is valid until the next call of a member that is not const.
  csv::Row At(size_t row) const;

  // Removes the first rows.
  void Skip(size_t rows) { next_ += rows; }
  // Returns the next row, or the file's own next one behind them, as CsvReader::Next.
  Result<const csv::Row*> Take(csv::CsvReader* file);

 private:
  struct Stored {
    uint64_t line = 0;
    csv::RowProblem problem = csv::RowProblem::kNone;
    size_t text = 0, cells = 0;  // where they begin
  };

  std::string text_;            // the cells, concatenated
  std::vector<uint32_t> ends_;  // where each cell ends in the text of its row
  std::vector<Stored> rows_;
  size_t next_ = 0;
  bool are_all_ = false;
  Status failure_ = Status::Ok();
  csv::Row current_;
};

}  // namespace leadpulse::importing
