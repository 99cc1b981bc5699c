#include "processor/importing/status_columns.h"

#include <string>

#include "processor/base/text.h"
#include "processor/base/word_list.h"
#include "processor/importing/mailing_names.h"
#include "processor/importing/plain_text.h"
#include "processor/importing/suppressions.h"

namespace leadpulse::importing {
namespace {

bool BeginsWithOneOf(std::string_view text, std::string_view words) {
  return AnyWord(words, [text](std::string_view word) { return text.starts_with(word); });
}

// What is in the name of a column, or is its name, that says who wants mail: `no` is an opt-out.
constexpr std::string_view kOptedInParts =
    "optin optedin sendable acceptsmarketing acceptsemail acceptsmail allowemail allowmail maysend cansend oktoemail "
    "oktomail emailconsent marketingconsent emailmarketing mailconsent mailerlaubt mailserlaubt werbungerlaubt "
    "mailerwunscht mailserwunscht werbungerwunscht maileinwilligung werbeeinwilligung marketingeinwilligung "
    "newslettereinwilligung accepteemail acceptelesemails accepterecevoir "
    "acceptelanewsletter consentementemail consentementmarketing aceptacorreo aceptaemail aceptarecibir "
    "aceptamarketing aceptapublicidad consentimientoemail consentimientomarketing aceitaemail aceitareceber "
    "aceitamarketing consentimentoemail consentimentomarketing accettaemail accettamarketing accettanewsletter "
    "consensoemail consensomarketing consensonewsletter toestemmingemail toestemmingmarketing emailtoestemming "
    "marketingtoestemming zgodanaemail zgodanamail zgodanamarketing zgodananewsletter zgodamarketingowa "
    "zgodanaotrzymywanie";
constexpr std::string_view kOptedInWords =
    "subscribed issubscribed emailsubscribed subscription abonniert angemeldet inscrit abonne suscrito iscritto "
    "consent permission marketable ismarketable emailpermission marketingpermission subscribedtoemail "
    "subscribedtoemails emailable "
    "einwilligung consentement consentimiento consentimento consenso toestemming zgoda samtycke samtykke";
// Laws of which a consent is said to be: `DSGVO-Einwilligung`, `GDPR consent`.
constexpr std::string_view kLaws = "eudsgvo dsgvo eugdpr gdpr rgpd avg rodo";
// Parts of names of columns in which a no may be one to mail: the user is asked.
constexpr std::string_view kMaybeWishParts =
    "dsgvo gdpr rgpd rodo consent einwillig zustimm einverstand permission optin infopost kundeninfo zusendung mailok "
    "kontakterlaubt contactok maycontact okaytocontact oktocontact consentement consentimiento consentimento consenso "
    "toestemming zgoda samtycke samtykke suostumus souhlas suhlas hozzajarul consimtamant согласие згода";
// Short names of newsletters that may also be something else: the Netherlands.
constexpr std::string_view kMaybeWishWords = "nl nwl enl";
// Names of columns in which a no may mean that the address was never confirmed, or that all is well.
constexpr std::string_view kConfirmedWords =
    "active isactive aktiv actif activo attivo doubleoptin isdoubleoptin doi doiconfirmed confirmed "
    "isconfirmed emailconfirmed isemailconfirmed verified isverified emailverified isemailverified enabled isenabled";
// Names of columns in which a yes may mean no mail: the user is asked.
constexpr std::string_view kMaybeOptedOutWords =
    "pending ispending deleted isdeleted deletedat removed isremoved removedat archived isarchived archivedat "
    "inactive isinactive disabled isdisabled deceased isdeceased verstorben baja cancelled canceled cancelado "
    "cancelada peruutettu opposition sperre sperrvermerk geloscht inaktiv archiviert supprime inactif eliminado "
    "inactivo archivado eliminato inattivo "
    "archiviato";
constexpr std::string_view kMaybeOptedOutParts =
    "optinpending pendingoptin confirmationpending pendingconfirmation unconfirmed notconfirmed unverified notverified";
// Parts of names of columns about something else than mail: `CCPA opt-out`, `VAT invalid`, `Payment blocked`.
constexpr std::string_view kOtherThings =
    "calloptout calloptedout callblock postoptout optoutpost ccpa cookie datasale saleofdata sellmy fromscoring";
constexpr std::string_view kOtherBeginnings = "vat tax payment credit invoice billing shipping support ticket iban";
// Names of columns that say in lists of suppressions why, and elsewhere something else.
constexpr std::string_view kReasonWords =
    "source suppressionsource type suppressiontype event eventtype lastevent category cause suppression suppressions "
    "kind list detail details description";
constexpr std::string_view kReasonParts = "reason motif motivo reden";

// Parts of names of columns that hold a name of mail and are about something else: where somebody lives, or what
// happened to one mail. `Mailing address`, `Newsletter sent`.
constexpr std::string_view kNoWishParts =
    "address adress latitude longitude geocode direccion indirizzo endereco street strasse city ortschaft postal "
    "postcode plz zip "
    "country province region state sent open click deliver forward visit bounce reply replied campaign "
    "template subject version language sprache langue idioma lingua format date datum fecha time name count "
    "number anzahl nombre total rate source last letzt gesendet versendet verschickt geoffnet geklickt "
    "gelesen zugestellt envoye ouvert clique enviado abierto inviat apert cliccat verzonden geopend geklikt "
    "wyslan otwar klik skickad oppnad apnet sendt lahetett avattu odeslan otevr elkuld megnyit trimis deschis "
    "отправ откры клик надісл відкри gonderildi acildi 開封 送信日 クリック 发送 打开 点击 發送 打開 點擊 발송 열람 "
    "클릭 terkirim dibuka "
    "diklik";

// Returns the name of a column without the law of its consent: `einwilligung` of `einwilligungdsgvo`.
std::string_view WithoutLaw(std::string_view name) {
  AnyWord(kLaws, [&name](std::string_view law) {
    if (name.starts_with(law)) {
      name.remove_prefix(law.size());
    } else if (name.ends_with(law)) {
      name.remove_suffix(law.size());
    } else {
      return false;
    }
    return true;
  });
  return name;
}

// Whether the column is about something else than who wants the mailing or the consent in its name.
bool IsNoWish(std::string_view name) {
  constexpr std::string_view kConsent = "consent";  // `sent` is in it
  std::string rest(name);
  for (size_t at = rest.find(kConsent); at != std::string::npos; at = rest.find(kConsent)) {
    rest.erase(at, kConsent.size());
  }
  return HasPartOf(rest, kNoWishParts);
}

// Returns a header without the sign of a number: `No. emails` and `Nº emails` are counts, not "no emails".
std::string_view WithoutNumberSign(std::string_view header) {
  header = TrimAsciiSpace(header);
  for (const std::string_view sign : {"No. ", "no. ", "NO. ", "Nº", "nº", "N°", "n°", "№"}) {
    if (header.starts_with(sign)) return header.substr(sign.size());
  }
  return header;
}

}  // namespace

bool CountsBounces(std::string_view header) {
  const std::string name = PlainText(header).text();
  return HasPartOf(name,
                   "emailsbounced mailsbounced bounces bouncecount bouncedcount bouncesnumber bouncenumber "
                   "numberofbounce anzahlbounce bounceanzahl nombrebounce");
}

bool IsOfMailing(StatusColumn column) {
  return column == StatusColumn::kMailing || column == StatusColumn::kMaybeMailing;
}

bool IsOfWishes(StatusColumn column) { return IsOfMailing(column) || column == StatusColumn::kOptedIn; }

StatusColumn StatusColumnOf(std::string_view header) {
  const PlainText text(WithoutNumberSign(header));
  const std::string_view name = text.text();
  // Links, rates and other channels say nothing about who gets mail, nor do columns by which Dynamics 365 finds rows,
  // the legal texts of shops, and what a tool has cleaned.
  const NamesMailing mailing = HowItNamesMailing(text);
  const bool is_of_mail_at_all = HasPartOf(name, "mail correo courriel newsletter marketing subscri");
  const bool is_other =
      HasPartOf(name,
                "unsubscribegroup suppressiongroup link url token campaigntitle campaignid campaignname bouncerate "
                "unsubscriberate optoutrate complaintrate donotmodify softbounce donotcall nocall score "
                "donotpostal donotbulkpostal widerrufsbelehrung widerrufsrecht widerrufsfrist cleanedcompany "
                "cleanedfirst cleanedlast cleanedname "
                "namecleaned datacleaned optinip confirmip optoutip enrichmentoptout") ||
      (HasPartOf(name, "phone telefon sms whatsapp postal perpost fax push") &&
       !HasPartOf(name, "mail correo courriel")) ||
      ((HasPartOf(name, kOtherThings) || BeginsWithOneOf(name, kOtherBeginnings)) && !is_of_mail_at_all) ||
      HasPartOf(name,
                "directmail optinrequired optinsent "
                "optinemailsent optinmailsent unsubscribeheader") ||
      (HasPartOf(name, "doubleopt") && !HasWord(kConfirmedWords, name));
  if (name.empty() || (is_other && mailing != NamesMailing::kWholly)) {
    return StatusColumn::kNone;
  }
  if (HasWord("status estatus statut estado stato stan zustand", name)) return StatusColumn::kState;
  const Suppression said = ReadWord(text);
  const bool is_state =
      HasPartOf(name, "status statut estado zustand") || (name.ends_with("state") && !name.ends_with("estate"));
  const bool is_of_mail = HasPartOf(name,
                                    "mail subscri newsletter marketing consent permission optin abo suscri iscri "
                                    "inscri contactab deliver");
  if (HasWord(kConfirmedWords, name)) return StatusColumn::kMaybeMailing;
  if (HasWord(kMaybeOptedOutWords, name) || HasPartOf(name, kMaybeOptedOutParts)) return StatusColumn::kMaybeOptedOut;
  if (name == "emailsubscribe") return StatusColumn::kMailStatus;  // in Braze's exports
  // In HubSpot's exports.
  if (HasWord("isgloballyineligible globallyineligible hsemailisineligible emailisineligible emailineligible", name)) {
    return StatusColumn::kDoNotContact;
  }
  if (HasPartOf(name, "hardbounce") && HasPartOf(name, "reason grund motif motivo raison reden")) {
    return StatusColumn::kBounceReason;
  }
  // In a column `Opt-out status`, a yes means no mail.
  if (is_state && !said.suppresses()) return is_of_mail ? StatusColumn::kMailStatus : StatusColumn::kState;
  if (said.opted_out) return StatusColumn::kOptedOut;
  if (said.do_not_contact) return StatusColumn::kDoNotContact;
  if (said.complained) return StatusColumn::kComplained;
  if (said.bounced || name.starts_with("cleantime")) return StatusColumn::kBounced;
  if (HasPartOf(name, "deactivated deaktiviert") || HasWord("emaildisabled emailsdisabled", name))
    return StatusColumn::kOptedOut;
  if (HasPartOf(name, kOptedInParts) || HasWord(kOptedInWords, WithoutLaw(name))) return StatusColumn::kOptedIn;
  if (HasWord("deliverable emaildeliverable reachable isreachable validemail emailvalid emailisvalid mailable "
              "ismailable contactable zustellbar erreichbar",
              name)) {
    return StatusColumn::kReachable;
  }
  switch (mailing) {
    case NamesMailing::kWholly:
      return StatusColumn::kMailing;
    case NamesMailing::kPerhaps:
      return IsNoWish(name) ? StatusColumn::kNone : StatusColumn::kMaybeMailing;
    case NamesMailing::kNo:
      break;
  }
  const bool may_be_wish = HasWord(kMaybeWishWords, name) || HasPartOf(name, kMaybeWishParts);
  return may_be_wish && !IsNoWish(name) ? StatusColumn::kMaybeMailing : StatusColumn::kNone;
}

bool MayBeReason(std::string_view header) {
  const std::string name = PlainText(header).text();
  // Not `Raison sociale`, the name of a company.
  const bool ends_so = name.ends_with("grund") || name.ends_with("raison");
  return ends_so || HasWord(kReasonWords, name) || HasPartOf(name, kReasonParts);
}

}  // namespace leadpulse::importing
