// Cells that hold JSON objects: their members become attributes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/text.h"
#include "processor/csv/csv_writer.h"
#include "processor/importing/importer.h"
#include "tests/unit/importing/imported_rows.h"

namespace leadpulse::importing::import_json_test {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

const config::TenantDefinitions& Definitions() {
  static const config::TenantDefinitions definitions = [] {
    config::TenantDefinitions made;
    made.fields = {{"size", FieldType::kNumber},    {"born", FieldType::kDay},  {"vip", FieldType::kBoolean},
                   {"plan.name", FieldType::kText}, {"code", FieldType::kText}, {"scores", FieldType::kNumber},
                   {"since", FieldType::kDate}};
    return made;
  }();
  return definitions;
}

ImportOptions Typed() {
  ImportOptions options = Contacts();
  options.definitions = &Definitions();
  return options;
}

// Returns a file with a column `attributes` of these cells.
std::string FileOf(const std::vector<std::string>& cells) {
  std::string text = "email,attributes\n";
  int row = 0;
  for (const std::string& cell : cells)
    csv::AppendRow({Concat({"p", std::to_string(row++), "@example.com"}), cell}, ',', &text);
  return text;
}

// What each row sets and unsets, or why it is wrong; its warnings; what the plan found and offers.
struct Read {
  std::vector<std::string> rows, warnings, found, offers;
};

Read ReadAll(const std::string& text, const ImportOptions& options = Typed()) {
  Read read;
  const auto importer = Importer::Open(FromText(text), {}, *ParseRfc3339("2027-01-01T00:00:00Z"));
  EXPECT_TRUE(importer.ok());
  if (const auto problem = (*importer)->Plan(options)) {
    read.rows.push_back("? " + problem->what);
    return read;
  }
  for (const Finding& finding : (*importer)->findings()) {
    (finding.is_offer ? read.offers : read.found)
        .push_back(Concat({finding.column, ": ", finding.what, " [", finding.option.name, " ", finding.option.column,
                           "=", finding.option.meaning, "]"}));
  }
  for (;;) {
    const Result<const ImportedRow*> row = (*importer)->Next();
    if (!row.ok() || *row == nullptr) return read;
    for (const WrongRow& warning : (*row)->warnings) read.warnings.push_back(warning.problem.what);
    std::string said;
    if ((*row)->wrong) said = "wrong: " + (*row)->wrong->problem.what;
    for (const codec::Record& record : (*row)->records) {
      const auto* command = std::get_if<codec::Command>(&record);
      const auto* update = command == nullptr ? nullptr : command->actions.Find<codec::UpdateProfile>();
      if (update == nullptr) continue;
      for (const auto& [name, value] : update->set)
        said += Concat({said.empty() ? "" : " ", name, "=", ValueToJson(value)});
      for (const std::string& name : update->unset) said += Concat({said.empty() ? "" : " ", "-", name});
    }
    read.rows.push_back(said);
  }
}

std::vector<std::string> RowsOf(const std::vector<std::string>& cells, const ImportOptions& options = Typed()) {
  return ReadAll(FileOf(cells), options).rows;
}

TEST(ImportJson, MembersBecomeAttributes) {
  const Read read =
      ReadAll(FileOf({R"({"city": "Bern", "plan": {"name": "pro", "Seats Left": 3}, "tags": ["a", "b"], "new": true})",
                      "", "{}", R"( {"CITY":"Ulm"} )"}));
  EXPECT_THAT(read.rows, ElementsAre(R"(city="Bern" new=true plan.name="pro" plan.seats_left=3 tags=["a","b"])", "", "",
                                     R"(city="Ulm")"));
  EXPECT_THAT(read.found, ElementsAre("attributes: JSON, whose members become attributes: city, new, plan.name, "
                                      "plan.seats_left, tags [map attributes=json_members]"));
  EXPECT_THAT(read.offers, ElementsAre("attributes: JSON that is not kept as one text [map attributes=attributes]"));
  EXPECT_THAT(read.warnings, IsEmpty());
}

// `*=` leaves out what is not declared, in columns of JSON member by member.
TEST(ImportJson, LeavingOutOtherColumnsKeepsDeclaredMembersAndWhoGetsNoMail) {
  const std::string file = FileOf({R"({"City": "Bern", "Born": "1985-12-10", "plan": {"name": "pro", "seats": 3}})",
                                   R"({"size": "12", "unsubscribed": true, "lists": [{"status": "unsubscribed"}]})"});
  ImportOptions options = Typed();
  options.map = {{"*", ""}};
  const Read read = ReadAll(file, options);
  EXPECT_THAT(read.rows, ElementsAre(R"(born="1985-12-10" plan.name="pro")", "size=12"));
  EXPECT_THAT(read.found, ElementsAre("attributes: JSON, whose declared members become attributes: born, plan.name, "
                                      "size; who gets no mail is read from the lists: lists [ =]"));
  EXPECT_THAT(read.offers, ElementsAre("attributes: 1 cell says opted out [map attributes=]"));
  EXPECT_THAT(read.warnings, IsEmpty());
  EXPECT_EQ(Import(file, options).records.size(), 3U);  // with an opt-out
  config::TenantDefinitions strict;
  strict.fields = Definitions().fields;
  strict.strict_fields = true;
  options.definitions = &strict;
  EXPECT_THAT(ReadAll(file, options).rows, ElementsAre(R"(born="1985-12-10" plan.name="pro")", "size=12"));
  // Who gets no mail counts, though nothing is declared.
  options.definitions = nullptr;
  EXPECT_THAT(ReadAll(FileOf({R"({"city": "Bern", "unsubscribed": true})"}), options).found,
              ElementsAre("attributes: JSON; its members say who gets no mail [ =]"));
  EXPECT_THAT(ReadAll(FileOf({R"({"city": "Bern"})"}), options).rows, ElementsAre(""));
  options.map.emplace_back("attributes", "");
  EXPECT_EQ(Import(FileOf({R"({"unsubscribed": true})"}), options).records.size(), 1U);
}

TEST(ImportJson, OptionsNameMembers) {
  const std::string file = FileOf({R"({"City": "Bern", "note": "x", "plan": {"seats": 3}, "unsubscribed": true})"});
  ImportOptions options = Typed();
  options.map = {{"attributes.city", "Home Town"}, {"attributes.plan.seats", "size"}, {"attributes.note", ""}};
  EXPECT_THAT(ReadAll(file, options).rows, ElementsAre(R"(home_town="Bern" size=3 unsubscribed=true)"));
  EXPECT_EQ(Import(file, options).records.size(), 2U);
  options.map.emplace_back("*", "");
  EXPECT_THAT(ReadAll(file, options).rows, ElementsAre(R"(home_town="Bern" size=3)"));
  EXPECT_EQ(Import(file, options).records.size(), 2U);
  options.map = {{"attributes.unsubscribed", ""}};
  EXPECT_EQ(Import(file, options).records.size(), 1U);
  options.map = {{"atributes.city", "town"}};
  EXPECT_THAT(ReadAll(file, options).rows, ElementsAre(HasSubstr("the file has no column `atributes.city`")));
  // A column of the whole name is meant.
  EXPECT_EQ(Import("email,a,a.b\nann@example.com,1,2\n",
                   [] {
                     ImportOptions named = Contacts();
                     named.map = {{"a.b", "c"}};
                     return named;
                   }())
                .records.size(),
            1U);
}

TEST(ImportJson, AllFilledCellsMustBeObjects) {
  for (const char* other : {"text", "[1]", "{", "{a}", "\"{}\"", "{\"a\":1} x", "7"}) {
    EXPECT_THAT(RowsOf({R"({"city":"Bern"})", other}).front(), HasSubstr("attributes=")) << other;
  }
  EXPECT_EQ(RowsOf({R"({"city":"Bern"})", "null", "N/A", " - "}).front(), R"(city="Bern")");
  // Lists of PostgreSQL begin so, too.
  EXPECT_EQ(RowsOf({"{}", "{}"}).front(), R"(attributes="{}")");
}

TEST(ImportJson, AnOptionSaysOtherwise) {
  ImportOptions options = Typed();
  const std::vector<std::string> cells = {R"({"city":"Bern"})"};
  options.map = {{"attributes", "attributes"}};
  EXPECT_THAT(RowsOf(cells, options), ElementsAre(R"(attributes="{\"city\":\"Bern\"}")"));
  options.map = {{"attributes", ""}};
  EXPECT_THAT(RowsOf(cells, options), ElementsAre(""));
  options.map = {{"attributes", "json_members"}};
  EXPECT_THAT(RowsOf({"{}", "text", R"({"city":"Bern"})"}, options),
              ElementsAre("", "wrong: attributes: \"text\" is no JSON object", R"(city="Bern")"));
  // A field of the column's name is that field.
  config::TenantDefinitions declared;
  declared.fields = {{"attributes", FieldType::kText}};
  options.map.clear();
  options.definitions = &declared;
  EXPECT_THAT(RowsOf(cells, options), ElementsAre(R"(attributes="{\"city\":\"Bern\"}")"));
}

TEST(ImportJson, FieldsTakeMembersWithTheirTypes) {
  EXPECT_THAT(RowsOf({R"({"Size": 12, "born": "1985-12-10", "VIP": "yes", "plan": {"name": 7}, "code": "01067"})",
                      R"({"size": "1250.5", "vip": true, "since": 1767608133, "scores": [1, 2.5]})",
                      R"({"size": "N/A", "born": "0000-00-00", "vip": null, "code": "-"})"}),
              ElementsAre(R"(born="1985-12-10" code="01067" plan.name=7 size=12 vip=true)",
                          R"(scores=[1,2.5] since="2026-01-05T10:15:33Z" size=1250.5 vip=true)", R"(code="-")"));
  EXPECT_THAT(
      RowsOf({R"({"size": "many"})", R"({"vip": "perhaps"})", R"({"born": [1]})", R"({"size": true})"}),
      ElementsAre("wrong: attributes.size: \"many\" is no number such as 1250.5",
                  "wrong: attributes.vip: \"perhaps\" is neither yes nor no",
                  "wrong: attributes.born: \"[1]\" is no day", "wrong: attributes.size: \"true\" is no number"));
}

TEST(ImportJson, FormsOfDatesThatAreSaidHoldForMembers) {
  ImportOptions options = Typed();
  options.times.pattern = *ParseDatePattern("DD.MM.YYYY");
  EXPECT_THAT(RowsOf({R"({"born":"10.12.1985"})"}, options), ElementsAre(R"(born="1985-12-10")"));
}

TEST(ImportJson, NothingUnsetsOnlyIfItIsSaid) {
  ImportOptions options = Typed();
  const std::vector<std::string> cells = {R"({"city":"Bern"})", R"({"city":null,"code":" ","list":[]})"};
  EXPECT_THAT(RowsOf(cells, options), ElementsAre(R"(city="Bern")", ""));
  options.empty_unsets = true;
  EXPECT_THAT(RowsOf(cells, options), ElementsAre(R"(city="Bern")", "-city -code -list"));
}

TEST(ImportJson, ColumnsComeBeforeMembersAndAreNamed) {
  Read read = ReadAll(
      "email,City,attributes,more\nann@example.com,Bern,\"{\"\"city\"\":\"\"Ulm\"\",\"\"a\"\":1,\"\"email\"\":"
      "\"\"x\"\"}\","
      "\"{\"\"a\"\":2,\"\"b\"\":3}\"\n");
  EXPECT_THAT(read.rows, ElementsAre(R"(a=1 b=3 city="Bern")"));
  EXPECT_THAT(read.warnings, ElementsAre("attributes.city is left out: a column has its name",
                                         "attributes.email is left out: a column has its name",
                                         "more.a is left out: another column of JSON has it, too"));
  read = ReadAll(FileOf({R"({"Plan A":1,"plan_a":2,"list":[1,[2]],"other":[{}],"none":[null]})"}));
  EXPECT_THAT(read.rows, ElementsAre("plan_a=2"));
  EXPECT_THAT(read.warnings,
              testing::Each(HasSubstr("is left out: it is a list with null, a list or an object inside")));
  EXPECT_EQ(read.warnings.size(), 3u);
}

TEST(ImportJson, StrictFieldsLeaveMembersOutThatAreNotDeclared) {
  config::TenantDefinitions strict;
  strict.fields = Definitions().fields;
  strict.strict_fields = true;
  ImportOptions options = Typed();
  options.definitions = &strict;
  const Read read = ReadAll(FileOf({R"({"size":3,"city":"Bern"})"}), options);
  EXPECT_THAT(read.rows, ElementsAre("size=3"));
  EXPECT_THAT(read.warnings, ElementsAre("attributes.city is left out: it is not declared under fields"));
}

// What says in a column of its own that somebody gets no mail says so in a member, too.
TEST(ImportJson, MembersSayWhoGetsNoMail) {
  ImportOptions strict = Typed();
  config::TenantDefinitions none;
  none.strict_fields = true;
  strict.definitions = &none;
  const std::pair<const char*, const char*> cases[] = {
      {R"({"unsubscribed": true})", "unsubscribe"},
      {R"({"subscribed": 0})", "unsubscribe"},
      {R"({"mail": {"email_status": "bounced"}})", "bounce"},
      {R"({"status": " Complained "})", "complaint"},
      {R"({"dnc": "yes", "city": "Bern"})", "do not contact"},
      {R"({"unsubscribed": false, "subscribed": true, "dnc": null, "status": [], "state": {}})", ""},
      {R"({"status": ["active", "bounced"]})", "bounce"},
      {R"({"lists": [{"status": "unsubscribed"}]})", "unsubscribe"},
      {R"({"lists": [{"name": "News", "status": "unsubscribed"}, {"name": "Offers", "status": "confirmed"}]})",
       "unsubscribe of News"},
      {R"({"lists": [{"id": 3, "subscribed": false}, {"list": "Offers", "id": 4, "unsubscribed_at": "2026-01-05"}]})",
       "unsubscribe of 3 unsubscribe of Offers"},
      {R"({"mail": {"lists": [[{"name": "News", "in": [{"subscription_status": "opted out"}]}]]}})",
       "unsubscribe of News"},
      {R"({"lists": [{"name": "News", "status": "bounced"}, {"name": "*", "status": "unsubscribed"}]})",
       "unsubscribe bounce"},
      {R"({"lists": [{"name": "News", "status": "unsubscribed"}, {"name": "News", "status": "optout"}]})",
       "unsubscribe of News"},
      {R"({"lists": [{"name": "News", "status": "confirmed"}]})", ""},
  };
  for (const auto& [cell, said] : cases) {
    for (const ImportOptions& options : {Typed(), strict}) {
      std::string found;
      for (const codec::Record& record : Import(FileOf({cell}), options).records) {
        const auto* event = std::get_if<codec::Event>(&record);
        if (event != nullptr) {
          found += Concat(
              {found.empty() ? "" : " ", EventTypeName(event->type), event->topic.empty() ? "" : " of ", event->topic});
        }
        const auto* command = std::get_if<codec::Command>(&record);
        if (command != nullptr && command->actions.Find<codec::SetDoNotContact>() != nullptr) found += "do not contact";
      }
      EXPECT_EQ(found, said) << cell;
    }
  }
}

// The lists are named as the definitions declare their topics, by id or name. Others stop all mail, which is said.
TEST(ImportJson, OptOutsOfListsAreOfDeclaredTopics) {
  config::TenantDefinitions definitions;
  definitions.topics = {{"news", "Newsletter"}, {"offers", "Offers"}};
  ImportOptions options = Contacts();
  options.definitions = &definitions;
  const std::string file =
      FileOf({R"({"lists": [{"id": 1, "name": "newsletter", "status": "unsubscribed"},)"
              R"({"id": "OFFERS", "status": "unsubscribed"}, {"name": "Old", "status": "optout"}]})"});
  std::vector<std::string> topics;
  std::set<std::string> ids;
  for (const codec::Record& record : Import(file, options).records) {
    const auto* event = std::get_if<codec::Event>(&record);
    if (event == nullptr) continue;
    topics.push_back(event->topic);
    ids.insert(event->event_id);
  }
  EXPECT_THAT(topics, ElementsAre("Old", "news", "offers"));
  EXPECT_EQ(ids.size(), 3U);
  const auto is_of_topic = [](const std::string& warning) {
    return warning.find("stops all mail") != std::string::npos;
  };
  std::vector<std::string> warnings = ReadAll(file, options).warnings;
  std::erase_if(warnings, [&](const std::string& warning) { return !is_of_topic(warning); });
  EXPECT_THAT(warnings, ElementsAre("attributes.lists.status: an opt-out of \"Old\" stops all mail, unless the "
                                    "definitions declare that topic"));
}

// A list that was read for what it says about mail is not left out, whatever becomes of the definitions.
TEST(ImportJson, AListThatSaysWhoGetsNoMailIsNotLeftOut) {
  ImportOptions strict = Typed();
  config::TenantDefinitions none;
  none.strict_fields = true;
  strict.definitions = &none;
  const std::string lists = R"("lists": [{"name": "News", "status": "unsubscribed"}])";
  for (const ImportOptions& options : {Typed(), strict}) {
    const std::vector<std::string> cells = {Concat({"{", lists, "}"}),
                                            Concat({"{", lists, R"(, "other": [{"a": 1}]})"})};
    std::string left_out;
    for (const std::string& warning : ReadAll(FileOf(cells), options).warnings) {
      if (warning.find("left out") != std::string::npos) left_out += warning.substr(0, warning.find(':')) + "\n";
    }
    EXPECT_THAT(left_out, StartsWith("attributes.other is left out"));
    EXPECT_EQ(std::ranges::count(left_out, '\n'), 1) << left_out;
  }
  const Read read = ReadAll(FileOf({R"({"city": "Bern", "lists": [{"status": "unsubscribed"}]})", R"({"lists": []})"}));
  EXPECT_THAT(read.rows, ElementsAre(R"(city="Bern")", ""));
  EXPECT_THAT(read.found, ElementsAre("attributes: JSON, whose members become attributes: city; who gets no mail is "
                                      "read from the lists: lists [map attributes=json_members]"));
  EXPECT_THAT(
      ReadAll(FileOf({R"({"lists": [{"status": "bounced"}]})"})).found,
      ElementsAre("attributes: JSON; who gets no mail is read from the lists: lists [map attributes=json_members]"));
}

TEST(ImportJson, ACellWithTooMuchAboutMailIsWrong) {
  std::string many = "{\"status\": [";
  for (int i = 0; i < 1001; ++i) many += Concat({i == 0 ? "" : ",", "\"active\""});
  EXPECT_THAT(RowsOf({many + "]}"}).front(), HasSubstr("it says more than 1,000 times who gets no mail"));
  std::string topics = "{\"lists\": [";
  for (int i = 0; i < 101; ++i) {
    topics += Concat({i == 0 ? "" : ",", "{\"id\": ", std::to_string(i + 1), ", \"unsubscribed\": true}"});
  }
  const Imported imported = Import(FileOf({topics + "]}"}), Contacts());
  ASSERT_EQ(imported.records.size(), 2U);
  EXPECT_EQ(std::get<codec::Event>(imported.records[1]).topic, "");
}

TEST(ImportJson, OtherModesAndOurOwnExportsKeepTheText) {
  ImportOptions options = Events();
  Imported events =
      Import("email,event,time,attributes\nann@example.com,open,2026-01-01T00:00:00Z,\"{\"\"city\"\":\"\"Bern\"\"}\"\n",
             options);
  EXPECT_EQ(ValueToJson(std::get<codec::Event>(events.records.front()).properties.front().second),
            R"("{\"city\":\"Bern\"}")");
  EXPECT_THAT(ReadAll("lead,email,attributes\nann@example.com,,\"{\"\"city\"\":\"\"Bern\"\"}\"\n").rows,
              ElementsAre(R"(attributes="{\"city\":\"Bern\"}")"));
}

TEST(ImportJson, IsBounded) {
  std::string many = "{";
  for (size_t i = 0; i < 501; ++i) many += Concat({i == 0 ? "" : ",", "\"m", std::to_string(i), "\":1"});
  ImportOptions options = Typed();
  options.map = {{"attributes", "json_members"}};
  EXPECT_THAT(RowsOf({many + "}"}, options).front(), HasSubstr("it holds more than 500 members"));
  const std::string long_name(1025, 'n'), long_text(9000, 't');
  Read read = ReadAll(
      FileOf({Concat({"{\"a\":1,\"", long_name, "\":{\"b\":1},\"", long_name.substr(1), "\":{\"b\":1}}"})}), options);
  EXPECT_THAT(read.rows, ElementsAre("a=1"));
  EXPECT_EQ(read.warnings.size(), 2u);
  EXPECT_THAT(RowsOf({Concat({"{\"a\":\"", long_text, "\"}"})}, options).front(), HasSubstr("wrong: "));
  std::string deep;
  for (int i = 0; i < 40; ++i) deep += "{\"a\":";
  EXPECT_THAT(RowsOf({deep + "1" + std::string(40, '}')}, options).front(), HasSubstr("is no JSON object"));
}

}  // namespace leadpulse::importing::import_json_test
