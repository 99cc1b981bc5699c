#include "processor/csv/csv_writer.h"

#include <algorithm>
#include <array>

namespace leadpulse::csv {
namespace {

// Appends a cell. Quotes other delimiters, too, because a spreadsheet may split at the usual one of its country.
void AppendCell(std::string_view cell, char delimiter, std::string* out) {
  const char special[] = {delimiter, '"', '\r', '\n', ',', ';', '\t'};
  if (cell.find_first_of(std::string_view(special, sizeof special)) == std::string_view::npos) {
    *out += cell;
    return;
  }
  *out += '"';
  for (const char c : cell) {
    if (c == '"') *out += '"';
    *out += c;
  }
  *out += '"';
}

// All separators, independent of the file's own delimiter: a spreadsheet splits at its country's one, and respects
// quotes only at the beginning of what it takes for a cell.
constexpr std::string_view kSeparators = ",;\t\r\n";

bool IsSignedNumber(std::string_view text) {
  return (text.starts_with('+') || text.starts_with('-')) && text.find_first_not_of("0123456789 .", 1) == text.npos;
}

bool LooksLikeFormula(std::string_view text) {
  constexpr std::array<std::string_view, 11> kBeginnings = {"=",  "+",  "-",  "@",  "\t", "\r",
                                                            "\n", "＝", "＋", "－", "＠"};
  const bool begins =
      std::ranges::any_of(kBeginnings, [text](std::string_view each) { return text.starts_with(each); });
  return begins && !IsSignedNumber(text.substr(0, text.find_first_of(kSeparators)));
}

// Whether the text begins with a formula, or with a guarded one.
bool HasFormula(std::string_view text) {
  return LooksLikeFormula(text.substr(std::min(text.find_first_not_of('\''), text.size())));
}

// Calls visit with the text after its beginning and after each separator, and appends the text before it to `out`.
template <typename Visit>
std::string EachPart(std::string_view text, const Visit& visit) {
  std::string out;
  while (true) {
    text = visit(text, &out);
    const size_t separator = text.find_first_of(kSeparators);
    if (separator == text.npos) return out.append(text);
    out += text.substr(0, separator + 1);
    text.remove_prefix(separator + 1);
  }
}

}  // namespace

void AppendRow(const std::vector<std::string_view>& cells, char delimiter, std::string* out) {
  // Without its quotes a lone empty cell would be an empty line, which is not a row.
  if (cells.size() == 1 && cells.front().empty()) *out += "\"\"";
  for (size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) *out += delimiter;
    AppendCell(cells[i], delimiter, out);
  }
  *out += "\r\n";
}

std::string Guarded(std::string_view text) {
  return EachPart(text, [](std::string_view rest, std::string* out) {
    if (HasFormula(rest)) *out += '\'';
    return rest;
  });
}

std::string Unguarded(std::string_view text) {
  return EachPart(text, [](std::string_view rest, std::string* /*out*/) {
    return rest.starts_with('\'') && HasFormula(rest) ? rest.substr(1) : rest;
  });
}

}  // namespace leadpulse::csv
