// Rows of contacts as commands: the records of each, and the errors of others.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "processor/csv/csv_writer.h"
#include "processor/importing/importer.h"
#include "schemas/codec/records.h"
#include "tests/unit/importing/imported_rows.h"

namespace leadpulse::importing::import_rows_test {

using ::testing::HasSubstr;

// Makes a command of this lead, without an id.
codec::Command Command(const char* lead, codec::Action action) {
  codec::Command command{{"acme", ""}, "", Contacts().issued_at, "import", false, std::move(action)};
  const bool is_address = std::string_view(lead).find('@') != std::string_view::npos;
  codec::SetLead(is_address ? "" : lead, is_address ? lead : "", &command);
  return command;
}

std::vector<codec::Command> CommandsOf(const Imported& imported) {
  std::vector<codec::Command> commands;
  for (const codec::Record& record : imported.records) {
    commands.push_back(std::get<codec::Command>(record));
    commands.back().command_id.clear();
  }
  return commands;
}

TEST(ImportContacts, TakeTimeSourceAndVersionOfAConsent) {
  ImportOptions options = Contacts();
  options.consents = {{"newsletter", "Opt-in"}};
  options.map = {{"Opt-in date", "consent.newsletter.at"},
                 {"Form", "consent.newsletter.source"},
                 {"Terms", "Consent.Newsletter.VERSION"},
                 {"Calls", "consent.calls"},
                 {"Ads since", "consent.Ad mail.at"}};
  const Imported imported = Import(
      "Email,Opt-in,Opt-in date,Form,Terms,Calls,Ads since\n"
      "a@x.org,yes,2025-01-02T03:04:05Z,Fair,v2,no,\n"
      "b@x.org,no,2025-06-01T00:00:00Z,,,2024-02-29T10:00:00Z,2023-01-01T00:00:00Z\n"
      "c@x.org,,2025-06-01T00:00:00Z,,,,\n"
      "d@x.org,perhaps,,,,soon,\n",
      options);
  const auto at = [](const char* time) { return ParseRfc3339(time); };
  EXPECT_EQ(CommandsOf(imported),
            (std::vector<codec::Command>{
                Command("a@x.org", codec::RecordConsent{"newsletter", true, "Fair", "v2", at("2025-01-02T03:04:05Z")}),
                Command("a@x.org", codec::RecordConsent{"calls", false, "import"}),
                Command("b@x.org", codec::RecordConsent{"newsletter", false, "import", "", at("2025-06-01T00:00:00Z")}),
                Command("b@x.org", codec::RecordConsent{"calls", true, "import", "", at("2024-02-29T10:00:00Z")}),
                Command("b@x.org", codec::RecordConsent{"Ad mail", true, "import", "", at("2023-01-01T00:00:00Z")}),
                Command("c@x.org", codec::RecordConsent{"newsletter", true, "import", "", at("2025-06-01T00:00:00Z")}),
            }));
  EXPECT_THAT(imported.wrong, ::testing::ElementsAre(HasSubstr("is neither yes nor no")));
}

TEST(ImportContacts, TakeOwnerNotesAndDoNotContact) {
  ImportOptions options = Contacts();
  options.map = {{"Owner", "agent"}, {"Remark", "add_note"}, {"Call", "add_note"}, {"Blocked", "do_not_contact"}};
  const Imported imported = Import(
      "Email,Owner,Remark,Call,Blocked\na@x.org,kim,met in May,busy,yes\nb@x.org,,,,no\nc@x.org,,,,perhaps\n", options);
  EXPECT_EQ(CommandsOf(imported), (std::vector<codec::Command>{
                                      Command("a@x.org", codec::AssignAgent{"kim"}),
                                      Command("a@x.org", codec::AddNote{"met in May"}),
                                      Command("a@x.org", codec::AddNote{"busy"}),
                                      Command("a@x.org", codec::SetDoNotContact{true, ""}),
                                      Command("b@x.org", codec::UpdateProfile{}),
                                  }));
  EXPECT_THAT(imported.wrong, ::testing::ElementsAre(HasSubstr("Blocked: \"perhaps\" is neither yes nor no")));
}

// Recognised by column, as other times are.
TEST(ImportContacts, TakeTimesOfConsentsInAnyForm) {
  ImportOptions options = Contacts();
  options.map = {{"Newsletter", "consent.news"}, {"Ads", "consent.ads"}, {"Since", "consent.ads.at"}};
  options.times.zone = absl::UTCTimeZone();
  const Imported imported = Import(
      "Email,Newsletter,Ads,Since\n"
      "a@x.org,31.12.2025 10:30,yes,12/31/25\n"
      "b@x.org,no,-,N/A\n"
      "c@x.org,1,0,01/02/25\n"
      "d@x.org,2,,\n",
      options);
  const auto at = [](const char* time) { return ParseRfc3339(time); };
  EXPECT_EQ(CommandsOf(imported),
            (std::vector<codec::Command>{
                Command("a@x.org", codec::RecordConsent{"news", true, "import", "", at("2025-12-31T10:30:00Z")}),
                Command("a@x.org", codec::RecordConsent{"ads", true, "import", "", at("2025-12-31T00:00:00Z")}),
                Command("b@x.org", codec::RecordConsent{"news", false, "import"}),
                Command("c@x.org", codec::RecordConsent{"news", true, "import"}),
                Command("c@x.org", codec::RecordConsent{"ads", false, "import", "", at("2025-01-02T00:00:00Z")}),
            }));
  EXPECT_THAT(imported.wrong, ::testing::ElementsAre(HasSubstr("is neither yes nor no")));
}

TEST(ImportContacts, ATimeOfAConsentWithoutAZoneSaysSo) {
  ImportOptions options = Contacts();
  options.map = {{"Newsletter", "consent.news"}};
  EXPECT_THAT(Import("Email,Newsletter\na@x.org,31.12.2025 10:30\n", options).wrong,
              ::testing::ElementsAre(HasSubstr("\"31.12.2025 10:30\" has no time zone")));
}

TEST(ImportContacts, WriteOneCommandForEachKindOfThing) {
  ImportOptions options = Contacts();
  options.tags = {"fair"};
  options.lists = {"Fair 2026"};
  options.stage = Stage::kContacted;
  options.consents = {{"newsletter", "Opt-in"}};
  const Imported imported = Import(
      "Email,First Name,Tags,Campaigns,Stage,Opt-in,City\n Ada@X.org , Ada ,vip; trial,spring,Follow up,Yes,\n"
      "b@x.org,,,,,,\n",
      options);
  EXPECT_EQ(CommandsOf(imported), (std::vector<codec::Command>{
                                      Command("ada@x.org", codec::UpdateProfile{{{"first_name", Value("Ada")}}, {}}),
                                      Command("ada@x.org", codec::EditTags{{"fair", "vip", "trial"}, {}}),
                                      Command("ada@x.org", codec::EditLists{{"Fair 2026"}, {}}),
                                      Command("ada@x.org", codec::EditCampaigns{{"spring"}, {}}),
                                      Command("ada@x.org", codec::SetStage{Stage::kFollowUp}),
                                      Command("ada@x.org", codec::RecordConsent{"newsletter", true, "import"}),
                                      Command("b@x.org", codec::EditTags{{"fair"}, {}}),
                                      Command("b@x.org", codec::EditLists{{"Fair 2026"}, {}}),
                                      Command("b@x.org", codec::SetStage{Stage::kContacted}),
                                  }));
  const std::vector<std::string> ids = IdsOf(imported);
  EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), ids.size());
}

