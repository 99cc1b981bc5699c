#include "tools/simulate/people.h"

#include <array>
#include <string_view>
#include <utility>

#include "processor/base/text.h"
#include "tools/simulate/random.h"

namespace leadpulse::simulate {
namespace {

constexpr std::array<std::string_view, 12> kTenants = {"acme",    "globex",    "initech",  "vandelay",
                                                       "wonka",   "tyrell",    "dunder",   "sterling",
                                                       "oceanic", "cyberdyne", "aperture", "umbra"};
constexpr std::array<std::string_view, 40> kFirstNames = {
    "Ada",  "Ben",    "Carla", "David", "Elena", "Felix", "Grace", "Hugo",  "Ines",   "Jack",
    "Kim",  "Lena",   "Marco", "Nina",  "Oscar", "Paula", "Quinn", "Rosa",  "Sam",    "Tara",
    "Uma",  "Victor", "Wanda", "Xenia", "Yusuf", "Zoe",   "Aisha", "Bruno", "Chen",   "Dana",
    "Emil", "Fatima", "Goran", "Hanna", "Ivan",  "Julia", "Kenji", "Lucia", "Mateus", "Noor"};
constexpr std::array<std::string_view, 48> kLastNames = {
    "Adams",  "Baker",   "Castro", "Dubois",  "Eriksen", "Fischer", "Garcia",   "Hansen", "Ito",    "Jensen",
    "Keller", "Lopez",   "Meyer",  "Novak",   "Olsen",   "Peters",  "Quist",    "Rossi",  "Silva",  "Tanaka",
    "Ueda",   "Vogel",   "Weber",  "Xu",      "Yilmaz",  "Zhang",   "Andersen", "Brown",  "Cohen",  "Diaz",
    "Evans",  "Ferrari", "Gupta",  "Horvath", "Ivanov",  "Johnson", "Kovacs",   "Lind",   "Moreau", "Nguyen",
    "Ortiz",  "Patel",   "Reyes",  "Smith",   "Torres",  "Varga",   "Wagner",   "Young"};
constexpr std::array<std::string_view, 16> kCompanies = {
    "northwind",  "bluepeak", "cedarline", "deltaworks", "evergreen", "firstlight", "goldleaf", "harborview",
    "ironbridge", "juniper",  "keystone",  "lakeshore",  "meridian",  "newfield",   "oakhurst", "pinecrest"};
constexpr std::array<std::string_view, 6> kCompanyForms = {"", "labs", "group", "systems", "trade", "media"};
// Some are listed more than once, so that more leads have them.
constexpr std::array<std::string_view, 12> kIndustries = {"Technology",    "Technology", "Technology", "Software",
                                                          "Manufacturing", "Retail",     "Healthcare", "Finance",
                                                          "Education",     "Logistics",  "Consulting", "Government"};
constexpr std::array<std::string_view, 10> kLocations = {"USA",    "USA",   "USA",    "Germany", "UK",
                                                         "France", "Spain", "Canada", "India",   "Japan"};
constexpr std::array<std::string_view, 10> kJobTitles = {
    "Marketing Manager",  "CTO", "Student", "Head of Sales",   "Software Engineer",
    "Operations Manager", "CEO", "Buyer",   "Product Manager", "Consultant"};
constexpr std::array<std::string_view, 5> kSources = {"import", "inbound", "referral", "event", "discovery"};
constexpr std::array<double, 10> kCompanySizes = {3, 8, 15, 25, 40, 80, 150, 400, 1200, 9000};

template <size_t N>
std::string_view OneOf(const std::array<std::string_view, N>& choices, Random* random) {
  return choices[random->Below(N)];
}

// The part that address and profile share; drawn first, so that both get the same.
struct Person {
  std::string_view first_name, last_name, company, form;
};

Person PersonOf(Random* random) {
  const std::string_view first = OneOf(kFirstNames, random), last = OneOf(kLastNames, random);
  const std::string_view company = OneOf(kCompanies, random), form = OneOf(kCompanyForms, random);
  return {first, last, company, form};
}

Random PersonalRandom(uint64_t seed, uint32_t lead) {
  constexpr uint64_t kPersonal = 7'001;
  return Random(HashOf(seed, lead, kPersonal));
}

std::string Capitalized(std::string_view text) {
  std::string name(text);
  name[0] = static_cast<char>(name[0] - 'a' + 'A');
  return name;
}

std::string CompanyName(const Person& person) {
  return person.form.empty() ? Capitalized(person.company)
                             : Concat({Capitalized(person.company), " ", Capitalized(person.form)});
}

// Formats a day as YYYY-MM-DD.
std::string DayText(Instant at) { return FormatRfc3339(at).substr(0, 10); }

std::string PhoneNumber(Random* random) { return "+1 555 " + std::to_string(1'000'000 + random->Below(9'000'000)); }

double Budget(Random* random) {
  const uint64_t digits = 1 + random->Below(99);
  return static_cast<double>(digits * (random->Chance(300'000) ? 10'000 : 1'000));
}

}  // namespace

std::string TenantName(uint32_t tenant) {
  return tenant < kTenants.size() ? std::string(kTenants[tenant]) : "tenant-" + std::to_string(tenant + 1);
}

std::string AddressOf(uint64_t seed, uint32_t lead) {
  Random random = PersonalRandom(seed, lead);
  const Person person = PersonOf(&random);
  return Concat({AsciiLower(person.first_name), ".", AsciiLower(person.last_name), std::to_string(lead + 1), "@",
                 person.company, person.form, ".example"});
}

codec::NamedValues ProfileOf(uint64_t seed, uint32_t lead, Instant joined) {
  Random random = PersonalRandom(seed, lead);
  const Person person = PersonOf(&random);
  codec::NamedValues set;
  const auto add = [&](uint64_t per_million, const char* name, Value value) {
    // Drawn even if it is not set, so that one attribute does not change the values of others.
    if (random.Chance(per_million)) set.emplace_back(name, std::move(value));
  };
  const auto days = [&](uint64_t from, uint64_t span) {
    return Millis{static_cast<int64_t>(from + random.Below(span)) * kMillisPerDay};
  };
  // In ascending order of the names, as NamedValues must be.
  add(250'000, "birthday", DayText(joined - days(20 * 365, 45 * 365)));
  add(500'000, "budget", Budget(&random));
  add(900'000, "company_name", CompanyName(person));
  add(800'000, "company_size", kCompanySizes[random.Below(kCompanySizes.size())]);
  add(kMillion, "email", AddressOf(seed, lead));
  add(950'000, "first_name", std::string(person.first_name));
  add(850'000, "industry", std::string(OneOf(kIndustries, &random)));
  add(700'000, "job_title", std::string(OneOf(kJobTitles, &random)));
  add(950'000, "last_name", std::string(person.last_name));
  add(800'000, "location", std::string(OneOf(kLocations, &random)));
  add(400'000, "phone", PhoneNumber(&random));
  add(250'000, "renewal_date", DayText(joined + days(10, 700)));
  add(950'000, "source", std::string(OneOf(kSources, &random)));
  add(900'000, "subscription_date", DayText(joined));
  add(300'000, "vip_status", random.Chance(100'000));
  return set;
}

codec::UpdateProfile ChangeOf(uint64_t detail) {
  Random random(detail);
  codec::UpdateProfile update;
  switch (random.Below(6)) {
    case 0:
      update.set.emplace_back("job_title", std::string(OneOf(kJobTitles, &random)));
      break;
    case 1:
      update.set.emplace_back("budget", Budget(&random));
      break;
    case 2:
      update.set.emplace_back("vip_status", random.Chance(500'000));
      break;
    case 3:
      update.set.emplace_back("phone", PhoneNumber(&random));
      break;
    case 4:
      update.set.emplace_back("company_size", kCompanySizes[random.Below(kCompanySizes.size())]);
      update.set.emplace_back("location", std::string(OneOf(kLocations, &random)));
      break;
    default:
      update.unset.emplace_back("phone");
  }
  return update;
}

}  // namespace leadpulse::simulate
