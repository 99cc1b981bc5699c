#include "processor/base/written_times.h"

#include <algorithm>
#include <charconv>

#include "processor/base/month_names.h"
#include "processor/base/text.h"
#include "processor/base/time_formats.h"
#include "processor/base/time_zones.h"

namespace leadpulse {
namespace {

constexpr std::string_view kSerialName = "serial";

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

// Whether the date exists. A conversion would turn 31 April into 1 May.
bool Exists(const YearMonthDay& date) {
  if (date.month < 1 || date.month > 12 || date.day < 1 || date.day > 31 || date.year < 1) return false;
  return ToYearMonthDay(FromYearMonthDay({date.year, date.month, 1}) + (date.day - 1)) == date;
}

// Takes a year of four digits or, if `may_be_short`, two, off the front of the text.
std::optional<int32_t> TakeYear(bool may_be_short, std::string_view* text) {
  constexpr int32_t kLastOf2000s = 29;
  const std::string_view digits = TakeDigits(text, 4);
  if (digits.size() == 4) return NumberOf(digits, 4);
  if (!may_be_short || digits.size() != 2) return std::nullopt;
  const std::optional<int32_t> year = NumberOf(digits, 2);
  return *year + (*year <= kLastOf2000s ? 2000 : 1900);
}

// Reads `31391` or `31391.75`: a day from 1927 to 2099. Shorter numbers may be years.
std::optional<WrittenTime> ReadSerial(std::string_view text) {
  constexpr int32_t kFirst = 10'000, kLast = 73'050;
  constexpr int64_t kSecondsOfDay = 86'400;
  const std::string_view digits = TakeDigits(&text, 5);
  const std::optional<int32_t> days = NumberOf(digits, 1);
  if (!days || *days < kFirst || *days > kLast) return std::nullopt;
  WrittenTime written;
  int32_t seconds = 0;
  if (Take('.', &text) || Take(',', &text)) {
    const std::string_view fraction = TakeDigits(&text, 15);
    if (fraction.empty()) return std::nullopt;
    int64_t part = 0, whole = 1;
    for (const char digit : fraction) {
      part = part * 10 + (digit - '0');
      whole *= 10;
    }
    // A spreadsheet rounds to the millisecond or less.
    const int64_t read = (static_cast<__int128>(part) * kSecondsOfDay * 2 / whole + 1) / 2;
    seconds = static_cast<int32_t>(std::min(read, kSecondsOfDay - 1));
  }
  if (!text.empty()) return std::nullopt;
  written.date = ToYearMonthDay(FromYearMonthDay({1899, 12, 30}) + *days);
  if (seconds > 0) {
    written.time = absl::FormatTime("%H:%M:%S", absl::FromUnixSeconds(seconds), absl::UTCTimeZone());
  }
  return written;
}

std::optional<YearMonthDay> TakeDate(const DatePattern& pattern, std::string_view* text) {
  YearMonthDay date;
  for (size_t i = 0; i < pattern.order.size(); ++i) {
    if (i > 0 && !Take(pattern.separator, text)) return std::nullopt;
    const bool year = pattern.order[i] == 'Y';
    const std::optional<int32_t> number = year ? TakeYear(pattern.short_year, text) : NumberOf(TakeDigits(text, 2), 1);
    if (!number) return std::nullopt;
    (year ? date.year : pattern.order[i] == 'M' ? date.month : date.day) = *number;
  }
  return Exists(date) ? std::optional(date) : std::nullopt;
}

// Takes blanks, `-`, `/`, `.` and `,` off the front of the text.
void TakeMarks(std::string_view* text) {
  while (!text->empty() && std::string_view(" -/.,").find(text->front()) != std::string_view::npos) {
    text->remove_prefix(1);
  }
}

// Takes a word off the front of the text: all but digits, ASCII marks and blanks.
std::string_view TakeWord(std::string_view* text) {
  size_t size = 0;
  while (size < text->size() && (IsLetter((*text)[size]) || static_cast<signed char>((*text)[size]) < 0)) ++size;
  const std::string_view word = text->substr(0, size);
  text->remove_prefix(size);
  return word;
}

// Takes the name of a month off the front of the text. Returns 0, and takes nothing, if the text begins with another
// word.
int32_t TakeMonth(std::string_view* text) {
  std::string_view rest = *text;
  const int32_t month = MonthOfName(TakeWord(&rest));
  if (month > 0) *text = rest;
  return month;
}

// Takes `10`, `10.` or `10th` off the front of the text.
std::optional<int32_t> TakeDayOfMonth(std::string_view* text) {
  const std::optional<int32_t> day = NumberOf(TakeDigits(text, 2), 1);
  if (!day || (!text->empty() && IsDigit(text->front()))) return std::nullopt;
  for (const std::string_view ending : {"st", "nd", "rd", "th"}) {
    if (text->starts_with(ending)) text->remove_prefix(ending.size());
  }
  TakeMarks(text);
  return day;
}

// Takes the Spanish and Portuguese `de` off the front of the text.
void TakeOf(std::string_view* text) {
  if (text->starts_with("de ")) text->remove_prefix(3);
}

// Takes `10-Dec-1985`, `10. Dezember 85`, `Dec 10, 1985` or `Tue, 10 Dec 1985` off the front of the text. Such a date
// has one reading, so it needs no pattern.
std::optional<YearMonthDay> TakeNamedDate(std::string_view* text) {
  std::string_view rest = *text, before = rest;
  if (IsDayOfTheWeek(TakeWord(&before))) {
    rest = before;
    TakeMarks(&rest);
  }
  YearMonthDay date;
  date.month = TakeMonth(&rest);
  const bool month_is_first = date.month > 0;
  if (month_is_first) TakeMarks(&rest);
  const std::optional<int32_t> day = TakeDayOfMonth(&rest);
  if (!day) return std::nullopt;
  date.day = *day;
  TakeOf(&rest);
  if (!month_is_first) {
    date.month = TakeMonth(&rest);
    TakeMarks(&rest);
    TakeOf(&rest);
  }
  const std::optional<int32_t> year = TakeYear(/*may_be_short=*/true, &rest);
  if (!year) return std::nullopt;
  date.year = *year;
  if (!Exists(date)) return std::nullopt;
  *text = rest;
  return date;
}

// Reads a day without a year as a day of the pattern's year.
std::optional<YearMonthDay> ReadMonthAndDay(std::string_view text, const DatePattern& pattern) {
  const std::string year = std::to_string(pattern.year);
  if (text.ends_with('.')) text.remove_suffix(1);
  const std::string iso = text.starts_with("--") ? Concat({year, text.substr(1)}) : std::string();
  const std::string ordered = Concat({text, {&pattern.separator, 1}, year}), named = Concat({text, " ", year});
  for (const auto& [whole, order] : {std::pair(iso, DatePattern()), {ordered, pattern}}) {
    std::string_view rest = whole;
    const std::optional<YearMonthDay> date = TakeDate(order, &rest);
    if (date && rest.empty()) return date;
  }
  std::string_view rest = named;
  const std::optional<YearMonthDay> date = TakeNamedDate(&rest);
  return rest.empty() ? date : std::nullopt;
}

std::string TwoDigits(int32_t number) { return (number < 10 ? "0" : "") + std::to_string(number); }

// Takes the half of the day off the front of the text: `AM`, `p.m.`, with any blank before it. Returns `a`, `p`, or 0
// if there is none.
char TakeHalfOfDay(std::string_view* text) {
  std::string_view rest = TrimAsciiSpace(*text);
  for (const std::string_view blank : {"\u00a0", "\u202f"}) {
    if (rest.starts_with(blank)) rest.remove_prefix(blank.size());
  }
  for (const std::string_view name : {"am", "pm", "a.m.", "p.m.", "a. m.", "p. m."}) {
    const bool is_longer = rest.size() > name.size() && IsLetter(rest[name.size()]);
    if (is_longer || AsciiLower(rest.substr(0, name.size())) != name) continue;
    *text = rest.substr(name.size());
    return name.front();
  }
  return 0;
}

// Takes `9:30`, `9.30`, `09:30:00.123` or `9:30 PM` off the front of the text, as `HH:MM:SS`.
std::optional<std::string> TakeTime(std::string_view* text) {
  std::optional<int32_t> hour = NumberOf(TakeDigits(text, 2), 1);
  const char mark = text->starts_with('.') ? '.' : ':';
  if (!hour || !Take(mark, text)) return std::nullopt;
  const std::string_view minute = TakeDigits(text, 2);
  std::string rest = ":00";
  if (Take(mark, text)) {
    rest = ":" + std::string(TakeDigits(text, 2));
    const bool has_fraction = text->size() > 1 && (text->front() == '.' || text->front() == ',') && IsDigit((*text)[1]);
    if (has_fraction) {
      text->remove_prefix(1);
      rest += "." + std::string(TakeDigits(text, 9));
    }
  }
  if (const char half = TakeHalfOfDay(text); half != 0) {
    if (*hour < 1 || *hour > 12) return std::nullopt;
    hour = *hour % 12 + (half == 'p' ? 12 : 0);
  }
  return TwoDigits(*hour) + ":" + std::string(minute) + rest;
}

// Returns a zone as RFC 3339 has it, or with an offset without a colon: `GMT+1`, `(UTC+01:00)`, `EST`; or the name of
// one: `Europe/Berlin`, `[Europe/Berlin]`. A name behind an offset says nothing more: `GMT+0100 (Central European
// Standard Time)`, `+01:00[Europe/Berlin]`.
std::string ZoneWritten(std::string_view text) {
  const bool is_in_brackets =
      (text.starts_with('(') && text.ends_with(')')) || (text.starts_with('[') && text.ends_with(']'));
  if (is_in_brackets) text = text.substr(1, text.size() - 2);
  for (const auto& [open, close] : {std::pair('(', ')'), std::pair('[', ']')}) {
    const size_t name = text.find(open);
    if (text.ends_with(close) && name != std::string_view::npos && name > 0)
      text = TrimAsciiSpace(text.substr(0, name));
  }
  if (const std::string_view offset = OffsetOfMailZone(text); !offset.empty()) return std::string(offset);
  const bool has_prefix =
      text.starts_with("GMT+") || text.starts_with("GMT-") || text.starts_with("UTC+") || text.starts_with("UTC-");
  if (!has_prefix) return std::string(text);
  std::string offset(text.substr(3));
  const bool is_short = offset.size() == 2 || offset.find(':') == 2;  // `+1`, `+1:00`
  if (is_short) offset.insert(1, "0");
  return offset;
}

// Takes the word between a date and a time off the front of the text, but for the blank behind it: ` at `, ` um `.
void TakeAt(std::string_view* text) {
  for (const std::string_view at : {" at ", " um ", " \u00e0 ", " om ", " kl. ", " klo ", " a las ", " alle ore "}) {
    if (text->starts_with(at)) return text->remove_prefix(at.size() - 1);
  }
}

// Reads `Mon Nov 30 22:05:00 2026` or `Mon Nov 30 22:05:00 UTC 2026`, as C and Unix programs write times.
std::optional<WrittenTime> ReadWithYearLast(std::string_view text) {
  if (!IsDayOfTheWeek(TakeWord(&text))) return std::nullopt;
  TakeMarks(&text);
  WrittenTime written;
  written.date.month = TakeMonth(&text);
  TakeMarks(&text);
  const std::optional<int32_t> day = TakeDayOfMonth(&text);
  const std::optional<std::string> time = TakeTime(&text);
  const size_t blank = text.rfind(' ');
  if (written.date.month == 0 || !day || !time || blank == std::string_view::npos) return std::nullopt;
  std::string_view last = text.substr(blank + 1);
  const std::optional<int32_t> year = TakeYear(/*may_be_short=*/false, &last);
  written.date.day = *day;
  written.date.year = year.value_or(0);
  if (!last.empty() || !Exists(written.date)) return std::nullopt;
  written.time = *time;
  written.zone = ZoneWritten(TrimAsciiSpace(text.substr(0, blank)));
  return written;
}

// Reads the basic format of ISO 8601 with a time: `20261130T220500Z`.
std::optional<WrittenTime> ReadBasicFormat(std::string_view text) {
  constexpr size_t kDateDigits = 8;
  const std::string_view digits = TakeDigits(&text, kDateDigits);
  if (digits.size() < kDateDigits || !Take('T', &text)) return std::nullopt;
  const std::string_view time = TakeDigits(&text, 6);
  WrittenTime written;
  written.date = {*NumberOf(digits.substr(0, 4), 4), *NumberOf(digits.substr(4, 2), 2), *NumberOf(digits.substr(6), 2)};
  if ((time.size() != 4 && time.size() != 6) || !Exists(written.date)) return std::nullopt;
  written.time = Concat({time.substr(0, 2), ":", time.substr(2, 2), ":", time.size() == 6 ? time.substr(4) : "00"});
  written.zone = ZoneWritten(TrimAsciiSpace(text));
  return written;
}

}  // namespace

std::optional<DatePattern> ParseDatePattern(std::string_view text) {
  DatePattern pattern;
  if (text == kSerialName) {
    pattern.serial = true;
    return pattern;
  }
  std::string seen;
  for (size_t i = 0; i < pattern.order.size(); ++i) {
    if (i == 1 && !text.empty()) pattern.separator = text.front();
    if (i > 0 && !Take(pattern.separator, &text)) return std::nullopt;
    if (const auto year = i == 2 ? NumberOf(TakeDigits(&text, 4), 4) : std::nullopt; year && *year >= 1000) {
      pattern.year = *year;
      pattern.order[i] = 'Y';
      if (seen.find('Y') != std::string::npos) return std::nullopt;
      break;
    }
    const std::string_view name = text.starts_with("YYYY") ? "YYYY" : text.substr(0, 2);
    if (name != "YYYY" && name != "YY" && name != "MM" && name != "DD") return std::nullopt;
    if (seen.find(name.front()) != std::string::npos) return std::nullopt;
    seen += pattern.order[i] = name.front();
    pattern.short_year = pattern.short_year || name == "YY";
    text.remove_prefix(name.size());
  }
  const bool separated = pattern.separator == '.' || pattern.separator == '/' || pattern.separator == '-';
  return text.empty() && separated ? std::optional(pattern) : std::nullopt;
}

std::string DatePatternName(const DatePattern& pattern) {
  if (pattern.serial) return std::string(kSerialName);
  std::string name;
  for (const char part : pattern.order) {
    if (!name.empty()) name += pattern.separator;
    if (part == 'Y' && pattern.year > 0) return name + std::to_string(pattern.year);
    name.append(part == 'Y' && !pattern.short_year ? 4 : 2, part);
  }
  return name;
}

std::vector<DatePattern> UsualDatePatterns() {
  std::vector<DatePattern> patterns;
  for (const char* name :
       {"DD.MM.YYYY", "MM.DD.YYYY", "YYYY.MM.DD", "DD/MM/YYYY", "MM/DD/YYYY", "YYYY/MM/DD", "DD-MM-YYYY", "MM-DD-YYYY",
        "DD.MM.YY", "MM.DD.YY", "DD/MM/YY", "MM/DD/YY", "DD-MM-YY", "MM-DD-YY", "serial"}) {
    patterns.push_back(*ParseDatePattern(name));
  }
  return patterns;
}

std::optional<WrittenTime> ParseWrittenTime(std::string_view text, const std::optional<DatePattern>& pattern) {
  WrittenTime written;
  if (pattern && pattern->serial) {
    if (auto read = ReadSerial(text)) return read;
  }
  std::string_view rest = text;
  std::optional<YearMonthDay> date = TakeDate(DatePattern(), &rest);
  if (!date && pattern && !pattern->serial) {
    rest = text;
    date = TakeDate(*pattern, &rest);
  }
  if (auto with_year_last = date ? std::nullopt : ReadWithYearLast(text)) return with_year_last;
  if (!date) {
    rest = text;
    date = TakeNamedDate(&rest);
  }
  if (!date && pattern && pattern->year > 0) {
    rest = "";
    date = ReadMonthAndDay(text, *pattern);
  }
  if (!date) return ReadBasicFormat(text);
  written.date = *date;
  if (rest.empty()) return written;
  Take(',', &rest);
  TakeAt(&rest);
  if (!Take('T', &rest) && !Take('t', &rest) && !Take(' ', &rest)) return std::nullopt;
  const std::optional<std::string> time = TakeTime(&rest);
  if (!time) return std::nullopt;
  written.time = *time;
  rest = TrimAsciiSpace(rest);
  written.zone = rest == "Uhr" ? "" : ZoneWritten(rest);
  return written;
}

std::string DateOf(const WrittenTime& written) { return FormatDay(FromYearMonthDay(written.date)); }

std::optional<Instant> InstantOf(const WrittenTime& written, const absl::TimeZone& zone) {
  // Names without `/` are not looked up: some of them are other zones to others (`EST`, `CET` in summer).
  if (written.zone.find('/') != std::string::npos) {
    const std::optional<absl::TimeZone> named = LoadTimeZone(written.zone);
    return named ? InstantOf({written.date, written.time, ""}, *named) : std::nullopt;
  }
  if (!written.zone.empty()) return TimeOfText(DateOf(written) + "T" + written.time + written.zone);
  // Read it as UTC first, to see whether it is a time at all.
  const auto in_utc = ParseRfc3339(DateOf(written) + "T" + (written.time.empty() ? "00:00:00" : written.time) + "Z");
  if (!in_utc) return std::nullopt;
  const absl::CivilSecond local = absl::ToCivilSecond(absl::FromUnixMillis(in_utc->millis), absl::UTCTimeZone());
  const int64_t millis = ((in_utc->millis % 1000) + 1000) % 1000;
  return Instant{absl::ToUnixMillis(absl::FromCivil(local, zone)) + millis};
}

std::optional<Instant> TimeIn(const TimeFormat& format, std::string_view text) {
  const std::optional<WrittenTime> written = ParseWrittenTime(text, format.pattern);
  if (!written || (written->zone.empty() && !format.zone)) return std::nullopt;
  return InstantOf(*written, format.zone.value_or(absl::UTCTimeZone()));
}

bool IsMonthAndDay(std::string_view text) {
  constexpr int32_t kLeapYear = 2000;
  constexpr std::array kDayFirst = {'D', 'M', 'Y'}, kMonthFirst = {'M', 'D', 'Y'};
  for (const char separator : {'.', '/', '-'}) {
    for (const auto& order : {kDayFirst, kMonthFirst}) {
      if (ReadMonthAndDay(text, {.order = order, .separator = separator, .year = kLeapYear})) return true;
    }
  }
  return false;
}

}  // namespace leadpulse
