#include "processor/importing/synonyms.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <iterator>
#include <span>
#include <string>

#include "processor/base/text.h"
#include "processor/importing/plain_text.h"
#include "processor/importing/suppressions.h"

namespace leadpulse::importing {
namespace {

struct TypeNames {
  NamedType type;
  std::string_view names;  // simplified, without a leading or trailing word for mail, separated by spaces
};

constexpr TypeNames kTypeNames[] = {
    // `processed`: the service has accepted the mail. It reports nothing closer to sent.
    {{EventType::kSent, {}}, "sent send sends processed"},
    {{EventType::kDelivered, {}}, "delivered delivery deliveries deliver receivedemail"},
    {{EventType::kOpen, {}}, "open opens opened firstopen firstopening uniqueopen ampopen"},
    {{.type = EventType::kOpen, .machine = true}, "loadedbyproxy proxyopen openproxy machineopen botopen"},
    {{.type = EventType::kClick, .machine = true}, "machineclick botclick"},
    {{EventType::kClick, {}}, "click clicks clicked linkclick linkclicked clickedlink ampclick"},
    {{EventType::kReply, {}}, "reply replies replied"},
    {{EventType::kBounce, {}}, "bounce bounces bounced failed outofband"},
    {{EventType::kBounce, BounceKind::kHard},
     "hardbounce hardbounces hardbounced bouncehard bouncedhard permanentfail permanentfailure"},
    {{EventType::kBounce, BounceKind::kSoft},
     "softbounce softbounces softbounced bouncesoft bouncedsoft temporaryfail temporaryfailure tempfail transient "
     "undetermined dnserror"},
    {{EventType::kUnsubscribe, {}}, "unsubscribe unsubscribed unsub optout optedout"},
    {{.type = EventType::kUnsubscribe, .of_group = true}, "groupunsubscribe groupunsubscribed"},
    {{EventType::kResubscribe, {}}, "resubscribe resubscribed"},
    {{.type = EventType::kResubscribe, .of_group = true}, "groupresubscribe groupresubscribed"},
    {{EventType::kComplaint, {}}, "complaint complain complained spam spamreport spamcomplaint markedasspam abuse"},
    {{EventType::kPageVisit, {}}, "pagevisit pagevisits pageview pageviews visit visits visited visitwebpage webvisit"},
    {{EventType::kCustom, {}}, "custom"},
    // The mail is on its way, is tried again, was answered by a program, or was withheld. An `initial_open` also has a
    // row as an open.
    {{.no_engagement = true},
     "accepted queued scheduled stored injection request requests deferred deferral delayed delay deliverydelay "
     "deliverydelayed unbounce autoresponder autoreply initialopen"},
    {{.no_engagement = true, .withheld = true},
     "dropped drop mtadropped blocked block rejected reject suppressed notsent error renderingfailure "
     "generationfailure generationrejection policyrejection"},
};

struct Synonyms {
  Meaning meaning;
  std::string_view attribute;
  std::string_view names;  // simplified, separated by spaces
};

// The most usual names first: of several columns the first one here is the address. Those of one group are equal.
constexpr auto kAddresses = std::to_array<std::string_view>({
    "email emailaddress emailid emailadresse mail mailaddress contactemail primaryemail subscriber subscriberemail "
    "recipient personemailwork",
    "emailrequired emails email1 email1value email1address emailvalue emailwork workemail businessemail companyemail "
    "personemail leademail useremail customeremail billingemail emailbilling primarycontactprimaryemail "
    "primaryemailaddress emailaddress1 emailaddresswork",
    "adresseemail adressemail adressedemail adresseelectronique adresseélectronique courriel mél correo "
    "correoelectronico correoelectrónico direcciondecorreoelectronico direccióndecorreoelectrónico indirizzoemail "
    "indirizzodiemail postaelettronica enderecodeemail endereçodeemail endereçodeemail epost epostadress epostadresse "
    "eposta emailadres mailadresse adresemail adresmail sähköposti メールアドレス メール 电子邮件 电子邮箱 邮箱 이메일 "
    "почта электроннаяпочта",
    "emailhome homeemail personalemail privateemail personemailhome personemailother otheremail secondaryemail email2 "
    "email2value email2address alternateemail",
    "lead",
});

constexpr Synonyms kContacts[] = {
    {Meaning::kAttribute, "first_name", "firstname givenname forename fname vorname"},
    {Meaning::kAttribute, "last_name", "lastname surname familyname lname nachname"},
    {Meaning::kAttribute, "company_name", "company companyname organization organisation accountname employer firma"},
    {Meaning::kAttribute, "company_size", "companysize employees noofemployees numberofemployees employeecount"},
    {Meaning::kAttribute, "phone", "phone phonenumber telephone telephonenumber tel telefon"},
    {Meaning::kAttribute, "job_title", "title jobtitle position"},
    {Meaning::kAttribute, "industry", "industry branche"},
    {Meaning::kAttribute, "source", "leadsource source"},
    {Meaning::kAttribute, "birthday", "birthday birthdate dateofbirth dob"},
    {Meaning::kTags, "", "tag tags labels"},
    {Meaning::kLists, "", "list lists"},
    {Meaning::kCampaigns, "", "campaign campaigns"},
    {Meaning::kStage, "", "stage leadstage"},
};

// Names of the same sense, plain (plain_text.h) and separated by spaces.
// NOLINTBEGIN(bugprone-suspicious-missing-comma): long texts are in parts
constexpr std::string_view kSenses[] = {
    "firstname givenname forename fname vorname prenom nombre primernombre voornaam imie fornamn fornavn etunimi jmeno",
    "lastname surname familyname lname nachname familienname zuname nomdefamille apellido apellidos cognome achternaam "
    "nazwisko efternamn etternavn efternavn sukunimi prijmeni sobrenome apelido",
    "companyname company associatedcompany organization organisation accountname employer firma firmenname unternehmen "
    "societe entreprise raisonsociale empresa compania azienda societa ragionesociale bedrijf bedrijfsnaam foretag "
    "virksomhed yritys spolecnost",
    "companysize employees employeecount numberofemployees noofemployees headcount mitarbeiter mitarbeiterzahl "
    "mitarbeiteranzahl anzahlmitarbeiter beschaftigte effectif effectifs nombredesalaries empleados numerodeempleados "
    "dipendenti numerodipendenti medewerkers aantalmedewerkers liczbapracownikow anstallda",
    "phone phonenumber telephone telephonenumber tel telefon telefonnummer telefonnr rufnummer numerodetelephone "
    "telefono numerodetelefono telefoon telefoonnummer puhelin",
    "jobtitle title position role funktion stelle stellenbezeichnung berufsbezeichnung berufstitel poste fonction "
    "cargo "
    "puesto ruolo funzione mansione functie stanowisko",
    "industry branche sector secteur secteurdactivite sektor settore branza bransch toimiala",
    "source leadsource originalsource originaltrafficsource quelle herkunft leadquelle origine provenance origen "
    "provenienza herkomst zrodlo kalla",
    "birthday birthdate dateofbirth dob geburtstag geburtsdatum gebdatum geboren geborenam datedenaissance naissance "
    "anniversaire fechadenacimiento nacimiento cumpleanos datadenascimento nascimento datadinascita nascita compleanno "
    "geboortedatum verjaardag dataurodzenia urodziny fodelsedatum fodselsdato syntymaaika datumnarozeni",
    "location city town place ort stadt wohnort ville localite ciudad localidad poblacion cidade citta localita comune "
    "plaats woonplaats miasto miejscowosc kaupunki mesto",
    "country countryregion land staat pays pais paese nazione kraj maa zeme",
    "revenue annualrevenue turnover umsatz jahresumsatz umsatzeur umsatzineur chiffredaffaires facturacion "
    "faturamento receita fatturato ricavi omzet jaaromzet obrot obroty omsattning omsaetning omsetning "
    "liikevaihto obrat",
    "budget annualbudget jahresbudget presupuesto orcamento bilancio budzet",
    "renewaldate contractend contractenddate vertragsende vertragsablauf laufzeitende findecontrat findecontrato "
    "scadenzacontratto einddatumcontract",
    "postalcode zip zipcode postcode plz postleitzahl codepostal codigopostal cap kodpocztowy postnummer",
};
// NOLINTEND(bugprone-suspicious-missing-comma)

constexpr Synonyms kEvents[] = {
    {Meaning::kType, "", "type event eventtype eventname activity activitytype action sttext"},
    {Meaning::kTime, "", "time timestamp datetime date eventtime eventdate activitydate occurredat createdat"},
    {Meaning::kCampaign, "", "campaign campaignid campaignname"},
    {Meaning::kMessage, "", "message messageid"},
    {Meaning::kLink, "", "link linkurl clickedlink clickedurl url"},
    {Meaning::kName, "", "name page pagename"},
    {Meaning::kEventId, "", "eventid sgeventid activityid"},
    {Meaning::kBounce, "", "bouncetype bouncekind bounceclass"},
    {Meaning::kMachine, "",
     "machine ismachine machineopen sgmachineopen isbot bot isbotclick botclick prefetched appleprivacyopen applempp"},
};

// In a list of opt-outs, a list is what they left: a topic. In a log it may be the list that a mail went to.
constexpr Synonyms kOptOuts[] = {
    {Meaning::kTopic, "", "list listid listname mailinglist messagestream"},
};

constexpr Synonyms kTopics[] = {
    {Meaning::kTopic, "",
     "topic topics topicid topicname unsubscribegroup unsubscribegroupid unsubscribegroupname suppressiongroup "
     "suppressiongroupid suppressiongroupname subscriptiongroup asmgroup asmgroupid"},
};

struct MeaningOfName {
  std::string_view name;
  Meaning meaning;
};
constexpr auto kOfPeople = std::to_array<MeaningOfName>({{"email", Meaning::kAddress}, {"lead_id", Meaning::kLead}});
constexpr auto kOfContacts = std::to_array<MeaningOfName>({{"tags", Meaning::kTags},
                                                           {"lists", Meaning::kLists},
                                                           {"campaigns", Meaning::kCampaigns},
                                                           {"stage", Meaning::kStage},
                                                           {"agent", Meaning::kAgent},
                                                           {"do_not_contact", Meaning::kDoNotContact},
                                                           {"add_note", Meaning::kNote},
                                                           {"json_members", Meaning::kJsonMembers}});
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
                                                         {"categories", Meaning::kCategories},
                                                         {"topic", Meaning::kTopic}});
