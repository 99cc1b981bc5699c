// What rows of contacts say against mail: in columns of many names, in words of many languages, and in wrong rows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_split.h"
#include "processor/csv/csv_writer.h"
#include "processor/importing/importer.h"
#include "processor/importing/mail_words.h"
#include "processor/importing/mailing_names.h"
#include "processor/importing/suppressions.h"
#include "schemas/codec/records.h"
#include "tests/unit/importing/imported_rows.h"

namespace leadpulse::importing::import_against_mail_test {

// Returns what a row says against mail, and whether it has warnings, in letters: `?obcd`.
std::string SaidAgainstMail(const std::string& header, const std::string& cell) {
  std::string quoted;
  csv::AppendRow({"a@x.org", cell}, ',', &quoted);
  std::string text;
  csv::AppendRow({"email", header}, ',', &text);
  auto importer = Importer::Open(FromText(text += quoted), {}, *ParseRfc3339("2027-01-01T00:00:00Z"));
  const ImportOptions options = Contacts();
  if ((*importer)->Plan(options)) return "no plan";
  const Result<const ImportedRow*> row = (*importer)->Next();
  if (!row.ok() || *row == nullptr || (*row)->wrong) return "wrong";
  SuppressionCounts said;
  said.Add(**row);
  std::string letters = (*row)->warnings.empty() ? "" : "?";
  if (said.opted_out > 0) letters += 'o';
  if (said.bounced > 0) letters += 'b';
  if (said.complained > 0) letters += 'c';
  if (said.do_not_contact > 0) letters += 'd';
  return letters;
}

// Spells a text as people and programs do: case, blanks, separators, invisible characters.
std::vector<std::string> SpellingsOf(const std::string& words) {
  std::string upper = words, title = words, snake = words, joined = words, dashed = words;
  std::ranges::transform(upper, upper.begin(), [](unsigned char c) { return std::toupper(c); });
  title[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(title[0])));
  std::ranges::replace(snake, ' ', '_');
  std::ranges::replace(dashed, ' ', '-');
  std::erase(joined, ' ');
  return {words,      upper, title, snake, joined, dashed, " " + words + "\t", words + "\u00a0", "\u200b" + title,
          words + "."};
}

TEST(ImportAgainstMail, NobodyWhoseRowSaysSoIsSendable) {
  const std::pair<const char*, std::vector<const char*>> kWords[] = {
      {"o", {"unsubscribed",       "unsubscribe",           "opted out",        "opt out",
             "un subscribed",      "unsubscribed by admin", "never subscribed", "non subscribed",
             "not subscribed",     "unsubscribed 2026",     "abgemeldet",       "ausgetragen",
             "d\u00e9sinscrit",    "de\u0301sabonne\u0301", "dado de baja",     "disiscritto",
             "afgemeld",           "uitgeschreven",         "descadastrado",    "wypisany",
             "odhl\u00e1\u0161en", "unsubscribed from all"}},
      {"b",
       {"bounced", "hard bounce", "hardbounced", "cleaned", "unreachable", "undeliverable", "not deliverable",
        "invalid", "invalid email", "unzustellbar", "ung\u00fcltig", "nicht erreichbar", "injoignable", "rebotado",
        "rimbalzato", "onbereikbaar", "mailbox not found"}},
      {"c", {"complained", "complaint", "spam", "spam complaint", "marked as spam", "abuse report", "beschwerde"}},
      {"d",
       {"blocklisted", "blacklisted", "do not contact", "do not email", "don't contact", "do not mail", "dnc",
        "blocked", "suppressed", "gesperrt", "no emails", "non marketing contact", "excluded", "bloqu\u00e9",
        "nicht kontaktieren"}},
      {"",
       {"subscribed", "active", "aktiv", "confirmed", "valid", "soft bounced", "marketing contact", "abonniert",
        "opted in"}}};
  for (const auto& [said, words] : kWords) {
    for (const char* word : words) {
      for (const std::string& cell : SpellingsOf(word)) {
        for (const char* name :
             {"status", "subscription status", "state", "email status", "contact status", "statut"}) {
          for (const std::string& header : {std::string(name), SpellingsOf(name)[1], SpellingsOf(name)[3]}) {
            EXPECT_EQ(SaidAgainstMail(header, cell), said) << header << ": " << cell;
          }
        }
      }
    }
  }
}