// As Mailchimp exports tags.
TEST(ImportContacts, NamesInQuotesMayHoldTheSeparator) {
  const struct {
    const char* cell;
    std::vector<std::string> tags;
  } cases[] = {
      {R"("""vip"",""news, weekly""")", {"vip", "news, weekly"}},
      {R"("""news, weekly"" , vip")", {"news, weekly", "vip"}},
      {R"("""a;b""; c")", {"a;b", "c"}},
      {R"("""5"" disk, 6"" disk")", {"\"5\" disk", "6\" disk"}},
      {R"("""open, vip")", {"\"open", "vip"}},
      {R"("""open, ""vip, x")", {"\"open", "\"vip", "x"}},
  };
  for (const auto& each : cases) {
    EXPECT_EQ(CommandsOf(Import("Mail,Tags\na@x.org," + std::string(each.cell) + "\n", Contacts())),
              std::vector<codec::Command>{Command("a@x.org", codec::EditTags{each.tags, {}})})
        << each.cell;
  }
}

TEST(ImportContacts, AnAddressAloneIsALead) {
  EXPECT_EQ(CommandsOf(Import("Mail\na@x.org\n", Contacts())),
            std::vector<codec::Command>{Command("a@x.org", codec::UpdateProfile{})});
}

TEST(ImportContacts, AnAddressIsTakenWithoutWhatNobodySees) {
  for (const char* cell : {"\u00a0A@x.org", " a@x.org \u200b\u00a0", "\ufeffa@x.org", "Ann <\u200ba@x.org >"}) {
    const Imported imported = Import(std::string("mail\n") + cell + "\n", Contacts());
    ASSERT_EQ(imported.records.size(), 1U) << cell;
    EXPECT_EQ(std::get<codec::Command>(imported.records[0]).key.lead, "a@x.org") << cell;
  }
  for (const char* unusual :
       {"änn@exämple.org", "o'neil+news@x.co.uk", "a@localhost", "a@[192.0.2.1]", "a@bücher.рф"}) {
    EXPECT_EQ(Import(std::string("mail\n") + unusual + "\n", Contacts()).records.size(), 1U) << unusual;
  }
  // Nothing but such marks is an empty cell.
  ImportOptions options = Contacts();
  options.lead_id_column = "Id";
  EXPECT_EQ(Import("Id,mail\nL-1,\u00a0\n", options).records.size(), 1U);
}

