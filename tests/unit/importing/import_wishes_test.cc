// Columns of who wants mail: answers of many words count, other cells are named, and names of newsletters are neither.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <tuple>
#include <variant>
#include <vector>

#include "absl/strings/str_split.h"
#include "processor/base/text.h"
#include "processor/csv/csv_writer.h"
#include "processor/importing/importer.h"
#include "processor/importing/mail_words.h"
#include "processor/importing/suppressions.h"
#include "tests/unit/importing/imported_rows.h"

namespace leadpulse::importing::import_wishes_test {

using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr const char* kColumns[] = {"Newsletter",        "Rundschreiben", "Wants e-mail newsletter?",
                                    "Accepts marketing", "Opt-in",        "DSGVO-Einwilligung"};

std::string NameOf(const Option& option) {
  return Concat({"[", option.column, ":", option.theirs, "=", option.meaning, "]"});
}

// What each row says about mail (`no`, `?`: a warning, else empty), and what the plan offers.
struct Read {
  std::vector<std::string> rows, offers, warnings;
};

Read ReadColumn(const std::string& header, const std::vector<std::string>& cells,
                const ImportOptions& options = Contacts()) {
  std::string text;
  csv::AppendRow({"email", header}, ',', &text);
  int row_number = 0;
  for (const std::string& cell : cells)
    csv::AppendRow({Concat({"p", std::to_string(row_number++), "@example.com"}), cell}, ',', &text);
  const auto importer = Importer::Open(FromText(text), {}, *ParseRfc3339("2027-01-01T00:00:00Z"));
  Read read;
  if (const auto problem = (*importer)->Plan(options)) return {{InWords(*problem, NameOf)}, {}, {}};
  for (const Finding& finding : (*importer)->findings()) {
    if (!finding.is_offer) continue;
    read.offers.push_back(Concat({finding.column, ": ", finding.what, "; ", finding.when, " ", NameOf(finding.option),
                                  finding.is_for_import ? " !" : ""}));
  }
  for (;;) {
    const Result<const ImportedRow*> row = (*importer)->Next();
    if (!row.ok() || *row == nullptr) return read;
    SuppressionCounts said;
    const bool is_no = said.Add(**row);
    const bool is_consent = std::ranges::any_of((*row)->records, [](const codec::Record& record) {
      const auto* command = std::get_if<codec::Command>(&record);
      return command != nullptr && command->actions.Find<codec::RecordConsent>() != nullptr;
    });
    for (const WrongRow& warning : (*row)->warnings) read.warnings.push_back(InWords(warning.problem, NameOf));
    read.rows.emplace_back((*row)->wrong               ? "wrong"
                           : is_no                     ? "no"
                           : !(*row)->warnings.empty() ? "?"
                           : is_consent                ? "consent"
                                                       : "");
  }
}

// Returns every word for no with every ending that people write behind it.
std::vector<std::string> LongRefusals() {
  std::vector<std::string> all;
  for (const char* no : {"no", "Nein", "NON", "n\u00e3o", "nee", "nie", "nej", "\u043d\u0435\u0442", "kein", "False"}) {
    for (const char* end : {", danke", " thanks", " (tel.)", " 3.5.2026", " - 03.05.24", "!", "!!!", " seit 2024",
                            "; telefonisch", ", am 3. 5."}) {
      all.push_back(Concat({no, end}));
    }
  }
  return all;
}

std::vector<std::string> PhrasesOf(MailPhrase says) {
  std::vector<std::string> all;
  for (const MailPhrases& language : AllMailPhrases()) {
    if (language.says != says) continue;
    for (const std::string& phrase : std::vector<std::string>(absl::StrSplit(std::string(language.phrases), '|'))) {
      all.push_back(phrase);
    }
  }
  return all;
}

TEST(ImportWishes, ALongNoIsANoWithOrWithoutOtherAnswers) {
  for (const char* header : kColumns) {
    for (const std::string& no : LongRefusals()) {
      EXPECT_THAT(ReadColumn(header, {no, "", "weekly"}).rows[0], "no") << header << ": " << no;
      EXPECT_THAT(ReadColumn(header, {"ja", no}).rows, ElementsAre("", "no")) << header << ": " << no;
    }
  }
}

TEST(ImportWishes, EveryRefusalOfTheTableIsANo) {
  const std::vector<std::string> refusals = PhrasesOf(MailPhrase::kRefused);
  EXPECT_GT(refusals.size(), 150U);
  for (const std::string& phrase : refusals) {
    for (const std::string& cell : {phrase, Concat({phrase, "!"}), Concat({"Kunde: ", phrase, " 2026"})}) {
      const Read read = ReadColumn("Newsletter", {"ja", cell});
      EXPECT_THAT(read.rows, ElementsAre("", "no")) << cell;
      EXPECT_THAT(read.offers, ElementsAre(HasSubstr("1 cell says"))) << cell;
    }
    // Alone it is one, too; in a column about something else it says nothing.
    EXPECT_THAT(ReadColumn("Opt-in", {phrase}).rows, ElementsAre("no")) << phrase;
    EXPECT_NE(ReadColumn("Lead Status", {"won", phrase}).rows[1], "no") << phrase;
  }
}

TEST(ImportWishes, WhatIsNoAnswerIsNamed) {
  std::vector<std::string> cells = PhrasesOf(MailPhrase::kNoAnswer);
  for (const char* cell : {"vielleicht", "weekly", "?", "Frau M\u00fcller fragen", "Ja?? nicht mehr", "No answer"})
    cells.emplace_back(cell);
  for (const std::string& cell : cells) {
    for (const char* header : kColumns) {
      const Read read = ReadColumn(header, {"ja", cell});
      EXPECT_THAT(read.rows, ElementsAre("", "?")) << header << ": " << cell;
      EXPECT_THAT(read.offers, ElementsAre(HasSubstr("(1 cell) may mean that people get no mail; if so, "))) << cell;
      EXPECT_THAT(read.warnings, ElementsAre(HasSubstr("is not known; if it means no mail, give ["))) << cell;
    }
  }
  const Read read = ReadColumn("Newsletter", {"ja", "vielleicht"});
  EXPECT_THAT(read.offers, ElementsAre("Newsletter: \"vielleicht\" (1 cell) may mean that people get no mail; if so, "
                                       "[Newsletter:=unsubscribed]"));
  EXPECT_THAT(read.warnings, ElementsAre("Newsletter: \"vielleicht\" is not known; if it means no mail, give "
                                         "[Newsletter:vielleicht=unsubscribed]"));
}

TEST(ImportWishes, ALongYesIsAYes) {
  for (const char* yes : {"ja, gern", "Yes please", "ja (3.5.2026)", "oui, merci", "s\u00ed, por favor", "ok", "gerne",
                          "ja - weekly", "3.5.2026", "Jan 5, 2026"}) {
    const Read read = ReadColumn("Newsletter", {"nein", yes});
    EXPECT_THAT(read.rows, ElementsAre("no", "")) << yes;
    EXPECT_THAT(read.offers, ElementsAre(HasSubstr("1 cell says opted out"))) << yes;
  }
}

// A column that holds which newsletters somebody gets.
TEST(ImportWishes, NamesOfNewslettersRefuseNothing) {
  const std::vector<std::string> names = {"No Limits Weekly",
                                          "Nein-Sager-Brief",
                                          "Non-Profit News",
                                          "None Such",
                                          "Nie wieder Di\u00e4t",
                                          "Keine Angst Magazin",
                                          "Nicht mehr rauchen",
                                          "Nova",
                                          "News",
                                          "Nordic Notes",
                                          "No. 5",
                                          "Falsche Freunde",
                                          "Nachrichten",
                                          "Weekly; Monthly",
                                          "Neue Produkte",
                                          "Norddeutschland",
                                          "Offers",
                                          "Nee\u2019s News",
                                          "Aktion 2026"};
  for (const char* header : {"Newsletter", "Mailing list", "Newsletter subscriptions", "Rundschreiben"}) {
    const Read read = ReadColumn(header, names);
    EXPECT_THAT(read.offers, IsEmpty()) << header;
    EXPECT_THAT(read.warnings, IsEmpty()) << header;
    EXPECT_THAT(read.rows, Each("")) << header;
    for (const std::string& name : names) EXPECT_THAT(ReadColumn(header, {name, ""}).rows, Each("")) << name;
    // Beside an answer each name is asked about; only where most cells are answers may one be an answer, too.
    std::vector<std::string> cells = names;
    cells.insert(cells.end(), {"ja", "nein"});
    std::vector<std::string> rows(names.size(), "?");
    rows.back() = "";  // it may be a time
    rows.insert(rows.end(), {"", "no"});
    EXPECT_EQ(ReadColumn(header, cells).rows, rows) << header;
    EXPECT_THAT(ReadColumn(header, {"ja", "nein", "Nordic Notes"}).rows, ElementsAre("", "no", "?"));
  }
}

TEST(ImportWishes, ANoBelowTheFirstRowsCountsLikeThoseAbove) {
  std::vector<std::string> cells(FirstRows::kMostRows + 1, "ja");
  for (const char* cell : {"nein (tel.)", "kein Interesse", "vielleicht"}) cells.emplace_back(cell);
  const Read read = ReadColumn("Newsletter", cells);
  EXPECT_THAT(std::vector<std::string>(read.rows.end() - 3, read.rows.end()), ElementsAre("no", "no", "?"));
}

TEST(ImportWishes, NamesOfColumnsAreKnownOrAskedAbout) {
  for (const char* header : {"DSGVO-Einwilligung", "Einwilligung (DSGVO)", "GDPR consent", "Consentement RGPD",
                             "Zgoda RODO", "EU-DSGVO Einwilligung"}) {
    EXPECT_EQ(StatusColumnOf(header), StatusColumn::kOptedIn) << header;
  }
  for (const char* header : {"Rundschreiben", "Receives newsletter", "Rundschreiben erw\u00fcnscht"}) {
    EXPECT_EQ(StatusColumnOf(header), StatusColumn::kMailing) << header;
  }
  for (const char* header : {"Consent status", "Email Subscription Status", "Newsletter-Status"}) {
    EXPECT_EQ(StatusColumnOf(header), StatusColumn::kMailStatus) << header;
  }
  for (const char* header :
       {"NL", "Einwilligung Werbepost", "DSGVO ok", "Consent (sales)", "May contact?", "Zustimmung Kontakt"}) {
    EXPECT_EQ(StatusColumnOf(header), StatusColumn::kMaybeMailing) << header;
    const Read read = ReadColumn(header, {"ja", "nein", "ja", "nein, danke"});
    EXPECT_THAT(read.rows, ElementsAre("", "?", "", "?")) << header;
    EXPECT_THAT(read.offers, ElementsAre(HasSubstr("may mean that people get no mail; if so,"))) << header;
  }
  for (const char* header :
       {"NLD", "Consent date", "Consent source", "DSGVO Datum", "SMS consent", "Country", "avg", "avg order"}) {
    EXPECT_EQ(StatusColumnOf(header), StatusColumn::kNone) << header;
  }
}

TEST(ImportWishes, AColumnOfYesAndNothingIsAskedAbout) {
  EXPECT_THAT(ReadColumn("Newsletter", {"x", "", "x", ""}).offers,
              ElementsAre("Newsletter: 2 cells are empty, which stop no mail, and the others say yes; if that means "
                          "no, [Newsletter: =no] !"));
  EXPECT_THAT(ReadColumn("Newsletter", {"ja", "-", "", "k.A."}).offers,
              ElementsAre(HasSubstr("1 cell is empty, which stops no mail"), HasSubstr("[Newsletter:-=no] !"),
                          HasSubstr("1 cell is \"k.A.\", which stops no mail")));
  EXPECT_THAT(ReadColumn("Email Subscription Status", {"true", ""}).offers,
              ElementsAre(HasSubstr("if that means no, [Email Subscription Status: =unsubscribed] !")));
  EXPECT_THAT(ReadColumn("Newsletter", {"ja", "nein, danke", ""}).offers,
              Contains("Newsletter: 1 cell is empty, which stops no mail; if that means no, [Newsletter: =no] !"));
  EXPECT_THAT(ReadColumn("Email status", {"subscribed", "unsubscribed", ""}).offers, Not(Contains(HasSubstr("empty"))));
  for (const auto& [header, theirs, ours] :
       {std::tuple("Newsletter", "", "no"), {"Newsletter", "-", "no"}, {"Consent status", "", "unsubscribed"}}) {
    ImportOptions options = Contacts();
    options.values = {{header, theirs, ours}};
    const Read read = ReadColumn(header, {"yes", theirs, "yes", theirs}, options);
    EXPECT_THAT(read.rows, ElementsAre("", "no", "", "no")) << header;
    EXPECT_THAT(read.offers, ElementsAre(HasSubstr("2 cells say opted out"))) << header;
  }
  for (const std::vector<std::string>& cells :
       std::vector<std::vector<std::string>>{{"ja", "ja"}, {"", ""}, {"Weekly", ""}, {"2026-01-05", ""}}) {
    EXPECT_THAT(ReadColumn("Newsletter", cells).offers, Not(Contains(HasSubstr("empty")))) << cells[0];
  }
}

TEST(ImportWishes, ALongNoRefusesAConsent) {
  ImportOptions options = Contacts();
  options.consents = {{"newsletter", "Mail"}};
  const Read read =
      ReadColumn("Mail", {"ja", "nein, danke", "kein Interesse", "2026-01-05T10:00:00Z", "vielleicht"}, options);
  EXPECT_THAT(read.rows, ElementsAre("consent", "consent", "consent", "consent", "wrong"));
  EXPECT_THAT(read.offers, ElementsAre(HasSubstr("Mail: 2 cells refuse the consent to newsletter, which alone stops no "
                                                 "other mail; if they get no mail at all, in place of the consent "
                                                 "[Mail:=subscribed] !")));
}

TEST(ImportWishes, StagesAreNamedWhereACellIsNone) {
  ImportOptions options = Contacts();
  options.map = {{"Lifecycle", "stage"}};
  const Read read = ReadColumn("Lifecycle", {"new", "Customer", "Lead", "Follow up"}, options);
  EXPECT_THAT(read.rows, ElementsAre("", "wrong", "wrong", ""));
  EXPECT_THAT(read.offers, ElementsAre(HasSubstr("Lifecycle: some cells are no stage, so their rows are wrong. Stages "
                                                 "are new, contacted, ")));
  options.values = {{"Lifecycle", "Customer", "converted"}, {"Lifecycle", "Lead", "NEW"}};
  EXPECT_THAT(ReadColumn("Lifecycle", {"customer", "Lead"}, options).rows, ElementsAre("", ""));
  EXPECT_THAT(ReadColumn("Lifecycle", {"customer", "Lead"}, options).offers, IsEmpty());
  options.values = {{"Lifecycle", "Customer", "client"}};
  EXPECT_THAT(ReadColumn("Lifecycle", {"customer"}, options).rows,
              ElementsAre(HasSubstr("`client` is no stage. Stages are new, contacted, ")));
}

}  // namespace leadpulse::importing::import_wishes_test
