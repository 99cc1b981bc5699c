// Writes the wrong rows of an import, counts rows for the summary, and says what the file shows about itself.
#pragma once

#include <cstdint>
#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "processor/base/status.h"
#include "processor/importing/importer.h"
#include "processor/importing/wrong_rows.h"
#include "tools/leadpulse/import/import_options.h"

namespace leadpulse::tools {

// A file of rows with a reason each (processor/importing/wrong_rows.h).
class RowsFile {
 public:
  // Opens the file, and replaces an existing one. An empty path: nothing is written.
  static Result<RowsFile> Open(const std::string& path, const importing::Importer& importer);
  Status Write(const csv::Row& row, const std::string& reason);
  Status Close();

 private:
  struct CloseFile {
    void operator()(FILE* file) const { std::fclose(file); }
  };
  Status Print(std::string_view text);
  Status CannotWrite() const;

  std::string path_;
  std::unique_ptr<FILE, CloseFile> file_;  // null: none
  std::optional<importing::WrongRowsText> text_;
};

// Counts the rows of one kind, and keeps what is shown of the first ones.
struct KindTally {
  uint64_t count = 0;
  std::vector<uint64_t> lines = {};  // The lines of the first rows, at least one.
  std::string first_detail = {};

  void Add(uint64_t line, const std::string& detail);
};
using KindTallies = std::map<std::string, KindTally>;
// Sorts by count, the most frequent first; equal counts by their first line.
std::vector<const KindTallies::value_type*> MostFrequentFirst(const KindTallies& kinds);

// How many rows there were. Grows with the number of columns only.
class RowTally {
 public:
  void Add(const importing::ImportedRow& row);
  uint64_t rows() const { return right_ + skipped_ + wrong_; }
  uint64_t right() const { return right_; }
  uint64_t wrong() const { return wrong_; }
  // Returns `, 3 skipped`; empty if there are none.
  std::string SkippedInWords() const;
  uint64_t records() const { return records_; }
  // Returns a line for each kind of wrong row, the most frequent first, with the line of its first row.
  std::string DescribeWrong() const;
  // Returns the options that the first few wrong cells ask for.
  const std::vector<importing::Option>& answers() const { return answers_; }
  // Whether a cell of the column was wrong.
  bool HasWrongIn(const importing::Column& column) const;
  // Returns the same for skipped rows.
  std::string DescribeSkipped() const;
  // Returns the same for right rows with a cell that may not say what it seems to.
  std::string DescribeDoubtful() const;
  // Returns lines about the contacts that get no mail by what their rows say; empty if there are none.
  std::string DescribeSuppressed() const;

 private:
  void AddWrong(uint64_t line, const importing::WrongRow& wrong);

  uint64_t right_ = 0, skipped_ = 0, wrong_ = 0, records_ = 0;
  uint64_t wrong_stops_ = 0;  // wrong rows that stop mail
  importing::SuppressionCounts suppressed_;
  std::vector<importing::Option> answers_;
  KindTallies kinds_, skipped_kinds_, doubtful_kinds_;
};

// Whether the finding says how many cells of a column stop mail.
bool LeavesOutWhoGetsNoMail(const importing::Finding& finding);
// Returns a line for each column whose cells stop mail, and how to leave one out; empty if there is none.
std::string StopsInWords(const std::vector<importing::Finding>& findings);
// Returns a line for each option of the command line that replaces cells and fits none. A plan is for several files, so
// its options may.
std::string IdleValuesInWords(const ImportLine& line, const importing::Importer& importer);
// Returns a line for each other finding that `is_shown`, with the option of an offer.
std::string FindingsInWords(const std::vector<importing::Finding>& findings,
                            bool (*is_shown)(const importing::Finding& finding));

}  // namespace leadpulse::tools
