#include "processor/importing/suppressions.h"

#include <algorithm>
#include <optional>
#include <string>

#include "processor/base/address.h"
#include "processor/base/mail_reasons.h"
#include "processor/base/text.h"
#include "processor/importing/cell_form.h"
#include "processor/importing/mail_answers.h"
#include "processor/importing/mail_words.h"
#include "processor/importing/plain_text.h"
#include "processor/importing/synonyms.h"

namespace leadpulse::importing {
namespace {

// Parts of words that say what happened, without case, accents, blanks and punctuation. Some are misspelt as people do.
constexpr std::string_view kOptOutParts =
    "unsub unsuscri unsbus optout optedout optingout optsout abgemeld abmeld abbestell ausgetragen austrag widerruf "
    "desinscri desabon desincri desuscri dadodebaja dadadebaja disiscri cancellatodallalista afgemeld uitgeschreven "
    "afmeld avmeld avregistrer avprenumer framelding descadastr descinscri desinscrev wypisan rezygnac odhlas odjav "
    "leiratkoz dezabon ayril отписа 配信停止";
constexpr std::string_view kNoConsentParts =
    "nonsubscri notsubscri neversubscri nosubscri notoptin notoptedin nooptin neveroptedin nichtabonn nichtangemeld "
    "keinoptin nonabonn pasabonn noninscrit pasinscrit noniscritto nosuscri nosuscrit "
    "nietingeschreven noconsent consentrevoked consentwithdrawn permissionrevoked permissionwithdrawn revokedconsent "
    "withdrawnconsent";
constexpr std::string_view kOptOutWords =
    "baja revoked withdrawn optouts removedbyuser unregistered entzogen retire revoque revocato revocado";
constexpr std::string_view kDoNotContactParts =
    "donotcontact donotemail donotmail donotsend dontcontact dontemail dontmail dontsend neveremail nevermail "
    "nevercontact nonmarketing blocklist blacklist blocked blockiert gesperrt "
    "sperrliste werbesperre mailsperre suppress excluded excluido escluso ausgeschlossen banned junk quarantin "
    "donotbulk robinson listanegra listenoire listanera listrouge bloque bloccat geblokkeerd blockerad blokeret "
    "zablokow "
    "nichtanschreib nichtmail keinkontakt keinemail keinmail keinewerbung keinenewsletter pasdecontact nietmail "
    "nonmail "
    "notmail unmail notcontactable donotallowemail donotallowbulkemail bloqueado";
constexpr std::string_view kDoNotContactWords = "dnc dnm dne dnd block exclude exclu exclue donot donotallow";
constexpr std::string_view kBounceParts =
    "bounce bouncing cleaned undeliver unreachab undelivr unzustell nichtzustell unerreichbar nichterreichbar "
    "notreachab notdeliver nondeliver cannotbedelivered invalid ungultig injoignable nondistribu nondeliv inalcanz "
    "inatteign rebotad rebote rimbalz nonraggiung irraggiung onbereikbaar onbestelbaar ongeldig hardfail "
    "permanentfail deadaddress nonexist doesnotexist inexist unknownuser nosuchuser userunknown mailboxnotfound "
    "badaddress bademail studsad недостав";
constexpr std::string_view kComplaintParts =
    "complain complaint abuse abusive spam beschwer plainte queja reclamo segnalat klacht klagomal жалоб";

// What says the contrary of the parts above, although it holds one.
constexpr std::string_view kContraryParts =
    "unbounce unblock unsuppress unbann notunsub neverunsub notbounce neverbounce nobounce notblock notblacklist "
    "notsuppress "
    "notspam nospam nocomplain notcomplain nichtabgemeld nichtgesperrt nichtblockiert keinspam nonunsub notoptedout "
    "notoptout nounsub nooptout whitelist resub notabuse notcleaned notinvalid keinwerbeverbot keinwerbewiderspruch "
    "keinwiderruf keinesperre keineemailsperre keinekontaktsperre";

// Parts of words that may mean that somebody gets no mail.
constexpr std::string_view kDoubtfulParts =
    "inactiv inaktiv inactif inattiv inactief unconfirm notconfirm nichtbestatigt nonconfirm pending ausstehend "
    "unverif delete geloscht suprimid eliminad supprim removed entfernt cancel annul gekundigt revok withdr refus "
    "reject declin abgelehnt disabl deactiv deaktiv desactiv disattiv opposed widerspr objected never risky catchall "
    "gone stop expired abgelaufen transactional sleeping dormant nocontact donotcall dontcall archiv trash papierkorb "
    "ineligib noteligib paus отказ";

constexpr std::string_view kAllowingWords =
    "subscribed subscriber subscribe active aktiv actif active activo activa attivo actief aktywny confirmed "
    "bestatigt confirme confirmado confermato optin optedin doubleoptin singleoptin explicit implicit express implied "
    "valid gultig "
    "valide valido verified deliverable reachable mailable marketing marketingcontact subscribedconfirmed abonniert "
    "abonnent angemeldet abonne inscrit suscrito iscritto ingeschreven aangemeld inscrito granted given ok good clean "
    "engaged new neu delivered opened clicked sent enabled allow allowed resubscribed zustellbar erreichbar "
    "contactable "
    "whitelisted confirmedduetoform confirmedfrompreviousbehavior userclickedconfirmation hubspotrepmarkedconfirmed";

// Whether the text is a time in any form: `2026-01-05 10:00`, `5.1.2026`, `Jan 5, 2026`, seconds since 1970.
bool LooksLikeTime(std::string_view cell) {
  size_t digits = 0, run = 0;
  bool has_year = false;
  for (size_t i = 0; i < cell.size(); ++i) {
    if (!IsDigit(cell[i])) {
      run = 0;
      continue;
    }
    ++digits;
    ++run;
    const std::string_view four = run >= 4 ? cell.substr(i - 3, 4) : std::string_view();
    has_year = has_year || four.starts_with("19") || four.starts_with("20");
  }
  const bool is_null = std::ranges::all_of(cell, [](char c) { return !IsDigit(c) || c == '0'; });
  const bool only_marks = IsAlphanumeric(cell, " .:/-+,") && cell.size() <= 40;
  return !is_null && only_marks && (has_year || digits >= 6);
}

// Returns the text of a cell; of a mark or a number `yes` or `no`.
std::string PlainCell(std::string_view cell, const PlainText& text) {
  const std::string& plain = text.text();
  if (plain.empty() && HasPartOf(cell, "✓ ✔ ☑ ✅ ☒")) return "yes";
  if (plain.empty() && HasPartOf(cell, "✗ ✘ ❌ ❎ ☐")) return "no";
  const std::optional<double> number = ParseNumber(TrimAsciiSpace(cell));
  if (number == 1) return "yes";
  return number == 0 ? "no" : plain;
}

// Whether the text is a time that stands for none: `0000-00-00 00:00`.
bool IsNullTime(std::string_view cell) {
  return cell.size() > 3 && cell.find_first_not_of("0 -:./TZ") == std::string_view::npos;
}

// Reads why mail is withheld. In a list of suppressions every word counts.
Suppression ReadReason(std::string_view cell, const PlainText& text) {
  Suppression said = ReadWord(text);
  if (said.suppresses()) return said;
  const EventType known = KnownOfAddress(cell);
  said.opted_out = known == EventType::kUnsubscribe;
  said.bounced = known == EventType::kBounce;
  said.complained = known == EventType::kComplaint;
  said.doubtful = !said.suppresses() && !HasPartOf(text.text(), "soft transient");
  return said;
}

void SetFlag(StatusColumn column, Suppression* said) {
  if (column == StatusColumn::kOptedOut || column == StatusColumn::kOptedIn || column == StatusColumn::kMailing) {
    said->opted_out = true;
  }
  if (column == StatusColumn::kBounced || column == StatusColumn::kBounceReason || column == StatusColumn::kReachable) {
    said->bounced = true;
  }
  if (column == StatusColumn::kComplained) said->complained = true;
  if (column == StatusColumn::kDoNotContact) said->do_not_contact = true;
}

bool SaysYesIfBad(StatusColumn column) {
  return column == StatusColumn::kOptedOut || column == StatusColumn::kBounced ||
         column == StatusColumn::kBounceReason || column == StatusColumn::kComplained ||
         column == StatusColumn::kDoNotContact || column == StatusColumn::kMaybeOptedOut;
}

bool PlainAllowsMail(StatusColumn column, std::string_view plain) {
  if (column == StatusColumn::kNone || plain.empty()) return false;
  if (HasWord(kAllowingWords, plain)) return true;
  if (column == StatusColumn::kState) return false;
  return SaysYesIfBad(column) ? SaysNo(plain) : SaysYes(plain);
}

// Reads a cell of a column of wishes that says neither yes nor no in one word. `said`: what its words say. A time is
// when somebody agreed, unless a word for no stands before it.
Suppression ReadWish(StatusColumn column, const PlainText& text, bool is_time, Answers answers, Suppression said) {
  if (HasPartOf(text.text(), kContraryParts)) return said;
  const bool has_no_address = HasPhrase(MailPhrase::kNoAddress, text);
  const std::optional<bool> answer = has_no_address ? std::nullopt : LongAnswer(text, answers == Answers::kMost);
  if (answer == true) return {};
  if (answer == false && column == StatusColumn::kMaybeMailing) return {.doubtful = true};
  if (answer == false) {
    said = {};
    SetFlag(column, &said);
  } else if (HasWord(kOptOutWords, text.text())) {
    said = {.opted_out = true};
  } else {
    said.doubtful = said.doubtful || (answers != Answers::kNone && !is_time && !ParseNumber(text.text()));
  }
  return said;
}

}  // namespace

void Suppression::Add(const Suppression& other) {
  opted_out |= other.opted_out;
  bounced |= other.bounced;
  complained |= other.complained;
  do_not_contact |= other.do_not_contact;
  doubtful |= other.doubtful;
}

Suppression ReadWord(const PlainText& text) {
  const std::string_view plain = text.text();
  Suppression said;
  if (HasPartOf(plain, kContraryParts)) return said;
  if (HasPhrase(MailPhrase::kNoAddress, text)) return {.doubtful = true};
  const bool soft = HasPartOf(plain, "soft transient");
  said.opted_out =
      HasPartOf(plain, kOptOutParts) || HasPartOf(plain, kNoConsentParts) || HasPhrase(MailPhrase::kOptedOut, text);
  said.do_not_contact = HasPartOf(plain, kDoNotContactParts) || HasWord(kDoNotContactWords, plain) ||
                        HasPhrase(MailPhrase::kDoNotContact, text);
  said.bounced = !soft && HasPartOf(plain, kBounceParts);
  said.complained = HasPartOf(plain, kComplaintParts);
  said.doubtful = !said.suppresses() && !soft && !HasWord(kAllowingWords, plain) &&
                  (HasPartOf(plain, kDoubtfulParts) || HasWord(kOptOutWords, plain));
  return said;
}

bool IsCode(std::string_view cell) { return cell.size() <= 2 && !cell.empty() && std::ranges::all_of(cell, IsDigit); }

std::string_view WordAgainstMail(StatusColumn column) {
  if (column == StatusColumn::kBounced || column == StatusColumn::kBounceReason) return "bounced";
  return column == StatusColumn::kComplained ? "complained" : kOptedOutWord;
}

std::optional<bool> IsAnswer(StatusColumn column, std::string_view cell) {
  if (!IsOfWishes(column) || MeansEmpty(TrimAsciiSpace(cell))) return std::nullopt;
  const PlainText text(cell);
  const std::string plain = PlainCell(cell, text);
  if (plain.empty()) return std::nullopt;
  if (SaysYes(plain) || SaysNo(plain) || PlainAllowsMail(column, plain) || ReadWord(text).suppresses() ||
      LongAnswer(text, /*is_among_answers=*/false)) {
    return true;
  }
  const bool may_be_one = LongAnswer(text, /*is_among_answers=*/true).has_value();
  return may_be_one || LooksLikeTime(cell) || ParseNumber(plain) ? std::nullopt : std::optional(false);
}

Suppression ReadStatus(StatusColumn column, std::string_view cell, Answers answers) {
  if (column == StatusColumn::kNone || IsNullTime(cell)) return {};
  if (IsOfMailing(column) && MeansEmpty(TrimAsciiSpace(cell))) return {};
  const PlainText text(cell);
  const std::string plain = PlainCell(cell, text);
  if (plain.empty()) {
    // A mark, such as a star, is an answer that nobody knows.
    const bool is_mark = std::ranges::any_of(cell, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
    const bool asks = answers != Answers::kNone && cell.find('?') != std::string_view::npos;
    return {.doubtful = asks || (is_mark && !MeansEmpty(WithoutInvisible(cell)))};
  }
  if (column == StatusColumn::kBounceReason) {
    return {.bounced = !MeansEmpty(TrimAsciiSpace(cell)) && !PlainAllowsMail(column, plain) &&
                       !HasPartOf(plain, kContraryParts)};
  }
  if (column == StatusColumn::kReason) return ReadReason(cell, text);
  const bool is_flag = column != StatusColumn::kState && column != StatusColumn::kMailStatus;
  const bool is_yes = SaysYes(plain);
  Suppression said;
  if (is_flag && (is_yes || SaysNo(plain))) {
    if (column == StatusColumn::kMaybeMailing) return {.doubtful = !is_yes};
    if (column == StatusColumn::kMaybeOptedOut) return {.doubtful = is_yes};
    if (is_yes == SaysYesIfBad(column)) SetFlag(column, &said);
    return said;
  }
  said = ReadWord(text);
  if (said.suppresses() || PlainAllowsMail(column, plain)) return said;
  if (column == StatusColumn::kState && ((IsCode(cell) && plain != "yes") || HasWord("u x", plain))) {
    said.doubtful = true;
  }
  const bool is_time = LooksLikeTime(cell);
  if (column == StatusColumn::kMaybeOptedOut) return {.doubtful = said.doubtful || is_time};
  if (IsOfWishes(column)) return ReadWish(column, text, is_time, answers, said);
  const bool is_hard = column == StatusColumn::kBounced && HasPartOf(plain, "hard permanent");
  const bool says_when = is_time && SaysYesIfBad(column) && LongAnswer(text, /*is_among_answers=*/false) != false;
  if (is_hard || says_when) {
    said.doubtful = false;
    SetFlag(column, &said);
  } else if (column != StatusColumn::kState && HasWord(kOptOutWords, plain)) {
    said = {.opted_out = true};
  } else if (column == StatusColumn::kMailStatus || SaysYesIfBad(column)) {
    // The column is about nothing else, so every word in it has to be known.
    said.doubtful = !is_time && !HasPartOf(plain, kContraryParts) && !HasPartOf(plain, "soft transient");
  }
  return said;
}

const Suppression& StatusMemo::Read(StatusColumn column, std::string_view cell, Answers answers) {
  constexpr size_t kMostKept = 256, kMostBytes = 1024;
  auto& kept = read_[{column, answers}];
  if (const auto known = kept.find(cell); known != kept.end()) return known->second;
  if (kept.size() >= kMostKept || cell.size() > kMostBytes) kept.clear();
  return kept.emplace(cell, ReadStatus(column, cell, answers)).first->second;
}

bool AllowsMail(StatusColumn column, std::string_view cell) {
  return PlainAllowsMail(column, PlainCell(cell, PlainText(cell)));
}

bool DeniesOptOut(StatusColumn column, EventType opt_out, std::string_view cell) {
  if (IsOfMailing(column) || !AllowsMail(column, cell)) return false;
  switch (column) {
    case StatusColumn::kState:
      return HasPartOf(PlainText(cell).text(), "subscri abonn inscrit iscritt suscrit angemeldet");
    case StatusColumn::kBounced:
    case StatusColumn::kBounceReason:
    case StatusColumn::kReachable:
      return opt_out == EventType::kBounce;
    case StatusColumn::kComplained:
      return opt_out == EventType::kComplaint;
    case StatusColumn::kMailStatus:
      return true;
    default:
      return opt_out == EventType::kUnsubscribe;
  }
}

}  // namespace leadpulse::importing
