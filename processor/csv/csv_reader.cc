#include "processor/csv/csv_reader.h"

#include <array>
#include <utility>

#include "processor/base/text.h"

namespace leadpulse::csv {
namespace {

constexpr std::array<char, 4> kDelimiters = {',', ';', '\t', '|'};
constexpr size_t kLookedAtRows = 100;
// The bytes that suffice to detect the delimiter.
constexpr size_t kSampleBytes = 16 << 10;

// Returns how well the text reads with the delimiter; 0 if the first row has one cell.
double FitOf(char delimiter, std::string_view text, bool whole) {
  RowParser parser(delimiter);
  size_t columns = 0, rows = 0, equal = 0;
  const auto count = [&](const Row& row) {
    if (rows++ == 0) columns = row.cells.size();
    equal += row.cells.size() == columns && row.problem == RowProblem::kNone ? 1 : 0;
  };
  RowParser::Outcome outcome = RowParser::Outcome::kRow;
  while (rows < kLookedAtRows && (outcome = parser.Parse(&text)) == RowParser::Outcome::kRow) count(parser.row());
  // A last row that was cut off proves nothing, unless it is the only one.
  if (outcome == RowParser::Outcome::kMore && (whole || rows == 0) && parser.End() == RowParser::Outcome::kRow) {
    count(parser.row());
  }
  if (columns < 2) return 0;
  const double share = static_cast<double>(equal) / static_cast<double>(rows);
  return share * share * static_cast<double>(columns);
}

// Reads `sep=;` before a line break. Returns the delimiter, and how many bytes it takes.
std::optional<std::pair<char, size_t>> ReadSeparatorLine(std::string_view text) {
  constexpr std::string_view kBegin = "sep=";
  if (text.size() <= kBegin.size() + 1 || AsciiLower(text.substr(0, kBegin.size())) != kBegin) return std::nullopt;
  const char delimiter = text[kBegin.size()];
  if (text[kBegin.size() + 1] != '\r' && text[kBegin.size() + 1] != '\n') return std::nullopt;
  if (delimiter == '\r' || delimiter == '\n' || delimiter == '"') return std::nullopt;
  return std::pair(delimiter, kBegin.size() + 1);
}

// Returns the delimiter with which most rows have as many cells as the first row, and with which there are the most
// cells; a comma if there is only one column. `whole`: no more text follows.
char DetectDelimiter(std::string_view text, bool whole) {
  char best = kDelimiters.front();
  double best_fit = 0;
  for (const char delimiter : kDelimiters) {
    const double fit = FitOf(delimiter, text, whole);
    if (fit > best_fit) {
      best = delimiter;
      best_fit = fit;
    }
  }
  return best;
}

}  // namespace

CsvReader::CsvReader(ReadBytes read, const std::optional<Encoding>& encoding) : input_(std::move(read), encoding) {}

Result<std::unique_ptr<CsvReader>> CsvReader::Open(ReadBytes read, const ReadOptions& options) {
  std::unique_ptr<CsvReader> reader(new CsvReader(std::move(read), options.encoding));
  LP_RETURN_IF_ERROR(reader->Start(options.delimiter));
  return reader;
}

Status CsvReader::Start(std::optional<char> delimiter) {
  while (!ended_ && text_.size() < kSampleBytes) {
    LP_ASSIGN_OR_RETURN(const bool more, input_.Append(&text_));
    ended_ = !more;
  }
  rest_ = text_;
  if (const auto line = ReadSeparatorLine(rest_)) {
    if (!delimiter) delimiter = line->first;
    // The line break stays, and is counted.
    rest_.remove_prefix(line->second);
  }
  delimiter_ = delimiter ? *delimiter : DetectDelimiter(rest_, ended_);
  parser_.emplace(delimiter_);
  return Status::Ok();
}

Result<const Row*> CsvReader::Next() {
  for (;;) {
    RowParser::Outcome outcome = parser_->Parse(&rest_);
    if (outcome == RowParser::Outcome::kMore && ended_) {
      outcome = parser_->End();
      if (outcome == RowParser::Outcome::kMore) return nullptr;
    }
    if (outcome == RowParser::Outcome::kRow) return &parser_->row();
    if (outcome == RowParser::Outcome::kOpenQuote) {
      return Status::Rejected("line " + std::to_string(parser_->open_quote_line()) +
                              ": the quote that opens here is never closed, neither before the file's end nor within " +
                              std::to_string(kMaxQuotedBytes >> 20) + " MiB. Close it, or double it where it is text");
    }
    text_.clear();
    LP_ASSIGN_OR_RETURN(const bool more, input_.Append(&text_));
    ended_ = !more;
    rest_ = text_;
  }
}

}  // namespace leadpulse::csv
