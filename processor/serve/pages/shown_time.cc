#include "processor/serve/pages/shown_time.h"

#include <array>
#include <cstdlib>
#include <optional>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "processor/base/assert.h"
#include "processor/base/text.h"

namespace leadpulse::serve {
namespace {

constexpr auto kWeekdays =
    std::to_array<std::string_view>({"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"});
constexpr auto kMonths =
    std::to_array<std::string_view>({"January", "February", "March", "April", "May", "June", "July", "August",
                                     "September", "October", "November", "December"});
constexpr size_t kShortMonth = 3;  // `Mar`
constexpr int32_t kNearDays = 7;   // so many days away are counted

// Returns `09` for 9.
std::string TwoDigits(int32_t number) { return (number < 10 ? "0" : "") + std::to_string(number); }
std::string_view MonthOf(const YearMonthDay& date) { return kMonths[date.month - 1]; }

PageData RowOf(std::string text, std::string_view full, std::string_view machine) {
  return PageRow{{"text", std::move(text)}, {"full", TextData(full)}, {"machine", TextData(machine)}};
}

}  // namespace

ShownTimes ShownTimes::For(const PageRequest& request) {
  auto calendar = Calendar::Load(request.parts->api->NamesFor(request.user)->timezone);
  return {calendar.ok() ? std::move(*calendar) : Calendar(), request.parts->clock->Now()};
}

std::string ShownTimes::TextOf(Day day) const {
  const int32_t ahead = day - today_;
  if (ahead == 0) return "today";
  if (ahead == 1) return "tomorrow";
  if (ahead == -1) return "yesterday";
  const std::string count = std::to_string(std::abs(ahead));
  if (std::abs(ahead) < kNearDays) return ahead > 0 ? Concat({"in ", count, " days"}) : Concat({count, " days ago"});
  return DateTextOf(day);
}

std::string ShownTimes::DateTextOf(Day day) const {
  const YearMonthDay date = ToYearMonthDay(day);
  std::string text = Concat({std::to_string(date.day), " ", MonthOf(date).substr(0, kShortMonth)});
  if (date.year != ToYearMonthDay(today_).year) AppendParts({" ", std::to_string(date.year)}, &text);
  return text;
}

std::string ShownTimes::TextOf(Instant t) const {
  const Day day = calendar_.DayOf(t);
  std::string text = TextOf(day);
  if (std::abs(day - today_) <= 1) AppendParts({" ", ClockTextOf(t)}, &text);
  return text;
}

std::string ShownTimes::FullTextOf(Day day) {
  const YearMonthDay date = ToYearMonthDay(day);
  const int32_t weekday = day - FirstDayOfPeriod(PeriodUnit::kWeek, PeriodOf(PeriodUnit::kWeek, day));
  return Concat(
      {kWeekdays[weekday], " ", std::to_string(date.day), " ", MonthOf(date), " ", std::to_string(date.year)});
}

std::string ShownTimes::FullTextOf(Instant t) const {
  return Concat({FullTextOf(calendar_.DayOf(t)), ", ", ClockTextOf(t), " (", calendar_.zone_name(), ")"});
}

std::string ShownTimes::ClockTextOf(Instant t) const {
  absl::TimeZone zone;
  LP_ASSERT(absl::LoadTimeZone(calendar_.zone_name(), &zone));  // as the calendar has
  const absl::CivilSecond clock = zone.At(absl::FromUnixMillis(t.millis)).cs;
  return Concat({TwoDigits(clock.hour()), ":", TwoDigits(clock.minute())});
}

PageData ShownTimes::Of(const Json& time) const {
  const std::string_view text = time.text();
  const std::optional<Instant> instant = ParseRfc3339(text);
  if (instant) return Of(*instant);
  return text.empty() ? PageData(false) : RowOf(std::string(text), "", "");
}

PageData ShownTimes::Of(Instant t) const {
  return t == Instant::Never() ? PageData(false) : RowOf(TextOf(t), FullTextOf(t), FormatRfc3339(t));
}

PageData ShownTimes::OfDay(std::string_view day) const {
  const std::optional<Day> parsed = ParseDay(day);
  if (parsed) return RowOf(TextOf(*parsed), FullTextOf(*parsed), day);
  return day.empty() ? PageData(false) : RowOf(std::string(day), "", "");
}

}  // namespace leadpulse::serve
