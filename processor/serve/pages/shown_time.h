// Times as pages show them: in the tenant's time zone, close ones by how far away they are, and the whole instant
// beside.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "processor/base/calendar.h"
#include "processor/base/instant.h"
#include "processor/base/json.h"
#include "processor/serve/pages/page_request.h"
#include "processor/serve/pages/templates.h"

namespace leadpulse::serve {

class ShownTimes {
 public:
  // Shows times as they are seen at `now`.
  ShownTimes(Calendar calendar, Instant now) : calendar_(std::move(calendar)), today_(calendar_.DayOf(now)) {}
  // Takes the tenant's zone, and UTC while it is unknown.
  static ShownTimes For(const PageRequest& request);

  Day today() const { return today_; }
  Day DayOf(Instant t) const { return calendar_.DayOf(t); }
  // Returns `today 14:05`, `yesterday 14:05`, `tomorrow 14:05`; `3 days ago`, `in 3 days` within a week; then `12 Mar`,
  // and `12 Mar 2025` of another year.
  std::string TextOf(Instant t) const;
  // Returns `Thursday 12 March 2026, 14:05 (Europe/Berlin)`.
  std::string FullTextOf(Instant t) const;
  // Returns `14:05`.
  std::string ClockTextOf(Instant t) const;
  // Returns the same without the time of the day: `today`, `in 3 days`, `12 Mar 2025`.
  std::string TextOf(Day day) const;
  // Returns `12 Mar`, and `12 Mar 2025` of another year.
  std::string DateTextOf(Day day) const;
  // Returns `Thursday 12 March 2026`.
  static std::string FullTextOf(Day day);

  // Returns the data of shown_time.tpl; false for Never(), and for JSON without a time. A text that is no instant of
  // RFC 3339 is shown as it is.
  PageData Of(const Json& time) const;
  PageData Of(Instant t) const;
  // Does the same for a day, `2026-03-12`.
  PageData OfDay(std::string_view day) const;

 private:
  Calendar calendar_;
  Day today_;
};

}  // namespace leadpulse::serve
