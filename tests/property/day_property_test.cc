// Days in all forms and time zones. What was entered as a day is what every output shows, and its anniversary is
// exactly that local day.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

#include "processor/base/json.h"
#include "processor/importing/times.h"
#include "processor/query/leads/evaluated_lead.h"
#include "processor/query/leads/lead_columns.h"
#include "processor/query/leads/lead_record.h"
#include "processor/query/leads/row_text.h"
#include "tests/support/engine_driver.h"

namespace leadpulse::testing::day_property_test {

using rc::gen::element;

const LeadKey kLead{"acme", "ann"};

int64_t Random(int64_t low, int64_t high) { return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange(low, high)); }
bool Chance(int percent) { return Random(0, 100) < percent; }

// Draws zones far from UTC, with days that were skipped or came twice, without some midnights, or with odd offsets.
std::string RandomZone() {
  return *element<std::string>("UTC", "America/New_York", "Europe/Berlin", "Europe/Dublin", "Asia/Kathmandu",
                               "Asia/Tehran", "Pacific/Apia", "Pacific/Kiritimati", "Pacific/Kwajalein", "Asia/Manila",
                               "America/Juneau", "America/Sao_Paulo", "America/Havana", "America/St_Johns",
                               "America/Scoresbysund", "Africa/Cairo", "Africa/Monrovia", "Asia/Beirut", "Asia/Gaza",
                               "Etc/GMT+12", "Etc/GMT-14");
}

Day RandomDay() {
  if (Chance(25)) {
    return ParseDay(*element<std::string>("0001-01-01", "0001-01-02", "1582-10-10", "1844-12-31", "1867-10-18",
                                          "1892-07-04", "1899-12-31", "1900-03-01", "1969-12-31", "1970-01-01",
                                          "1985-12-10", "1993-08-21", "1994-12-31", "2011-12-30", "2017-10-15",
                                          "2024-02-29", "2262-04-11", "2262-04-12", "9999-12-30", "9999-12-31"))
        .value();
  }
  if (Chance(25)) return FromYearMonthDay({static_cast<int32_t>(4 * Random(476, 525)), 2, 29 - (Chance(30) ? 1 : 0)});
  if (Chance(50)) return ParseDay("1960-01-01").value() + static_cast<int32_t>(Random(0, 80 * 365));
  return {static_cast<int32_t>(Random(kFirstDay.since_epoch, kLastDay.since_epoch + 1))};
}

// Returns an offset of RFC 3339 and its length.
std::pair<std::string, Millis> RandomOffset() {
  if (Chance(40)) return {*element<std::string>("Z", "z", "+00:00", "-00:00"), Millis{0}};
  const int64_t minutes = *element<int64_t>(0, 0, 0, 30, 45);
  const int64_t hours = Random(0, 15);
  char text[32];
  const bool is_west = Chance(50);
  (void)std::snprintf(text, sizeof text, "%c%02d:%02d", is_west ? '-' : '+', static_cast<int>(hours % 24),
                      static_cast<int>(minutes));
  return {text, Millis{(hours * 60 + minutes) * (is_west ? -60'000 : 60'000)}};
}

// Returns a time of the day that is not written as midnight; "" if that day has none, or none that can be written.
std::string RandomTimeOn(Day day, const Calendar& calendar) {
  const Instant start = calendar.StartOf(day);
  const Millis length = calendar.StartOf(day + 1) - start;
  if (length <= Millis{0}) return "";
  const Instant t =
      start + (Chance(40) ? *element(Millis{0}, Millis{1}, length - Millis{1}) : Millis{Random(0, length.count())});
  const auto [offset, millis] = RandomOffset();
  const Instant written = t + millis;
  const Instant first = Calendar().StartOf(kFirstDay);
  if (t < first || t > kLastInstant || written < first || written > kLastInstant) return "";
  std::string text = FormatRfc3339(written);
  text.pop_back();
  return text.substr(11) == "00:00:00" ? "" : text + offset;
}

// Returns one of the texts that mean the day.
std::string RandomText(Day day, const Calendar& calendar) {
  const std::string date = FormatDay(day);
  if (Chance(20)) return date;
  if (Chance(20))
    return *element<std::string>(" ", "\u200e", "\u00a0\t") + date + *element<std::string>("", " ", "\u200f\n");
  if (Chance(40)) {
    const std::string text = RandomTimeOn(day, calendar);
    return text.empty() ? date : text;
  }
  const auto [offset, millis] = RandomOffset();
  if (day == kFirstDay && millis > Millis{0}) return date;  // before the first instant that can be written
  return date + *element<std::string>("T00:00:00", "t00:00:00", "T00:00:00.0", "T00:00:00.000000000") + offset;
}

std::string DefinitionsIn(const std::string& zone) {
  return "tenants:\n  acme:\n    timezone: " + zone +
         "\n    fields: {born: day}\n    event_properties: {due: day}\n    tiers: [{name: all}]\n"
         "    segments: [{id: birthday, rule: born ANNIVERSARY TODAY}]\n";
}

