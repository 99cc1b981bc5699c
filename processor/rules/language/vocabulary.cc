#include "processor/rules/language/vocabulary.h"

#include <algorithm>

#include "processor/base/text.h"

namespace leadpulse::rules {
namespace {

constexpr std::array<std::string_view, 13> kReserved = {
    "IS", "NOT", "IN", "AND", "OR", "CONTAINS", "STARTS", "ENDS", "BEFORE", "AFTER", "BETWEEN", "ON", "ANNIVERSARY"};

}  // namespace

bool IsWordStart(char c) { return IsLetter(c) || c == '_'; }

bool IsWordByte(char c) { return IsWordStart(c) || IsDigit(c) || c == '.' || c == '-'; }

bool IsWord(std::string_view text) {
  return !text.empty() && IsWordStart(text[0]) && std::ranges::all_of(text, IsWordByte);
}

bool IsKeyword(std::string_view word, std::string_view keyword) {
  return word.size() == keyword.size() && std::equal(word.begin(), word.end(), keyword.begin(), [](char a, char b) {
           return (a >= 'a' && a <= 'z' ? a - ('a' - 'A') : a) == b;
         });
}

bool IsReservedWord(std::string_view word) {
  return std::ranges::any_of(kReserved, [&](std::string_view r) { return IsKeyword(word, r); });
}

const DurationUnit* DurationUnitFromWord(std::string_view word) {
  if (word.size() > sizeof("seconds")) return nullptr;
  std::string name = AsciiLower(word);
  if (name.ends_with('s')) name.pop_back();
  const auto unit = std::ranges::find(kDurationUnits, name, &DurationUnit::name);
  return unit == kDurationUnits.end() ? nullptr : &*unit;
}

std::optional<EventType> ActionFromWord(std::string_view word) {
  const std::string name = AsciiLower(word);
  const auto action = std::ranges::find(kActions, name, &Action::name);
  return action == kActions.end() ? std::nullopt : std::optional(action->type);
}

std::string_view ActionName(EventType type) {
  const auto action = std::ranges::find(kActions, type, &Action::type);
  return action == kActions.end() ? "" : action->name;
}

std::string_view CompareSpelling(Compare op) {
  constexpr std::array<std::string_view, 6> kSpellings = {"=", "!=", "<", "<=", ">", ">="};
  return kSpellings[static_cast<size_t>(op)];
}

std::optional<Compare> CompareAt(std::string_view text) {
  // If two spellings have the same beginning, the longer one comes first.
  for (const Compare op : {Compare::kNotEqual, Compare::kLessOrEqual, Compare::kGreaterOrEqual, Compare::kEqual,
                           Compare::kLess, Compare::kGreater}) {
    if (text.starts_with(CompareSpelling(op))) return op;
  }
  return std::nullopt;
}

std::string_view TextOperatorSpelling(TextOperator op) {
  constexpr std::array<std::string_view, 3> kSpellings = {"CONTAINS", "STARTS WITH", "ENDS WITH"};
  return kSpellings[static_cast<size_t>(op)];
}

std::string SpellTimes(uint32_t count) { return std::to_string(count) + (count == 1 ? " TIME" : " TIMES"); }

std::string SpellDays(int32_t count) { return std::to_string(count) + (count == 1 ? " DAY" : " DAYS"); }

std::string QuoteString(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted += '"';
}

}  // namespace leadpulse::rules