TEST(ImportContacts, EmptyCellsUnsetWhereThatIsSaid) {
  ImportOptions options = Contacts();
  options.empty_unsets = true;
  EXPECT_EQ(CommandsOf(Import("Mail,b,a,Tags\na@x.org,, ,\n", options)),
            std::vector<codec::Command>{Command("a@x.org", codec::UpdateProfile{{}, {"b", "a"}})});
  options.lead_id_column = "Id";
  EXPECT_EQ(CommandsOf(Import("Id,a,Mail\nL-1,, \n", options)),
            std::vector<codec::Command>{Command("L-1", codec::UpdateProfile{{}, {"email", "a"}})});
  EXPECT_EQ(CommandsOf(Import("Id,a\nL-1,\n", options)),
            std::vector<codec::Command>{Command("L-1", codec::UpdateProfile{{}, {"a"}})});
}

TEST(ImportContacts, ALeadIdIsTakenAsItIsAndTheAddressIsAnAttribute) {
  ImportOptions options = Contacts();
  options.lead_id_column = "Id";
  const Imported imported = Import("Id,Mail\nL-1,A@X.org\nL-2,\n,c@x.org\n", options);
  EXPECT_EQ(CommandsOf(imported), (std::vector<codec::Command>{
                                      Command("L-1", codec::UpdateProfile{{{"email", Value("a@x.org")}}, {}}),
                                      Command("L-2", codec::UpdateProfile{}),
                                  }));
  EXPECT_THAT(imported.wrong, ::testing::ElementsAre("Id is empty: no lead id"));
}

TEST(ImportContacts, TwoSpellingsOfOneAddressAreOneLead) {
  const Imported imported = Import("Mail,a\nAnn@B\u00fccher.example,1\nann@xn--bcher-kva.example,2\n", Contacts());
  const char* const normal = "ann@xn--bcher-kva.example";
  EXPECT_EQ(
      CommandsOf(imported),
      (std::vector<codec::Command>{
          Command(normal, codec::UpdateProfile{{{"a", Value("1")}, {"email", Value("ann@b\u00fccher.example")}}, {}}),
          Command(normal, codec::UpdateProfile{{{"a", Value("2")}}, {}})}));
}

