#include "processor/http/multipart.h"

#include <algorithm>
#include <utility>

#include "processor/base/text.h"

namespace leadpulse::http {
namespace {

constexpr size_t kMostHeaderBytes = size_t{16} << 10;

// Returns the value at the beginning of the text: up to the closing quote, with `\"` for a quote inside, or up to the
// next `;`.
std::string ParameterValue(std::string_view text) {
  if (!text.starts_with('"')) return std::string(TrimAsciiSpace(text.substr(0, text.find(';'))));
  std::string value;
  for (size_t i = 1; i < text.size() && text[i] != '"'; ++i) {
    if (text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == '"' || text[i + 1] == '\\')) ++i;
    value += text[i];
  }
  return value;
}

// Checks the length of the headers. Returns false: more of them must arrive.
Result<bool> CheckHeaders(size_t bytes) {
  if (bytes <= kMostHeaderBytes) return false;
  return Status::Rejected("a part of the multipart body has headers of more than 16 KiB");
}

}  // namespace

std::optional<std::string> ParameterOf(std::string_view header, std::string_view name) {
  while (true) {
    const size_t end = FindOutsideQuotes(header, ';');
    if (end == header.size()) return std::nullopt;  // the text before the first `;` is no parameter
    header.remove_prefix(end + 1);
    const std::string_view parameter = header.substr(0, FindOutsideQuotes(header, ';'));
    const size_t equals = parameter.find('=');
    if (equals == std::string_view::npos || AsciiLower(TrimAsciiSpace(parameter.substr(0, equals))) != name) continue;
    return ParameterValue(TrimAsciiSpace(parameter.substr(equals + 1)));
  }
}

MultipartReader::MultipartReader(std::string_view boundary, Take take)
    : delimiter_("\n--" + std::string(boundary)), take_(std::move(take)) {}

Status MultipartReader::Append(std::string_view bytes) {
  LP_RETURN_IF_ERROR(status_);
  if (state_ == State::kEnd) return Status::Ok();
  buffer_.erase(0, begin_);
  begin_ = 0;
  buffer_.append(bytes);
  while (true) {
    const Result<bool> goes_on = Step();
    if (!goes_on.ok()) return status_ = goes_on.status();
    if (!*goes_on) return Status::Ok();
  }
}

Status MultipartReader::Finish() {
  LP_RETURN_IF_ERROR(status_);
  if (state_ == State::kEnd) return Status::Ok();
  return Status::Rejected(state_ == State::kPreamble ? "the multipart body does not hold its boundary"
                                                     : "the multipart body ends within a part");
}

Result<bool> MultipartReader::Step() {
  switch (state_) {
    case State::kPreamble:
      return SkipPreamble();
    case State::kDelimiter:
      return ReadDelimiter();
    case State::kHeaders:
      return ReadHeader();
    case State::kValue:
      return ReadValue();
    case State::kEnd:
      begin_ = buffer_.size();
      break;
  }
  return false;
}

Result<bool> MultipartReader::SkipPreamble() {
  const size_t at = rest().find(delimiter_);
  if (at == std::string_view::npos) {
    begin_ = buffer_.size() - std::min(rest().size(), delimiter_.size() - 1);
    return false;
  }
  begin_ += at + delimiter_.size();
  state_ = State::kDelimiter;
  return true;
}

Result<bool> MultipartReader::ReadDelimiter() {
  if (rest().size() < 2) return false;
  if (rest().starts_with("--")) {
    state_ = State::kEnd;
    return true;
  }
  if (!TakeLine()) return CheckHeaders(rest().size());  // white space
  part_ = Part();
  has_name_ = false;
  header_bytes_ = 0;
  state_ = State::kHeaders;
  return true;
}

Result<bool> MultipartReader::ReadHeader() {
  // A part without an empty line has no value.
  const std::string_view dashes = std::string_view(delimiter_).substr(1);
  if (rest().starts_with(dashes)) {
    LP_RETURN_IF_ERROR(Give(""));
    begin_ += dashes.size();
    state_ = State::kDelimiter;
    return true;
  }
  const std::optional<std::string> line = TakeLine();
  if (!line) return CheckHeaders(header_bytes_ + rest().size());
  header_bytes_ += line->size() + 1;
  LP_RETURN_IF_ERROR(CheckHeaders(header_bytes_).status());
  if (line->empty()) {
    LP_RETURN_IF_ERROR(Give(""));
    --begin_;  // the delimiter may follow immediately
    before_ = 1;
    state_ = State::kValue;
    return true;
  }
  const size_t colon = line->find(':');
  if (AsciiLower(TrimAsciiSpace(line->substr(0, colon))) != "content-disposition") return true;
  const std::optional<std::string> name = ParameterOf(*line, "name");
  has_name_ = name.has_value();
  part_ = {name.value_or(""), ParameterOf(*line, "filename").has_value()};
  return true;
}

Result<bool> MultipartReader::ReadValue() {
  const std::string_view left = rest();
  const size_t at = left.find(delimiter_);
  // Bytes that may begin a line end and a delimiter are not consumed yet.
  size_t end = at;
  if (at == std::string_view::npos) {
    end = left.size() - std::min(left.size(), delimiter_.size());
  } else if (at > before_ && left[at - 1] == '\r') {
    end = at - 1;
  }
  if (end > before_) {
    LP_RETURN_IF_ERROR(Give(left.substr(before_, end - before_)));
  }
  if (at != std::string_view::npos) {
    begin_ += at + delimiter_.size();
    state_ = State::kDelimiter;
    return true;
  }
  before_ -= std::min(before_, end);
  begin_ += end;
  return false;
}

std::optional<std::string> MultipartReader::TakeLine() {
  const std::string_view left = rest();
  const size_t end = left.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  begin_ += end + 1;
  return std::string(left.substr(0, end > 0 && left[end - 1] == '\r' ? end - 1 : end));
}

Status MultipartReader::Give(std::string_view bytes) const { return has_name_ ? take_(part_, bytes) : Status::Ok(); }

}  // namespace leadpulse::http
