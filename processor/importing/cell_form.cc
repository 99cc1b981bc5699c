#include "processor/importing/cell_form.h"

#include "processor/base/text.h"
#include "processor/importing/synonyms.h"

namespace leadpulse::importing {
namespace {

constexpr std::string_view kEmptyWords =
    "n/a na n.a. #n/a - -- \u2013 \u2014 null (null) none nil nan undefined \\n #null! #value! #ref! #name? #div/0! "
    "0000-00-00 00/00/0000 00.00.0000 0000-00-00t00:00:00 0000-00-00t00:00:00z";
constexpr std::string_view kNoTime = "0000-00-00 00:00";  // `0000-00-00 00:00:00`
constexpr size_t kLongestWord = 24;

}  // namespace

std::optional<Problem> ReadDatePattern(std::string_view text, std::string_view option,
                                       std::optional<DatePattern>* form) {
  *form = ParseDatePattern(text);
  return *form ? std::nullopt : std::optional(Problem{"such as DD.MM.YYYY, MM/DD/YYYY, DD-MM-YY or serial", {option}});
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
  return HasWord(kEmptyWords, AsciiLower(cell)) ||
         (cell.starts_with(kNoTime) && cell.find_first_not_of("0:. Z", kNoTime.size()) == std::string_view::npos);
}

}  // namespace leadpulse::importing