constexpr auto kOfOptOuts = std::to_array<MeaningOfName>({{"time", Meaning::kTime}, {"topic", Meaning::kTopic}});

std::span<const MeaningOfName> NamesOf(Mode mode) {
  if (mode == Mode::kContacts) return kOfContacts;
  if (mode == Mode::kEvents) return kOfEvents;
  return kOfOptOuts;
}

// Returns the group of the address's names that holds this one; their number if none does.
size_t RankOf(std::string_view simplified) {
  const auto* found =
      std::ranges::find_if(kAddresses, [&](std::string_view names) { return HasWord(names, simplified); });
  return static_cast<size_t>(found - kAddresses.begin());
}

std::optional<Known> FindIn(std::span<const Synonyms> table, std::string_view simplified) {
  const auto found = std::ranges::find_if(table, [&](const Synonyms& each) { return HasWord(each.names, simplified); });
  return found == table.end() ? std::nullopt : std::optional(Known{found->meaning, found->attribute});
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
  if (RankOf(simplified) < kAddresses.size()) return Known{Meaning::kAddress, ""};
  if (mode == Mode::kContacts) return FindIn(kContacts, simplified);
  if (const auto topic = FindIn(kTopics, simplified)) return topic;
  return mode == Mode::kEvents ? FindIn(kEvents, simplified) : FindIn(kOptOuts, simplified);
}

