#include "processor/rules/language/rule_error.h"

#include <algorithm>

#include "processor/base/displayable.h"

namespace leadpulse::rules {
namespace {

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// Returns the end of the line without its CR and LF.
size_t EndOfLine(std::string_view source, size_t from) {
  size_t end = std::min(source.find('\n', from), source.size());
  if (end > from && source[end - 1] == '\r') --end;
  return end;
}

// Returns white space as wide as the text: tabs stay tabs.
std::string Indent(std::string_view shown) {
  std::string indent;
  for (const char c : shown) {
    if (!IsContinuation(c)) indent += c == '\t' ? '\t' : ' ';
  }
  return indent;
}

}  // namespace

LineColumn LocateOffset(std::string_view source, uint32_t offset) {
  const std::string_view before = source.substr(0, std::min<size_t>(offset, source.size()));
  LineColumn place;
  place.line = 1 + static_cast<int>(std::count(before.begin(), before.end(), '\n'));
  const std::string_view line = before.substr(before.rfind('\n') + 1);  // npos + 1 is 0
  place.column = 1 + static_cast<int>(line.size() - std::count_if(line.begin(), line.end(), IsContinuation));
  return place;
}

std::string MessageOf(const RuleError& error) {
  return error.message + (error.hint.empty() ? "" : " (" + error.hint + ")");
}

std::string RenderSpot(std::string_view source, const RuleError& error) {
  const size_t offset = std::min<size_t>(error.span.begin, source.size());
  const size_t begin = source.substr(0, offset).rfind('\n') + 1;
  const size_t end = EndOfLine(source, begin);
  // A rule comes from an untrusted file, so its text must not control the terminal.
  const std::string line = DisplayableText(source.substr(begin, end - begin));
  return line + "\n" + Indent(DisplayableText(source.substr(begin, offset - begin))) + "^";
}

std::string RenderRuleError(std::string_view source, const RuleError& error) {
  const LineColumn place = LocateOffset(source, error.span.begin);
  return "line " + std::to_string(place.line) + ", column " + std::to_string(place.column) + ": " + MessageOf(error) +
         "\n" + RenderSpot(source, error);
}

std::string Excerpt(std::string_view text) {
  constexpr size_t kMaxBytes = 60;
  size_t end = text.size();
  if (end > kMaxBytes) {
    end = kMaxBytes;
    while (end > 0 && IsContinuation(text[end])) --end;
  }
  const std::string shown = DisplayableLine(text.substr(0, end));
  return "\"" + shown + (end < text.size() ? "…\"" : "\"");
}

}  // namespace leadpulse::rules
