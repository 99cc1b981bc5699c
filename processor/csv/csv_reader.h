// Reads a CSV file row by row in bounded memory: a row, two pieces of text and ICU's converter, well below 10 MB for
// any file. Used by one thread.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "processor/base/status.h"
#include "processor/csv/row_parser.h"
#include "processor/csv/utf8_input.h"

namespace leadpulse::csv {

struct ReadOptions {
  std::optional<char> delimiter = {};     // nullopt: detected among `,` `;` tab and `|`
  std::optional<Encoding> encoding = {};  // nullopt: as the file's beginning says, else UTF-8
};

class CsvReader {
 public:
  // Reads the first piece. Rejected if the bytes cannot be read. A first line `sep=;`, as Excel writes it, sets the
  // delimiter and is not a row.
  static Result<std::unique_ptr<CsvReader>> Open(ReadBytes read, const ReadOptions& options);

  // Returns the next row, whose cells are valid until the next call; null at the end. Rejected if the bytes cannot be
  // read, or a quote never closes (with the line where it opened). After an error nothing more can be read.
  Result<const Row*> Next();

  char delimiter() const { return delimiter_; }
  // Returns the detected delimiters if several fit equally well, with delimiter() as the first; else an empty string.
  const std::string& equal_delimiters() const { return equal_delimiters_; }
  const Encoding& encoding() const { return input_.encoding(); }

 private:
  CsvReader(ReadBytes read, const std::optional<Encoding>& encoding);
  Status Start(std::optional<char> delimiter);

  Utf8Input input_;
  char delimiter_ = ',';
  std::string equal_delimiters_;
  std::optional<RowParser> parser_;
  std::string text_;       // the current piece
  std::string_view rest_;  // the part of it that is not parsed yet
  bool ended_ = false;
};

}  // namespace leadpulse::csv
