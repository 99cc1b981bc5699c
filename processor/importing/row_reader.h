// Converts rows to records by the meaning of their columns. Used by one thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "processor/importing/columns.h"
#include "processor/importing/import_options.h"
#include "schemas/codec/records.h"

namespace leadpulse::importing {

// Why a row cannot be used. `kind` is one of a few for each column, for counting; the problem has the text of the cell.
struct WrongRow {
  std::string kind;
  Problem problem;
  std::vector<WrongRow> others = {};  // the further wrong cells, each without others
};

// Returns what is wrong, for people. `in_words` words a problem.
template <typename InWords>
std::string AllInWords(const WrongRow& wrong, const InWords& in_words) {
  std::string text = in_words(wrong.problem);
  for (const WrongRow& other : wrong.others) text += "; " + in_words(other.problem);
  return text;
}

// Adds a wrong cell to those before it, if there are any.
inline void AddWrong(std::optional<WrongRow> found, std::optional<WrongRow>* wrong) {
  if (!found) return;
  if (!*wrong) {
    *wrong = std::move(found);
  } else {
    (*wrong)->others.push_back(*std::move(found));
  }
}

class RowReader {
 public:
  virtual ~RowReader() = default;
  // Reads a row: `cells` has a text in UTF-8 for each column. Appends its records. Of a wrong row, only records that
  // stop mail to a contact may be used. A correct row may have no records: Skipped() says why.
  virtual std::optional<WrongRow> Read(const std::vector<std::string_view>& cells,
                                       std::vector<codec::Record>* records) = 0;

  // Returns why the last row was skipped: `deferred: no engagement`.
  virtual std::string_view Skipped() const { return ""; }

  // Returns what is doubtful about the last row, which is right all the same.
  const std::vector<WrongRow>& warnings() const { return warnings_; }

 protected:
  std::vector<WrongRow> warnings_;
};

// Makes the reader for the mode. Both arguments outlive it.
std::unique_ptr<RowReader> MakeRowReader(const std::vector<Column>& columns, const ImportOptions& options);
std::unique_ptr<RowReader> MakeContactReader(const std::vector<Column>& columns, const ImportOptions& options);

}  // namespace leadpulse::importing
