#include "processor/csv/formula_guard.h"

#include <algorithm>
#include <array>

namespace leadpulse::csv {
namespace {

bool IsSignedNumber(std::string_view text) {
  return (text.starts_with('+') || text.starts_with('-')) && text.find_first_not_of("0123456789 .", 1) == text.npos;
}

}  // namespace

bool LooksLikeFormula(std::string_view text) {
  constexpr std::array<std::string_view, 11> kBeginnings = {"=",  "+",  "-",  "@",  "\t", "\r",
                                                            "\n", "＝", "＋", "－", "＠"};
  const bool begins =
      std::ranges::any_of(kBeginnings, [text](std::string_view each) { return text.starts_with(each); });
  return begins && !IsSignedNumber(text);
}

std::string Guarded(std::string_view cell) {
  const bool guard = LooksLikeFormula(cell) || cell.starts_with('\'');
  return (guard ? "'" : "") + std::string(cell);
}

std::string_view Unguarded(std::string_view cell) {
  if (cell.starts_with('\'')) cell.remove_prefix(1);
  return cell;
}

}  // namespace leadpulse::csv
