// What pages show of a tenant (name, locale, brand, lists, campaigns), and the fields that every tenant has.
#include <string>
#include <vector>

#include "config/follow_up_fields.h"
#include "config/strict_fields.h"
#include "tests/unit/config/definitions_problems.h"

namespace leadpulse::config::definitions_names_test {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

void ExpectErrors(const std::string& lines, const std::vector<Expected>& errors) {
  const std::string yaml = Tenant(lines);
  ExpectProblems(LoadDefinitions(yaml).errors, errors, yaml);
}

TEST(Names, OfTheTenant) {
  ExpectErrors("name: Acme GmbH\nlocale: de-AT\nbrand: {color: '#Ff8800', text: Acme}", {});
  ExpectErrors("name: ~\nlocale: ~\nbrand: ~\nlists: ~\ncampaigns: ~", {});
  ExpectErrors("brand: {}", {});
  ExpectErrors("name: ''", {{"4:11", "tenants.t.name: expected the tenant's name, found an empty text"}});
  ExpectErrors("name: [Acme]", {{"4:11", "expected the tenant's name, found a list"}});
  ExpectErrors("name: \"a\\nb\"", {{"4:11", "holds a line break or another control character"}});
  ExpectErrors("name: " + std::string(256, 'a'), {});
  ExpectErrors("name: " + std::string(257, 'a'), {{"4:11", "longer than 256 bytes"}});
  ExpectErrors("nam: Acme", {{"4:5", "unknown key \"nam\"; did you mean \"name\"?"}});
  const TenantNames names =
      MustLoad(Tenant("name: Acme GmbH\nlocale: de-AT\nbrand: {color: '#f80', text: A}"))->For("t").names;
  EXPECT_EQ(names.name, "Acme GmbH");
  EXPECT_EQ(names.locale, "de-AT");
  EXPECT_EQ(names.brand_color, "#f80");
  EXPECT_EQ(names.brand_text, "A");
}

TEST(Names, ALocaleIsALanguageTag) {
  for (const char* tag : {"de", "en-GB", "zh-Hant-TW", "es-419", "gsw", "sl-rozaj-biske-1994", "de-x-phonebk"}) {
    ExpectErrors("locale: " + std::string(tag), {});
  }
  for (const char* no_tag : {"german", "d", "'12'", "de-", "-de", "de--AT", "de-ä", "de-123456789", "''", "de AT",
                             "abc-12345678-12345678-12345678-12345"}) {
    ExpectErrors("locale: " + std::string(no_tag), {{"4:13", "tenants.t.locale: expected a language tag such as de"}});
  }
  ExpectErrors("locale: de_AT", {{"4:13", "found \"de_AT\"; write `de-AT`"}});
  ExpectErrors("locale: {de: AT}", {{"4:13", "expected a language tag such as de or en-GB, found a map"}});
}

TEST(Names, AColorHasThreeOrSixDigits) {
  for (const char* color : {"#000", "#aBc", "#123456", "#ABCDEF"}) {
    ExpectErrors("brand: {color: '" + std::string(color) + "'}", {});
  }
  for (const char* color : {"red", "123", "#12", "#1234", "#12345", "#1234567", "#ggg", "# 12", ""}) {
    ExpectErrors("brand: {color: '" + std::string(color) + "'}",
                 {{"4:20", "tenants.t.brand.color: expected a color such as \"#ff8800\" or \"#f80\", found \""}});
  }
  ExpectErrors("brand: {colour: '#fff'}", {{"4:13", "unknown key \"colour\"; did you mean \"color\"?"}});
  ExpectErrors("brand: {text: ''}", {{"4:19", "expected the text of a logo"}});
  ExpectErrors("brand: '#fff'", {{"4:12", "expected a map {color, text}"}});
}

TEST(Names, OfListsAndCampaigns) {
  ExpectErrors("lists: [{}]", {{"4:13", "tenants.t.lists[0]: a list needs an `id`"}});
  ExpectErrors("lists: [news]", {{"4:13", "expected a list {id, name}, found \"news\""}});
  ExpectErrors("lists: {id: news}", {{"4:12", "expected a list of lists {id, name}, found a map"}});
  ExpectErrors("lists: [{id: ''}]", {{"4:18", "expected a list's id, found an empty text"}});
  ExpectErrors("lists: [{id: \"\\u200b\\u00a0\"}]", {{"4:18", "expected a list's id, found an empty text"}});
  ExpectErrors("lists: [{id: a, name: ''}]", {{"4:27", "expected a list's name"}});
  ExpectErrors("lists: [{id: a, active: true}]", {{"4:21", "unknown key \"active\"; expected id or name"}});
  ExpectErrors("lists: [{id: " + std::string(1024, 'a') + "}]", {});
  ExpectErrors("lists: [{id: " + std::string(1025, 'a') + "}]", {{"4:18", "longer than 1024 bytes"}});
  ExpectErrors("campaigns: [{}]", {{"4:17", "tenants.t.campaigns[0]: a campaign needs an `id`"}});
  ExpectErrors("campaigns: [{id: a, active: yes}]", {{"4:33", "expected true or false, found \"yes\""}});
  ExpectErrors("campaigns: [{id: a, actif: true}]", {{"4:25", "unknown key \"actif\"; expected id, name or active"}});
  ExpectErrors("campaigns: 5", {{"4:16", "expected a list of campaigns {id, name, active}, found \"5\""}});
}

TEST(Names, IdsAreTheSameAsThoseOfLeadsAre) {
  ExpectErrors("lists: [{id: News}, {id: NEWS}]",
               {{"4:25", "the list \"NEWS\" is given twice (ids are the same without case)"}});
  ExpectErrors("campaigns: [{id: \"e\\u0301t\\u00e9\"}, {id: \" \\u00c9T\\u00c9\\u200b\"}]",
               {{"4:41", "the campaign \"ÉTÉ\" is given twice"}});
  ExpectErrors("lists: [{id: news}]\ncampaigns: [{id: news}]", {});
}

TEST(Names, AreAtMostTenThousand) {
  for (const std::string kind : {"lists", "campaigns"}) {
    std::string lines = kind + ":";
    for (size_t i = 0; i < kMaxDeclaredNames; ++i) lines += "\n- {id: n" + std::to_string(i) + "}";
    ExpectErrors(lines, {});
    ExpectErrors(lines + "\n- {id: one more}", {{"", "more than 10,000 " + kind}});
  }
}

TEST(Names, AreFoundInAnySpelling) {
  const auto definitions =
      MustLoad(Tenant("lists: [{id: \" Vip\\u200b\", name: The VIPs}, {id: old}]\n"
                      "campaigns: [{id: spring, name: Spring sale}, {id: autumn, active: false}]"));
  const TenantNames& names = definitions->For("t").names;
  EXPECT_EQ(names.lists.NameOf("VIP"), "The VIPs");
  EXPECT_EQ(names.lists.NameOf("old"), "old");
  EXPECT_EQ(names.lists.NameOf("Spring"), "Spring") << "not declared";
  EXPECT_EQ(names.lists.all()[0].id, "Vip") << "in the order of the file";
  EXPECT_EQ(names.campaigns.NameOf("SPRING"), "Spring sale");
  EXPECT_TRUE(names.campaigns.Find("spring")->active);
  EXPECT_FALSE(names.campaigns.Find("Autumn")->active);
  EXPECT_EQ(names.campaigns.Find("vip"), nullptr);
  EXPECT_EQ(DeclaredNames().NameOf("x"), "x");
}

TEST(Names, AreShownAndReadAgain) {
  const std::string yaml = Tenant(
      "name: 'A: b'\nlocale: de\nbrand: {color: '#f80', text: '#1'}\nlists: [{id: '7', name: x}, {id: B}]\n"
      "campaigns: [{id: spring, name: Sale, active: false}, {id: a}]");
  const std::string shown = ShowDefinitions(*MustLoad(yaml));
  EXPECT_EQ(ShowDefinitions(*MustLoad(shown)), shown);
  EXPECT_THAT(shown, HasSubstr("  t:\n"
                               "    name: 'A: b'\n"
                               "    locale: de\n"
                               "    brand:\n"
                               "      color: '#f80'\n"
                               "      text: '#1'\n"
                               "    lists:\n"
                               "      - id: '7'\n"
                               "        name: x\n"
                               "      - id: B\n"
                               "        name: B\n"
                               "    campaigns:\n"
                               "      - id: spring\n"
                               "        name: Sale\n"
                               "        active: false\n"
                               "      - id: a\n"
                               "        name: a\n"
                               "        active: true\n"
                               "    timezone: UTC\n"));
  EXPECT_THAT(ShowDefinitions(*MustLoad(Tenant(""))), Not(HasSubstr("brand")));
}

TEST(Names, AreNoPartOfWhatLeadsAreEvaluatedUnder) {
  const auto hash = [](const std::string& lines) { return MustLoad(Tenant(lines))->For("t").source_hash; };
  const std::string rest = "fields: {city: text}\n";
  const uint64_t plain = hash(rest);
  for (const char* names : {"name: A", "locale: de", "brand: {text: A}", "lists: [{id: a}]", "campaigns: [{id: a}]"}) {
    EXPECT_EQ(hash(rest + names), plain) << names;
  }
  EXPECT_EQ(hash("name: A\n" + rest), plain);
  EXPECT_NE(hash(rest + "strict_fields: true"), plain);
  EXPECT_NE(hash(rest + "topics: [{id: a}]"), plain);
  EXPECT_NE(hash("fields: {name: text}"), hash("fields: {locale: text}")) << "only the keys of the tenant";
}

TEST(FollowUp, IsDeclaredForEveryTenant) {
  const auto definitions = MustLoad(Tenant("strict_fields: true"));
  for (const char* tenant : {"t", "other"}) {
    const rules::DeclaredTypes& fields = definitions->For(tenant).fields;
    EXPECT_EQ(fields.at("follow_up_on"), FieldType::kDay) << tenant;
    EXPECT_EQ(fields.at("follow_up_note"), FieldType::kText) << tenant;
  }
  EXPECT_FALSE(MustBeDeclared(definitions->For("t"), "follow_up_on"));
  EXPECT_TRUE(MustBeDeclared(definitions->For("t"), "follow_up"));
  EXPECT_THAT(ShowDefinitions(*definitions),
              HasSubstr("    fields:\n      follow_up_note: text\n      follow_up_on: day\n    strict_fields: true\n"));
}

TEST(FollowUp, IsWhatRulesAsk) {
  const std::string yaml = Tenant(
      "strict_fields: true\nsegments: [{id: due, rule: 'follow_up_on BEFORE TOMORROW AND `Follow up note` IS SET'}]");
  EXPECT_THAT(Lines(LoadDefinitions(yaml).errors), IsEmpty());
  EXPECT_THAT(Lines(LoadDefinitions(yaml).warnings), IsEmpty());
  ExpectErrors("strict_fields: true\nsegments: [{id: due, rule: 'folow_up_on IS SET'}]",
               {{"5:33", "did you mean \"follow_up_on\"?"}});
}

TEST(FollowUp, MayBeDeclaredWithItsTypeOnly) {
  ExpectErrors("fields: {Follow Up On: day, follow_up_note: text}", {});
  ExpectErrors("fields: {Follow up on: date}",
               {{"4:28",
                 "tenants.t.fields.Follow up on: every tenant has the field follow_up_on with the type day, for "
                 "follow-ups; leave it out, or give your field another name"}});
  ExpectErrors("fields: {follow_up_note: number, city: text, follow_up_on: text}",
               {{"4:30", "has the field follow_up_note with the type text"},
                {"4:64", "has the field follow_up_on with the type day"}});
  ExpectErrors("fields: {follow_up_on: soon}", {{"4:28", "expected a type"}});
}

// An upgrade opens states whose definitions declare the fields in their own way.
TEST(FollowUp, KeepsAFormerTypeInDefinitionsOfAState) {
  const LoadedDefinitions loaded = LoadDefinitions(Tenant("fields: {follow_up_on: text}"), RulesInForce::OfState());
  ASSERT_NE(loaded.definitions, nullptr);
  EXPECT_THAT(Lines(loaded.warnings), ::testing::ElementsAre(HasSubstr("every tenant has the field follow_up_on")));
  EXPECT_EQ(loaded.definitions->For("t").fields.at("follow_up_on"), FieldType::kText);
  EXPECT_EQ(loaded.definitions->For("t").fields.at("follow_up_note"), FieldType::kText);
}

}  // namespace leadpulse::config::definitions_names_test
