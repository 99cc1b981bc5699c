#include "tests/support/model/calendar.h"

#include <cstdio>
#include <cstdlib>
#include <memory>

namespace leadpulse::model {
namespace {

// Reads `count` digits at a position; nullopt if they are not all digits.
std::optional<int> ReadDigits(std::string_view text, size_t at, size_t count) {
  if (text.size() < at + count) return std::nullopt;
  int number = 0;
  for (char c : text.substr(at, count)) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + (c - '0');
  }
  return number;
}

// Reads `Z`, `z` or `+hh:mm` as milliseconds east of UTC.
std::optional<Millis> ReadOffset(std::string_view text) {
  if (text == "Z" || text == "z") return 0;
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-')) {
    return std::nullopt;
  }
  const auto hours = ReadDigits(text, 1, 2);
  const auto minutes = ReadDigits(text, 4, 2);
  if (!hours || !minutes || text[3] != ':') return std::nullopt;
  if (*hours > 23 || *minutes > 59) return std::nullopt;
  const Millis span = *hours * kHour + *minutes * kMinute;
  return text[0] == '-' ? -span : span;
}

Millis UtcMidnight(absl::CivilDay day) { return (day - absl::CivilDay(1970, 1, 1)) * kDay; }

}  // namespace

std::optional<absl::CivilDay> ReadCalendarDay(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') {
    return std::nullopt;
  }
  const auto year = ReadDigits(text, 0, 4);
  const auto month = ReadDigits(text, 5, 2);
  const auto day = ReadDigits(text, 8, 2);
  if (!year || !month || !day) return std::nullopt;
  // A civil day is normalised silently; if it changed, the day does not exist.
  const absl::CivilDay read(*year, *month, *day);
  if (read.month() != *month || read.day() != *day) return std::nullopt;
  return read;
}

std::optional<Millis> ReadRfc3339(std::string_view text) {
  if (text.size() < 20 || (text[10] != 'T' && text[10] != 't')) return std::nullopt;
  const auto day = ReadCalendarDay(text.substr(0, 10));
  const auto hour = ReadDigits(text, 11, 2);
  const auto minute = ReadDigits(text, 14, 2);
  const auto second = ReadDigits(text, 17, 2);
  if (!day || !hour || !minute || !second) return std::nullopt;
  if (text[13] != ':' || text[16] != ':') return std::nullopt;
  if (*hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  size_t at = 19;
  Millis fraction = 0;
  if (text[at] == '.') {
    Millis place = 100;
    for (++at; at < text.size() && ReadDigits(text, at, 1); ++at) {
      fraction += place * *ReadDigits(text, at, 1);
      place /= 10;
    }
    if (at == 20) return std::nullopt;
  }
  const auto offset = ReadOffset(text.substr(at));
  if (!offset) return std::nullopt;
  return UtcMidnight(*day) + *hour * kHour + *minute * kMinute + *second * kSecond + fraction - *offset;
}

std::string FormatInstant(Millis instant) {
  const Millis days = instant >= 0 ? instant / kDay : -((-instant + kDay - 1) / kDay);
  const absl::CivilDay day = absl::CivilDay(1970, 1, 1) + days;
  const Millis rest = instant - days * kDay;
  char text[64];
  int size = std::snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02d", static_cast<int>(day.year()),
                           day.month(), day.day(), static_cast<int>(rest / kHour),
                           static_cast<int>(rest / kMinute % 60), static_cast<int>(rest / kSecond % 60));
  if (rest % kSecond != 0) {
    size += std::snprintf(text + size, sizeof(text) - size, ".%03d", static_cast<int>(rest % kSecond));
  }
  return std::string(text, size) + "Z";
}

const Zone& Zone::Named(const std::string& name) {
  static std::map<std::string, std::unique_ptr<Zone>> zones;
  auto& zone = zones[name];
  if (!zone) zone = std::make_unique<Zone>(name);
  return *zone;
}

Zone::Zone(const std::string& name) {
  if (!absl::LoadTimeZone(name, &zone_)) {
    std::fprintf(stderr, "no time zone %s\n", name.c_str());
    std::abort();
  }
}

absl::CivilDay Zone::LocalDate(Millis instant) const {
  return absl::CivilDay(zone_.At(absl::FromUnixMillis(instant)).cs);
}

Millis Zone::DayStart(absl::CivilDay day) const {
  auto [found, is_new] = day_starts_.try_emplace(day, 0);
  if (!is_new) return found->second;
  // Local dates are not monotonic (a clock may go back over midnight for a minute), so a binary search is only allowed
  // within one short step.
  constexpr Millis kStep = 20 * kSecond;
  Millis before = UtcMidnight(day) - 20 * kHour;
  while (LocalDate(before + kStep) < day) before += kStep;
  Millis after = before + kStep;
  while (after - before > 1) {
    const Millis middle = before + (after - before) / 2;
    (LocalDate(middle) < day ? before : after) = middle;
  }
  found->second = after;
  return after;
}

absl::CivilDay Zone::DayOf(Millis instant) const {
  const absl::CivilDay shown = LocalDate(instant);
  return DayStart(shown + 1) <= instant ? shown + 1 : shown;
}

std::optional<Millis> Zone::ReadDateLiteral(std::string_view text) const {
  if (const auto day = ReadCalendarDay(text)) return DayStart(*day);
  return ReadRfc3339(text);
}

}  // namespace leadpulse::model
