#include "processor/base/value.h"

#include <array>

#include "processor/base/assert.h"
#include "processor/base/json_object.h"
#include "processor/base/normal_text.h"
#include "processor/base/text.h"

namespace leadpulse {
namespace {

// Whether nothing of the text is left in its normal form.
bool IsBlank(std::string_view text) {
  const bool begins_visibly = !text.empty() && text.front() > ' ' && text.front() < 0x7f;
  return !begins_visibly && NormalText(text).empty();
}

constexpr std::array<std::string_view, kFieldTypeCount> kFieldTypeNames = {"text", "number", "boolean", "date", "day"};

template <typename Variant>
Scalar TextOf(const Variant& sent) {
  if (const auto* text = std::get_if<std::string>(&sent)) return NormalText(*text);
  if (const auto* number = std::get_if<Number>(&sent); number && number->InBounds()) return number->Spelling();
  if (const auto* boolean = std::get_if<bool>(&sent)) return std::string(*boolean ? "true" : "false");
  return {};
}

template <typename Variant>
Scalar NumberOf(const Variant& sent) {
  if (const auto* number = std::get_if<Number>(&sent); number && number->InBounds()) return *number;
  const auto* text = std::get_if<std::string>(&sent);
  if (text == nullptr) return {};
  const std::optional<Number> number = Number::Parse(NormalText(*text));
  return number ? Scalar(*number) : Scalar();
}

Scalar BooleanOf(const Value& sent) {
  if (const auto* boolean = std::get_if<bool>(&sent)) return *boolean;
  if (const auto* number = std::get_if<Number>(&sent)) {
    return *number == 1 ? Scalar(true) : *number == 0 ? Scalar(false) : Scalar();
  }
  const auto* text = std::get_if<std::string>(&sent);
  if (text == nullptr) return {};
  const std::string trimmed = NormalText(*text);
  if (trimmed == "1" || EqualsFolded(trimmed, "true")) return true;
  if (trimmed == "0" || EqualsFolded(trimmed, "false")) return false;
  return {};
}

Scalar DateOf(const Value& sent, const Calendar& calendar) {
  const auto* text = std::get_if<std::string>(&sent);
  if (text == nullptr) return {};
  const std::optional<Instant> instant = ParseDateLiteral(NormalText(*text), calendar);
  return instant ? Scalar(*instant) : Scalar();
}

Scalar DayOf(const Value& sent, const Calendar& calendar) {
  const auto* text = std::get_if<std::string>(&sent);
  if (text == nullptr) return {};
  const std::optional<Day> day = ParseCalendarDay(NormalText(*text), calendar);
  return day ? Scalar(CalendarDay{*day, calendar.StartOf(*day)}) : Scalar();
}

std::optional<Value> ConvertList(const ScalarList& sent, FieldType type) {
  if (type != FieldType::kNumber && type != FieldType::kText) return std::nullopt;
  ScalarList converted;
  converted.reserve(sent.size());
  for (const Scalar& element : sent) {
    Scalar scalar = type == FieldType::kNumber ? NumberOf(element) : TextOf(element);
    if (std::holds_alternative<std::monostate>(scalar)) return std::nullopt;
    converted.push_back(std::move(scalar));
  }
  return Value(std::move(converted));
}

Scalar ConvertScalar(const Value& sent, FieldType type, const Calendar& calendar) {
  switch (type) {
    case FieldType::kText:
      return TextOf(sent);
    case FieldType::kNumber:
      return NumberOf(sent);
    case FieldType::kBoolean:
      return BooleanOf(sent);
    case FieldType::kDate:
      return DateOf(sent, calendar);
    case FieldType::kDay:
      return DayOf(sent, calendar);
  }
  LP_ASSERT(false && "a FieldType that is not one");
  return {};
}

// A visitor that appends the JSON of the alternatives that both variants have.
struct JsonAppender {
  std::string* out;
  void operator()(std::monostate) const { *out += "null"; }
  void operator()(bool boolean) const { *out += boolean ? "true" : "false"; }
  void operator()(const Number& number) const { *out += number.Spelling(); }
  void operator()(Instant instant) const { *out += '"' + FormatRfc3339(instant) + '"'; }
  void operator()(const CalendarDay& value) const { *out += '"' + FormatDay(value.day) + '"'; }
  void operator()(const std::string& text) const { AppendJsonString(text, out); }
  void operator()(const StructValue& value) const { *out += value.json; }
  void operator()(const ScalarList& list) const {
    AppendJsonArray(list, out, [this](const Scalar& element) { std::visit(*this, element); });
  }
};

}  // namespace

std::string_view FieldTypeName(FieldType type) {
  LP_ASSERT(static_cast<size_t>(type) < kFieldTypeNames.size());
  return kFieldTypeNames[static_cast<size_t>(type)];
}

bool IsUnset(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return IsBlank(*text);
  if (const auto* list = std::get_if<ScalarList>(&value)) return list->empty();
  return std::holds_alternative<std::monostate>(value);
}

std::optional<Value> ConvertValue(const Value& sent, FieldType type, const Calendar& calendar) {
  LP_ASSERT(!IsUnset(sent));
  if (const auto* list = std::get_if<ScalarList>(&sent)) return ConvertList(*list, type);
  Scalar scalar = ConvertScalar(sent, type, calendar);
  if (std::holds_alternative<std::monostate>(scalar)) return std::nullopt;
  return std::visit([](auto&& alternative) { return Value(std::forward<decltype(alternative)>(alternative)); },
                    std::move(scalar));
}

std::optional<Instant> ParseDateLiteral(std::string_view text, const Calendar& calendar) {
  if (const std::optional<Day> day = ParseDay(text)) return calendar.StartOf(*day);
  return ParseRfc3339(text);
}

std::optional<Day> ParseCalendarDay(std::string_view text, const Calendar& calendar) {
  constexpr size_t kDateBytes = 10;  // the length of `YYYY-MM-DD`
  if (const std::optional<Day> day = ParseDay(text)) return day;
  const std::optional<Instant> instant = ParseRfc3339(text);
  if (!instant) return std::nullopt;
  const std::string_view time = text.substr(kDateBytes + 1);
  if (IsWrittenAsMidnight(time.substr(0, time.find_first_of("Zz+-")))) return ParseDay(text.substr(0, kDateBytes));
  const Day day = calendar.DayOf(*instant);
  return day >= kFirstDay && day <= kLastDay ? std::optional(day) : std::nullopt;
}

bool IsWrittenAsMidnight(std::string_view time_of_day) {
  constexpr std::string_view kMidnight = "00:00:00";
  return time_of_day.starts_with(kMidnight) &&
         time_of_day.substr(kMidnight.size()).find_first_not_of(".0") == std::string_view::npos;
}

std::string ValueToJson(const Value& value) {
  std::string json;
  std::visit(JsonAppender{&json}, value);
  return json;
}

}  // namespace leadpulse