std::string SetBorn(const std::string& text, Instant at) {
  std::string json = R"({"command":{"tenantId":"acme","leadId":"ann","commandId":"c","issuedAt":")" +
                     FormatRfc3339(at) + R"(","updateProfile":{"set":{"born":)";
  AppendJsonString(text, &json);
  return json + "}}}}";
}

std::string VisitDue(const std::string& text, Instant at) {
  std::string json = R"({"event":{"tenantId":"acme","leadId":"ann","eventId":"e","type":"PAGE_VISIT","occurredAt":")" +
                     FormatRfc3339(at) + R"(","properties":{"due":)";
  AppendJsonString(text, &json);
  return json + "}}}";
}

Json Parsed(const std::string& text) { return *Json::Parse(text); }

RC_GTEST_PROP(DayProperty, EveryOutputShowsTheDayThatWasEntered, ()) {
  const std::string zone = RandomZone();
  const Day day = RandomDay();
  const Calendar calendar = *Calendar::Load(zone);
  const std::string text = RandomText(day, calendar), shown = FormatDay(day);
  RC_LOG(zone + " " + shown + " `" + text + "`");
  const Instant now = ParseRfc3339("2026-03-10T12:00:00Z").value();
  EngineDriver driver(DefinitionsIn(zone));
  driver.Feed(SetBorn(text, now));
  driver.Feed(VisitDue(text, now));
  RC_ASSERT(driver.rejections().empty());
  RC_ASSERT(Parsed(driver.Row(kLead))["profile"]["born"].text() == shown);

  driver.Restart();  // so that the journal has been decoded
  const state::Lead lead = driver.FindLead(kLead).value();
  const query::EvaluatedLead evaluated(lead, driver.DefinitionsFor("acme"), now);
  std::string csv;
  query::AppendRow(query::RowFormat::kCsv, {"born"}, {query::CellOf(*query::ParseColumn("born"), evaluated)}, &csv);
  RC_ASSERT(csv == shown + "\n" || csv == shown + "\r\n");
  for (const state::JournalEntry& entry : lead.journal.entries()) {
    RC_ASSERT(ValueToJson(entry.properties()->front().second) == "\"" + shown + "\"");
  }
  // Exported and imported, it is the same value.
  std::string imported;
  RC_ASSERT(!importing::ReadDay(shown, {}, &imported));
  RC_ASSERT(imported == shown);
  if (text.front() >= '0' && text.back() > ' ' && text.back() < '\x7f') {
    RC_ASSERT(!importing::ReadDay(text, {}, &imported));
    RC_ASSERT(ParseCalendarDay(imported, calendar) == day);
  }
}

RC_GTEST_PROP(DayProperty, TheAnniversaryIsThatLocalDay, ()) {
  const std::string zone = RandomZone();
  const Day day = RandomDay();
  const Calendar calendar = *Calendar::Load(zone);
  // A day that the zone skipped begins with the next.
  const YearMonthDay born = ToYearMonthDay(calendar.DayOf(calendar.StartOf(day)));
  RC_PRE(calendar.StartOf(day) >= Calendar().StartOf(kFirstDay));
  const auto year = static_cast<int32_t>(Random(2001, 2026));
  const bool is_moved = born.month == 2 && born.day == 29 && year % 4 != 0;
  const Day celebrated = is_moved ? FromYearMonthDay({year, 3, 1}) : FromYearMonthDay({year, born.month, born.day});
  const Instant begin = calendar.StartOf(celebrated), end = calendar.StartOf(celebrated + 1);
  RC_PRE(begin < end);
  const std::string text = RandomText(day, calendar);
  RC_LOG(zone + " " + FormatDay(day) + " `" + text + "` in " + std::to_string(year));

  EngineDriver driver(DefinitionsIn(zone));
  driver.Feed(SetBorn(text, begin - Millis{2 * kMillisPerDay}));
  driver.AdvanceTo(end + Millis{kMillisPerDay});
  std::vector<std::pair<codec::ChangeKind, Instant>> moves;
  for (const codec::Change& change : driver.changes()) {
    if (change.kind != codec::ChangeKind::kLeadCreated) moves.emplace_back(change.kind, change.at);
  }
  const std::vector<std::pair<codec::ChangeKind, Instant>> expected = {{codec::ChangeKind::kSegmentEntered, begin},
                                                                       {codec::ChangeKind::kSegmentLeft, end}};
  RC_ASSERT(moves == expected);
  for (const auto& [at, holds] :
       {std::pair(begin - Millis{1}, false), {begin, true}, {end - Millis{1}, true}, {end, false}}) {
    RC_ASSERT(driver.ViewAt(kLead, at).published.segments.empty() != holds);
  }
}

}  // namespace leadpulse::testing::day_property_test
