// What a file shows about itself, what is asked, and the plan that keeps the answers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "processor/base/text.h"
#include "processor/csv/csv_writer.h"
#include "processor/importing/importer.h"
#include "processor/importing/plan_options.h"
#include "tests/unit/importing/imported_rows.h"

namespace leadpulse::importing::import_plan_test {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string NameOf(const Option& option) {
  return Concat({"[", option.name, " ", option.column, "=", option.meaning, "]"});
}

const config::TenantDefinitions& Definitions() {
  static const config::TenantDefinitions definitions = [] {
    config::TenantDefinitions made;
    made.fields = {{"size", FieldType::kNumber},
                   {"born", FieldType::kDay},
                   {"since", FieldType::kDate},
                   {"at", FieldType::kDate},
                   {"vip", FieldType::kBoolean}};
    return made;
  }();
  return definitions;
}

ImportOptions Typed() {
  ImportOptions options = Contacts();
  options.definitions = &Definitions();
  return options;
}

// A plan: its findings and offers as sentences, or its question alone.
struct Planned {
  std::vector<std::string> found, offers;
  std::string question;
  std::vector<std::string> others;  // further questions
  std::vector<std::string> choices;
};

Planned PlanOf(std::string_view text, const ImportOptions& options = Typed()) {
  Planned planned;
  const auto importer = Importer::Open(FromText(text), {}, *ParseRfc3339("2027-01-01T00:00:00Z"));
  EXPECT_TRUE(importer.ok());
  if (const auto problem = (*importer)->Plan(options)) {
    planned.question = InWords(*problem, NameOf);
    for (const Problem& other : problem->others) planned.others.push_back(InWords(other, NameOf));
    for (const Choice& choice : problem->choices) planned.choices.push_back(choice.value);
    return planned;
  }
  for (const Finding& finding : (*importer)->findings()) {
    (finding.is_offer ? planned.offers : planned.found).push_back(Concat({finding.column, ": ", finding.what}));
  }
  return planned;
}

// Returns the plan of a column with these cells.
Planned PlanOfCells(std::string_view header, const std::vector<std::string>& cells,
                    const ImportOptions& options = Typed()) {
  std::string text = Concat({"email;", header, "\n"});
  for (const std::string& cell : cells) text += Concat({"a@x.example;", cell, "\n"});
  return PlanOf(text, options);
}

// Returns the value of each row, `wrong` for a wrong one.
std::vector<std::string> ValuesOf(std::string_view header, const std::vector<std::string>& cells,
                                  const ImportOptions& options = Typed()) {
  std::vector<std::string> values;
  for (const std::string& cell : cells) {
    std::string text = Concat({"email;", header, "\n"});
    for (const std::string& each : cells)
      text += Concat({&each == &cell ? "this" : "other", "@x.example;", each, "\n"});
    std::string value = "wrong";
    for (const codec::Record& record : Import(text, options).records) {
      const auto& command = std::get<codec::Command>(record);
      if (command.key.lead != "this@x.example") continue;
      const auto& set = command.actions.Find<codec::UpdateProfile>()->set;
      value = set.empty() ? "empty" : ValueToJson(set.front().second);
    }
    values.push_back(value);
  }
  return values;
}

TEST(ImportPlan, DaysAreReadAsAllCellsOfTheColumnAgree) {
  EXPECT_THAT(PlanOfCells("born", {"01/02/2020", "31/12/2020"}).found,
              ElementsAre("born: DD/MM/YYYY, day before month: 1 cell has a first number above 12"));
  EXPECT_THAT(
      PlanOfCells("born", {"1/2/85", "12/31/90", "1/13/91"}).found,
      ElementsAre("born: MM/DD/YY, month before day: 2 cells have a second number above 12; years of two digits "
                  "are from 1930 to 2029"));
  EXPECT_THAT(PlanOfCells("born", {"01.02.2020"}).found,
              ElementsAre("born: DD.MM.YYYY, day before month: so dates with points are written"));
  EXPECT_THAT(PlanOfCells("born", {"31391", "40000"}).found,
              ElementsAre("born: serial, days since 1899-12-30, as spreadsheets count: 31391 is 1985-12-10"));
  EXPECT_THAT(PlanOfCells("born", {"2020/02/01"}).found, ElementsAre("born: YYYY/MM/DD, year first"));
  EXPECT_THAT(PlanOfCells("born", {"2020-02-01", "10-Dec-1985", "Dec 10, 1985"}).found, IsEmpty());
  EXPECT_THAT(ValuesOf("born", {"01/02/2020", "31/12/2020", "2020-01-02", "10 Dec 1985", "31/02/2020", "soon"}),
              ElementsAre("\"2020-02-01\"", "\"2020-12-31\"", "\"2020-01-02\"", "\"1985-12-10\"", "wrong", "wrong"));
}

TEST(ImportPlan, DaysThatFitSeveralFormsAreAskedAbout) {
  const Planned several = PlanOfCells("born", {"01/01/2020", "01/02/2020", "2020-01-01"});
  EXPECT_EQ(several.question,
            "born: all cells fit DD/MM/YYYY (01/02/2020 is 2020-02-01), or MM/DD/YYYY (01/02/2020 is 2020-01-02); say "
            "which with [date_formats born=DD/MM/YYYY] or [date_formats born=MM/DD/YYYY]");
  EXPECT_THAT(several.choices, ElementsAre("DD/MM/YYYY", "MM/DD/YYYY"));
  const Planned mixed = PlanOfCells("born", {"31.12.2020", "12/31/2020", "12/30/2020"});
  EXPECT_THAT(mixed.question,
              HasSubstr("born: no form fits all cells: MM/DD/YYYY (fits 2 cells such as 12/31/2020), or "
                        "DD.MM.YYYY (fits 1 cell such as 31.12.2020); say which with"));
  // Which order is meant makes no difference.
  EXPECT_THAT(PlanOfCells("born", {"01/01/2020", "05/05/2020"}).found,
              ElementsAre(HasSubstr("all dates are the same in the other order")));
  const Planned both = PlanOf("email,born,since\na@x.example,01/02/2020,03/04/2020\n");
  EXPECT_THAT(both.question, HasSubstr("; likewise since; say which with [date_format =DD/MM/YYYY] or"));
  // An answer for all columns would be wrong for a column that shows its form.
  const Planned other = PlanOf("email,born,since,at\na@x.example,01/02/2020,03/04/2020,2020/12/31\n");
  EXPECT_THAT(other.question, HasSubstr("say which with [date_formats born=DD/MM/YYYY]"));
  EXPECT_THAT(other.others, ElementsAre(HasSubstr("say which with [date_formats since=DD/MM/YYYY]")));
  const Planned forms = PlanOf("email,born,since\na@x.example,01/02/2020,03-04-2020\n");
  EXPECT_THAT(forms.others, ElementsAre(HasSubstr("since: all cells fit DD-MM-YYYY")));
  ImportOptions answered = Typed();
  answered.date_formats = {{"Born", "MM/DD/YYYY"}};
  EXPECT_THAT(ValuesOf("born", {"01/02/2020", "13/02/2020"}, answered), ElementsAre("\"2020-01-02\"", "wrong"));
}

TEST(ImportPlan, NumbersAreReadAsAllCellsOfTheColumnAgree) {
  EXPECT_THAT(PlanOfCells("size", {"1.234", "1.234,50"}).found,
              ElementsAre("size: 1.234,5: \"1.234,50\" fits nothing else"));
  EXPECT_THAT(ValuesOf("size", {"1.234", "1.234,50", "1 234", "7", "many", "-1'234'567,0"}),
              ElementsAre("1234", "1234.50", "1234", "7", "wrong", "-1234567.0"));
  EXPECT_THAT(ValuesOf("size", {"$1,234.50", "$7", "8", "-$9", "($3)"}), ElementsAre("1234.50", "7", "8", "-9", "-3"));
  EXPECT_THAT(ValuesOf("size", {"12 %", "3%"}), ElementsAre("12", "3"));
  EXPECT_THAT(ValuesOf("size", {"12,34,567", "5"}), ElementsAre("1234567", "5"));
  EXPECT_THAT(PlanOfCells("size", {"12.5", "1"}).found, IsEmpty());
  EXPECT_THAT(PlanOfCells("size", {"5 EUR", "\u20ac 7"}).found,
              ElementsAre("size: without the currency: \"5 EUR\" is 5"));
}

TEST(ImportPlan, NumbersThatFitBothFormsAreAskedAbout) {
  const Planned both = PlanOfCells("size", {"7", "1.234"});
  EXPECT_THAT(both.question,
              HasSubstr("size: all cells fit 1,234.5 (1.234 is 1.234), or 1.234,5 (1.234 is 1234); say which"));
  EXPECT_THAT(both.choices, ElementsAre("1,234.5", "1.234,5"));
  EXPECT_THAT(PlanOfCells("size", {"1,5", "1.5"}).question, HasSubstr("size: no form fits all cells"));
  EXPECT_THAT(PlanOfCells("size", {"$5", "5 EUR"}).question, HasSubstr("have different units"));
  EXPECT_THAT(PlanOfCells("size", {"5%", "0.05"}).question, HasSubstr("have different units"));
  ImportOptions answered = Typed();
  answered.numbers = NumberForm::kComma;
  EXPECT_THAT(ValuesOf("size", {"1.234", "1.5", "1,5"}, answered), ElementsAre("1234", "wrong", "1.5"));
}

TEST(ImportPlan, RangesOfNumbersCountWithTheirLowerEnd) {
  const std::vector<std::string> sizes = {"1-5",           "5-25",  "25\u201350", "100 to 500",
                                          "1,001 - 5,000", "1000+", "> 1000",     "7"};
  EXPECT_THAT(ValuesOf("size", sizes), ElementsAre("1", "5", "25", "100", "1001", "1000", "1000", "7"));
  EXPECT_THAT(PlanOfCells("size", {"25-50", "many"}).offers,
              ElementsAre("size: the lower end of each range counts: \"25-50\" is 25"));
  EXPECT_THAT(ValuesOf("size", {"1.000-5.000", "10'000+"}), ElementsAre("1000", "10000"));
  // Where most cells are single numbers, a range is asked about by itself, and proves no form.
  EXPECT_THAT(ValuesOf("size", {"12", "30", "5-25"}), ElementsAre("12", "30", "wrong"));
  EXPECT_THAT(PlanOfCells("size", {"12", "30", "1.000-5.000"}).question, IsEmpty());
  EXPECT_THAT(ValuesOf("size", {"50-25", "1-", "-5", "1-2-3", "05-25", "a-b"}),
              ElementsAre("wrong", "wrong", "-5", "wrong", "wrong", "wrong"));
  ImportOptions as_text = Typed();
  as_text.map = {{"size", "size_text"}};
  EXPECT_THAT(ValuesOf("size", {"1-5", "1000+"}, as_text), ElementsAre("\"1-5\"", "\"1000+\""));
}

TEST(ImportPlan, CellsBelowTheFirstRowsThatDoNotFitAreWrong) {
  std::string text = "email,size,born\n";
  for (size_t i = 0; i < FirstRows::kMostRows; ++i) text += "a@x.example,5,31.12.2020\n";
  text +=
      "b@x.example,1.234,31.12.2020\nc@x.example,\"1,5\",\nd@x.example,7,12/31/"
      "2020\ne@x.example,$5,\nf@x.example,1.5,\n";
  const Imported imported = Import(text, Typed());
  EXPECT_EQ(imported.records.size(), FirstRows::kMostRows + 1);
  EXPECT_THAT(imported.wrong, ElementsAre(HasSubstr("may be 1.234 or 1234"), HasSubstr("is no number such as 1250.5"),
                                          HasSubstr("is no date"), HasSubstr("has another unit than the column")));
}

TEST(ImportPlan, WordsThatMeanEmptyAreEmptyInColumnsOfAType) {
  EXPECT_THAT(ValuesOf("size", {"k.A.", "n.d.", "7"}), ElementsAre("empty", "empty", "7"));
  EXPECT_THAT(ValuesOf("size", {"5", "N/A", "-", "null", "#N/A"}),
              ElementsAre("5", "empty", "empty", "empty", "empty"));
  EXPECT_THAT(ValuesOf("born", {"0000-00-00", "0000-00-00 00:00:00", "none"}), ElementsAre("empty", "empty", "empty"));
  for (const char* year : {"0", "00", "0000"}) {
    for (const char* mark : {"/", ".", "-"}) {
      for (const char* time : {"", " 0:00", " 00:00:00", "T00:00:00Z"}) {
        const std::string day = Concat({"0", mark, "0", mark, year, time}),
                          first = Concat({year, mark, "00", mark, "00", time});
        EXPECT_THAT(ValuesOf("born", {day, first, "1985-12-10"}), ElementsAre("empty", "empty", "\"1985-12-10\""))
            << day;
      }
    }
  }
  for (const char* other : {"0/0", "0/0/", "0/0/01", "0/0-00", "0//00", "0/0/00/0", "0/0/00x"}) {
    EXPECT_THAT(ValuesOf("note", {other}), ElementsAre(Concat({"\"", other, "\""})));
    EXPECT_FALSE(MeansEmpty(other)) << other;
  }
  EXPECT_THAT(ValuesOf("vip", {"yes", "n/a"}), ElementsAre("true", "empty"));
  EXPECT_THAT(ValuesOf("note", {"-", "null"}), ElementsAre("\"-\"", "\"null\""));
  EXPECT_THAT(PlanOfCells("size", {"N/A", "5", "N/A"}).found, ElementsAre("size: read as empty: \"N/A\" (2 cells)"));
  EXPECT_THAT(PlanOfCells("text", {"-"}).offers, ElementsAre("text: kept as text: \"-\" (1 cell)"));
  ImportOptions said = Typed();
  said.empty_words = {"Unknown", "-"};
  EXPECT_THAT(ValuesOf("note", {"unknown", " - ", "x"}, said), ElementsAre("empty", "empty", "\"x\""));
}

TEST(ImportPlan, DaysWithoutAYearStayText) {
  EXPECT_THAT(PlanOfCells("born", {"12/10", "--02-29", "-"}).found.front(),
              HasSubstr("born: days without a year, kept as the text born_text"));
  EXPECT_THAT(ValuesOf("born", {"12/10", "10.12."}), ElementsAre("\"12/10\"", "\"10.12.\""));
  EXPECT_THAT(ValuesOf("born", {"12/10", "1985-12-10"}), ElementsAre("wrong", "\"1985-12-10\""));
  EXPECT_THAT(PlanOfCells("born", {"12/10"}).found.front(), HasSubstr("ANNIVERSARY do not see"));
  config::TenantDefinitions strict;
  strict.fields = {{"born", FieldType::kDay}};
  strict.strict_fields = true;
  ImportOptions options = Typed();
  options.definitions = &strict;
  EXPECT_THAT(ValuesOf("born", {"12/10"}, options), ElementsAre("empty"));
}

// The offers for cells without a year: one for each reading that fits all of them. Each is the form of its day.
TEST(ImportPlan, AYearIsOfferedForDaysWithoutOne) {
  struct Case {
    std::vector<std::string> cells;
    std::vector<std::string> days;  // of the last cell, one for each offer
  };
  const Case cases[] = {{{"12.10.", "14.3."}, {"1904-03-14"}},
                        {{"--12-10", "--02-29"}, {"1904-02-29"}},
                        {{"Dec 10", "14. M\u00e4rz"}, {"1904-03-14"}},
                        {{"12/10", "3/14"}, {"1904-03-14"}},
                        {{"12/10", "14/3"}, {"1904-03-14"}},
                        {{"12-10", "03-14"}, {"1904-03-14"}},
                        {{"12/10", "3/4"}, {"1904-04-03", "1904-03-04"}},
                        {{"12/10", "12.10.", "14/3"}, {}},
                        {{"14/3", "3/14"}, {}}};
  for (const auto& [cells, days] : cases) {
    SCOPED_TRACE(cells.back());
    std::string text = "email,born\n";
    for (const std::string& cell : cells) text += Concat({"ann@example.com,", cell, "\n"});
    const auto importer = Importer::Open(FromText(text), {}, *ParseRfc3339("2027-01-01T00:00:00Z"));
    ASSERT_FALSE((*importer)->Plan(Typed()));
    std::vector<std::string> read;
    for (const Finding& finding : (*importer)->findings()) {
      if (finding.option.name != "date_formats") continue;
      EXPECT_TRUE(finding.is_offer);
      EXPECT_THAT(finding.what, HasSubstr("ANNIVERSARY"));
      ImportOptions options = Typed();
      options.date_formats = {{"born", finding.option.meaning}};
      read.push_back(ValuesOf("born", cells, options).back());
    }
    std::vector<std::string> quoted;
    for (const std::string& day : days) quoted.push_back(Concat({"\"", day, "\""}));
    EXPECT_EQ(read, quoted);
  }
  // Days with a year keep it.
  ImportOptions options = Typed();
  options.date_formats = {{"born", "DD.MM.1904"}};
  EXPECT_THAT(ValuesOf("born", {"14.3.", "14.3.1985", "1985-03-14", "31.2."}, options),
              ElementsAre("\"1904-03-14\"", "\"1985-03-14\"", "\"1985-03-14\"", "wrong"));
}

TEST(ImportPlan, DomainsInPlaceOfAddressesAreOffered) {
  ImportOptions options = Typed();
  options.mode = Mode::kOptOuts;
  options.opt_out = EventType::kUnsubscribe;
  EXPECT_THAT(
      PlanOf("email\n*@B.example\n@a.example\nb.example\nann@c.example\n", options).offers,
      ElementsAre("email: names domains; if you mean everybody there, write `suppress: {domains: [\"a.example\", "
                  "\"b.example\"]}` in the definitions"));
}

TEST(ImportPlan, ColumnsOfOwnersAreOfferedAsAgents) {
  for (const std::string name : {"Contact owner", "Owner", "Lead Owner", "owner_email", "Sales rep", "Assigned to",
                                 "Account Manager", "agent", "Besitzer", "Propri\u00e9taire"}) {
    EXPECT_THAT(PlanOf("email," + name + "\na@x.example,ben\n").offers,
                ElementsAre(name + ": kept as a text, not the agent of the lead"));
  }
  for (const std::string name : {"Home owner", "Company", "Assigned at", "Responsive"}) {
    EXPECT_THAT(PlanOf("email," + name + "\na@x.example,ben\n").offers, IsEmpty()) << name;
  }
  ImportOptions options = Typed();
  for (const char* meaning : {"agent", "owner", ""}) {
    options.map = {{"Owner", meaning}};
    EXPECT_THAT(PlanOf("email,Owner\na@x.example,ben\n", options).offers, IsEmpty());
  }
  EXPECT_THAT(PlanOf("email,VIP\na@x.example,yes\n").offers, IsEmpty());
  ImportOptions declared = Typed();
  declared.map = {{"*", ""}};
  // Else they would be left out.
  for (const std::string name :
       {"Contact owner", "Betreuer", "Kundenbetreuer", "Ansprechpartner intern", "Propriétaire"}) {
    const Planned plan = PlanOf("email," + name + "\na@x.example,Kim\n", declared);
    EXPECT_THAT(plan.found, ElementsAre(name + ": the agent of the lead"));
    EXPECT_THAT(plan.offers, IsEmpty()) << name;
  }
  for (const std::string name : {"Bemerkung", "Notiz", "Notes", "NOTES"}) {
    EXPECT_THAT(PlanOf("email," + name + "\na@x.example,Kim\n", declared).found, ElementsAre(name + ": notes"));
  }
  EXPECT_THAT(PlanOf("email,Ansprechpartner\na@x.example,Kim\n", declared).found, IsEmpty());
  // Of several, nobody knows which is meant.
  EXPECT_THAT(PlanOf("email,Contact owner,Betreuer\na@x.example,Kim,Lee\n", declared).offers,
              ElementsAre("Contact owner: left out, not the agent of the lead",
                          "Betreuer: left out, not the agent of the lead"));
  declared.map.emplace_back("Betreuer", "");
  EXPECT_THAT(PlanOf("email,Contact owner,Betreuer\na@x.example,Kim,Lee\n", declared).found,
              ElementsAre("Contact owner: the agent of the lead"));
}

TEST(ImportPlan, TheHeaderMayStandBelowTitles) {
  const std::string rows = "Name,Email,City\nAnn,a@x.example,Bern\nBob,b@x.example,Chur\n";
  for (const char* titles :
       {"", "Contacts\n", "Contacts,,\n,,\n", "Export of 2026-01-01,by Ann,\n\n", "\"Notes:\"\n\"a, b\"\n\n"}) {
    const auto importer = Importer::Open(FromText(titles + rows), {}, {});
    ASSERT_TRUE(importer.ok()) << titles;
    EXPECT_THAT((*importer)->header(), ElementsAre("Name", "Email", "City")) << titles;
  }
  // Also if some cells hold several addresses, or none.
  for (const char* cell : {"a@x.example, b@x.example", "a@x.example;b@x.example", "none"}) {
    std::string text = "Contacts;;\n\nName;Email;City\n";
    csv::AppendRow({"Cy", cell, "Chur"}, ';', &text);
    text += "Ann;a@x.example;Bern\nBob;b@x.example;Chur\n";
    EXPECT_THAT((*Importer::Open(FromText(text), {}, {}))->header(), ElementsAre("Name", "Email", "City")) << cell;
  }
  EXPECT_THAT(PlanOf("Contacts\n\n" + rows).found,
              ElementsAre(": line 3 names the columns; what is above it is left out"));
  // A row that names the address is the header, whatever is below it; without one, the first row is.
  EXPECT_THAT((*Importer::Open(FromText("Email\na,b\nc,d\n"), {}, {}))->header(), ElementsAre("Email"));
  EXPECT_THAT((*Importer::Open(FromText("Name,City\nAnn,Bern\n"), {}, {}))->header(), ElementsAre("Name", "City"));
  EXPECT_THAT((*Importer::Open(FromText("Contacts\n" + rows), {}, {}, 1))->header(), ElementsAre("Contacts"));
  EXPECT_EQ(Importer::Open(FromText(rows), {}, {}, 9).status().message(),
            "no row begins in line 9, which should name the columns");
}

TEST(ImportPlan, TheAddressIsKnownByManyNamesAndByItsCells) {
  for (const char* name :
       {"E-mail 1 - Value", "Email (required)", "Adresse e-mail", "Correo electr\u00f3nico", "Primary Email",
        "\u30e1\u30fc\u30eb\u30a2\u30c9\u30ec\u30b9", "Lead", "Wie erreichen wir dich?"}) {
    const Imported imported = Import(Concat({"Name,", name, "\nAnn,a@x.example\n"}), Typed());
    ASSERT_EQ(imported.records.size(), 1U) << name;
    EXPECT_EQ(std::get<codec::Command>(imported.records[0]).key.lead, "a@x.example") << name;
  }
  const Planned two = PlanOf("Email,Personal Email\na@x.example,b@x.example\n");
  EXPECT_THAT(two.offers, ElementsAre("Personal Email: not the address of the row, which is in Email"));
  EXPECT_THAT(PlanOf("One,Two\na@x.example,b@x.example\n").question,
              HasSubstr("the columns `One` and `Two` both hold addresses"));
  EXPECT_THAT(PlanOf("a@x.example,Ann\nb@x.example,Bob\n").question,
              HasSubstr("the first row holds an address in place of names"));
}

TEST(ImportPlan, TheFirstOfSeveralPhoneNumbersIsTakenAndTheOthersAreNamed) {
  const auto importer = Importer::Open(FromText("email,Mobile,note\na@x.example,+1 555 ::: +1 556 ::: 7,a ::: b\n"), {},
                                       *ParseRfc3339("2027-01-01T00:00:00Z"));
  const ImportOptions options = Typed();
  ASSERT_FALSE((*importer)->Plan(options));
  const ImportedRow& row = **(*importer)->Next();
  EXPECT_THAT(row.lines, AllOf(HasSubstr(R"("mobile":"+1 555")"), HasSubstr(R"("note":"a ::: b")")));
  ASSERT_EQ(row.warnings.size(), 1U);
  EXPECT_EQ(row.warnings[0].kind, "Mobile: has further numbers, which are left out");
}

TEST(ImportPlan, TheFirstOfSeveralAddressesIsTakenAndTheOthersAreNamed) {
  for (const char* cell : {"A@x.example; b@x.example", "\"a@x.example,b@x.example\"", "a@x.example b@x.example",
                           "a@x.example ::: b@x.example"}) {
    const std::string text = Concat({"email,status\n", cell, ",unsubscribed\n"});
    auto importer = Importer::Open(FromText(text), {.delimiter = ','}, *ParseRfc3339("2027-01-01T00:00:00Z"));
    const ImportOptions options = Typed();
    ASSERT_FALSE((*importer)->Plan(options));
    const ImportedRow& row = **(*importer)->Next();
    ASSERT_FALSE(row.wrong) << cell;
    EXPECT_EQ(std::get<codec::Command>(row.records.front()).key.lead, "a@x.example");
    ASSERT_EQ(row.warnings.size(), 1U) << cell;
    EXPECT_EQ(row.warnings[0].problem.what,
              "email: the row of a@x.example has further addresses, which are left out: b@x.example");
  }
  ImportOptions suppressed = Typed();
  suppressed.mode = Mode::kOptOuts;
  suppressed.opt_out = EventType::kUnsubscribe;
  EXPECT_THAT(Import("email\n\"a@x.example; b@x.example\"\n", suppressed).wrong,
              ElementsAre(HasSubstr("holds several addresses; give each a row of its own")));
}

TEST(ImportPlan, DelimitersThatFitEquallyAreAskedAbout) {
  EXPECT_THAT(PlanOf("email;name,x\na;b,c\nd;e,f\n").question, HasSubstr("its columns may be separated by `,` or `;`"));
  // An address is not split.
  EXPECT_THAT(PlanOf("email;name,x\na@x.example;b,c\nd@x.example;e,f\n").question, "");
}

TEST(ImportPlan, TextThatWasEncodedTwiceIsAskedAbout) {
  const std::string twice = "email,Name,City\na@x.example,SÃ¶ren,KÃ¶ln\nb@x.example,Anna,ZÃ¼rich\n";
  const Planned plan = PlanOf(twice);
  EXPECT_EQ(plan.question,
            "its text was encoded twice: \"SÃ¶ren\" should be \"Sören\"; save the file again, from where its letters "
            "are right, as UTF-8; if it is right as it is, give [encoding =UTF-8]");
  EXPECT_THAT(plan.choices, ElementsAre("UTF-8"));
  EXPECT_THAT(PlanOf("email,Umsatz (â‚¬)\na@x.example,RÃ¼ckruf â€“ bald\n").question, HasSubstr("\"Umsatz (€)\""));
  for (const char* once : {"email,Name\na@x.example,SÃO JOÃO\nb@x.example,AÇÕES\nc@x.example,Ã\n",
                           "email,Name\na@x.example,Sören\nb@x.example,Zoë\nc@x.example,SÃ¶ren\n",
                           "email,Name\na@x.example,SÃ¶ren\nb@x.example,Anna\n"}) {
    EXPECT_THAT(PlanOf(once).question, IsEmpty()) << once;
  }
  csv::ReadOptions said;
  said.encoding = csv::EncodingFromName("UTF-8");
  const auto importer = Importer::Open(FromText(twice), said, *ParseRfc3339("2027-01-01T00:00:00Z"));
  EXPECT_FALSE((*importer)->Plan(Typed()));
}

TEST(ImportPlan, APlanIsReadBack) {
  const char* const yaml =
      "kind: contacts\nmap:\n  \"a: b\": 'x y'\n  Note: ''\nlead_id: Id\nat: Since\nvalues:\n  Stage:\n    'demo, "
      "booked': "
      "follow_up\nconsents:\n  news: News\ntags:\n  - fair\nstage: contacted\nempty_unsets: 'true'\nempty_words:\n  - "
      "'-'\ndate_format: 'DD.MM.YYYY'\ndate_formats:\n  Born: serial\nnumber_format: '1.234,5'\nnumber_formats:\n  "
      "Size: "
      "'1,234.5'\ntimezone: Europe/Berlin\nencoding: windows-1250\ndelimiter: tab\nheader_row: '3'\n";
  const auto read_again = [](const std::string& text) {
    const Result<Json> plan = PlanFromYaml(text);
    EXPECT_TRUE(plan.ok()) << plan.status().message() << text;
    ImportOptions options;
    FileOptions file;
    EXPECT_FALSE(ReadFileOptions(*plan, &file) || ReadImportOptions(*plan, &options));
    return PlanToYaml(options, file, {});
  };
  const std::string once = read_again(yaml);
  EXPECT_EQ(read_again(once), once);
  for (const char* part : {"a: b", "Note", "lead_id: Id", "follow_up", "news: News", "stage: contacted", "serial",
                           "1,234.5", "Europe/Berlin", "windows-1250", "delimiter: tab", "header_row"}) {
    EXPECT_THAT(once, HasSubstr(part));
  }
  EXPECT_THAT(PlanToYaml(Typed(), {},
                         {{"Born", "", {"date_formats", "Born", "serial"}}, {"x", "", {"map", "x", "email"}, true}}),
              "kind: contacts\ndate_formats:\n  Born: serial\n");
}

TEST(ImportPlan, MistakesOfAPlanAreNamed) {
  const struct {
    const char* yaml;
    const char* why;
  } cases[] = {
      {"", "it must be a map"},
      {"- a", "it must be a map"},
      {"date_fromat: x", "did you mean date_format?"},
      {"tags: fair", "tags must be a list of texts"},
      {"map: [a]", "map must be a map of texts"},
      {"values: {a: b}", "values must be a map of texts"},
      {"a: 'b", "it is no YAML"},
  };
  for (const auto& each : cases)
    EXPECT_THAT(PlanFromYaml(each.yaml).status().message(), HasSubstr(each.why)) << each.yaml;
  const std::pair<const char*, const char*> values[] = {
      {"kind: people", "kind"},           {"stage: won", "stage"},
      {"date_format: DD", "date_format"}, {"number_format: 1.5", "number_format"},
      {"timezone: Mars", "timezone"},     {"kind: events\ntags: [a]", "tags"}};
  for (const auto& [yaml, fault] : values) {
    ImportOptions options;
    const auto problem = ReadImportOptions(*PlanFromYaml(yaml), &options);
    ASSERT_TRUE(problem) << yaml;
    EXPECT_EQ(problem->fault.name, fault);
  }
  for (const char* yaml : {"encoding: klingon", "delimiter: ab", "header_row: 0", "header_row: first"}) {
    FileOptions file;
    EXPECT_TRUE(ReadFileOptions(*PlanFromYaml(yaml), &file)) << yaml;
  }
}

}  // namespace leadpulse::importing::import_plan_test
