#include "processor/importing/cell_form.h"

#include <algorithm>

#include "processor/base/text.h"
#include "processor/importing/synonyms.h"

namespace leadpulse::importing {
namespace {

constexpr std::string_view kEmptyWords =
    "n/a na n.a. #n/a - -- \u2013 \u2014 null (null) none nil nan undefined \\n #null! #value! #ref! #name? #div/0! "
    "k.a. k.a n.v. n.d. n.c. n.b. n.v.t. s/d b.d.";
constexpr size_t kLongestWord = 24;

// Whether it is a date of noughts only, perhaps with a time of noughts: `0000-00-00 00:00:00` of MySQL, `0/0/00` of
// Outlook.
bool IsDateOfNoughts(std::string_view cell) {
  const size_t first = std::min(cell.find_first_not_of('0'), cell.size());
  const std::string_view mark = cell.substr(first, 1);
  if (mark.empty() || std::string_view("./-").find(mark) == std::string_view::npos) return false;
  for (int part = 0; part < 3; ++part) {
    if (part > 0 && !cell.starts_with(mark)) return false;
    if (part > 0) cell.remove_prefix(1);
    if (!cell.starts_with('0')) return false;
    cell.remove_prefix(std::min(cell.find_first_not_of('0'), cell.size()));
  }
  const bool may_have_time = cell.empty() || cell.starts_with(' ') || cell.starts_with('T') || cell.starts_with('t');
  return may_have_time && cell.find_first_not_of("0:. TtZz") == std::string_view::npos;
}

}  // namespace

std::optional<Problem> ReadDatePattern(std::string_view text, std::string_view option,
                                       std::optional<DatePattern>* form) {
  *form = ParseDatePattern(text);
  return *form ? std::nullopt
               : std::optional(
                     Problem{"such as DD.MM.YYYY, MM/DD/YYYY, DD-MM-YY, serial, or DD.MM.1904 for days without a year",
                             {option}});
}

std::optional<Problem> ReadNumberForm(std::string_view text, std::string_view option, std::optional<NumberForm>* form) {
  *form = NumberFormFromName(text);
  return *form ? std::nullopt : std::optional(Problem{"1,234.5 or 1.234,5", {option}});
}

bool MeansEmpty(std::string_view cell) {
  // Most cells of such columns begin with a digit.
  const bool may_be_one =
      !cell.empty() && cell.size() <= kLongestWord && (cell.front() == '0' || !IsDigit(cell.front()));
  if (!may_be_one) return false;
  return HasWord(kEmptyWords, AsciiLower(cell)) || IsDateOfNoughts(cell);
}

}  // namespace leadpulse::importing
