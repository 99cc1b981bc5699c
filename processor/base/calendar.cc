#include "processor/base/calendar.h"

#include <absl/time/civil_time.h>
#include <absl/time/time.h>

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

#include "processor/base/assert.h"
#include "processor/base/time_zones.h"

namespace leadpulse {
namespace {

// The days whose first instants a zone keeps in a table, about 175 KB: 1990-01-01 to 2049-12-31. Events start in 2000;
// other days (birthdays, contract ends) are computed.
constexpr int32_t kTableFirstDay = 7305;
constexpr int32_t kTableDays = 21'915;

constexpr int32_t FloorDivide(int32_t a, int32_t b) { return a / b - (a % b != 0 && (a % b < 0) != (b < 0)); }

// Returns the months in a period. Not for weeks.
int32_t MonthsIn(PeriodUnit unit) { return unit == PeriodUnit::kMonth ? 1 : unit == PeriodUnit::kQuarter ? 3 : 12; }

int32_t UtcDay(Instant t) {
  const std::chrono::sys_time<Millis> time{Millis{t.millis}};
  return static_cast<int32_t>(std::chrono::floor<std::chrono::days>(time).time_since_epoch().count());
}

Instant ComputeStart(const absl::TimeZone& zone, Day day) {
  const absl::CivilDay civil = absl::CivilDay(1970, 1, 1) + day.since_epoch;
  const absl::TimeZone::TimeInfo info = zone.At(absl::CivilSecond(civil));
  const absl::Time start = info.kind == absl::TimeZone::TimeInfo::SKIPPED ? info.trans : info.pre;
  return {absl::ToUnixMillis(start)};
}

}  // namespace

struct Calendar::Zone {
  std::string name;
  bool is_utc = false;
  absl::TimeZone zone;
  std::vector<Instant> starts;  // when each of kTableDays days begins, from kTableFirstDay on; empty for UTC

  Instant StartOf(Day day) const {
    if (is_utc) return {day.since_epoch * kMillisPerDay};
    const int64_t index = int64_t{day.since_epoch} - kTableFirstDay;
    if (index >= 0 && index < kTableDays) return starts[index];
    return ComputeStart(zone, day);
  }
};

YearMonthDay ToYearMonthDay(Day day) {
  const std::chrono::year_month_day ymd{std::chrono::sys_days{std::chrono::days{day.since_epoch}}};
  return {static_cast<int32_t>(ymd.year()), static_cast<int32_t>(static_cast<unsigned>(ymd.month())),
          static_cast<int32_t>(static_cast<unsigned>(ymd.day()))};
}

Day FromYearMonthDay(const YearMonthDay& date) {
  const std::chrono::year_month_day ymd{std::chrono::year{date.year},
                                        std::chrono::month{static_cast<unsigned>(date.month)},
                                        std::chrono::day{static_cast<unsigned>(date.day)}};
  LP_ASSERT(ymd.ok());
  return {static_cast<int32_t>(std::chrono::sys_days{ymd}.time_since_epoch().count())};
}

std::optional<Day> ParseDay(std::string_view text) {
  // RFC 3339 dates are the first ten characters.
  if (text.size() != 10) return std::nullopt;
  const std::optional<Instant> start = ParseRfc3339(std::string(text) + "T00:00:00Z");
  if (!start) return std::nullopt;
  return Day{UtcDay(*start)};
}

std::string FormatDay(Day day) { return FormatRfc3339({day.since_epoch * kMillisPerDay}).substr(0, 10); }

int32_t PeriodOf(PeriodUnit unit, Day day) {
  if (unit == PeriodUnit::kWeek) return FloorDivide(day.since_epoch + 3, 7);  // 1970-01-01 was a Thursday
  const YearMonthDay date = ToYearMonthDay(day);
  return FloorDivide(date.year * 12 + date.month - 1, MonthsIn(unit));
}

Day FirstDayOfPeriod(PeriodUnit unit, int32_t period) {
  if (unit == PeriodUnit::kWeek) return {period * 7 - 3};
  const int32_t month = period * MonthsIn(unit);
  const int32_t year = FloorDivide(month, 12);
  return FromYearMonthDay({year, month - year * 12 + 1, 1});
}

Calendar::Calendar() {
  static const std::shared_ptr<const Zone> utc =
      std::make_shared<const Zone>(Zone{"UTC", true, absl::UTCTimeZone(), {}});
  zone_ = utc;
}

Result<Calendar> Calendar::Load(const std::string& zone_name) {
  // Zones are shared, because a thousand tenants may use the same one; the database has about 600.
  static std::mutex mutex;
  static auto& loaded = *new std::map<std::string, std::shared_ptr<const Zone>>;
  if (zone_name == "UTC") return Calendar();
  std::lock_guard lock(mutex);
  if (auto known = loaded.find(zone_name); known != loaded.end()) return Calendar(known->second);
  auto zone = std::make_shared<Zone>();
  const std::optional<absl::TimeZone> found = LoadTimeZone(zone_name);
  if (!found) {
    return Status::Rejected("unknown time zone \"" + zone_name.substr(0, 64) +
                            "\"; use a name of the IANA database such as Europe/Berlin");
  }
  zone->zone = *found;
  zone->name = zone_name;
  zone->starts.reserve(kTableDays);
  for (int32_t i = 0; i < kTableDays; ++i) zone->starts.push_back(ComputeStart(zone->zone, {kTableFirstDay + i}));
  loaded.emplace(zone_name, zone);
  return Calendar(std::move(zone));
}

const std::string& Calendar::zone_name() const { return zone_->name; }

Day Calendar::DayOf(Instant t) const {
  const int32_t utc = UtcDay(t);
  if (zone_->is_utc) return {utc};
  // Find the last day that has begun. No zone was ever a day or more from UTC, so the search starts one day back.
  Day day{utc - 1};
  while (zone_->StartOf(day + 1) <= t) day = day + 1;
  return day;
}

Instant Calendar::StartOf(Day day) const { return zone_->StartOf(day); }

}  // namespace leadpulse
