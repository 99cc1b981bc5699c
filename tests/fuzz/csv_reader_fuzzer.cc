// Any bytes as a CSV file never crash. Rows that were read are the same after they are written and read again, however
// the bytes arrive.
//
// The input: a byte of choices (delimiter, encoding, how reads are cut), then the file.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/assert.h"
#include "processor/csv/csv_reader.h"
#include "processor/csv/csv_writer.h"
#include "tests/support/pieces.h"

namespace leadpulse::csv {
namespace {

using Rows = std::vector<std::vector<std::string>>;

struct Reading {
  Rows rows;
  std::vector<uint64_t> lines;
  bool any_problem = false;
  std::string error;  // why it ended before the end of the file
  char delimiter = ',';
};

Reading Read(std::string_view bytes, size_t piece, const ReadOptions& options) {
  Reading reading;
  auto reader = CsvReader::Open(leadpulse::testing::InPieces(bytes, piece), options);
  LP_ASSERT(reader.ok());
  reading.delimiter = (*reader)->delimiter();
  for (;;) {
    const Result<const Row*> row = (*reader)->Next();
    if (!row.ok()) {
      reading.error = row.status().message();
      LP_ASSERT(!reading.error.empty());
      return reading;
    }
    if (*row == nullptr) return reading;
    LP_ASSERT(!(*row)->cells.empty() && (*row)->cells.size() <= kMaxCells);
    LP_ASSERT(reading.lines.empty() || reading.lines.back() < (*row)->line);
    reading.lines.push_back((*row)->line);
    reading.any_problem |= (*row)->problem != RowProblem::kNone;
    reading.rows.emplace_back((*row)->cells.begin(), (*row)->cells.end());
  }
}

void CheckWrittenAgain(const Reading& reading) {
  std::string text;
  AppendRow({"header"}, reading.delimiter, &text);  // no byte order mark and no `sep=` at the beginning
  for (const auto& row : reading.rows) AppendRow({row.begin(), row.end()}, reading.delimiter, &text);
  const Reading again = Read(text, text.size(), {reading.delimiter, Encoding()});
  LP_ASSERT(again.error.empty() && !again.any_problem);
  LP_ASSERT(std::equal(again.rows.begin() + 1, again.rows.end(), reading.rows.begin(), reading.rows.end()));
}

ReadOptions OptionsOf(uint8_t choices) {
  constexpr std::array<char, 4> kDelimiters = {',', ';', '\t', '|'};
  ReadOptions options;
  if ((choices & 1) != 0) options.delimiter = kDelimiters[choices >> 1 & 3];
  constexpr std::array<const char*, 8> kEncodings = {"UTF-8",     "UTF-16LE", "UTF-16BE",    "windows-1252",
                                                     "Shift_JIS", "GB18030",  "ISO-2022-JP", "UTF-7"};
  if ((choices & 8) != 0) options.encoding = EncodingFromName(kEncodings[choices >> 4 & 7]);
  return options;
}

}  // namespace
}  // namespace leadpulse::csv

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using leadpulse::csv::Reading;
  if (size < 1) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const leadpulse::csv::ReadOptions options = leadpulse::csv::OptionsOf(data[0]);
  const Reading at_once = leadpulse::csv::Read(bytes, std::max<size_t>(bytes.size(), 1), options);
  const Reading in_pieces = leadpulse::csv::Read(bytes, 1 + data[0] % 7, options);
  LP_ASSERT(at_once.rows == in_pieces.rows && at_once.lines == in_pieces.lines && at_once.error == in_pieces.error);
  leadpulse::csv::CheckWrittenAgain(at_once);
  return 0;
}
