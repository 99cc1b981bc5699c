// Text in pieces to rows, by RFC 4180. One thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace leadpulse::csv {

inline constexpr size_t kMaxRowBytes = 1 << 20;
inline constexpr size_t kMaxCells = 4'096;
// How far a quote is looked for that closes: a long text is a row that is too large, an open quote is the file's end.
inline constexpr size_t kMaxQuotedBytes = 16 << 20;

enum class RowProblem : uint8_t {
  kNone,
  kTextBehindQuote,  // `"a"b`: what was meant cannot be known
  kTooLarge,         // more bytes or cells than above
};

// Views into the parser, until its next call.
struct Row {
  uint64_t line = 0;  // where it begins, from 1; line breaks within quotes count
  std::vector<std::string_view> cells;
  RowProblem problem = RowProblem::kNone;  // of kTooLarge the cells are those before the bound, the last cut off
};

// What it takes beyond the RFC: LF and CR alone end a row, too; a quote within a cell that does not begin with one is a
// character as any other; lines without a character are no rows. Cells are kept as they are, spaces too.
class RowParser {
 public:
  explicit RowParser(char delimiter);

  enum class Outcome : uint8_t {
    kMore,      // the text is used up
    kRow,       // a row is there; the rest of the text is left
    kOpenQuote  // a quote is still open after kMaxQuotedBytes, or where the text ends: see open_quote_line
  };
  // Takes from the beginning of `text` what it uses.
  Outcome Parse(std::string_view* text);
  // After the last text. kMore: there is nothing left.
  Outcome End();

  const Row& row() const { return row_; }
  uint64_t open_quote_line() const { return quote_line_; }

 private:
  enum class State : uint8_t { kCellBegin, kPlain, kQuoted, kQuoteInQuoted };

  void Keep(std::string_view part);
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
  bool after_return_ = false;  // a line feed that follows belongs to it
  uint64_t line_ = 1;          // of the next character
  uint64_t quote_line_ = 0;    // where the last quote opened, and how long it is by now
  size_t quoted_bytes_ = 0;
  size_t row_bytes_ = 0;
  bool any_quote_ = false;      // in this row: `""` alone is a row
  std::string text_;            // the cells of the row, one behind the other
  std::vector<uint32_t> ends_;  // of each cell, in text_
  Row row_;
};

}  // namespace leadpulse::csv
