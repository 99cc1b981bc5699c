#include "processor/importing/synonyms.h"

#include <algorithm>
#include <array>
#include <span>

#include "processor/base/text.h"

namespace leadpulse::importing {
namespace {

struct Synonym {
  std::string_view simplified;
  Meaning meaning;
  std::string_view attribute;
};

constexpr auto kPeople = std::to_array<Synonym>({
    {"email", Meaning::kAddress, ""},
    {"emailaddress", Meaning::kAddress, ""},
    {"emailid", Meaning::kAddress, ""},
    {"emailadresse", Meaning::kAddress, ""},
    {"mail", Meaning::kAddress, ""},
    {"mailaddress", Meaning::kAddress, ""},
    {"contactemail", Meaning::kAddress, ""},
    {"primaryemail", Meaning::kAddress, ""},
    {"subscriber", Meaning::kAddress, ""},
    {"subscriberemail", Meaning::kAddress, ""},
    {"recipient", Meaning::kAddress, ""},
});

constexpr auto kContacts = std::to_array<Synonym>({
    {"firstname", Meaning::kAttribute, "first_name"},
    {"givenname", Meaning::kAttribute, "first_name"},
    {"forename", Meaning::kAttribute, "first_name"},
    {"fname", Meaning::kAttribute, "first_name"},
    {"vorname", Meaning::kAttribute, "first_name"},
    {"lastname", Meaning::kAttribute, "last_name"},
    {"surname", Meaning::kAttribute, "last_name"},
    {"familyname", Meaning::kAttribute, "last_name"},
    {"lname", Meaning::kAttribute, "last_name"},
    {"nachname", Meaning::kAttribute, "last_name"},
    {"company", Meaning::kAttribute, "company_name"},
    {"companyname", Meaning::kAttribute, "company_name"},
    {"organization", Meaning::kAttribute, "company_name"},
    {"organisation", Meaning::kAttribute, "company_name"},
    {"accountname", Meaning::kAttribute, "company_name"},
    {"employer", Meaning::kAttribute, "company_name"},
    {"firma", Meaning::kAttribute, "company_name"},
    {"companysize", Meaning::kAttribute, "company_size"},
    {"employees", Meaning::kAttribute, "company_size"},
    {"noofemployees", Meaning::kAttribute, "company_size"},
    {"numberofemployees", Meaning::kAttribute, "company_size"},
    {"employeecount", Meaning::kAttribute, "company_size"},
    {"phone", Meaning::kAttribute, "phone"},
    {"phonenumber", Meaning::kAttribute, "phone"},
    {"telephone", Meaning::kAttribute, "phone"},
    {"telephonenumber", Meaning::kAttribute, "phone"},
    {"tel", Meaning::kAttribute, "phone"},
    {"telefon", Meaning::kAttribute, "phone"},
    {"title", Meaning::kAttribute, "job_title"},
    {"jobtitle", Meaning::kAttribute, "job_title"},
    {"position", Meaning::kAttribute, "job_title"},
    {"industry", Meaning::kAttribute, "industry"},
    {"branche", Meaning::kAttribute, "industry"},
    {"leadsource", Meaning::kAttribute, "source"},
    {"source", Meaning::kAttribute, "source"},
    {"birthday", Meaning::kAttribute, "birthday"},
    {"birthdate", Meaning::kAttribute, "birthday"},
    {"dateofbirth", Meaning::kAttribute, "birthday"},
    {"dob", Meaning::kAttribute, "birthday"},
    {"tag", Meaning::kTags, ""},
    {"tags", Meaning::kTags, ""},
    {"labels", Meaning::kTags, ""},
    {"list", Meaning::kLists, ""},
    {"lists", Meaning::kLists, ""},
    {"campaign", Meaning::kCampaigns, ""},
    {"campaigns", Meaning::kCampaigns, ""},
    {"stage", Meaning::kStage, ""},
    {"leadstage", Meaning::kStage, ""},
});

constexpr auto kEvents = std::to_array<Synonym>({
    {"type", Meaning::kType, ""},
    {"event", Meaning::kType, ""},
    {"eventtype", Meaning::kType, ""},
    {"eventname", Meaning::kType, ""},
    {"activity", Meaning::kType, ""},
    {"activitytype", Meaning::kType, ""},
    {"action", Meaning::kType, ""},
    {"time", Meaning::kTime, ""},
    {"timestamp", Meaning::kTime, ""},
    {"datetime", Meaning::kTime, ""},
    {"date", Meaning::kTime, ""},
    {"eventtime", Meaning::kTime, ""},
    {"eventdate", Meaning::kTime, ""},
    {"activitydate", Meaning::kTime, ""},
    {"occurredat", Meaning::kTime, ""},
    {"createdat", Meaning::kTime, ""},
    {"campaign", Meaning::kCampaign, ""},
    {"campaignid", Meaning::kCampaign, ""},
    {"campaignname", Meaning::kCampaign, ""},
    {"message", Meaning::kMessage, ""},
    {"messageid", Meaning::kMessage, ""},
    {"link", Meaning::kLink, ""},
    {"linkurl", Meaning::kLink, ""},
    {"clickedlink", Meaning::kLink, ""},
    {"clickedurl", Meaning::kLink, ""},
    {"url", Meaning::kLink, ""},
    {"name", Meaning::kName, ""},
    {"page", Meaning::kName, ""},
    {"pagename", Meaning::kName, ""},
    {"eventid", Meaning::kEventId, ""},
    {"activityid", Meaning::kEventId, ""},
    {"bouncetype", Meaning::kBounce, ""},
    {"bouncekind", Meaning::kBounce, ""},
    {"bounceclass", Meaning::kBounce, ""},
    {"machine", Meaning::kMachine, ""},
    {"isbot", Meaning::kMachine, ""},
});

struct MeaningOfName {
  std::string_view name;
  Meaning meaning;
};
constexpr auto kOfPeople = std::to_array<MeaningOfName>({{"email", Meaning::kAddress}, {"lead_id", Meaning::kLead}});
constexpr auto kOfContacts = std::to_array<MeaningOfName>({{"tags", Meaning::kTags},
                                                           {"lists", Meaning::kLists},
                                                           {"campaigns", Meaning::kCampaigns},
                                                           {"stage", Meaning::kStage}});
constexpr auto kOfEvents = std::to_array<MeaningOfName>({{"type", Meaning::kType},
                                                         {"time", Meaning::kTime},
                                                         {"campaign", Meaning::kCampaign},
                                                         {"message", Meaning::kMessage},
                                                         {"link", Meaning::kLink},
                                                         {"name", Meaning::kName},
                                                         {"event_id", Meaning::kEventId},
                                                         {"bounce", Meaning::kBounce},
                                                         {"machine", Meaning::kMachine},
                                                         {"user_agent", Meaning::kUserAgent},
                                                         {"categories", Meaning::kCategories}});
constexpr auto kOfOptOuts = std::to_array<MeaningOfName>({{"time", Meaning::kTime}});

std::span<const MeaningOfName> NamesOf(Mode mode) {
  if (mode == Mode::kContacts) return kOfContacts;
  if (mode == Mode::kEvents) return kOfEvents;
  return kOfOptOuts;
}

std::optional<Known> FindIn(std::span<const Synonym> table, std::string_view simplified) {
  const auto found =
      std::find_if(table.begin(), table.end(), [&](const Synonym& each) { return each.simplified == simplified; });
  if (found == table.end()) return std::nullopt;
  return Known{found->meaning, found->attribute};
}

}  // namespace

std::string Simplify(std::string_view name) {
  std::string simple = FoldCase(name);
  std::erase_if(simple, [](char c) {
    const bool letter_or_digit = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    return static_cast<signed char>(c) >= 0 && !letter_or_digit;
  });
  return simple;
}

std::optional<Known> FindSynonym(Mode mode, std::string_view simplified) {
  if (const auto known = FindIn(kPeople, simplified)) return known;
  if (mode == Mode::kContacts) return FindIn(kContacts, simplified);
  if (mode == Mode::kEvents) return FindIn(kEvents, simplified);
  return std::nullopt;
}

std::optional<Meaning> MeaningFromName(Mode mode, std::string_view name) {
  const auto is_it = [&](const MeaningOfName& each) { return each.name == name; };
  if (const auto found = std::find_if(kOfPeople.begin(), kOfPeople.end(), is_it); found != kOfPeople.end()) {
    return found->meaning;
  }
  const std::span<const MeaningOfName> names = NamesOf(mode);
  const auto found = std::find_if(names.begin(), names.end(), is_it);
  return found == names.end() ? std::nullopt : std::optional(found->meaning);
}

std::string_view MeaningName(Meaning meaning) {
  for (const std::span<const MeaningOfName> names :
       {std::span<const MeaningOfName>(kOfPeople), std::span<const MeaningOfName>(kOfContacts),
        std::span<const MeaningOfName>(kOfEvents)}) {
    for (const MeaningOfName& each : names) {
      if (each.meaning == meaning) return each.name;
    }
  }
  return "";
}

bool LooksLikeOptOut(std::string_view simplified) {
  constexpr std::string_view kParts[] = {"optout",    "optedout", "unsub",       "donotcontact", "donotemail",
                                         "donotmail", "nomail",   "bounced",     "hardbounce",   "complain",
                                         "suppress",  "blocked",  "globalunsub", "emailstatus",  "optin"};
  return std::any_of(std::begin(kParts), std::end(kParts),
                     [&](std::string_view part) { return simplified.find(part) != std::string_view::npos; });
}

}  // namespace leadpulse::importing
