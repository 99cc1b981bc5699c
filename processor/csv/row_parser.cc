#include "processor/csv/row_parser.h"

#include <algorithm>

namespace leadpulse::csv {

RowParser::RowParser(char delimiter) : delimiter_(delimiter) {
  for (const char c : {delimiter, '\r', '\n'}) special_[static_cast<unsigned char>(c)] = true;
}

void RowParser::Begin() {
  row_given_ = false;
  state_ = State::kCellBegin;
  spaces_ = 0;
  row_bytes_ = 0;
  any_quote_ = false;
  text_.clear();
  ends_.clear();
  row_.cells.clear();
  row_.problem = RowProblem::kNone;
  row_.line = line_;
}

void RowParser::Keep(std::string_view part) {
  row_bytes_ += part.size();
  const size_t room = kMaxRowBytes - std::min(text_.size(), kMaxRowBytes);
  text_.append(part.substr(0, room));
  if (row_bytes_ > kMaxRowBytes) row_.problem = RowProblem::kTooLarge;
}

// Keeps the spaces that the cell begins with: no quote follows them.
void RowParser::KeepSpaces() {
  if (spaces_ > 0) Keep(std::string(std::min(spaces_, kMaxRowBytes + 1), ' '));
  spaces_ = 0;
}

void RowParser::EndCell() {
  KeepSpaces();
  state_ = State::kCellBegin;
  if (ends_.size() < kMaxCells) {
    ends_.push_back(static_cast<uint32_t>(text_.size()));
  } else {
    row_.problem = RowProblem::kTooLarge;
  }
}

void RowParser::EndRow() {
  EndCell();
  row_given_ = true;
  const std::string_view all = text_;
  size_t start = 0;
  for (const uint32_t end : ends_) {
    row_.cells.push_back(all.substr(start, end - start));
    start = end;
  }
}

// Counts lines: CR, LF and CR LF are each one line break.
void RowParser::CountLine(char c) {
  if (c == '\r' || (c == '\n' && !after_return_)) ++line_;
  after_return_ = c == '\r';
}

// Handles a special character outside of quotes. Returns whether the row is complete.
bool RowParser::StepOutside(char c) {
  KeepSpaces();
  if (c == delimiter_) {
    after_return_ = false;
    if (++row_bytes_ > kMaxRowBytes) row_.problem = RowProblem::kTooLarge;
    EndCell();
    return false;
  }
  CountLine(c);
  const bool blank = text_.empty() && ends_.empty() && !any_quote_ && row_.problem == RowProblem::kNone;
  if (blank) {
    row_given_ = true;
    return false;
  }
  EndRow();
  return true;
}

RowParser::Outcome RowParser::StepQuoted(std::string_view* text) {
  const size_t end = std::min(text->find('"'), text->size());
  const std::string_view part = text->substr(0, end);
  Keep(part);
  for (const char c : part) CountLine(c);
  text->remove_prefix(end);
  quoted_bytes_ += part.size();
  if (quoted_bytes_ > kMaxQuotedBytes) return Outcome::kOpenQuote;
  if (text->empty()) return Outcome::kMore;
  text->remove_prefix(1);
  ++row_bytes_;
  after_return_ = false;
  state_ = State::kQuoteInQuoted;
  return Outcome::kMore;
}

// Takes the spaces at the beginning of a cell, or behind its closing quote.
void RowParser::TakeSpaces(std::string_view* text) {
  const size_t size = std::min(text->find_first_not_of(' '), text->size());
  const bool is_begin = state_ == State::kCellBegin || state_ == State::kSpaces;
  if (is_begin) {
    spaces_ += size;
  } else {
    row_bytes_ += size;
  }
  state_ = is_begin ? State::kSpaces : State::kSpacesBehindQuote;
  text->remove_prefix(size);
}

// Takes the text before the next special character.
void RowParser::TakePlain(std::string_view* text) {
  const bool is_behind_quote = state_ == State::kQuoteInQuoted || state_ == State::kSpacesBehindQuote;
  if (is_behind_quote && row_.problem == RowProblem::kNone) row_.problem = RowProblem::kTextBehindQuote;
  KeepSpaces();
  state_ = State::kPlain;
  const auto* run = std::find_if(text->begin(), text->end(), [this](char each) { return IsSpecial(each); });
  const auto size = static_cast<size_t>(run - text->begin());
  Keep(text->substr(0, size));
  text->remove_prefix(size);
}

RowParser::Outcome RowParser::Parse(std::string_view* text) {
  while (!text->empty()) {
    if (row_given_) {
      const bool rest_of_break = after_return_ && text->front() == '\n';
      after_return_ = false;
      if (rest_of_break) {
        text->remove_prefix(1);
        continue;
      }
      Begin();
    }
    if (state_ == State::kQuoted) {
      if (StepQuoted(text) == Outcome::kOpenQuote) return Outcome::kOpenQuote;
      continue;
    }
    const char c = text->front();
    const bool is_begin = state_ == State::kCellBegin || state_ == State::kSpaces;
    if (c == '"' && (is_begin || state_ == State::kQuoteInQuoted)) {
      if (is_begin) {
        quote_line_ = line_;
        quoted_bytes_ = 0;
        spaces_ = 0;
      } else {
        Keep("\"");
      }
      any_quote_ = true;
      state_ = State::kQuoted;
      text->remove_prefix(1);
    } else if (IsSpecial(c)) {
      text->remove_prefix(1);
      if (StepOutside(c)) return Outcome::kRow;
    } else if (c == ' ' && state_ != State::kPlain) {
      TakeSpaces(text);
    } else {
      TakePlain(text);
    }
  }
  return Outcome::kMore;
}

RowParser::Outcome RowParser::End() {
  if (row_given_) return Outcome::kMore;
  if (state_ == State::kQuoted) return Outcome::kOpenQuote;
  EndRow();
  return Outcome::kRow;
}

}  // namespace leadpulse::csv