size_t AddressRank(std::string_view header) {
  const size_t rank = RankOf(Simplify(header));
  return rank < kAddresses.size() ? rank : RankOf(Simplify(header.substr(0, header.find('('))));
}

bool NamesOwner(std::string_view simplified) {
  constexpr std::string_view kOwners =
      "owner owneremail ownername contactowner contactowneremail leadowner accountowner companyowner recordowner "
      "dealowner opportunityowner personowner hubspotowner salesowner clientowner agent salesrep salesrepresentative "
      "salesperson salesagent accountexecutive accountmanager rep assignedto assignee assigneduser assignedagent "
      "responsible responsibleperson responsibleuser besitzer inhaber kontaktinhaber leadinhaber zuständig "
      "zugewiesenan verantwortlich verantwortlicher betreuer kundenbetreuer kundenberater "
      "vertriebsmitarbeiter sachbearbeiter ansprechpartnerintern interneransprechpartner propriétaire responsable "
      "attribuéà assignéà propietario "
      "asignadoa responsablecomercial chargédecompte proprietario assegnatoa responsabile eigenaar toegewezenaan "
      "relatiebeheerder proprietário responsável właściciel "
      "opiekun opiekunklienta kundansvarig kundeansvarlig vlastník";
  return HasWord(kOwners, simplified);
}

bool NamesNotes(std::string_view simplified) {
  constexpr std::string_view kNotes =
      "note notes notiz notizen bemerkung bemerkungen anmerkung anmerkungen kommentar kommentare comment comments "
      "remark "
      "remarks internalnote internalnotes remarque remarques commentaire commentaires notas observaciones comentarios "
      "observações comentários commenti osservazioni opmerking opmerkingen notitie notities uwagi notatki";
  return HasWord(kNotes, simplified);
}

