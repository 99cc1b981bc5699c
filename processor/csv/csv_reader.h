// A CSV file, row by row, in bounded memory: a row, two pieces of text and what ICU needs, well below 10 MB however
// long the file is. One thread.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "processor/base/status.h"
#include "processor/csv/row_parser.h"
#include "processor/csv/utf8_input.h"

namespace leadpulse::csv {

struct ReadOptions {
  std::optional<char> delimiter;     // nothing: detected among `,` `;` tab and `|`
  std::optional<Encoding> encoding;  // nothing: detected
};

class CsvReader {
 public:
  // Reads the first piece. Rejected where the bytes cannot be read. A first line `sep=;`, as Excel writes it, says the
  // delimiter and is no row.
  static Result<std::unique_ptr<CsvReader>> Open(std::unique_ptr<ByteInput> bytes, const ReadOptions& options);

  // The next row, whose cells live until the next call; null: the end. Rejected: the bytes cannot be read, or a quote
  // that never closes, named by the line where it opened. Nothing can be read after that.
  Result<const Row*> Next();

  char delimiter() const { return delimiter_; }
  Encoding encoding() const { return input_.encoding(); }

 private:
  CsvReader(std::unique_ptr<ByteInput> bytes, std::optional<Encoding> encoding);
  Status Start(std::optional<char> delimiter);

  Utf8Input input_;
  char delimiter_ = ',';
  std::optional<RowParser> parser_;
  std::string text_;       // the piece at hand
  std::string_view rest_;  // of it, what is not parsed yet
  bool ended_ = false;
};

// The delimiter by which most rows of the text have as many cells as the first, and by which there are most of them; a
// comma where there is only one column. `whole`: the text is all there is.
char DetectDelimiter(std::string_view text, bool whole);

}  // namespace leadpulse::csv
