// Takes what the options of an import say of its columns.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/importing/column_guess.h"
#include "processor/importing/columns.h"
#include "processor/importing/import_options.h"
#include "processor/importing/problem.h"

namespace leadpulse::importing {

// Returns a name as messages quote it.
std::string InBackquotes(std::string_view name);

class ColumnOptions {
 public:
  // Prepares to take the options. All arguments outlive this.
  ColumnOptions(const ImportOptions& options, const ColumnGuess& guess, std::vector<Column>* columns)
      : options_(options), guess_(guess), columns_(*columns) {}

  // Makes the columns what the options say. It is a problem if an option names a missing column, or two name one.
  std::optional<Problem> Take();
  // Whether all columns are left out that no option names and the definitions do not declare. After Take.
  bool leaves_out_others() const { return leaves_out_others_; }
  // Sets the form of cells that the options say, once it is known what the columns are.
  std::optional<Problem> TakeForms();

 private:
  std::optional<Problem> Find(std::string_view option, std::string_view name, bool says_what, size_t* found) const;
  std::vector<CellValue> ValuesInFile() const;
  std::optional<Problem> FindMissingColumns() const;
  size_t MemberColumn(std::string_view theirs) const;
  std::optional<Problem> Say(std::string_view option, std::string_view name, Meaning meaning, const std::string& ours);
  bool TakeMember(std::string_view theirs, const std::string& ours);
  std::optional<Problem> TakeTimeColumn();
  std::optional<Problem> TakeValues();

  const ImportOptions& options_;
  const ColumnGuess& guess_;
  std::vector<Column>& columns_;
  bool leaves_out_others_ = false;
};

}  // namespace leadpulse::importing