TEST(ImportContacts, CellsAreConvertedAsDeclared) {
  config::TenantDefinitions definitions;
  definitions.fields = {{"size", FieldType::kNumber}, {"vip", FieldType::kBoolean}, {"since", FieldType::kDay}};
  ImportOptions options = Contacts();
  options.definitions = &definitions;
  const Imported imported = Import(
      "Mail,since,size,vip\na@x.org,2026-01-31T00:00:00.000Z,12.5,yes\nb@x.org,soon,,\nc@x.org,,many,\nd@x."
      "org,,,maybe\n",
      options);
  EXPECT_EQ(CommandsOf(imported),
            std::vector<codec::Command>{Command(
                "a@x.org", codec::UpdateProfile{
                               {{"since", Value("2026-01-31")}, {"size", Value(12.5)}, {"vip", Value(true)}}, {}})});
  ASSERT_EQ(imported.wrong.size(), 3U);
  EXPECT_THAT(imported.wrong[0], HasSubstr("since: \"soon\" is no date"));
  EXPECT_THAT(imported.wrong[1], HasSubstr("size: \"many\" is no number"));
  EXPECT_THAT(imported.wrong[2], HasSubstr("vip: \"maybe\" is neither yes nor no"));
}

TEST(ImportContacts, YesAndNoInSeveralLanguages) {
  config::TenantDefinitions definitions;
  definitions.fields = {{"vip", FieldType::kBoolean}};
  ImportOptions options = Contacts();
  options.definitions = &definitions;
  options.consents = {{"news", "News"}};
  const std::pair<bool, std::vector<const char*>> cases[] = {
      {true, {"yes", "Y", "1", "TRUE", "ja", "WAHR", "Oui", "VRAI", "sí", "verdadero", "sim", "x", "tak", "да"}},
      {false, {"no", "N", "0", "FALSE", "nein", "FALSCH", "non", "faux", "não", "falso", "nee", "нет"}}};
  for (const auto& [is_yes, words] : cases) {
    for (const char* word : words) {
      const Imported imported = Import("Mail,vip,News\na@x.org," + std::string(word) + "," + word + "\n", options);
      EXPECT_EQ(CommandsOf(imported), (std::vector<codec::Command>{
                                          Command("a@x.org", codec::UpdateProfile{{{"vip", Value(is_yes)}}, {}}),
                                          Command("a@x.org", codec::RecordConsent{"news", is_yes, "import"}),
                                      }))
          << word;
    }
  }
  options.consents.clear();
  for (const char* word : {"jawohl", "all", "no idea", "2"}) {
    EXPECT_THAT(Import("Mail,vip\na@x.org," + std::string(word) + "\n", options).wrong,
                ::testing::ElementsAre(HasSubstr("is neither yes nor no")))
        << word;
  }
}

TEST(ImportContacts, ADayWithoutAYearAmongDaysSaysWhatToDo) {
  config::TenantDefinitions definitions;
  definitions.fields = {{"birthday", FieldType::kDay}};
  ImportOptions options = Contacts();
  options.definitions = &definitions;
  auto importer =
      Importer::Open(FromText("Mail,Birthday\na@x.org,1985-12-10\nb@x.org,--12-09\n"), {}, options.issued_at);
  ASSERT_TRUE(importer.ok() && !(*importer)->Plan(options));
  ASSERT_TRUE((*importer)->Next().ok());
  const auto row = (*importer)->Next();
  ASSERT_TRUE(row.ok() && (*row)->wrong);
  const Problem& problem = (*row)->wrong->problem;
  EXPECT_EQ(problem.what, "Birthday: \"--12-09\" has no year, which only a text keeps");
  EXPECT_EQ((std::vector<std::string>{std::string(problem.remedy.name), problem.remedy.column, problem.remedy.meaning}),
            (std::vector<std::string>{"map", "Birthday", "birthday_text"}));
}

