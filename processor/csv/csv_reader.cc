#include "processor/csv/csv_reader.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>
#include <vector>

#include "processor/base/text.h"

namespace leadpulse::csv {
namespace {

constexpr std::array<char, 4> kDelimiters = {',', ';', '\t', '|'};
constexpr size_t kLookedAtRows = 100;
// The bytes that suffice to detect the delimiter.
constexpr size_t kSampleBytes = 16 << 10;

// Rows that may stand above the one that names the columns.
constexpr size_t kMostAbove = 20;

// Whether a cell is one address and nothing else.
bool IsAddress(std::string_view cell) {
  cell = TrimAsciiSpace(cell);
  const size_t at = cell.find('@');
  return at != std::string_view::npos && at > 0 && at + 1 < cell.size() &&
         cell.find('@', at + 1) == std::string_view::npos && cell.find_first_of(" ,;|\t<>") == std::string_view::npos;
}

// How well a text reads with a delimiter.
struct Fit {
  double rows = 0;       // by the share of rows with the usual number of cells, and by that number; 0: one cell
  size_t addresses = 0;  // cells that are an address: no delimiter is within one
};

Fit FitOf(char delimiter, std::string_view text, bool whole) {
  RowParser parser(delimiter);
  std::vector<size_t> widths;
  std::vector<bool> hold_addresses;
  Fit fit;
  const auto count = [&](const Row& row) {
    const auto addresses = static_cast<size_t>(std::ranges::count_if(row.cells, IsAddress));
    widths.push_back(row.problem == RowProblem::kNone ? row.cells.size() : 0);
    hold_addresses.push_back(addresses > 0);
    fit.addresses += addresses;
  };
  RowParser::Outcome outcome = RowParser::Outcome::kRow;
  while (widths.size() < kLookedAtRows && (outcome = parser.Parse(&text)) == RowParser::Outcome::kRow) {
    count(parser.row());
  }
  // A last row that was cut off proves nothing, unless it is the only one.
  if (outcome == RowParser::Outcome::kMore && (whole || widths.empty()) && parser.End() == RowParser::Outcome::kRow) {
    count(parser.row());
  }
  // The first row of the usual width names the columns; fewer rows, of other widths, may stand above it.
  std::map<size_t, size_t> counts;
  for (const size_t width : widths) counts[width] += width > 1 ? 1 : 0;
  size_t usual = widths.empty() ? 0 : widths.front();
  for (const auto& [width, rows] : counts) {
    if (rows > counts[usual]) usual = width;
  }
  const auto head = static_cast<size_t>(std::ranges::find(widths, usual) - widths.begin());
  const size_t most_above = fit.addresses > 0 ? kMostAbove : std::min(kMostAbove, counts[usual]);
  if (usual < 2 || head > most_above || (head > 0 && hold_addresses[head])) return fit;
  const double share = static_cast<double>(counts[usual]) / static_cast<double>(widths.size() - head);
  // Titles are rare, and a delimiter does not split addresses.
  constexpr double kBelowTitles = 0.3, kWithoutAddresses = 0.5;
  fit.rows = share * share * static_cast<double>(usual);
  if (head > 0) fit.rows *= kBelowTitles;
  if (fit.addresses == 0) fit.rows *= kWithoutAddresses;
  return fit;
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

// Returns the delimiter with which most rows have as many cells as the row that names the columns, and with which there
// are the most cells; of equal ones those with the most addresses. A comma if there is only one column. `whole`: no
// more text follows.
std::string DetectDelimiters(std::string_view text, bool whole) {
  std::string best(1, kDelimiters.front());
  Fit best_fit;
  for (const char delimiter : kDelimiters) {
    const Fit fit = FitOf(delimiter, text, whole);
    const auto compared = std::pair(fit.rows, fit.addresses) <=> std::pair(best_fit.rows, best_fit.addresses);
    if (fit.rows == 0 || compared < 0) continue;
    if (compared > 0) best.clear();
    best += delimiter;
    best_fit = fit;
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
  const std::string found = delimiter ? std::string(1, *delimiter) : DetectDelimiters(rest_, ended_);
  delimiter_ = found.front();
  if (found.size() > 1) equal_delimiters_ = found;
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
