#include "processor/serve/pages/typed_value.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <utility>

#include "config/setting_texts.h"
#include "processor/base/assert.h"
#include "processor/base/text.h"
#include "processor/base/word_list.h"
#include "processor/importing/number_form.h"
#include "processor/rules/language/vocabulary.h"

namespace leadpulse::serve {
namespace {

using importing::NumberForm;

// Splits `3 Times` into what may be a number and the letters behind it, in lower case.
std::pair<std::string_view, std::string> SplitWord(std::string_view text) {
  text = TrimAsciiSpace(text);
  size_t end = text.size();
  while (end > 0 && ((text[end - 1] >= 'a' && text[end - 1] <= 'z') || (text[end - 1] >= 'A' && text[end - 1] <= 'Z') ||
                     text[end - 1] == '%')) {
    --end;
  }
  return {TrimAsciiSpace(text.substr(0, end)), AsciiLower(text.substr(end))};
}

std::optional<Number> NumberIn(std::string_view text, NumberForm form) {
  const bool is_amount = text.find('(') != std::string_view::npos;
  const auto written = is_amount ? std::nullopt : importing::ReadWrittenNumber(text, form);
  return written && written->unit.empty() ? std::optional(written->number) : std::nullopt;
}

// Units of rules, and what else people call them.
constexpr auto kAbbreviations = std::to_array<std::pair<std::string_view, std::string_view>>(
    {{"week", "w wk wks"}, {"day", "d"}, {"hour", "h hr hrs"}, {"minute", "min mins"}, {"second", "s sec secs"}});
// Units of no certain length, and about how many days they have.
constexpr auto kUncertain = std::to_array<std::pair<std::string_view, int64_t>>({{"month", 30},
                                                                                 {"months", 30},
                                                                                 {"mo", 30},
                                                                                 {"mos", 30},
                                                                                 {"quarter", 90},
                                                                                 {"quarters", 90},
                                                                                 {"year", 365},
                                                                                 {"years", 365},
                                                                                 {"y", 365},
                                                                                 {"yr", 365},
                                                                                 {"yrs", 365}});

// Returns the length of the unit with this name; nullopt if no unit has it.
std::optional<Millis> LengthOf(std::string_view word) {
  if (word == "ms") return Millis{1};
  if (const rules::DurationUnit* unit = rules::DurationUnitFromWord(word)) return unit->length;
  for (const auto& [unit, abbreviations] : kAbbreviations) {
    if (HasWord(abbreviations, word)) return rules::DurationUnitFromWord(unit)->length;
  }
  return std::nullopt;
}

Status NoDuration(std::string_view text) {
  return Status::Rejected(
      Concat({Quoted(text), " is no duration. Type one number and its unit, such as 30 days, 2 weeks or 12 hours."}));
}

// Returns the number of milliseconds; nullopt: it is no whole number, or too large.
std::optional<Millis> Times(const Number& number, Millis unit) {
  std::string digits = number.Plain();
  const size_t point = std::min(digits.find('.'), digits.size());
  size_t decimals = digits.size() - point;
  if (decimals > 0) {
    digits.erase(point, 1);
    --decimals;
  }
  int64_t part = unit.count();
  for (; decimals > 0; --decimals) {
    if (part % 10 != 0) return std::nullopt;
    part /= 10;
  }
  const auto count = ParseInteger<int64_t>(digits);
  if (!count || *count > std::numeric_limits<int64_t>::max() / part) return std::nullopt;
  return Millis{*count * part};
}

// Returns about how many days so many units of `days` days are.
std::string InDays(const Number& number, int64_t days) {
  const auto about = Times(number, Millis{days * kMillisPerDay});
  if (!about) return "a number of days";
  const int64_t count = (about->count() - 1) / kMillisPerDay + 1;
  return Concat({std::to_string(count), count == 1 ? " day" : " days"});
}

}  // namespace

std::string Quoted(std::string_view text) { return Concat({"“", text, "”"}); }

Result<Number> ReadTypedNumber(std::string_view text, std::initializer_list<std::string_view> words) {
  auto [digits, word] = SplitWord(text);
  const bool has_word = !word.empty() && std::ranges::find(words, word) != words.end();
  if (!has_word) digits = TrimAsciiSpace(text);
  const auto point = NumberIn(digits, NumberForm::kPoint), comma = NumberIn(digits, NumberForm::kComma);
  if (!point && !comma) {
    return Status::Rejected(Concat({Quoted(text), " is no number. Type digits, such as 1000, 1,000 or 2.5."}));
  }
  const bool is_certain = !point || !comma || *point == *comma || digits.find('.') == std::string_view::npos;
  if (is_certain) return point ? *point : *comma;
  return Status::Rejected(
      Concat({Quoted(text), " may mean two numbers. Type ", comma->Plain(), " or ", NumberToType(*point), "."}));
}

std::string NumberToType(const Number& number) {
  std::string text = number.Plain();
  const bool is_certain = text.find('.') == std::string::npos || !NumberIn(text, NumberForm::kComma);
  return is_certain ? text : text + "0";
}

Result<int64_t> ReadTypedInteger(std::string_view text, std::initializer_list<std::string_view> words) {
  LP_ASSIGN_OR_RETURN(const Number number, ReadTypedNumber(text, words));
  const std::string digits = number.Plain();
  constexpr size_t kMostDigits = 18;
  const auto integer = digits.size() <= kMostDigits ? ParseInteger<int64_t>(digits) : std::nullopt;
  if (integer) return *integer;
  return Status::Rejected(Concat({Quoted(text), " is no whole number. Type one such as 1000 or 1,000."}));
}

Result<Millis> ReadTypedDuration(std::string_view text, DurationUse use) {
  const auto [digits, word] = SplitWord(text);
  if (digits.empty()) return NoDuration(text);
  LP_ASSIGN_OR_RETURN(const Number number, ReadTypedNumber(digits));
  if (number <= Number(0)) {
    return Status::Rejected(Concat({Quoted(text), " is not above 0. Type a longer duration, such as 1 day."}));
  }
  if (word.empty() && use == DurationUse::kDefinition) {
    return Status::Rejected(Concat({Quoted(text), " has no unit. Type it, too: ", number.Plain(), " days."}));
  }
  const auto* uncertain = std::ranges::find(kUncertain, word, &std::pair<std::string_view, int64_t>::first);
  if (uncertain != kUncertain.end()) {
    return Status::Rejected(
        Concat({Quoted(text), " has no certain length. Type days: ", InDays(number, uncertain->second), "."}));
  }
  if (word == "m") {
    return Status::Rejected(Concat({Quoted(text), " may mean two durations. Type ", number.Plain(), " minutes or ",
                                    InDays(number, kUncertain.front().second), "."}));
  }
  const auto unit = LengthOf(word.empty() ? "day" : word);
  if (!unit) return NoDuration(text);
  const auto duration = Times(number, *unit);
  const Millis step{use == DurationUse::kRule ? 1000 : 1};
  if (duration && *duration % step == Millis{0}) return *duration;
  return Status::Rejected(Concat({Quoted(text), " is too long or too exact. Type whole days, hours or minutes."}));
}

std::string DurationForRules(Millis duration) {
  for (const rules::DurationUnit& unit : rules::kDurationUnits) {
    if (unit.name == "week" || duration % unit.length != Millis{0}) continue;  // the filter shows days
    const int64_t count = duration / unit.length;
    return Concat({std::to_string(count), " ", unit.name, count == 1 ? "" : "s"});
  }
  LP_ASSERT(false);
}

std::string DurationToType(Millis duration) {
  std::string text = config::SpellPreciseDuration(duration);
  return text.ends_with('m') ? DurationForRules(duration) : text;
}

}  // namespace leadpulse::serve
