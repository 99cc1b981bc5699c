#include "tests/support/model/compare.h"
#include "tests/support/model/evaluate.h"

// Instants, days, periods, ages and anniversaries.
namespace leadpulse::model {
namespace {

bool IsLeapYear(absl::civil_year_t year) { return absl::CivilDay(year, 2, 29).day() == 29; }

// Returns the day on which a year celebrates the month and day of `born`.
absl::CivilDay AnniversaryIn(absl::civil_year_t year, absl::CivilDay born) {
  if (born.month() == 2 && born.day() == 29 && !IsLeapYear(year)) {
    return absl::CivilDay(year, 3, 1);
  }
  return absl::CivilDay(year, born.month(), born.day());
}

absl::CivilDay MondayOf(absl::CivilDay day) {
  while (absl::GetWeekday(day) != absl::Weekday::monday) --day;
  return day;
}

// Returns the first day of the period that contains `day`, moved by whole periods.
absl::CivilDay PeriodStart(Period::Unit unit, absl::CivilDay day, int moved) {
  switch (unit) {
    case Period::Unit::kWeek:
      return MondayOf(day) + 7 * moved;
    case Period::Unit::kMonth:
      return absl::CivilDay(absl::CivilMonth(day) + moved);
    case Period::Unit::kQuarter: {
      const int first_month = (day.month() - 1) / 3 * 3 + 1;
      return absl::CivilDay(absl::CivilMonth(day.year(), first_month) + 3 * moved);
    }
    case Period::Unit::kYear:
      return absl::CivilDay(day.year() + moved, 1, 1);
  }
  return day;
}

}  // namespace

Millis Duration::millis() const {
  switch (unit) {
    case Unit::kSeconds:
      return count * kSecond;
    case Unit::kMinutes:
      return count * kMinute;
    case Unit::kHours:
      return count * kHour;
    case Unit::kDays:
      return count * kDay;
    case Unit::kWeeks:
      return count * 7 * kDay;
  }
  return 0;
}

bool Evaluator::HoldsForInstant(const Predicate& predicate) const {
  const auto instant = AsInstant(Field(predicate.field), facts_.zone);
  if (!instant) return predicate.negated;
  bool holds = false;
  switch (predicate.kind) {
    case Predicate::Kind::kAge:
      return AgeFits(predicate, *instant);
    case Predicate::Kind::kBefore:
      return *instant < At(predicate.from);
    case Predicate::Kind::kAfter:
      return *instant > At(predicate.from);
    case Predicate::Kind::kAnniversary:
      return IsAnniversary(*instant, predicate.next_days);
    case Predicate::Kind::kBetweenInstants:
      holds = Between(predicate.from, predicate.to, *instant);
      break;
    case Predicate::Kind::kOnDay:
      holds = OnDay(predicate.day, *instant);
      break;
    case Predicate::Kind::kInPeriod:
      holds = InPeriod(predicate.period, *instant);
      break;
    default:
      break;
  }
  return holds != predicate.negated;
}

bool Evaluator::AgeFits(const Predicate& predicate, Millis instant) const {
  const Millis age = predicate.from_now ? instant - now_ : now_ - instant;
  if (age < 0) return false;
  // The language has no `=` for ages.
  if (predicate.compare == Compare::kEqual || predicate.compare == Compare::kNotEqual) return false;
  return CompareNumbers(predicate.compare, age, predicate.duration.millis());
}

bool Evaluator::IsAnniversary(Millis instant, int next_days) const {
  const absl::CivilDay born = facts_.zone.DayOf(instant);
  const absl::civil_year_t this_year = facts_.zone.DayOf(now_).year();
  const absl::civil_year_t last_year = this_year + next_days / 365 + 1;
  for (auto year = this_year - 1; year <= last_year; ++year) {
    const absl::CivilDay day = AnniversaryIn(year, born);
    // A day that a zone skipped gives an empty range, unless days before it count, too.
    if (facts_.zone.DayStart(day - next_days) <= now_ && now_ < facts_.zone.DayStart(day + 1)) {
      return true;
    }
  }
  return false;
}

bool Evaluator::InWindow(const Window& window, Millis instant) const {
  switch (window.kind) {
    case Window::Kind::kNone:
      return true;
    case Window::Kind::kInLast:
      return now_ - instant < window.duration.millis();
    case Window::Kind::kInPeriod:
      return InPeriod(window.period, instant);
    case Window::Kind::kOnDay:
      return OnDay(window.day, instant);
    case Window::Kind::kBefore:
      return instant < At(window.from);
    case Window::Kind::kAfter:
      return instant > At(window.from);
    case Window::Kind::kBetween:
      return Between(window.from, window.to, instant);
  }
  return false;
}

bool Evaluator::Between(const Instant& from, const Instant& to, Millis instant) const {
  Millis end = At(to);
  // A day as the end means the end of that day.
  const absl::CivilDay today = facts_.zone.DayOf(now_);
  if (to.kind == Instant::Kind::kToday) end = facts_.zone.DayStart(today + 1);
  if (to.kind == Instant::Kind::kYesterday) end = facts_.zone.DayStart(today);
  if (to.kind == Instant::Kind::kTomorrow) {
    end = facts_.zone.DayStart(today + 2);
  }
  if (to.kind == Instant::Kind::kLiteral) {
    if (const auto day = ReadCalendarDay(to.literal)) {
      end = facts_.zone.DayStart(*day + 1);
    }
  }
  return At(from) <= instant && instant < end;
}

bool Evaluator::OnDay(const Day& day, Millis instant) const {
  const absl::CivilDay date = DayAt(day);
  return facts_.zone.DayStart(date) <= instant && instant < facts_.zone.DayStart(date + 1);
}

bool Evaluator::InPeriod(const Period& period, Millis instant) const {
  int moved = 0;
  if (period.which == Period::Which::kLast) moved = -1;
  if (period.which == Period::Which::kNext) moved = 1;
  const absl::CivilDay today = facts_.zone.DayOf(now_);
  const auto first = PeriodStart(period.unit, today, moved);
  const auto next = PeriodStart(period.unit, today, moved + 1);
  return facts_.zone.DayStart(first) <= instant && instant < facts_.zone.DayStart(next);
}

Millis Evaluator::At(const Instant& instant) const {
  const Zone& zone = facts_.zone;
  switch (instant.kind) {
    case Instant::Kind::kLiteral:
      return zone.ReadDateLiteral(instant.literal).value();
    case Instant::Kind::kToday:
      return zone.DayStart(zone.DayOf(now_));
    case Instant::Kind::kYesterday:
      return zone.DayStart(zone.DayOf(now_) - 1);
    case Instant::Kind::kTomorrow:
      return zone.DayStart(zone.DayOf(now_) + 1);
    case Instant::Kind::kAgo:
      return now_ - instant.duration.millis();
    case Instant::Kind::kFromNow:
      return now_ + instant.duration.millis();
  }
  return 0;
}

absl::CivilDay Evaluator::DayAt(const Day& day) const {
  const absl::CivilDay today = facts_.zone.DayOf(now_);
  switch (day.kind) {
    case Day::Kind::kLiteral:
      return ReadCalendarDay(day.literal).value();
    case Day::Kind::kToday:
      return today;
    case Day::Kind::kYesterday:
      return today - 1;
    case Day::Kind::kTomorrow:
      return today + 1;
    case Day::Kind::kDaysAgo:
      return today - day.days;
    case Day::Kind::kDaysFromNow:
      return today + day.days;
  }
  return today;
}

}  // namespace leadpulse::model