// Each phrase of the table, as people and programs spell it, in a cell of columns about mail, and as a column.
TEST(ImportAgainstMail, EveryPhraseSaysSoInACellAndAsAColumn) {
  size_t count = 0;
  for (const MailPhrases& language : AllMailPhrases()) {
    // Answers are no names of columns; import_wishes_test.cc has them.
    if (language.says == MailPhrase::kRefused || language.says == MailPhrase::kNoAnswer) continue;
    const std::string said = language.says == MailPhrase::kNoAddress  ? "?"
                             : language.says == MailPhrase::kOptedOut ? "o"
                                                                      : "d";
    const std::vector<std::string> phrases = absl::StrSplit(std::string(language.phrases), '|');
    for (const std::string& phrase : phrases) {
      ++count;
      for (const std::string& spelled : SpellingsOf(phrase)) {
        for (const char* header : {"status", "Email status"}) {
          EXPECT_EQ(SaidAgainstMail(header, spelled), said) << language.language << ", " << header << ": " << spelled;
        }
        if (language.says == MailPhrase::kNoAddress) {
          EXPECT_EQ(StatusColumnOf(spelled), StatusColumn::kNone) << spelled;
          continue;
        }
        for (const char* cell : {"Ja", "2026-01-05"}) {
          EXPECT_EQ(SaidAgainstMail(spelled, cell), said) << language.language << ", " << spelled << ": " << cell;
        }
        for (const char* cell : {"Nein", "", "keine"}) {
          EXPECT_EQ(SaidAgainstMail(spelled, cell), "") << language.language << ", " << spelled << ": " << cell;
        }
      }
    }
  }
  EXPECT_GT(count, 400U);
}

TEST(ImportAgainstMail, PhrasesBeginAtAWord) {
  for (const char* cell : {"bitte keine E-Mails mehr!", "DoNotEmail", "WantsNoEmail", "customer (no mail)",
                           "Kunde / Keine Werbung", "\u8bf7\u52ff\u8054\u7cfb\u8be5\u5ba2\u6237"}) {
    EXPECT_EQ(SaidAgainstMail("status", cell), "d") << cell;
  }
  for (const char* cell :
       {"not contacted", "nicht kontaktiert", "non contattato", "n\u00e3o contatado", "non contact\u00e9",
        "niet gecontacteerd", "nie kontaktowano", "ikke kontaktet", "inte kontaktad", "sin contactar", "todo notes",
        "Telefono e-mail", "kein Werbeverbot", "neu", "no"}) {
    EXPECT_EQ(SaidAgainstMail("status", cell), "") << cell;
  }
}

TEST(ImportAgainstMail, YesNoAndTimesAreReadInColumnsAboutMail) {
  const std::pair<const char*, std::vector<const char*>> kColumns[] = {
      {"o", {"unsubscribed", "opt out", "Email Opt Out", "HasOptedOutOfEmail", "deactivated", "UNSUB_TIME"}},
      {"b", {"bounced", "Hard bounce", "CLEAN_TIME"}},
      {"c", {"Spam complaint", "complained"}},
      {"d", {"dnc", "do_not_mail", "Do not contact", "blocklisted"}}};
  for (const auto& [said, names] : kColumns) {
    for (const char* name : names) {
      for (const char* cell : {"yes", "TRUE", "1", "1.0", "x", "Ja", " oui ", "S\u00ed", "\u2713",
                               "2026-01-05 10:00:00", "5.1.2026", "Jan 5, 2026", "1767600000"}) {
        EXPECT_EQ(SaidAgainstMail(name, cell), said) << name << ": " << cell;
      }
      for (const char* cell :
           {"no", "False", "0", "0.0", "", " ", "Nein", "non", "-", "0000-00-00 00:00:00", "N/A", "null"}) {
        EXPECT_EQ(SaidAgainstMail(name, cell), "") << name << ": " << cell;
      }
      EXPECT_EQ(SaidAgainstMail(name, "perhaps so"), "?") << name;
    }
  }
  for (const char* name : {"subscribed", "opt in", "Accepts Email Marketing"}) {
    EXPECT_EQ(SaidAgainstMail(name, "no"), "o");
    EXPECT_EQ(SaidAgainstMail(name, "yes"), "");
    EXPECT_EQ(SaidAgainstMail(name, "2026-01-05"), "");
    EXPECT_EQ(SaidAgainstMail(name, "NEVER_SUBSCRIBED"), "o");
  }
  EXPECT_EQ(SaidAgainstMail("Email Suppressions", "[\"UNSUBSCRIBE\",\"HARD_BOUNCE\"]"), "ob");
}