TEST(ImportContacts, WrongRowsSayWhyAndTheOthersGoOn) {
  const struct {
    std::string row;
    const char* why;
  } cases[] = {
      {",x,", "mail is empty: no address"},
      {"nobody,x,", "mail: \"nobody\" is no e-mail address"},
      {"a b@x.org,x,", "is no e-mail address"},
      {"@x.org,x,", "is no e-mail address; if you mean the whole domain, write `suppress: {domains: [\"x.org\"]}`"},
      {"All <*@rival.example>,x,", "is no e-mail address"},
      {"*@Rival.Example,x,", "domains: [\"rival.example\"]}` in the definitions"},
      {"rival.example,x,", "domains: [\"rival.example\"]}` in the definitions"},
      {"*@*.x.org,x,", "domains: [\"*.x.org\"]}` in the definitions"},
      {"*.x.org,x,", "domains: [\"*.x.org\"]}` in the definitions"},
      {"a@b@x.org,x,", "is no e-mail address"},
      {"a@,x,", "is no e-mail address"},
      {"a@x..org,x,", "is no e-mail address"},
      {"a@x.org.,x,", "is no e-mail address"},
      {"'a@x.org',x,", "is no e-mail address"},
      {"mailto:a@x.org,x,", "is no e-mail address"},
      {"a\u3000b@x.org,x,", "is no e-mail address"},
      {"a@x.org,x", "it has 2 cells, the header 3"},
      {"a@x.org,x,,", "it has 4 cells, the header 3"},
      {"a@x.org,\"x\"y,", "text follows a quote that closed"},
      {"a@x.org,x,won", "stage: \"won\" is no stage"},
      {"a@x.org,\xFF,", "do not fit the file's encoding"},
      {"a@x.org," + std::string(9000, 'x') + ",", "is 9000 bytes long; at most 8192 are allowed"},
      {std::string(400, 'a') + "@x.org,,", "at most 320 bytes are allowed"},
      {"a@x.org," + std::string(2 << 20, 'x') + ",", "the row is over 1 MiB"},
  };
  for (const auto& each : cases) {
    const Imported imported = Import("mail,nämä,stage\n" + each.row + "\nlast@x.org,y,\n", Contacts());
    ASSERT_EQ(imported.wrong.size(), 1U) << each.why;
    EXPECT_THAT(imported.wrong[0], HasSubstr(each.why));
    EXPECT_EQ(imported.records.size(), 1U) << each.why;
  }
}

TEST(ImportContacts, AFileWhoseFirstRowCannotNameColumnsIsRefused) {
  const struct {
    std::string text;
    const char* why;
  } cases[] = {
      {"", "it is empty; its first row must name the columns"},
      {"mail,\"na\"me\na@x.org,x\n", "cannot be used: text follows a quote that closed"},
      {"mail," + std::string(2 << 20, 'x') + "\n", "cannot be used: the row is over 1 MiB"},
      {"mail,n\xFFme\n", "cannot be used: it has bytes that do not fit the file's encoding"},
      {std::string("PK\x03\x04") + "sheet", "it is an Excel workbook or a ZIP archive; save its table as CSV"},
      {std::string("\xD0\xCF\x11\xE0") + "sheet", "it is an Excel workbook; save its table as CSV"},
      {std::string("\x1F\x8B") + "x", "it is compressed with gzip"},
  };
  for (const auto& each : cases) {
    const auto importer = Importer::Open(FromText(each.text), {.encoding = csv::Encoding()}, {});
    ASSERT_FALSE(importer.ok()) << each.why;
    EXPECT_THAT(importer.status().message(), HasSubstr(each.why));
  }
}

TEST(ImportContacts, MoreAttributesThanALeadMayHaveAreWrong) {
  std::string header = "mail", row = "a@x.org";
  for (int i = 0; i < 501; ++i) {
    header += ",c" + std::to_string(i);
    row += ",x";
  }
  EXPECT_THAT(Import(header + "\n" + row + "\n", Contacts()).wrong,
              ::testing::ElementsAre(HasSubstr("more than the 500 attributes")));
  row.back() = ' ';
  EXPECT_EQ(Import(header + "\n" + row + "\n", Contacts()).records.size(), 1U);
}

