#include "tests/support/model/value.h"

#include <cctype>
#include <cstdio>
#include <utility>

#include "tests/support/model/text.h"

namespace leadpulse::model {
namespace {

constexpr size_t kMostElements = 100;
constexpr size_t kLongestPropertyText = 256;
constexpr size_t kMostPropertyElements = 20;

std::optional<Value> ConvertNumber(const Json& sent) {
  if (const auto number = NumberOf(sent)) return Value::Of(*number);
  if (!sent.is_string()) return std::nullopt;
  const auto number = ReadNumber(NormalText(sent.get<std::string>()));
  if (!number) return std::nullopt;
  return Value::Of(*number);
}

std::optional<Value> ConvertBoolean(const Json& sent) {
  if (sent.is_boolean()) return Value::Boolean(sent.get<bool>());
  if (const auto number = NumberOf(sent)) {
    const bool is_one = *number == Number("1");
    if (!is_one && *number != Number("0")) return std::nullopt;
    return Value::Boolean(is_one);
  }
  if (!sent.is_string()) return std::nullopt;
  const std::string text = Fold(NormalText(sent.get<std::string>()));
  if (text == "true" || text == "1") return Value::Boolean(true);
  if (text == "false" || text == "0") return Value::Boolean(false);
  return std::nullopt;
}

std::optional<Value> ConvertDate(const Json& sent, const Zone& zone) {
  if (!sent.is_string()) return std::nullopt;
  const std::string text = NormalText(sent.get<std::string>());
  const auto instant = zone.ReadDateLiteral(text);
  if (!instant) return std::nullopt;
  Value value = Value::At(*instant);
  value.shown = text;
  return value;
}

// Finds the day that a text names: a date, a midnight as written, or the local day of a time.
std::optional<absl::CivilDay> DayIn(const std::string& text, const Zone& zone) {
  if (const auto day = ReadCalendarDay(text)) return day;
  const auto instant = ReadRfc3339(text);
  if (!instant) return std::nullopt;
  std::string time = text.substr(11, text.size() - 11 - (std::tolower(text.back()) == 'z' ? 1 : 6));
  while (time.size() > 8 && (time.back() == '0' || time.back() == '.')) time.pop_back();
  return time == "00:00:00" ? ReadCalendarDay(text.substr(0, 10)) : zone.DayOf(*instant);
}

std::optional<Value> ConvertDay(const Json& sent, const Zone& zone) {
  if (!sent.is_string()) return std::nullopt;
  const auto day = DayIn(NormalText(sent.get<std::string>()), zone);
  if (!day || day->year() < 1 || day->year() > 9999) return std::nullopt;
  Value value = Value::At(zone.DayStart(*day));
  char text[16];  // gcc counts what the types could hold
  std::snprintf(text, sizeof text, "%04d-%02d-%02d", static_cast<int>(day->year()), day->month(), day->day());
  value.shown = text;
  return value;
}

std::optional<Value> ConvertText(const Json& sent) {
  if (sent.is_string()) return Value::Text(NormalText(sent.get<std::string>()));
  if (const auto number = NumberOf(sent)) return Value::Text(number->spelling);
  if (sent.is_boolean()) return Value::Text(sent.get<bool>() ? "true" : "false");
  return std::nullopt;
}

std::optional<Value> KeepScalar(const Json& sent) {
  Value value;
  if (sent.is_string()) value = Value::Text(NormalText(sent.get<std::string>()));
  if (const auto number = NumberOf(sent)) value = Value::Of(*number);
  if (sent.is_boolean()) value = Value::Boolean(sent.get<bool>());
  if (!value.is_set()) return std::nullopt;
  value.undeclared = true;
  return value;
}

std::optional<Value> ConvertScalar(const Json& sent, std::optional<FieldType> type, const Zone& zone) {
  if (const auto number = NumberOf(sent); number && number->order.empty()) return std::nullopt;
  if (!type) return KeepScalar(sent);
  switch (*type) {
    case FieldType::kText:
      return ConvertText(sent);
    case FieldType::kNumber:
      return ConvertNumber(sent);
    case FieldType::kBoolean:
      return ConvertBoolean(sent);
    case FieldType::kDate:
      return ConvertDate(sent, zone);
    case FieldType::kCalendarDay:
      return ConvertDay(sent, zone);
  }
  return std::nullopt;
}

std::optional<Value> ConvertList(const Json& sent, std::optional<FieldType> type, const Zone& zone) {
  const bool takes_lists = !type || type == FieldType::kText || type == FieldType::kNumber;
  if (!takes_lists) return std::nullopt;
  if (sent.size() > kMostElements) return std::nullopt;
  Value list;
  list.kind = Value::Kind::kList;
  for (const Json& element : sent) {
    if (element.is_structured() && !NumberOf(element)) return std::nullopt;
    const auto converted = ConvertScalar(element, type, zone);
    if (!converted) return std::nullopt;
    list.elements.push_back(*converted);
  }
  return list;
}

}  // namespace

bool Unsets(const Json& sent) {
  if (sent.is_null()) return true;
  if (sent.is_string()) return IsBlank(sent.get<std::string>());
  return sent.is_array() && sent.empty();
}

Value Value::Text(std::string text) {
  Value value;
  value.kind = Kind::kText;
  value.text = std::move(text);
  return value;
}

Value Value::Of(model::Number number) {
  Value value;
  value.kind = Kind::kNumber;
  value.number = std::move(number);
  return value;
}

Value Value::Boolean(bool flag) {
  Value value;
  value.kind = Kind::kBoolean;
  value.flag = flag;
  return value;
}

Value Value::At(Millis instant) {
  Value value;
  value.kind = Kind::kInstant;
  value.instant = instant;
  return value;
}

Value Value::Texts(const std::vector<std::string>& texts) {
  Value value;
  if (texts.empty()) return value;
  value.kind = Kind::kList;
  for (const std::string& text : texts) value.elements.push_back(Text(text));
  return value;
}

std::optional<Value> Convert(const Json& sent, std::optional<FieldType> type, const Zone& zone) {
  if (Unsets(sent)) return Value();
  if (sent.is_array()) return ConvertList(sent, type, zone);
  if (sent.is_object() && !NumberOf(sent)) {
    if (type) return std::nullopt;
    Value value;
    value.kind = Value::Kind::kStruct;
    return value;
  }
  return ConvertScalar(sent, type, zone);
}

std::optional<Value> ConvertProperty(const Json& sent, FieldType type, const Zone& zone) {
  if (!sent.is_array()) {
    if (sent.is_object() && !NumberOf(sent)) return std::nullopt;
    auto value = Convert(sent, type, zone);
    if (value && value->text.size() > kLongestPropertyText) return std::nullopt;
    return value;
  }
  Value list;
  for (size_t i = 0; i < sent.size(); ++i) {
    const Json& element = sent[i];
    if (element.is_null() || (element.is_structured() && !NumberOf(element))) return std::nullopt;
    if (i >= kMostPropertyElements) continue;
    const auto value = ConvertProperty(element, type, zone);
    if (value && value->is_set()) list.elements.push_back(*value);
  }
  if (!list.elements.empty()) list.kind = Value::Kind::kList;
  return list;
}

Json ToJson(const Value& value) {
  switch (value.kind) {
    case Value::Kind::kText:
      return value.text;
    case Value::Kind::kNumber:
      return NumberJson(value.number.spelling);
    case Value::Kind::kBoolean:
      return value.flag;
    case Value::Kind::kInstant:
      return value.shown;
    case Value::Kind::kList: {
      Json list = Json::array();
      for (const Value& element : value.elements) {
        list.push_back(ToJson(element));
      }
      return list;
    }
    default:
      return nullptr;
  }
}

std::optional<Number> AsNumber(const Value& value) {
  if (value.kind == Value::Kind::kNumber) return value.number;
  if (value.kind == Value::Kind::kText && value.undeclared) {
    return ReadNumber(value.text);
  }
  return std::nullopt;
}

std::optional<Millis> AsInstant(const Value& value, const Zone& zone) {
  if (value.kind == Value::Kind::kInstant) return value.instant;
  if (value.kind == Value::Kind::kText && value.undeclared) {
    return zone.ReadDateLiteral(value.text);
  }
  return std::nullopt;
}

}  // namespace leadpulse::model
