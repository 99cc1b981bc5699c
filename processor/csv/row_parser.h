// Parses rows by RFC 4180 from text in pieces. Used by one thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace leadpulse::csv {

inline constexpr size_t kMaxRowBytes = 1 << 20;
inline constexpr size_t kMaxCells = 4'096;
// The longest quoted text in which a closing quote is searched. Shorter text may make a row too large; longer text is
// an open quote and ends the file.
inline constexpr size_t kMaxQuotedBytes = 16 << 20;

enum class RowProblem : uint8_t {
  kNone,
  kTextBehindQuote,  // `"a"b`: the meaning is unknown
  kTooLarge,         // more bytes or cells than the limits above
};

// A row. The views are valid until the next call of the parser.
struct Row {
  uint64_t line = 0;  // where it begins, from 1; line breaks within quotes count
  std::vector<std::string_view> cells;
  RowProblem problem = RowProblem::kNone;  // kTooLarge: the cells up to the limit, the last one cut
};

// A parser that accepts more than the RFC: LF or CR alone ends a row; a quote inside a cell that does not begin with
// one is an ordinary character; empty lines are not rows. Cells keep their spaces, except for those around quotes,
// which people type behind a delimiter: `a, "b, c"`.
class RowParser {
 public:
  explicit RowParser(char delimiter);

  enum class Outcome : uint8_t {
    kMore,      // the text is used up; pass more
    kRow,       // a row is complete; the rest of the text is left
    kOpenQuote  // a quote is still open after kMaxQuotedBytes, or where the text ends: see open_quote_line
  };
  // Parses up to the end of a row and removes what it uses from the beginning of `text`.
  Outcome Parse(std::string_view* text);
  // Ends the file. Call it after the last text. Returns kMore if there is no further row.
  Outcome End();

  const Row& row() const { return row_; }
  uint64_t open_quote_line() const { return quote_line_; }

 private:
  enum class State : uint8_t { kCellBegin, kSpaces, kPlain, kQuoted, kQuoteInQuoted, kSpacesBehindQuote };

  void Keep(std::string_view part);
  void KeepSpaces();
  void TakeSpaces(std::string_view* text);
  void EndCell();
  void EndRow();
  void Begin();
  void CountLine(char c);
  bool IsSpecial(char c) const { return special_[static_cast<unsigned char>(c)]; }
  bool StepOutside(char c);
  Outcome StepQuoted(std::string_view* text);
  void TakePlain(std::string_view* text);

  const char delimiter_;
  std::array<bool, 256> special_{};  // outside of quotes
  State state_ = State::kCellBegin;
  bool row_given_ = true;      // the next character begins a new row
  bool after_return_ = false;  // a line feed that follows belongs to the carriage return
  uint64_t line_ = 1;          // the line of the next character
  uint64_t quote_line_ = 0;    // where the last quote opened
  size_t quoted_bytes_ = 0;    // its length so far
  size_t spaces_ = 0;          // those that the cell begins with, in state kSpaces
  size_t row_bytes_ = 0;
  bool any_quote_ = false;      // in this row: `""` alone is a row
  std::string text_;            // the row's cells, concatenated
  std::vector<uint32_t> ends_;  // where each cell ends in text_
  Row row_;
};

}  // namespace leadpulse::csv