// Each name of mail of the table, with a word beside it, as people and programs spell it.
TEST(ImportAgainstMail, NoInAColumnOfEveryMailingIsAnOptOut) {
  const std::vector<const char*> refusals = {"no", "Nein",   "NON", "n\u00e3o", "\u043d\u0435\u0442",
                                             "0",  "FALSCH", "nej "};
  const std::vector<const char*> others = {"yes", "JA",         "oui",           "1", "x", "", "N/A", "weekly",
                                           "3",   "2026-01-05", "Sales, Service"};
  size_t columns = 0, names_with_words = 0, known_with_words = 0;
  for (const MailingWords& language : AllMailingWords()) {
    const std::vector<std::string> names = absl::StrSplit(std::string(language.names), '|');
    const std::vector<std::string> beside = absl::StrSplit(std::string(language.beside), '|');
    for (const std::string& name : names) {
      const std::string& word = beside[columns % beside.size()];
      for (const std::string& header : {name, name + " " + word, word + " " + name}) {
        for (const std::string& spelled : SpellingsOf(header)) {
          const bool is_known = StatusColumnOf(spelled) == StatusColumn::kMailing;
          names_with_words += header != name;
          known_with_words += header != name && is_known;
          EXPECT_TRUE(is_known || header != name) << language.language << ": " << spelled;
          if (!is_known) continue;
          const char *const refusal = refusals[columns % refusals.size()], *const other =
                                                                               others[columns % others.size()];
          EXPECT_EQ(SaidAgainstMail(spelled, refusal), "o") << language.language << ", " << spelled << ": " << refusal;
          EXPECT_EQ(SaidAgainstMail(spelled, other), "") << language.language << ", " << spelled << ": " << other;
          ++columns;
        }
      }
    }
  }
  EXPECT_GT(columns, 5'000U);
  // Short words that are written into one with the name are not found.
  EXPECT_GT(known_with_words * 10, names_with_words * 9);
}

TEST(ImportAgainstMail, AColumnThatMayBeOfAMailingIsDoubtful) {
  for (const char* header : {"Newsletter Schweiz", "Gartennewsletter"}) {
    EXPECT_EQ(SaidAgainstMail(header, "nein"), "?");
    EXPECT_EQ(SaidAgainstMail(header, "ja"), "");
    EXPECT_EQ(SaidAgainstMail(header, "monthly"), "");
    EXPECT_EQ(SaidAgainstMail(header, "abgemeldet"), "o");
  }
}

TEST(ImportAgainstMail, ACountOfNewslettersSaysNothingUnlessAWordSaysNo) {
  const auto opted_out = [](const std::string& header, const std::string& cells) {
    std::string text = "email," + header + "\n";
    size_t number = 0;
    for (const std::string& cell : std::vector<std::string>(absl::StrSplit(cells, ' '))) {
      text += "a" + std::to_string(++number) + "@x.org," + cell + "\n";
    }
    const Imported imported = Import(text, Contacts());
    return std::ranges::count_if(imported.records,
                                 [](const auto& record) { return std::holds_alternative<codec::Event>(record); });
  };
  for (const char* header : {"Newsletter", "Mailing list", "Werbung"}) {
    EXPECT_EQ(opted_out(header, "0 3 12"), 0) << header;
    EXPECT_EQ(opted_out(header, "0 1 0"), 2) << header;
    // A slip in one cell leaves the others as they are.
    for (const char* cells : {"ja nein 2", "2 nein ja", "no 4711", "yes abgemeldet 2.5"}) {
      EXPECT_EQ(opted_out(header, cells), 1) << header << ": " << cells;
    }
  }
}

TEST(ImportAgainstMail, ACountOfBouncesStopsNoMailUnlessAnOptionSaysSo) {
  const auto bounced = [](const std::string& header, const std::string& cells, const std::string& each = "") {
    std::string text = "email," + header + "\n";
    size_t number = 0;
    for (const std::string& cell : std::vector<std::string>(absl::StrSplit(cells, ' '))) {
      text += "a" + std::to_string(++number) + "@x.org," + cell + "\n";
    }
    ImportOptions options = Contacts();
    if (!each.empty()) options.values = {{header, "*", each}};
    auto importer = Importer::Open(FromText(text), {}, *ParseRfc3339("2027-01-01T00:00:00Z"));
    if ((*importer)->Plan(options)) return std::string("no plan");
    SuppressionCounts said;
    size_t warnings = 0;
    for (;;) {
      const Result<const ImportedRow*> row = (*importer)->Next();
      if (!row.ok() || *row == nullptr) break;
      said.Add(**row);
      warnings += (*row)->warnings.size();
    }
    const auto asks = [](const Finding& one) { return one.is_offer && one.option.name == "values"; };
    return std::to_string(said.bounced) + (std::ranges::any_of((*importer)->findings(), asks) ? " asked" : "") +
           (warnings > 0 ? " warned" : "");
  };
  for (const char* header : {"Marketing emails bounced", "Emails bounced", "Bounces", "Bounce count"}) {
    EXPECT_EQ(bounced(header, "1 0 1"), "0 asked") << header;
    EXPECT_EQ(bounced(header, "0 0"), "0") << header;
    EXPECT_EQ(bounced(header, "1 2 3"), "0 asked") << header;
    EXPECT_EQ(bounced(header, "1 2 0", "bounced"), "2") << header;
    EXPECT_EQ(bounced(header, "yes no"), "1") << header;
  }
  EXPECT_EQ(bounced("Bounced", "1 0 1"), "2");
  EXPECT_EQ(bounced("Bounced", "1 0 2"), "0 asked");
  EXPECT_EQ(bounced("Bounced", "hard 2"), "1 warned");
  EXPECT_EQ(bounced("bounced_at", "1740000000 1740000001"), "2");
}

// Returns for each row what it says against mail: `o`, `b`, `c`, `d`, or nothing; then the columns that are named.
std::string AgainstMailIn(const std::string& text) {
  const ImportOptions options = Contacts();
  auto importer = Importer::Open(FromText(text), {}, *ParseRfc3339("2027-01-01T00:00:00Z"));
  if (!importer.ok() || (*importer)->Plan(options)) return "no plan";
  std::string all;
  for (;;) {
    const Result<const ImportedRow*> row = (*importer)->Next();
    if (!row.ok() || *row == nullptr) break;
    SuppressionCounts said;
    said.Add(**row);
    all += (all.empty() ? "" : " ") + std::string(said.opted_out > 0 ? "o" : "") + (said.bounced > 0 ? "b" : "") +
           (said.complained > 0 ? "c" : "") + (said.do_not_contact > 0 ? "d" : "") + ".";
  }
  for (const Finding& finding : (*importer)->findings()) {
    const bool is_about_mail = finding.what.find("get no mail") != std::string::npos ||
                               finding.what.find("stops no mail") != std::string::npos;
    if (is_about_mail) all += " " + finding.column + "?";
  }
  return all;
}

TEST(ImportAgainstMail, AFileOfAnotherSystemIsNotOurExport) {
  EXPECT_EQ(AgainstMailIn("id,email,first_name,unsubscribed,last_opened\n1,a@x.org,Ann,true,2024-01-02\n"
                          "2,b@x.org,Bob,yes,\n"),
            "o. o.");
  EXPECT_EQ(AgainstMailIn("id,email,segments,subscription_status,bounced\n1,a@x.org,vip,unsubscribed,\n"
                          "2,b@x.org,vip,subscribed,yes\n"),
            "o. b.");
  EXPECT_EQ(AgainstMailIn("id,email,do_not_contact\n1,a@x.org,true\n2,b@x.org,no\n"), "d. .");
  EXPECT_EQ(AgainstMailIn("lead,email,status,opt_out\n1,a@x.org,unsubscribed,\n2,b@x.org,open,yes\n"), "o. o.");
  EXPECT_EQ(AgainstMailIn("id,email,cio_id,unsubscribed,suppressed,email_status\n1,a@x.org,a,true,false,\n"
                          "2,b@x.org,a,,true,\n3,c@x.org,a,,,bounced\n"),
            "o. d. b.");
  // The state that ours came from knows it; a word of it is told.
  EXPECT_EQ(AgainstMailIn("tenant,lead,email,email_status,opt_out\nacme,1,a@x.org,unsubscribed,yes\n"), ".");
  EXPECT_EQ(AgainstMailIn("id,email,topics_out,email_status\n1,a@x.org,,unsubscribed\n"), ".");
}

TEST(ImportAgainstMail, AListOfSuppressionsSaysWhyInAColumnOfAnyName) {
  const std::string rows = "\na@x.org,BOUNCE\nb@x.org,COMPLAINT\nc@x.org,UNSUBSCRIBE\nd@x.org,custom\n";
  for (const char* name : {"Reason", "Source", "Type", "Event", "Grund"}) {
    EXPECT_EQ(AgainstMailIn(std::string("Email,") + name + rows), "b. c. o. o.") << name;
  }
  EXPECT_EQ(AgainstMailIn("Email,Source\na@x.org,Spam Complaint\nb@x.org,Unsubscribe Link\nc@x.org,Bounce Rule\n"
                          "d@x.org,Manually Added\n"),
            "c. o. b. o.");
  EXPECT_EQ(AgainstMailIn("Email,Reason\na@x.org,soft-bounce\nb@x.org,hard-bounce\n"), ". b.");
  // Elsewhere such a column is about something else.
  EXPECT_EQ(AgainstMailIn("Email,Raison sociale\na@x.org,Blocage SA\nb@x.org,Spam Recht GmbH\n").substr(0, 3), ". .");
  EXPECT_EQ(AgainstMailIn("Email,Source\na@x.org,Website\nb@x.org,Fair\nc@x.org,Spam filter\n"), ". . .");
}

TEST(ImportAgainstMail, AWordAgainstMailIsNamedInAColumnOfAnyName) {
  EXPECT_EQ(AgainstMailIn("Email,Email campaigns\na@x.org,Unsubscribed\nb@x.org,Subscribed\n"), ". . Email campaigns?");
  EXPECT_EQ(AgainstMailIn("Email,NeverBounce result\na@x.org,undeliverable\nb@x.org,ok\nc@x.org,ok\n"),
            ". . . NeverBounce result?");
  EXPECT_EQ(AgainstMailIn("Email,Tags\na@x.org,VIP;Do not mail\nb@x.org,VIP\n"), ". . Tags?");
  EXPECT_EQ(AgainstMailIn("Email,Company\na@x.org,Junkers\nb@x.org,Spamhaus\n"), ". .");
  std::string many = "Email,Remark\n";
  for (int i = 0; i < 60; ++i) many += "a" + std::to_string(i) + "@x.org,blocked " + std::to_string(i) + "\n";
  EXPECT_EQ(AgainstMailIn(many).find('?'), std::string::npos);
}

TEST(ImportAgainstMail, CodesAndMarksAreNamedOrRead) {
  EXPECT_EQ(AgainstMailIn("Email,Status\na@x.org,1\nb@x.org,2\nc@x.org,3\n"), ". . . Status?");
  EXPECT_EQ(AgainstMailIn("Email,Status\na@x.org,s\nb@x.org,u\n"), ". . Status?");
  EXPECT_EQ(AgainstMailIn("Email,Subscribed\na@x.org,✗\nb@x.org,✓\nc@x.org,❌\n"), "o. . o.");
  EXPECT_EQ(AgainstMailIn("Email,Unsubscribed\na@x.org,★\nb@x.org,\n"), ". . Unsubscribed?");
  EXPECT_EQ(AgainstMailIn("Email,IsOptInPending\na@x.org,true\nb@x.org,false\n"), ". . IsOptInPending?");
  EXPECT_EQ(AgainstMailIn("Email,Deleted\na@x.org,1\nb@x.org,0\n"), ". . Deleted?");
  EXPECT_EQ(AgainstMailIn("Email,Active\na@x.org,0\nb@x.org,1\n"), ". . Active?");
  EXPECT_EQ(AgainstMailIn("Email,Status Reason\na@x.org,Cannot Contact\nb@x.org,New\n"), "d. .");
}

TEST(ImportAgainstMail, AnAddressInQuotationMarksIsThatAddress) {
  for (const char* cell : {"“dan@ex.com”", "„dan@ex.com“", "‘dan@ex.com’", "«dan@ex.com»", "“Dan” <dan@ex.com>"}) {
    ImportOptions options = Contacts();
    options.mode = Mode::kOptOuts;
    const Imported list = Import(std::string("Email\n") + cell + "\n", options);
    ASSERT_EQ(list.records.size(), 1U) << cell;
    EXPECT_EQ(std::get<codec::Event>(list.records[0]).address, "dan@ex.com") << cell;
  }
}

TEST(ImportAgainstMail, ASoftBounceInAListOfBouncesStopsNoMail) {
  ImportOptions options = Contacts();
  options.mode = Mode::kOptOuts;
  options.opt_out = EventType::kBounce;
  const Imported list = Import(
      "email,status,reason\na@x.org,5.1.1,no such user\nb@x.org,4.2.2,mailbox full\nc@x.org,5.7.1,policy\n"
      "d@x.org,soft bounce,\ne@x.org,hard bounce,mailbox full\nf@x.org,,\n",
      options);
  EXPECT_EQ(list.records.size(), 3U);
  EXPECT_EQ(list.skipped.size(), 3U);
  EXPECT_EQ(Import("email,type\na@x.org,Transactional\n", options).records.size(), 1U);
}

TEST(ImportAgainstMail, AnyReasonOfAHardBounceIsOne) {
  for (const char* header : {"Email hard bounce reason", "hs_email_hard_bounce_reason_enum", "Hard-Bounce-Grund"}) {
    for (const char* cell : {"Mailbox full", "Policy", "Other", "Content", "DMARC", "Unknown user", "Spam", "BLOCKED",
                             "550 5.1.1 user unknown", "yes"}) {
      EXPECT_EQ(SaidAgainstMail(header, cell), "b") << header << ": " << cell;
    }
    for (const char* cell : {"", "-", "none", "no", "false", "n/a"}) {
      EXPECT_EQ(SaidAgainstMail(header, cell), "") << header << ": " << cell;
    }
  }
}

TEST(ImportAgainstMail, ColumnsOfHubSpotAreAboutMailOrNot) {
  EXPECT_EQ(SaidAgainstMail("Is globally ineligible", "true"), "d");
  EXPECT_EQ(SaidAgainstMail("Is globally ineligible", "false"), "");
  EXPECT_EQ(SaidAgainstMail("Enrichment opt out", "true"), "");
  EXPECT_EQ(SaidAgainstMail("Enrichment opt out timestamp", "2025-05-06 10:00"), "");
  for (const char* cell : {"Confirmed due to form", "Confirmed from previous behavior", "User clicked confirmation",
                           "HubSpot Rep. marked confirmed"}) {
    EXPECT_EQ(SaidAgainstMail("Marketing email confirmation status", cell), "") << cell;
  }
  EXPECT_EQ(SaidAgainstMail("Marketing email confirmation status", "Unconfirmed due to form"), "?");
}

TEST(ImportAgainstMail, AnUnknownWordIsOfferedAsWhatItsColumnIsAbout) {
  const auto offered = [](const std::string& header) {
    const std::string text = "email," + header + "\na@x.org,perhaps\n";
    auto importer = Importer::Open(FromText(text), {}, *ParseRfc3339("2027-01-01T00:00:00Z"));
    const ImportOptions options = Contacts();
    if ((*importer)->Plan(options) || (*importer)->findings().empty()) return std::string("nothing");
    const Result<const ImportedRow*> row = (*importer)->Next();
    return (*importer)->findings().back().option.meaning + " " + (*row)->warnings.front().problem.remedy.meaning;
  };
  EXPECT_EQ(offered("Bounced"), "bounced bounced");
  EXPECT_EQ(offered("Complained"), "complained complained");
  EXPECT_EQ(offered("Email status"), "unsubscribed unsubscribed");
}

TEST(ImportAgainstMail, WordsThatMayMeanNoMailAreNamed) {
  for (const char* cell :
       {"inactive", "Deleted", "unconfirmed", "Inaktiv", "cancelled", "Not contacted; never", "not bounced?"}) {
    EXPECT_EQ(SaidAgainstMail("email_status", cell), std::string_view(cell).starts_with("not b") ? "" : "?") << cell;
  }
  for (const char* cell :
       {"CA", "Bavaria", "South Carolina", "Baden-W\u00fcrttemberg", "customer", "won", "Oregon", "Utah"}) {
    EXPECT_EQ(SaidAgainstMail("state", cell), "") << cell;
    EXPECT_EQ(SaidAgainstMail("subscriber status", cell), "?") << cell;
  }
  ImportOptions options = Contacts();
  options.map = {{"status", ""}};
  EXPECT_EQ(Import("email,status\na@x.org,unsubscribed\n", options).records.size(), 1U);
}

TEST(ImportAgainstMail, NumbersThatASpreadsheetShortenedAreDoubtful) {
  for (const char* cell : {"4.91512E+11", "4,91512E+11", "4E+11", " -4.9e+09 ", "+4.91512E+11"}) {
    EXPECT_EQ(SaidAgainstMail("phone", cell), "?") << cell;
    EXPECT_EQ(SaidAgainstMail("tags", cell), "?") << cell;
  }
  for (const char* cell :
       {"4.91512E11", "E+11", "4.E+11", ".5E+1", "4.9E+1a", "ME+1", "4.9.1E+11", "49151234567", "4E+"}) {
    EXPECT_EQ(SaidAgainstMail("phone", cell), "") << cell;
  }
  // It would replace a good number.
  ImportOptions options = Contacts();
  options.empty_unsets = true;
  const Imported imported = Import("email,phone\na@x.org,\"4,91715E+11\"\n", options);
  const auto& update = *std::get<codec::Command>(imported.records.at(0)).actions.Find<codec::UpdateProfile>();
  EXPECT_TRUE(update.set.empty() && update.unset.empty());
}

// Returns the ids of the records of a row that stop mail.
std::vector<std::string> IdsThatStopMail(const std::string& text, const ImportOptions& options, bool is_wrong) {
  const auto importer = Importer::Open(FromText(text), {}, *ParseRfc3339("2027-01-01T00:00:00Z"));
  EXPECT_FALSE((*importer)->Plan(options)) << text;
  const Result<const ImportedRow*> row = (*importer)->Next();
  EXPECT_EQ((*row)->wrong.has_value(), is_wrong) << text;
  SuppressionCounts said;
  const bool stops_mail = said.Add(**row);
  EXPECT_EQ(stops_mail, said.rows == 1U);
  std::vector<std::string> ids;
  std::string lines;
  for (const codec::Record& record : (*row)->records) {
    const auto* command = std::get_if<codec::Command>(&record);
    const bool stops = command == nullptr || command->actions.Find<codec::SetDoNotContact>() != nullptr;
    EXPECT_TRUE(stops || !is_wrong);
    if (!stops) continue;
    ids.push_back(command != nullptr ? command->command_id : std::get<codec::Event>(record).event_id);
  }
  EXPECT_EQ(static_cast<size_t>(std::ranges::count((*row)->lines, '\n')), (*row)->records.size());
  return ids;
}

TEST(ImportAgainstMail, AWrongRowStopsMailWithTheIdsOfTheCorrectedOne) {
  config::TenantDefinitions definitions;
  definitions.fields = {{"company_size", FieldType::kNumber}};
  const std::string long_name(70'000, 'x');  // a run would refuse it
  const std::pair<const char*, const char*> kWays[] = {
      {"unsubscribed", "yes"},        {"email status", "bounced"},
      {"email status", "complained"}, {"dnc", "x"},
      {"Newsletter", "nein"},         {"email status", "unsubscribed, bounced, blocklisted"}};
  for (const auto& [header, said] : kWays) {
    for (const bool by_id : {false, true}) {
      ImportOptions options = Contacts();
      options.definitions = &definitions;
      options.map = {{"Stop", "do_not_contact"}};
      options.consents = {{"calls", "Calls"}};
      options.time_column = "Since";
      if (by_id) options.lead_id_column = "Id";
      const auto file_of = [&, header = header, said = said](const std::string& size, const std::string& stage,
                                                             const std::string& stop, const std::string& calls,
                                                             const std::string& since, const std::string& name) {
        std::string text;
        csv::AppendRow({"Id", "Email", "Employees", "Stage", "Stop", "Calls", "Since", "Name", header}, ';', &text);
        csv::AppendRow({"7", "a@x.org", size, stage, stop, calls, since, name, said}, ';', &text);
        return text;
      };
      const std::string day = "2026-01-05T00:00:00Z";
      const auto right = IdsThatStopMail(file_of("5", "new", "no", "yes", day, "Ann"), options, false);
      EXPECT_FALSE(right.empty());
      for (const std::string& text :
           {file_of("10k", "new", "no", "yes", day, "Ann"), file_of("5", "won?", "no", "yes", day, "Ann"),
            file_of("5", "new", "perhaps", "yes", day, "Ann"), file_of("5", "new", "no", "soon", day, "Ann"),
            file_of("5", "new", "no", "yes", "then", "Ann"), file_of("5", "new", "no", "yes", day, long_name),
            file_of("10k", "won?", "perhaps", "soon", "then", "Ann")}) {
        EXPECT_EQ(IdsThatStopMail(text, options, true), right) << text.substr(0, 200);
      }
    }
  }
  ImportOptions options = Contacts();
  options.definitions = &definitions;
  // Who the row is about must be known.
  for (const char* row : {"anna@,5,yes\n", ",10k,yes\n", "a@x.org,5\n", "a@x.org,10k,no\n"}) {
    EXPECT_TRUE(IdsThatStopMail(std::string("Email,Employees,unsubscribed\n") + row, options, true).empty()) << row;
  }
  EXPECT_TRUE(IdsThatStopMail("lead,tenant,dnc\na@x.org,other,true\n", Contacts(), true).empty());
  // Nor does a record that a run would refuse.
  ImportOptions by_id = options;
  by_id.lead_id_column = "Id";
  const std::string long_id(400, '7');
  EXPECT_TRUE(IdsThatStopMail("Id,Email,unsubscribed\n" + long_id + ",a@x.org,yes\n", by_id, true).empty());
  // So do members of JSON.
  EXPECT_EQ(IdsThatStopMail("email;j\na@x.org;{\"company_size\": \"many\", \"unsubscribed\": true}\n", options, true),
            IdsThatStopMail("email;j\na@x.org;{\"company_size\": \"5\", \"unsubscribed\": true}\n", options, false));
}

}  // namespace leadpulse::importing::import_against_mail_test
