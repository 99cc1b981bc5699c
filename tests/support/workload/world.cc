#include "tests/support/workload/world.h"

#include <algorithm>

#include "absl/time/civil_time.h"
#include "tests/support/model/calendar.h"
#include "tests/support/model/text.h"

namespace leadpulse::workload {
namespace {

using model::Duration;
using model::FieldType;
using model::Json;
using model::kDay;
using model::kHour;
using model::Millis;

Millis At(const std::string& text) { return model::ReadRfc3339(text).value(); }

const std::vector<Duration>& DurationPool() {
  using Unit = Duration::Unit;
  static const std::vector<Duration> kPool = {
      {90, Unit::kSeconds}, {30, Unit::kMinutes}, {1, Unit::kHours}, {6, Unit::kHours}, {23, Unit::kHours},
      {24, Unit::kHours},   {25, Unit::kHours},   {1, Unit::kDays},  {2, Unit::kDays},  {3, Unit::kDays},
      {5, Unit::kDays},     {1, Unit::kWeeks},    {2, Unit::kWeeks}, {30, Unit::kDays}};
  return kPool;
}

// Returns a topic with two bytes a letter.
std::string LongTopic(int letters) {
  std::string topic;
  for (int i = 0; i < letters; ++i) topic += "ö";
  return topic;
}

std::string DayText(absl::CivilDay day) { return absl::FormatCivilTime(day); }

void AddDates(Random& random, World& world) {
  const absl::CivilDay anchor = model::Zone::Named(world.zone).DayOf(world.anchor);
  for (int i = 0; i < 4; ++i) {
    world.days.push_back(DayText(anchor + random.Between(-6, 6)));
  }
  world.days.push_back(DayText(anchor));
  world.days.push_back(DayText(anchor + random.Between(-300, 300)));
  const int year = static_cast<int>(random.Between(1960, 2000));
  const absl::CivilDay born = absl::CivilDay(year, anchor.month(), anchor.day()) + random.Between(-3, 3);
  world.births = {DayText(born), "1992-02-29", DayText(anchor)};
  world.days.insert(world.days.end(), world.births.begin(), world.births.end());
  world.instants = world.days;
  for (int i = 0; i < 3; ++i) {
    const Millis near = world.anchor + random.Between(-60, 60) * kHour;
    world.instants.push_back(model::FormatInstant(near));
  }
  world.births.push_back(DayText(anchor) + "T00:00:00.000Z");
  world.instants.push_back(DayText(born) + "T00:00:00-05:00");
  world.instants.push_back(world.births.back());
  const std::string text = model::FormatInstant(world.anchor + 2 * kHour);
  world.instants.push_back(text.substr(0, 19) + ".250+02:00");
}

// Adds texts of several words, with accents and joined words, and phone numbers.
Vocabulary WithPhrases(Vocabulary words) {
  for (const char* text : {"Guðrún O’Brien", "Jean-Luc Straße", "+49 (0)151 234-56.78", "0049 151"}) {
    words.texts.emplace_back(text);
  }
  return words;
}

}  // namespace

const std::vector<Era>& Eras() {
  static const std::vector<Era> kEras = {{At("2025-03-09T07:00:00Z"), {"America/New_York", "America/Havana"}},
                                         {At("2025-11-02T06:00:00Z"), {"America/New_York", "America/Havana"}},
                                         {At("2017-10-15T03:00:00Z"), {"America/Sao_Paulo"}},
                                         {At("2018-02-18T02:00:00Z"), {"America/Sao_Paulo"}},
                                         {At("2011-12-30T10:00:00Z"), {"Pacific/Apia", "Pacific/Fakaofo"}},
                                         {At("2010-11-07T02:31:00Z"), {"America/St_Johns"}},
                                         {At("2024-02-29T12:00:00Z"), {"UTC", "Asia/Kathmandu"}},
                                         {At("2025-03-01T00:00:00Z"), {"UTC", "Asia/Kathmandu"}},
                                         {At("2024-12-31T23:00:00Z"), {"Europe/Berlin", "Pacific/Auckland"}},
                                         {At("2024-04-25T22:00:00Z"), {"Africa/Cairo"}},
                                         {At("2023-03-01T00:00:00Z"), {"UTC", "America/Havana"}}};
  return kEras;
}

const Vocabulary& Words() {
  static const Vocabulary kWords = WithPhrases(
      {{"Industry", "Company Name", "budget", "Renewal Date", "seats", "plan", "vip_status", "birthday", "source",
        "email", "phone", "Größe", "interests", "sold in", "status", "Opens", "First Name", "last_name"},
       {"total", "plan", "url", "gift", "due date", "delivery", "cart.total", "cart.plan.name"},
       {"", "pricing", "Pricing", "/pricing/eu", "docs", "order", "Order", "ß", "\u00a0pri\u00adcing\u202f",
        "o\u200crder"},
       {"", "spring", "Spring", "SUMMER", "summer", "spring\u200f "},
       {"", "m1", "m2", "m3", "M1"},
       {"Technology",
        "technology",
        "TECHNO",
        "USA",
        "usa ",
        "ÄPFEL",
        "äpfel",
        "Στίγμας",
        "στίγμαΣ",
        "gold",
        "Gold",
        "12",
        "12.0",
        " 12",
        "007",
        "-3",
        "1e3",
        "+5",
        ".5",
        "true",
        "FALSE",
        "1",
        "0",
        "say \"hi\" \\ there",
        "",
        " ",
        "\ufeff",
        "A\u0308PFEL",
        "Techno\u00adlogy",
        "\u00a0USA\u202f",
        "g\u200bold",
        "go\u200dld",
        "\u300012\u2003"},
       {"vip", "VIP", "trial", "Trial ", "ölig", "ÖLIG", "v\u2060ip", "o\u0308lig\u00a0"},
       {"marketing", "Marketing", "sales", "market\u00ading"},
       {"", "news", "News", "NEWS", "offers", "OFFERS", "Ölig", "ölig", "digest", " news", std::string(128, 't'),
        std::string(128, 'T'), std::string(129, 't'), LongTopic(64), LongTopic(65), std::string(1100, 'n'),
        "ne\u200bws", "o\u0308lig"},
       // Among them what a double would confuse: near 2^53, near 12.5, at both bounds.
       {"0",
        "1",
        "2",
        "5",
        "7",
        "12",
        "12.5",
        "-3",
        "50",
        "100",
        "12.50",
        "1.2e1",
        "12.500000000000000001",
        "9007199254740993",
        "9007199254740992",
        "-9007199254740993.25",
        "12345678901234567890123456789012345678.9",
        "0.00000000000000000001",
        "1E+2",
        "50.0"}});
  return kWords;
}

const std::vector<std::string>& Searches() {
  static const std::vector<std::string> kSearches = {"technology",
                                                     "TECH",
                                                     "technology usa",
                                                     "gold technology",
                                                     "usa",
                                                     "apfel",
                                                     "Äpf",
                                                     "στιγμ",
                                                     "gold",
                                                     "go",
                                                     "g\u200bold tech",
                                                     "12",
                                                     "1",
                                                     "00",
                                                     "say hi t",
                                                     "e3",
                                                     "gudrun obrien",
                                                     "o brien",
                                                     "O'Brien",
                                                     "jeanluc",
                                                     "jean luc",
                                                     "luc strasse",
                                                     "0151 234",
                                                     "15123456",
                                                     "4915123",
                                                     "+49 151",
                                                     "51-23",
                                                     "00491",
                                                     "23456",
                                                     "lead",
                                                     "ann@example",
                                                     "example",
                                                     "bob",
                                                     "example com",
                                                     "brien jean"};
  return kSearches;
}

std::string Respell(Random& random, const std::string& name) {
  std::string spelled;
  const int64_t style = random.Below(7);
  if (style == 5) spelled = "\u200b";
  for (char c : name) {
    if (c != ' ' && c != '_') {
      const bool raises = style == 1 && c >= 'a' && c <= 'z';
      spelled += raises ? static_cast<char>(c - 'a' + 'A') : c;
      continue;
    }
    if (style == 2) spelled += "_";
    if (style == 3) spelled += "  ";
    if (style == 6) spelled += "\u00a0";
    if (style != 2 && style != 3 && style != 6) spelled += c;
  }
  return spelled;
}

World MakeWorld(Random& random, const Era& era, const std::string& tenant) {
  World world;
  world.tenant = tenant;
  static const std::vector<std::string> kOthers = {"UTC", "America/New_York", "Pacific/Apia", "Asia/Kathmandu"};
  world.zone = random.OneOf(random.Chance(75) ? era.zones : kOthers);
  world.anchor = era.anchor;
  // The last theme has the most combinations.
  if (random.Chance(60)) world.theme = static_cast<Theme>(std::min<int64_t>(random.Between(1, 9), 7));
  for (int i = 0; i < 5; ++i) {
    world.durations.push_back(random.OneOf(DurationPool()));
  }
  for (int i = 0; i < 4; ++i) {
    world.texts.push_back(random.OneOf(Words().texts));
    world.numbers.push_back(random.OneOf(Words().numbers));
  }
  AddDates(random, world);
  world.first_focus = random.Below(3);
  static const std::vector<std::string> kLeads = {"ann@example.com", "L-2", "lead ß", "Bob@Example.COM"};
  const int64_t leads = random.Between(1, 3);
  for (int64_t i = 0; i < leads; ++i) world.leads.push_back(kLeads[i]);
  world.times = {era.anchor};
  return world;
}

Millis PickTime(Random& random, World& world) {
  const model::Zone& zone = model::Zone::Named(world.zone);
  const Millis known = random.OneOf(world.times);
  // A bounded journal needs equal times.
  if (world.theme == Theme::kJournal && world.times.size() > 6) return known;
  // Opt-outs need equal times, too, half of the time.
  if (world.theme == Theme::kOptOuts && world.times.size() > 6 && random.Chance(50)) return known;
  // Limits need events that are close together.
  if (world.theme == Theme::kScoring && random.Chance(50)) return known + random.Between(0, 600) * model::kMinute;
  const Millis nudge = random.Between(-1, 1);
  Millis time = known;
  switch (random.Below(8)) {
    case 0:
    case 1:
      time = world.anchor + random.Between(-96, 96) * kHour + nudge;
      break;
    case 2:
      time = world.anchor + random.Between(-40, 40) * kDay / 2;
      break;
    case 3:
    case 4:
      time = known + random.OneOf(world.durations).millis() + nudge;
      break;
    case 5:
      time = zone.DayStart(zone.DayOf(known) + random.Between(-1, 2)) + nudge;
      break;
    case 6:
      time = known + random.Between(0, 90) * model::kMinute;
      break;
    default:
      break;
  }
  const Millis away = time > world.anchor ? time - world.anchor : world.anchor - time;
  if (away > 60 * kDay) time = world.anchor + nudge;
  world.times.push_back(time);
  return time;
}

Json PickScalar(Random& random, const World& world, FieldType type) {
  switch (type) {
    case FieldType::kText:
      return random.OneOf(random.Chance(60) ? world.texts : Words().texts);
    case FieldType::kNumber: {
      static const std::vector<std::string> kBeyond = {"1e40", "1.000000000000000000001", "-1e400", "1E-21"};
      if (random.Chance(2)) return model::NumberJson(random.OneOf(kBeyond));
      const std::string number = random.OneOf(random.Chance(60) ? world.numbers : Words().numbers);
      if (random.Chance(30)) return random.Chance(50) ? number : model::PlainNumber(model::Number(number));
      return model::NumberJson(number);
    }
    case FieldType::kBoolean: {
      static const std::vector<Json> kBooleans = {true, false, "true", "False", "1", 0, 1, "0"};
      return random.OneOf(kBooleans);
    }
    case FieldType::kDate:
    case FieldType::kCalendarDay:
      return random.OneOf(world.instants);
  }
  return nullptr;
}

}  // namespace leadpulse::workload