TEST(ImportContacts, IdsAreOfWhatIsSaidAndWhen) {
  const char* text = "Mail,Name\na@x.org,Ann\n";
  const auto ids = IdsOf(Import(text, Contacts()));
  // Recorded ids: their ingredients must never change.
  EXPECT_EQ(ids, std::vector<std::string>{"import-e6b86997d68789ef618c0d65eae16223"});
  EXPECT_EQ(ids, IdsOf(Import("Name;Mail\r\n\r\nAnn ;A@x.org\r\n", Contacts())));
  EXPECT_NE(ids, IdsOf(Import("Mail,Name\na@x.org,Bea\n", Contacts())));
  ImportOptions later = Contacts(), other = Contacts();
  later.issued_at = later.issued_at + Millis(1);
  other.tenant = "umbrella";
  EXPECT_NE(ids, IdsOf(Import(text, later)));
  EXPECT_NE(ids, IdsOf(Import(text, other)));
}

TEST(ImportContacts, HoldAsOfTheTimeInAColumnThatIsReadAllTheSame) {
  ImportOptions options = Contacts();
  options.time_column = "Since";
  const Imported imported = Import("Mail,Since\na@x.org,2026-01-05T10:00:00Z\nb@x.org,\nc@x.org,next year\n", options);
  ASSERT_EQ(imported.records.size(), 2U);
  const auto& first = std::get<codec::Command>(imported.records[0]);
  EXPECT_EQ(FormatRfc3339(first.issued_at), "2026-01-05T10:00:00Z");
  EXPECT_EQ(first.actions.Find<codec::UpdateProfile>()->set,
            (codec::NamedValues{{"since", Value("2026-01-05T10:00:00Z")}}));
  EXPECT_EQ(std::get<codec::Command>(imported.records[1]).issued_at, options.issued_at);
  EXPECT_THAT(imported.wrong, ::testing::ElementsAre(HasSubstr("Since: \"next year\" is no time")));
}

TEST(ImportContacts, CellsAreReadAsSaid) {
  ImportOptions options = Contacts();
  options.values = {{"stage", "demo booked", "follow_up"}, {"size", "n/a", ""}, {"size", "big", "500"}};
  const Imported imported =
      Import("Mail,Stage,Size\na@x.org, demo booked ,n/a\nb@x.org,qualified,big\nc@x.org,Demo,\n", options);
  EXPECT_EQ(CommandsOf(imported), (std::vector<codec::Command>{
                                      Command("a@x.org", codec::SetStage{Stage::kFollowUp}),
                                      Command("b@x.org", codec::UpdateProfile{{{"size", Value("500")}}, {}}),
                                      Command("b@x.org", codec::SetStage{Stage::kQualified}),
                                  }));
  EXPECT_THAT(imported.wrong, ::testing::ElementsAre("Stage: \"Demo\" is no stage"));
}

TEST(ImportContacts, TextsThatASpreadsheetProtectsAreReadAsShown) {
  const auto city_of = [](const std::string& cell, const std::string& header) {
    std::string text;
    csv::AppendRow({"=\"email\"", header}, ',', &text);
    csv::AppendRow({"=\"a@x.org\"", cell}, ',', &text);
    const Imported imported = Import(text, Contacts());
    const auto& update = *std::get<codec::Command>(imported.records.at(0)).actions.Find<codec::UpdateProfile>();
    return ValueToJson(update.set.at(0).second);
  };
  for (const auto& [cell, shown] :
       std::vector<std::pair<std::string, std::string>>{{"=\"01067\"", "01067"},
                                                        {" =\"+49 30 1\" ", "+49 30 1"},
                                                        {"=\"a\"\"b\"", "a\\\"b"},
                                                        {"=\"=1+2\"", "=1+2"},
                                                        {"=\"a\"&\"b\"", "=\\\"a\\\"&\\\"b\\\""},
                                                        {"=1+2", "=1+2"},
                                                        {"=\"", "=\\\""},
                                                        {"'=\"1\"", "'=\\\"1\\\""}}) {
    for (const char* header : {"zip", "=\"zip\"", "phone"}) {
      EXPECT_EQ(city_of(cell, header), "\"" + shown + "\"") << cell;
    }
  }
}