std::string FieldOfSense(std::string_view header, const std::vector<std::string>& fields) {
  const auto senses_of = [](std::string_view plain) {
    return std::ranges::find_if(kSenses, [&](std::string_view names) { return HasWord(names, plain); });
  };
  // Not the unit in brackets, nor the year: `Umsatz 2026 (EUR)`.
  std::string plain = PlainText(header.substr(0, header.find_first_of("(["))).text();
  while (!plain.empty() && IsDigit(plain.back())) plain.pop_back();
  const auto* const sense = senses_of(plain);
  if (plain.empty() || sense == std::end(kSenses)) return "";
  std::string found;
  for (const std::string& field : fields) {
    if (senses_of(PlainText(field).text()) != sense) continue;
    if (!found.empty()) return "";
    found = field;
  }
  return found;
}

std::string_view LikelyStage(std::string_view word) {
  constexpr std::pair<std::string_view, std::string_view> kStages[] = {
      {"new", "subscriber lead other rawlead newlead open prospect interessent"},
      {"contacted", "attemptedtocontact contactattempted reached kontaktiert"},
      {"engaged", "marketingqualifiedlead marketingqualified mql"},
      {"qualified", "salesqualifiedlead salesqualified sql salesacceptedlead qualifiziert"},
      {"follow_up", "opportunity deal verkaufschance"},
      {"converted", "customer evangelist client won closedwon kunde bestandskunde cliente klant"},
      {"lost", "formercustomer churned closedlost disqualified unqualified verloren"},
  };
  const std::string simplified = Simplify(word);
  const auto* const found =
      std::ranges::find_if(kStages, [&](const auto& stage) { return HasWord(stage.second, simplified); });
  return found == std::end(kStages) ? "STAGE" : found->first;
}

std::optional<Meaning> MeaningFromName(Mode mode, std::string_view name) {
  for (const std::span<const MeaningOfName> names : {std::span<const MeaningOfName>(kOfPeople), NamesOf(mode)}) {
    const auto found = std::ranges::find(names, name, &MeaningOfName::name);
    if (found != names.end()) return found->meaning;
  }
  return std::nullopt;
}

std::optional<ConsentPart> ConsentPartOf(std::string_view name) {
  constexpr std::string_view kConsent = "consent.";
  constexpr std::pair<std::string_view, Meaning> kParts[] = {
      {".at", Meaning::kConsentTime}, {".source", Meaning::kConsentSource}, {".version", Meaning::kConsentVersion}};
  name = TrimAsciiSpace(name);
  if (!AsciiLower(name).starts_with(kConsent)) return std::nullopt;
  name.remove_prefix(kConsent.size());
  for (const auto& [ending, meaning] : kParts) {
    if (!AsciiLower(name).ends_with(ending)) continue;
    return ConsentPart{name.substr(0, name.size() - ending.size()), meaning};
  }
  return ConsentPart{name, Meaning::kConsent};
}

bool YieldsToField(Meaning meaning) {
  return meaning == Meaning::kAgent || meaning == Meaning::kDoNotContact || meaning == Meaning::kNote ||
         meaning == Meaning::kJsonMembers;
}

std::string_view MeaningName(Meaning meaning) {
  for (const std::span<const MeaningOfName> names :
       {std::span<const MeaningOfName>(kOfPeople), std::span<const MeaningOfName>(kOfContacts),
        std::span<const MeaningOfName>(kOfEvents)}) {
    const auto found = std::ranges::find(names, meaning, &MeaningOfName::meaning);
    if (found != names.end()) return found->name;
  }
  return "";
}

NamedType TypeFromName(std::string_view name) {
  const std::string simplified = Simplify(name);
  std::string_view rest = simplified;
  for (const std::string_view mail : {"email", "mail", "message"}) {
    if (rest.starts_with(mail)) rest.remove_prefix(mail.size());
    if (rest.ends_with(mail)) rest.remove_suffix(mail.size());
  }
  const auto* found = std::ranges::find_if(
      kTypeNames, [&](const TypeNames& each) { return HasWord(each.names, rest) || HasWord(each.names, simplified); });
  if (found != std::end(kTypeNames)) return found->type;
  const auto holds = [&](std::initializer_list<std::string_view> parts) {
    return std::ranges::any_of(parts, [&](std::string_view part) { return rest.find(part) != std::string_view::npos; });
  };
  if (holds({"bounce", "fail", "undeliver"}) &&
      holds({"soft", "transient", "temporar", "undetermined", "block", "technical"})) {
    return {.type = EventType::kBounce, .bounce = BounceKind::kSoft};
  }
  const Suppression said = ReadStatus(StatusColumn::kMailStatus, name);
  if (said.opted_out || said.do_not_contact) return {.type = EventType::kUnsubscribe};
  if (said.complained) return {.type = EventType::kComplaint};
  return said.bounced ? NamedType{.type = EventType::kBounce} : NamedType();
}

}  // namespace leadpulse::importing
