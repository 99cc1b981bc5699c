#include "processor/base/written_times.h"

#include <charconv>

#include "processor/base/text.h"
#include "processor/base/time_formats.h"

namespace leadpulse {
namespace {

std::string_view TakeDigits(std::string_view* text, size_t most) {
  size_t count = 0;
  while (count < text->size() && count < most && IsDigit((*text)[count])) ++count;
  const std::string_view digits = text->substr(0, count);
  text->remove_prefix(count);
  return digits;
}

std::optional<int32_t> NumberOf(std::string_view digits, size_t least) {
  int32_t number = 0;
  if (digits.size() < least) return std::nullopt;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

bool Take(char c, std::string_view* text) {
  if (text->empty() || text->front() != c) return false;
  text->remove_prefix(1);
  return true;
}

std::optional<YearMonthDay> TakeDate(const DatePattern& pattern, std::string_view* text) {
  YearMonthDay date;
  for (size_t i = 0; i < pattern.order.size(); ++i) {
    if (i > 0 && !Take(pattern.separator, text)) return std::nullopt;
    const bool year = pattern.order[i] == 'Y';
    const std::optional<int32_t> number = NumberOf(TakeDigits(text, year ? 4 : 2), year ? 4 : 1);
    if (!number) return std::nullopt;
    (year ? date.year : pattern.order[i] == 'M' ? date.month : date.day) = *number;
  }
  if (date.month < 1 || date.month > 12 || date.day < 1 || date.day > 31 || date.year < 1) return std::nullopt;
  // A conversion would turn 31 April into 1 May.
  if (ToYearMonthDay(FromYearMonthDay({date.year, date.month, 1}) + (date.day - 1)) != date) return std::nullopt;
  return date;
}

std::string TwoDigits(int32_t number) { return (number < 10 ? "0" : "") + std::to_string(number); }

// Takes `9:30`, `09:30:00.123` or `9:30 PM` off the front of the text, as `HH:MM:SS`.
std::optional<std::string> TakeTime(std::string_view* text) {
  std::optional<int32_t> hour = NumberOf(TakeDigits(text, 2), 1);
  if (!hour || !Take(':', text)) return std::nullopt;
  const std::string_view minute = TakeDigits(text, 2);
  std::string rest = ":00";
  if (Take(':', text)) {
    rest = ":" + std::string(TakeDigits(text, 2));
    if (Take('.', text)) rest += "." + std::string(TakeDigits(text, 9));
  }
  const std::string_view behind = TrimAsciiSpace(*text);
  const std::string half = AsciiLower(behind.substr(0, 2));
  if (half == "am" || half == "pm") {
    if (*hour < 1 || *hour > 12) return std::nullopt;
    hour = *hour % 12 + (half == "pm" ? 12 : 0);
    *text = behind.substr(2);
  }
  return TwoDigits(*hour) + ":" + std::string(minute) + rest;
}

}  // namespace

std::optional<DatePattern> ParseDatePattern(std::string_view text) {
  DatePattern pattern;
  std::string seen;
  for (size_t i = 0; i < pattern.order.size(); ++i) {
    if (i == 1 && !text.empty()) pattern.separator = text.front();
    if (i > 0 && !Take(pattern.separator, &text)) return std::nullopt;
    const std::string_view name = text.starts_with("YYYY") ? "YYYY" : text.substr(0, 2);
    if (name != "YYYY" && name != "MM" && name != "DD") return std::nullopt;
    if (seen.find(name.front()) != std::string::npos) return std::nullopt;
    seen += pattern.order[i] = name.front();
    text.remove_prefix(name.size());
  }
  const bool separated = pattern.separator == '.' || pattern.separator == '/' || pattern.separator == '-';
  return text.empty() && separated ? std::optional(pattern) : std::nullopt;
}

std::optional<absl::TimeZone> LoadTimeZone(const std::string& name) {
  absl::TimeZone zone;
  return absl::LoadTimeZone(name, &zone) ? std::optional(zone) : std::nullopt;
}

std::optional<WrittenTime> ParseWrittenTime(std::string_view text, const TimeFormat& format) {
  WrittenTime written;
  std::string_view rest = text;
  std::optional<YearMonthDay> date = TakeDate(DatePattern(), &rest);
  if (!date && format.pattern) {
    rest = text;
    date = TakeDate(*format.pattern, &rest);
  }
  if (!date) return std::nullopt;
  written.date = *date;
  if (rest.empty()) return written;
  Take(',', &rest);
  if (!Take('T', &rest) && !Take('t', &rest) && !Take(' ', &rest)) return std::nullopt;
  const std::optional<std::string> time = TakeTime(&rest);
  if (!time) return std::nullopt;
  written.time = *time;
  written.zone = TrimAsciiSpace(rest);
  return written;
}

std::string DateOf(const WrittenTime& written) { return FormatDay(FromYearMonthDay(written.date)); }

std::optional<Instant> InstantOf(const WrittenTime& written, const absl::TimeZone& zone) {
  if (!written.zone.empty()) return TimeOfText(DateOf(written) + "T" + written.time + written.zone);
  // Read it as UTC first, to see whether it is a time at all.
  const auto in_utc = ParseRfc3339(DateOf(written) + "T" + (written.time.empty() ? "00:00:00" : written.time) + "Z");
  if (!in_utc) return std::nullopt;
  const absl::CivilSecond local = absl::ToCivilSecond(absl::FromUnixMillis(in_utc->millis), absl::UTCTimeZone());
  const int64_t millis = ((in_utc->millis % 1000) + 1000) % 1000;
  return Instant{absl::ToUnixMillis(absl::FromCivil(local, zone)) + millis};
}

std::optional<Instant> TimeIn(const TimeFormat& format, std::string_view text) {
  const std::optional<WrittenTime> written = ParseWrittenTime(text, format);
  if (!written || (written->zone.empty() && !format.zone)) return std::nullopt;
  return InstantOf(*written, format.zone.value_or(absl::UTCTimeZone()));
}

}  // namespace leadpulse
