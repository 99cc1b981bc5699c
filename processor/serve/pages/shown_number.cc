#include "processor/serve/pages/shown_number.h"

#include <unicode/locid.h>
#include <unicode/numberformatter.h>
#include <unicode/numsys.h>

#include <algorithm>
#include <cstdio>

#include "processor/base/text.h"

namespace leadpulse::serve {
namespace {

constexpr std::string_view kMinus = "−";  // as wide as a plus

icu::number::LocalizedNumberFormatter FormatterFor(std::string_view locale) {
  UErrorCode code = U_ZERO_ERROR;
  const icu::StringPiece tag(locale.data(), static_cast<int32_t>(locale.size()));
  icu::Locale known = icu::Locale::forLanguageTag(tag, code);
  if (U_FAILURE(code) || locale.empty()) known = icu::Locale::getEnglish();
  code = U_ZERO_ERROR;
  return icu::number::NumberFormatter::withLocale(known)
      .adoptSymbols(icu::NumberingSystem::createInstanceByName("latn", code))
      .precision(icu::number::Precision::unlimited());
}

}  // namespace

struct ShownNumbers::Format {
  icu::number::LocalizedNumberFormatter formatter;
};

ShownNumbers::ShownNumbers(std::string_view locale)
    : format_(std::make_shared<const Format>(Format{FormatterFor(locale)})) {}

ShownNumbers ShownNumbers::For(const PageRequest& request) {
  return ShownNumbers(request.parts->api->NamesFor(request.user)->locale);
}

std::string ShownNumbers::Of(std::string_view number) const {
  const bool is_negative = number.starts_with('-');
  const std::string_view digits = number.substr(is_negative ? 1 : 0);
  if (digits.empty() || !IsDigit(digits.front())) return std::string(number);
  UErrorCode code = U_ZERO_ERROR;
  const auto formatted =
      format_->formatter.formatDecimal({digits.data(), static_cast<int32_t>(digits.size())}, code).toString(code);
  if (U_FAILURE(code)) return std::string(number);
  std::string text(is_negative ? kMinus : "");
  formatted.toUTF8String(text);
  return text;
}

std::string ShownNumbers::Signed(int64_t number) const { return Concat({number > 0 ? "+" : "", Of(number)}); }

std::string ShownNumbers::Counted(std::string_view number, std::string_view thing) const {
  return Concat({Of(number), " ", thing, number == "1" ? "" : "s"});
}

std::string ShownNumbers::Share(double part) const {
  constexpr double kAll = 1, kPerCent = 100;
  constexpr double kWithDigit = 0.0095, kLeastDigit = 0.0005;  // they round to 1 % and to 0.1 %
  if (part <= 0) return "0 %";
  if (part < kLeastDigit) return Concat({"<", Of("0.1"), " %"});
  char text[24];
  const double shown = part < kAll ? std::min(kPerCent * part, kPerCent - 1) : kPerCent * part;
  std::snprintf(text, sizeof text, part < kWithDigit ? "%.1f" : "%.0f", shown);
  return Of(text) + " %";
}

}  // namespace leadpulse::serve
