// Rows to records, by what the columns are. One thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "processor/importing/columns.h"
#include "processor/importing/import_options.h"
#include "schemas/codec/records.h"

namespace leadpulse::importing {

using Record = std::variant<codec::Event, codec::Command>;

// Why a row cannot be used. `kind` is one of a few for each column, to be counted; `detail` is a sentence that says
// what stood there.
struct WrongRow {
  std::string kind;
  std::string detail;
};

class RowReader {
 public:
  virtual ~RowReader() = default;
  // As many cells as there are columns, in UTF-8. Appends the records; of a wrong row any part of them, not to be used.
  // A right row may become none: Skipped() says why.
  virtual std::optional<WrongRow> Read(const std::vector<std::string_view>& cells, std::vector<Record>* records) = 0;

  // Of the row read last: what it calls what is no engagement (`deferred`).
  virtual std::string_view Skipped() const { return ""; }
};

// By the mode. Both outlive the reader.
std::unique_ptr<RowReader> MakeRowReader(const std::vector<Column>& columns, const ImportOptions& options);

std::unique_ptr<RowReader> MakeContactReader(const std::vector<Column>& columns, const ImportOptions& options);
std::unique_ptr<RowReader> MakeOptOutReader(const std::vector<Column>& columns, const ImportOptions& options);
std::unique_ptr<RowReader> MakeEventReader(const std::vector<Column>& columns, const ImportOptions& options);

}  // namespace leadpulse::importing
