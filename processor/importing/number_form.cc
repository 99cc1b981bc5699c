#include "processor/importing/number_form.h"

#include <algorithm>
#include <array>
#include <utility>

#include "processor/base/text.h"
#include "processor/importing/synonyms.h"

namespace leadpulse::importing {
namespace {

constexpr std::string_view kPointName = "1,234.5", kCommaName = "1.234,5";

// Signs of currencies, and what they are called.
constexpr auto kSigns = std::to_array<std::pair<std::string_view, std::string_view>>(
    {{"€", "EUR"},  {"£", "GBP"},   {"₹", "INR"},  {"₩", "KRW"},  {"₺", "TRY"},   {"₽", "RUB"}, {"₴", "UAH"},
     {"₪", "ILS"},  {"₫", "VND"},   {"₦", "NGN"},  {"₱", "PHP"},  {"฿", "THB"},   {"zł", "PLN"},  {"Kč", "CZK"},
     {"R$", "BRL"}, {"US$", "USD"}, {"A$", "AUD"}, {"C$", "CAD"}, {"CA$", "CAD"}, {"Fr.", "CHF"}, {"SFr.", "CHF"},
     {"$", "$"},    {"¥", "¥"},     {"kr", "kr"},  {"kr.", "kr"}, {"%", "%"}});
constexpr std::string_view kCodes =
    "AED ARS AUD BGN BRL CAD CHF CLP CNY COP CZK DKK EGP EUR GBP HKD HUF IDR ILS INR ISK JPY KES KRW MAD MXN MYR NGN "
    "NOK NZD PEN PHP PLN RON RSD RUB SAR SEK SGD THB TND TRY TWD UAH USD UYU VND ZAR";

// Spaces that may stand between groups and beside units, besides the ASCII one.
constexpr auto kSpaces = std::to_array<std::string_view>({" ", "\u00a0", "\u202f", "\u2009"});
constexpr auto kApostrophes = std::to_array<std::string_view>({"'", "\u2019"});

constexpr size_t kLongestNumber = 200;  // bytes; a number has at most 60 digits

template <typename Texts>
bool TakeOneOf(const Texts& texts, std::string_view* text) {
  for (const std::string_view each : texts) {
    if (!text->starts_with(each)) continue;
    text->remove_prefix(each.size());
    return true;
  }
  return false;
}

void TrimSpaces(std::string_view* text) {
  while (TakeOneOf(kSpaces, text)) {
  }
  for (bool is_trimmed = true; is_trimmed;) {
    is_trimmed = false;
    for (const std::string_view space : kSpaces) {
      if (!text->ends_with(space)) continue;
      text->remove_suffix(space.size());
      is_trimmed = true;
    }
  }
}

// Returns the unit that the text is; empty: it is none.
std::string_view UnitOf(std::string_view text) {
  const auto* sign = std::ranges::find(kSigns, text, &std::pair<std::string_view, std::string_view>::first);
  if (sign != kSigns.end()) return sign->second;
  return text.size() == 3 && HasWord(kCodes, text) ? text : std::string_view();
}

// Whether a number may begin with it.
bool BeginsNumber(char c) { return IsDigit(c) || c == '-' || c == '+' || c == '('; }

// Takes a unit and the spaces beside it off one end of the text. False: what is there is no unit.
bool TakeUnitInFront(std::string_view* text, std::string* unit) {
  const auto* number = std::ranges::find_if(*text, BeginsNumber);
  std::string_view front = text->substr(0, static_cast<size_t>(number - text->begin()));
  text->remove_prefix(front.size());
  TrimSpaces(&front);
  if (front.empty()) return true;
  *unit = UnitOf(front);
  return !unit->empty();
}

bool TakeUnitBehind(std::string_view* text, std::string* unit) {
  size_t end = text->size();
  while (end > 0 && !IsDigit((*text)[end - 1]) && (*text)[end - 1] != ')') --end;
  std::string_view behind = text->substr(end);
  *text = text->substr(0, end);
  TrimSpaces(&behind);
  if (behind.empty()) return true;
  if (!unit->empty()) return false;
  *unit = UnitOf(behind);
  return !unit->empty();
}

std::string_view TakeAllDigits(std::string_view* text) {
  size_t count = 0;
  while (count < text->size() && IsDigit((*text)[count])) ++count;
  const std::string_view digits = text->substr(0, count);
  text->remove_prefix(count);
  return digits;
}

// Takes the mark between two groups, which is `mark` if one came before.
bool TakeGroupMark(char of_form, std::string_view* mark, std::string_view* text) {
  const std::string_view before = *text;
  const bool is_one = TakeOneOf(std::array{std::string_view(&of_form, 1)}, text) || TakeOneOf(kSpaces, text) ||
                      TakeOneOf(kApostrophes, text);
  if (!is_one) return false;
  const std::string_view taken = before.substr(0, before.size() - text->size());
  if (mark->empty()) *mark = taken;
  return *mark == taken;
}

// Reads digits in groups, and the decimals, as `1234.5`.
std::optional<std::string> PlainDigits(std::string_view text, NumberForm form) {
  const bool is_point = form == NumberForm::kPoint;
  const char decimal_mark = is_point ? '.' : ',', group_mark = is_point ? ',' : '.';
  std::string plain(TakeAllDigits(&text));
  if (plain.empty()) return std::nullopt;
  const size_t first = plain.size();
  std::string_view mark;
  size_t last = 0;
  bool are_pairs = false, are_threes = false;
  while (!text.empty() && text.front() != decimal_mark) {
    if (!TakeGroupMark(group_mark, &mark, &text)) return std::nullopt;
    are_pairs = are_pairs || last == 2;
    are_threes = are_threes || last == 3;
    const std::string_view group = TakeAllDigits(&text);
    last = group.size();
    if (last != 3 && (last != 2 || mark != ",")) return std::nullopt;
    plain += group;
  }
  const bool has_groups = last > 0;
  const bool are_even = !are_pairs || (!are_threes && first <= 2);
  if (has_groups && (last != 3 || first > 3 || plain.front() == '0' || !are_even)) return std::nullopt;
  if (text.empty()) return plain;
  text.remove_prefix(1);
  const std::string_view decimals = TakeAllDigits(&text);
  if (decimals.empty() || !text.empty()) return std::nullopt;
  return Concat({plain, ".", decimals});
}

}  // namespace

std::optional<std::string> LowerEndOfRange(std::string_view cell) {
  constexpr auto kBetween = std::to_array<std::string_view>({"-", "\u2013", "\u2014", "to ", "bis "});
  constexpr auto kMarks = std::to_array<std::string_view>({",", ".", "'", "\u2019", " ", "\u00a0", "\u202f"});
  constexpr auto kAbove = std::to_array<std::string_view>({">=", "\u2265", ">"});
  // Takes a whole number, perhaps with marks between groups of three digits.
  const auto take_digits = [&] {
    std::string digits(TakeAllDigits(&cell));
    for (std::string_view rest = cell; !digits.empty() && TakeOneOf(kMarks, &rest); cell = rest) {
      const std::string_view group = TakeAllDigits(&rest);
      if (group.size() != 3) break;
      digits += group;
    }
    TrimSpaces(&cell);
    return digits;
  };
  if (cell.size() > kLongestNumber) return std::nullopt;
  const bool is_open = TakeOneOf(kAbove, &cell);
  TrimSpaces(&cell);
  std::string lower = take_digits();
  if (lower.empty() || (lower.front() == '0' && lower != "0")) return std::nullopt;
  if (is_open || cell == "+") return is_open == cell.empty() ? std::optional(std::move(lower)) : std::nullopt;
  if (!TakeOneOf(kBetween, &cell)) return std::nullopt;
  TrimSpaces(&cell);
  const std::string upper = take_digits();
  const bool ascends = lower.size() < upper.size() || (lower.size() == upper.size() && lower < upper);
  return ascends && cell.empty() ? std::optional(std::move(lower)) : std::nullopt;
}

std::optional<NumberForm> NumberFormFromName(std::string_view name) {
  if (name == kPointName) return NumberForm::kPoint;
  return name == kCommaName ? std::optional(NumberForm::kComma) : std::nullopt;
}

std::string_view NumberFormName(NumberForm form) { return form == NumberForm::kPoint ? kPointName : kCommaName; }

std::optional<WrittenNumber> ReadWrittenNumber(std::string_view cell, NumberForm form) {
  constexpr std::string_view kMinus = "\u2212";
  if (cell.size() > kLongestNumber) return std::nullopt;
  std::string with_hyphen;
  if (const size_t minus = cell.find(kMinus); minus != std::string_view::npos) {
    with_hyphen = Concat({cell.substr(0, minus), "-", cell.substr(minus + kMinus.size())});
    cell = with_hyphen;
  }
  WrittenNumber written;
  bool is_negative = cell.starts_with('-');
  if (is_negative) cell.remove_prefix(1);
  const bool is_bracketed = !is_negative && cell.starts_with('(') && cell.ends_with(')');
  if (is_bracketed) cell = cell.substr(1, cell.size() - 2);
  TrimSpaces(&cell);
  if (!TakeUnitInFront(&cell, &written.unit) || !TakeUnitBehind(&cell, &written.unit)) return std::nullopt;
  const bool has_sign = cell.starts_with('-') || cell.starts_with('+');
  if (has_sign && (is_negative || is_bracketed)) return std::nullopt;
  is_negative = is_negative || is_bracketed || cell.starts_with('-');
  if (has_sign) cell.remove_prefix(1);
  TrimSpaces(&cell);
  const std::optional<std::string> plain = PlainDigits(cell, form);
  if (!plain) return std::nullopt;
  const std::optional<Number> number = Number::Parse(Concat({is_negative ? "-" : "", *plain}));
  if (!number) return std::nullopt;
  written.number = *number;
  return written;
}

}  // namespace leadpulse::importing