TEST(ImportContacts, ACellWithANumberInsideNamesTheAnswer) {
  config::TenantDefinitions definitions;
  definitions.fields = {{"size", FieldType::kNumber}};
  ImportOptions options = Contacts();
  options.definitions = &definitions;
  struct Case {
    const char *cell, *answer;
  };
  for (const auto& [cell, answer] : {Case{"1000+", "1000"}, Case{"5-25", "5"}, Case{"> 50", "50"}, Case{"10k", ""},
                                     Case{"many", ""}, Case{"1.2M", ""}, Case{"ca. 20", ""}, Case{"1=2", ""}}) {
    const std::string text = Concat({"email,size\na@x.org,", cell, "\nb@x.org,7\n"});
    const auto importer = Importer::Open(FromText(text), {}, *ParseRfc3339("2027-01-01T00:00:00Z"));
    EXPECT_FALSE((*importer)->Plan(options));
    const Result<const ImportedRow*> row = (*importer)->Next();
    ASSERT_TRUE((*row)->wrong) << cell;
    const Option& remedy = (*row)->wrong->problem.remedy;
    EXPECT_EQ(remedy.meaning, answer) << cell;
    if (remedy.meaning.empty()) continue;
    EXPECT_EQ(remedy.theirs, cell);
    ImportOptions answered = options;
    answered.values = {{remedy.column, remedy.theirs, remedy.meaning}};
    EXPECT_TRUE(Import(text, answered).wrong.empty());
  }
}

TEST(ImportContacts, EachWrongCellOfARowIsNamed) {
  auto importer = Importer::Open(FromText("email,stage,news,since\nnobody,on,maybe,then\n"), {},
                                 *ParseRfc3339("2027-01-01T00:00:00Z"));
  ImportOptions options = Contacts();
  options.consents = {{"news", "news"}};
  options.time_column = "since";
  ASSERT_FALSE((*importer)->Plan(options));
  const Result<const ImportedRow*> row = (*importer)->Next();
  ASSERT_TRUE(row.ok() && (*row)->wrong);
  EXPECT_EQ(AllInWords(*(*row)->wrong, [](const Problem& problem) { return problem.what; }),
            "email: \"nobody\" is no e-mail address; since: \"then\" is no time; stage: \"on\" is no stage; "
            "news: \"maybe\" is neither yes nor no");
}

TEST(ImportContacts, NewAddressesHaveTheSyntaxOfAMailbox) {
  for (const char* address : {"a@b..c", ".a@x.org", "a..b@x.org", "a.@x.org", "a@-x.org", "a@x_y.org", "a@x.org.",
                              "a(b)@x.org", "a@[1.2.3]", "a@b@x.org"}) {
    const std::string rows = std::string("email\n") + address + "\n", by_id = std::string("id\n") + address + "\n";
    ImportOptions options = Contacts();
    EXPECT_THAT(Import(rows, options).wrong, ::testing::ElementsAre(HasSubstr("is no e-mail address"))) << address;
    options.lead_id_column = "id";
    EXPECT_THAT(Import(by_id, options).wrong, ::testing::ElementsAre(HasSubstr("is no e-mail address"))) << address;
  }
  for (const char* address : {"o'neil+news@x.co.uk", "\u00e4nn@ex\u00e4mple.org", "a@[192.0.2.1]", "a@localhost"}) {
    EXPECT_EQ(Import(std::string("email\n") + address + "\n", Contacts()).records.size(), 1U) << address;
  }
  const std::pair<const char*, size_t> kDomains[] = {
      {"info@firma", 1}, {"a@localhost", 1}, {"a@[192.0.2.1]", 0}, {"a@x.example", 0}, {"Ann <ann@firma>", 1}};
  for (const auto& [address, warnings] : kDomains) {
    const std::string text = std::string("email\n") + address + "\n";
    const auto importer = Importer::Open(FromText(text), {}, *ParseRfc3339("2027-01-01T00:00:00Z"));
    const ImportOptions contacts = Contacts();
    EXPECT_FALSE((*importer)->Plan(contacts));
    EXPECT_EQ((*(*importer)->Next())->warnings.size(), warnings) << address;
  }
  // An opt-out of an address that some lead was sent with counts.
  ImportOptions options = Contacts();
  options.mode = Mode::kOptOuts;
  options.opt_out = EventType::kUnsubscribe;
  EXPECT_EQ(Import("email\n.a@x.org\n", options).records.size(), 1U);
}

}  // namespace leadpulse::importing::import_rows_test
