// Words in columns about mail that are not known: they are named, and an option says what they mean.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "processor/base/text.h"
#include "processor/csv/csv_writer.h"
#include "processor/importing/importer.h"
#include "tests/unit/importing/imported_rows.h"

namespace leadpulse::importing::import_status_words_test {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string NameOf(const Option& option) { return Concat({"[", option.column, "=", option.meaning, "]"}); }

std::string FileOf(const std::string& header, const std::vector<std::string>& cells) {
  std::string text;
  csv::AppendRow({"email", header}, ',', &text);
  int row = 0;
  for (const std::string& cell : cells)
    csv::AppendRow({Concat({"p", std::to_string(row++), "@example.com"}), cell}, ',', &text);
  return text;
}

// What the rows say against mail, the warnings, what the plan says of unknown words, and why there is none.
struct Read {
  std::vector<std::string> rows, warnings, unknown, problems;
};

Read ReadAll(const std::string& text, const ImportOptions& options = Contacts()) {
  Read read;
  const auto importer = Importer::Open(FromText(text), {}, *ParseRfc3339("2027-01-01T00:00:00Z"));
  if (const auto problem = (*importer)->Plan(options)) {
    read.problems.push_back(InWords(*problem, NameOf));
    return read;
  }
  for (const Finding& finding : (*importer)->findings()) {
    if (finding.option.name != "values") continue;
    read.unknown.push_back(Concat({finding.column, ": ", finding.what, "; ", NameOf(finding.option)}));
  }
  for (;;) {
    const Result<const ImportedRow*> row = (*importer)->Next();
    if (!row.ok() || *row == nullptr) return read;
    for (const WrongRow& warning : (*row)->warnings) read.warnings.push_back(InWords(warning.problem, NameOf));
    std::string said;
    for (const codec::Record& record : (*row)->records) {
      const auto* event = std::get_if<codec::Event>(&record);
      if (event != nullptr) said += Concat({said.empty() ? "" : " ", EventTypeName(event->type)});
      const auto* command = std::get_if<codec::Command>(&record);
      if (command != nullptr && command->actions.Find<codec::SetDoNotContact>() != nullptr) said += "do not contact";
    }
    read.rows.push_back(said);
  }
}

ImportOptions Answered(const std::string& column, const std::string& ours, const std::string& theirs = "*") {
  ImportOptions options = Contacts();
  options.values = {{column, theirs, ours}};
  return options;
}

TEST(ImportStatusWords, OneOfferNamesAllUnknownWordsOfAColumn) {
  const Read read = ReadAll(
      FileOf("Email status", {"subscribed", "on hold", "unsubscribed", "Sleeping", "on hold", "soft bounced", ""}));
  EXPECT_THAT(read.unknown, ElementsAre("Email status: \"Sleeping\" (1 cell), \"on hold\" (2 cells) may mean that "
                                        "people get no mail; [Email status=unsubscribed]"));
  EXPECT_THAT(read.rows, ElementsAre("", "", "unsubscribe", "", "", "", ""));
  EXPECT_THAT(read.warnings, ElementsAre(HasSubstr("\"on hold\" is not known"), HasSubstr("\"Sleeping\" is not known"),
                                         HasSubstr("\"on hold\" is not known")));
}

TEST(ImportStatusWords, ColumnsAreNamedApart) {
  const Read read = ReadAll(
      "email,Email status,Marketing status,Opted out\na@example.com,on hold,paused,perhaps\n"
      "b@example.com,subscribed,subscribed,no\n");
  ASSERT_EQ(read.unknown.size(), 3U);
  EXPECT_THAT(read.unknown[1], HasSubstr("Marketing status: \"paused\" (1 cell) may mean"));
  EXPECT_THAT(read.unknown[2], HasSubstr("[Opted out=unsubscribed]"));
}

// Words of many products, each in a column about mail and in one that says so by its other cells.
TEST(ImportStatusWords, WordsAreKnownOrNamed) {
  struct Case {
    const char* said;
    std::vector<const char*> words;
  };
  const Case cases[] = {
      {"?", {"cancelled",   "Canceled",    "inactive",      "Removed",       "archived", "Deleted",    "disabled",
             "deactivated", "unconfirmed", "Pending",       "paused",        "trash",    "ineligible", "Not eligible",
             "dormant",     "expired",     "transactional", "gel\u00f6scht", "inaktiv",  "entfernt",   "annul\u00e9",
             "rejected",    "never",       "stopped",       "not confirmed", "risky",    "catch-all",  "abgelehnt"}},
      {"", {"subscribed", "Active", "confirmed", "enabled", "valid", "opted in", "soft bounced", "abonniert"}},
      {"unsubscribe", {"unsubscribed", "opted-out", "Abgemeldet", "not subscribed", "d\u00e9sinscrit"}},
      {"bounce", {"cleaned", "hard bounced", "invalid", "undeliverable"}},
      {"complaint", {"complained", "spam", "abuse"}},
      {"do not contact", {"do not email", "Do Not Contact", "blocklisted", "suppressed", "excluded", "DNC"}},
  };
  for (const auto& [said, words] : cases) {
    for (const char* word : words) {
      for (const auto& [header, other] : {std::pair("Email status", "subscribed"),
                                          {"status", "unsubscribed"},
                                          {"status", "active"},
                                          {"State", "Subscribed"}}) {
        const Read read = ReadAll(FileOf(header, {other, word}));
        if (std::string_view(said) == "?") {
          ASSERT_EQ(read.unknown.size(), 1U) << header << ": " << word;
          EXPECT_THAT(read.unknown[0], HasSubstr(Concat({"\"", word, "\" (1 cell)"})));
        } else {
          ASSERT_EQ(read.rows.size(), 2U) << header << ": " << word;
          EXPECT_EQ(read.rows[1], said) << header << ": " << word;
        }
      }
    }
  }
}

TEST(ImportStatusWords, AStatusOfOtherThingsHasNoUnknownWords) {
  const Read read = ReadAll(FileOf("status", {"won", "cancelled", "new"}));
  EXPECT_THAT(read.unknown, IsEmpty());
  EXPECT_THAT(read.warnings,
              ElementsAre("status: \"cancelled\" is not known; if it means no mail, give [status=unsubscribed]"));
  EXPECT_THAT(ReadAll(FileOf("state", {"CA", "Oregon"})).unknown, IsEmpty());
  // In a list of opt-outs, everybody has opted out.
  ImportOptions options = Contacts();
  options.mode = Mode::kOptOuts;
  EXPECT_THAT(ReadAll(FileOf("Email status", {"paused"}), options).rows, ElementsAre("unsubscribe"));
}

// Dynamics 365 finds rows again by these columns.
TEST(ImportStatusWords, ColumnsThatNobodyMayModifySayNothing) {
  const Read read =
      ReadAll("(Do Not Modify) Contact,(Do Not Modify) Modified On,email\n5f,2026-01-05 10:15,a@x.example\n");
  EXPECT_THAT(read.unknown, IsEmpty());
  EXPECT_THAT(read.rows, ElementsAre(""));
  EXPECT_THAT(ReadAll(FileOf("Bounces", {"0", "3"})).warnings, IsEmpty());
}

TEST(ImportStatusWords, AnAnswerIsForAllUnknownWordsAndKeepsTheText) {
  const std::string file = FileOf("Email status", {"subscribed", "on hold", "paused", "bounced", "*"});
  EXPECT_THAT(ReadAll(file, Answered("Email status", "unsubscribed")).rows,
              ElementsAre("", "unsubscribe", "unsubscribe", "bounce", ""));
  EXPECT_THAT(ReadAll(file, Answered("Email status", "subscribed")).rows, ElementsAre("", "", "", "bounce", ""));
  EXPECT_THAT(ReadAll(file, Answered("Email status", "dnc")).rows,
              ElementsAre("", "do not contact", "do not contact", "bounce", ""));
  const Read wrong = ReadAll(file, Answered("Email status", "perhaps"));
  EXPECT_THAT(wrong.problems, ElementsAre("[=]: `perhaps` is not known; write unsubscribed, bounced, complained or "
                                          "subscribed"));
  const Read other = ReadAll(file, Answered("Email status", "subscribed", "paused"));
  EXPECT_THAT(other.unknown, ElementsAre(HasSubstr("Email status: \"on hold\" (1 cell) may mean")));
  const Imported imported = Import(FileOf("Email status", {"on hold"}), Answered("Email status", "unsubscribed"));
  const auto& update = *std::get<codec::Command>(imported.records.at(0)).actions.Find<codec::UpdateProfile>();
  EXPECT_EQ(ValueToJson(update.set.at(0).second), "\"on hold\"");
}

// A word that is first met below the rows that decide is a warning, unless an answer counts for it.
TEST(ImportStatusWords, WordsBelowTheFirstRowsAreNamed) {
  std::vector<std::string> cells(FirstRows::kMostRows + 1, "subscribed");
  cells.emplace_back("on hold");
  const Read read = ReadAll(FileOf("Email status", cells));
  EXPECT_THAT(read.warnings, ElementsAre(HasSubstr("\"on hold\" is not known")));
  EXPECT_EQ(ReadAll(FileOf("Email status", cells), Answered("Email status", "unsubscribed")).rows.back(),
            "unsubscribe");
}

// Returns what the plan says of columns that stop mail, or the problem.
std::vector<std::string> StopsOf(const std::string& text, const ImportOptions& options = Contacts()) {
  const auto importer = Importer::Open(FromText(text), {}, *ParseRfc3339("2027-01-01T00:00:00Z"));
  if (const auto problem = (*importer)->Plan(options)) return {InWords(*problem, NameOf)};
  std::vector<std::string> stops;
  for (const Finding& finding : (*importer)->findings()) {
    if (finding.option.name == "map" && finding.is_offer)
      stops.push_back(Concat({finding.column, ": ", finding.what, "; ", NameOf(finding.option)}));
  }
  return stops;
}

TEST(ImportStatusWords, ThePlanCountsTheCellsOfEachColumnThatStopMail) {
  EXPECT_THAT(StopsOf("email,Newsletter,Email status,OPTIN_TIME,vip\n"
                      "a@example.com,nein,unsubscribed,2026-01-01,no\nb@example.com,NEIN,bounced,,no\n"
                      "c@example.com,ja,subscribed,,no\nd@example.com,weekly,do not mail,,no\n"),
              ElementsAre("Newsletter: 2 cells say opted out; [Newsletter=]",
                          "Email status: 1 cell says opted out, 1 cell says bounced, 1 cell says do not contact; "
                          "[Email status=]"));
  // Counts of newsletters say nothing.
  EXPECT_THAT(StopsOf(FileOf("Newsletter", {"0", "1", "3"})), IsEmpty());
  EXPECT_THAT(ReadAll(FileOf("Newsletter", {"0", "1", "3"})).rows, ElementsAre("", "", ""));
  EXPECT_THAT(ReadAll(FileOf("Newsletter", {"0", "1"})).rows, ElementsAre("unsubscribe", ""));
  ImportOptions options = Contacts();
  options.map = {{"Newsletter", ""}};
  EXPECT_THAT(StopsOf(FileOf("Newsletter", {"nein"}), options), IsEmpty());
  EXPECT_THAT(ReadAll(FileOf("Newsletter", {"nein"}), options).rows, ElementsAre(""));
  options.map = {{"Stop", "do_not_contact"}};
  EXPECT_THAT(StopsOf(FileOf("Stop", {"yes", "no"}), options),
              ElementsAre("Stop: 1 cell says do not contact; [Stop=]"));
  EXPECT_THAT(StopsOf(FileOf("Email status", {"on hold", "ok"}), Answered("Email status", "unsubscribed")),
              ElementsAre("Email status: 1 cell says opted out; [Email status=]"));
}

TEST(ImportStatusWords, ARefusedConsentAloneStopsNoOtherMail) {
  ImportOptions options = Contacts();
  options.consents = {{"newsletter", "Newsletter"}};
  const std::string file = FileOf("Newsletter", {"nein", "ja", "NEIN"});
  EXPECT_THAT(ReadAll(file, options).rows, ElementsAre("", "", ""));
  EXPECT_THAT(StopsOf(file, options),
              ElementsAre("Newsletter: 2 cells refuse the consent to newsletter, which alone stops no other mail; "
                          "[Newsletter=subscribed]"));
}

TEST(ImportStatusWords, ANameThatSaysWhoGetsMailIsTakenAsThat) {
  config::TenantDefinitions definitions;
  definitions.strict_fields = true;
  ImportOptions options = Contacts();
  options.definitions = &definitions;
  const std::string file = FileOf("Newsletter", {"nein", "ja", "unsubscribed"});
  struct Case {
    const char* name;
    std::vector<std::string> rows;
  };
  for (const auto& [name, rows] :
       {Case{"subscribed", {"unsubscribe", "", "unsubscribe"}},
        Case{"unsubscribed", {"", "unsubscribe", "unsubscribe"}}, Case{"bounced", {"", "bounce", "unsubscribe"}},
        Case{"complained", {"", "complaint", "unsubscribe"}}, Case{"dnc", {"", "do not contact", "unsubscribe"}},
        Case{"email_status", {"", "", "unsubscribe"}}}) {
    options.map = {{"Newsletter", name}};
    EXPECT_EQ(ReadAll(file, options).rows, rows) << name;
  }
  // A surer name of the column itself stays.
  options.map = {{"Unsubscribed", "email_status"}};
  EXPECT_THAT(ReadAll(FileOf("Unsubscribed", {"yes", "no"}), options).rows, ElementsAre("unsubscribe", ""));
}

TEST(ImportStatusWords, AnAnswerIsForACellInAnyCase) {
  ImportOptions options = Contacts();
  options.map = {{"Stop", "do_not_contact"}};
  options.values = {{"Stop", "nein", "yes"}, {"Stop", " Ja", "no"}, {"Stop", "JA!", "yes"}};
  EXPECT_THAT(ReadAll(FileOf("Stop", {"nein", "NEIN", "Nein ", "ja", "JA", "ja!"}), options).rows,
              ElementsAre("do not contact", "do not contact", "do not contact", "", "", "do not contact"));
  options.values = {{"Stop", "A", "yes"}, {"Stop", "a", "no"}};
  EXPECT_THAT(ReadAll(FileOf("Stop", {"a", "A"}), options).rows, ElementsAre("", "do not contact"));
}

TEST(ImportStatusWords, AnAnswerForAColumnThatSaysNothingIsRefused) {
  config::TenantDefinitions definitions;
  definitions.strict_fields = true;
  ImportOptions options = Contacts();
  options.definitions = &definitions;
  options.map = {{"*", ""}};
  for (const char* theirs : {"nein", "*"}) {
    options.values = {{"Kunde", theirs, "unsubscribed"}};
    EXPECT_THAT(ReadAll(FileOf("Kunde", {"nein"}), options).problems,
                ElementsAre(HasSubstr("it names Kunde, which is left out, so its cells say nothing; ")));
  }
  options.values = {{"Newsletter", "nein", "bounced"}};
  EXPECT_THAT(ReadAll(FileOf("Newsletter", {"Nein"}), options).rows, ElementsAre("bounce"));
}

TEST(ImportStatusWords, AnAnswerThatStopsNoMailIsNamed) {
  ImportOptions options = Answered("Kunde", "unsubscribed", "nein");
  EXPECT_THAT(StopsOf(FileOf("Kunde", {"nein"}), options),
              ElementsAre("Kunde: \"unsubscribed\" is kept as a text, and stops no mail; [Kunde=email_status]"));
  options.map = {{"Kunde", "email_status"}};
  EXPECT_THAT(StopsOf(FileOf("Kunde", {"nein"}), options), ElementsAre("Kunde: 1 cell says opted out; [Kunde=]"));
  EXPECT_THAT(StopsOf(FileOf("Kunde", {"nein"}), Answered("Kunde", "no customer", "nein")), IsEmpty());
}

TEST(ImportStatusWords, ADoubtfulWordDoesNotMatterWhereAnotherColumnStopsTheMail) {
  const std::string head = "email,UNSUB_TIME,UNSUB_REASON\n";
  EXPECT_THAT(ReadAll(head + "a@example.com,2026-01-05 10:00,NORMAL\n").unknown, IsEmpty());
  EXPECT_THAT(ReadAll(head + "a@example.com,2026-01-05 10:00,NORMAL\nb@example.com,,OTHER\n").unknown,
              ElementsAre(HasSubstr("UNSUB_REASON: \"OTHER\" (1 cell) may mean")));
}

TEST(ImportStatusWords, ACountOfBouncesInJsonStopsNoMail) {
  const std::vector<std::string> cells = {R"({"bounces": 1})", R"({"bounces": "hard"})", R"({"bounced": true})"};
  const Read read = ReadAll(FileOf("attributes", cells));
  EXPECT_THAT(read.rows, ElementsAre("", "bounce", "bounce"));
  EXPECT_THAT(read.warnings, IsEmpty());
}

TEST(ImportStatusWords, MembersOfJsonAreNamed) {
  const std::string file =
      FileOf("attributes", {R"({"lists": [{"name": "News", "status": "unsubscribed"}]})",
                            R"({"lists": [{"name": "News", "status": "unconfirmed"}], "mail_status": "paused"})",
                            R"({"deal": {"status": "cancelled"}})", R"({"deal": {"status": "won"}})"});
  const Read read = ReadAll(file);
  EXPECT_THAT(read.unknown,
              ElementsAre("attributes: attributes.lists.status: \"unconfirmed\" (1 cell); attributes.mail_status: "
                          "\"paused\" (1 cell) may mean that people get no mail; [attributes=unsubscribed]"));
  EXPECT_THAT(ReadAll(file, Answered("attributes", "subscribed")).rows, ElementsAre("unsubscribe", "", "", ""));
  EXPECT_EQ(ReadAll(file, Answered("attributes", "unsubscribed")).rows[1], "unsubscribe unsubscribe");
}

}  // namespace leadpulse::importing::import_status_words_test
