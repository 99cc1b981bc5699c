// What a file must be before anything in it is looked at: one YAML document in UTF-8 without tricks.
#include <string>
#include <vector>

#include "tests/unit/definitions_problems.h"

namespace leadpulse::config {
namespace {

struct Case {
  std::string name;
  std::string yaml;
  std::vector<Expected> errors;
};

class BadYaml : public ::testing::TestWithParam<Case> {};

TEST_P(BadYaml, IsRefusedWithItsPlace) {
  const LoadedDefinitions loaded = LoadDefinitions(GetParam().yaml);
  EXPECT_EQ(loaded.definitions, nullptr);
  ExpectProblems(loaded.errors, GetParam().errors, GetParam().yaml);
}

std::string Repeated(std::string_view part, int times) {
  std::string text;
  for (int i = 0; i < times; ++i) text += part;
  return text;
}

std::vector<Case> NotOneMap() {
  return {
      {"Empty", "", {{"0:0", "empty"}}},
      {"Blank", " \n\n", {{"0:0", "empty"}}},
      {"OnlyComments", "# nothing\n", {{"0:0", "empty"}}},
      {"OnlyADocumentMark", "---\n", {{"0:0", "empty"}}},
      {"OnlyNull", "~\n", {{"0:0", "empty"}}},
      {"AText", "tenants\n", {{"1:1", "expected a map"}}},
      {"AList", "- tenants\n", {{"1:1", "expected a map"}}},
      {"NoTenants", "{}\n", {{"0:0", "`tenants` is missing"}}},
      {"NoTenantsButAnother",
       "tenant:\n  t: {}\n",
       {{"0:0", "`tenants` is missing"}, {"1:1", "unknown key \"tenant\"; did you mean \"tenants\"?"}}},
      {"TenantsNull", "tenants:\n", {{"1:1", "found nothing"}}},
      {"TenantsList", "tenants: [a]\n", {{"1:10", "expected a map from tenants"}}},

      {"Syntax", "tenants:\n  t: {tiers: [{name: all}]\n", {{"3:1", "not valid YAML"}}},
      {"SyntaxColumnsAreCharacters", "tenants: {ä: é: }\n", {{"1:15", "not valid YAML"}}},
      {"Tab", "tenants:\n\tt: 1\n", {{"2:3", "not valid YAML"}}},
      {"OpenDoubleQuote", "tenants:\n  t:\n    timezone: \"UTC\n    tiers: []\n", {{"3:15", "never closed"}}},
      {"OpenSingleQuote", "tenants:\n  t:\n    timezone: 'it''s\n", {{"3:15", "never closed"}}},
      {"EscapedQuoteOpens", "tenants: \"a\\\"\n", {{"1:10", "never closed"}}},
      {"UnknownEscape", "tenants: \"\\q\"\n", {{"1:13", "unknown escape"}}},
      {"EscapesThatAreNotUtf8", "tenants:\n  \"\\N\": \"\\_\"\n", {{"2:3", "write \\u0085"}, {"2:9", "write \\u0085"}}},
      {"LoneSurrogate", "tenants: \"\\ud800\"\n", {{"1:17", "invalid unicode"}}},
      {"NewerYaml", "%YAML 2.0\n---\ntenants: {}\n", {{"1:1", "version"}}},
      {"SecondDocument", "tenants: {}\n---\ntenants: {}\n", {{"2:1", "second document"}}},
      {"EmptySecondDocument", "tenants: {}\n---\n", {{"2:1", "second document"}}},
      {"AfterTheEndMark", "tenants: {}\n...\nmore: 1\n", {{"3:1", "second document"}}},
  };
}

std::vector<Case> Refused() {
  return {
      {"Anchor", "tenants:\n  a: &x {tiers: [{name: all}]}\n", {{"2:6", "anchors (`&name`)"}}},
      {"AnchorAndAliases",
       "tenants:\n  a: &x {tiers: [{name: all}]}\n  b: *x\n  c: *x\n",
       {{"2:6", "anchors"}, {"3:6", "aliases"}, {"4:6", "aliases"}}},
      {"UnknownAlias", "tenants:\n  a: *x\n", {{"2:6", "anchor is not defined"}}},
      {"AliasAsKey", "tenants: &a\n  *a : 1\n", {{"1:10", "anchors"}, {"2:3", "aliases"}}},
      {"Tag", "tenants: !!map {}\n", {{"1:10", "tags"}}},
      {"TagOfAScalar", "tenants:\n  t: !secret x\n", {{"2:6", "tags"}}},
      {"BillionLaughs",
       "a: &a [x]\nb: &b [*a,*a]\nc: &c [*b,*b]\n",
       {{"1:4", "anchors"},
        {"2:4", "anchors"},
        {"2:8", "aliases"},
        {"2:11", "aliases"},
        {"3:4", "anchors"},
        {"3:8", "aliases"},
        {"3:11", "aliases"}}},

      {"DeepList", "tenants: " + Repeated("[", 40) + Repeated("]", 40) + "\n", {{"1:41", "more than 32 deep"}}},
      {"VeryDeepList", "tenants: " + Repeated("[", 200'000), {{"", "more than 32 deep"}}},
      {"VeryDeepMap", "tenants: " + Repeated("{a: ", 100'000), {{"", "more than 32 deep"}}},
      {"VeryDeepBlock", Repeated("- ", 100'000), {{"", "more than 32 deep"}}},

      {"NotUtf8", "tenants: {}\n# caf\xE9\n", {{"2:6", "not UTF-8"}}},
      {"CutUtf8", "tenants: {}\n# \xE2\x82", {{"2:3", "not UTF-8"}}},
      {"Utf16", std::string("t\0e\0n\0", 6), {{"1:2", "control character"}}},
      {"Utf16WithMark", "\xFF\xFE", {{"1:1", "not UTF-8"}}},
      {"EndOfFileCharacter", "tenants: {}\n\x04 rest\n", {{"2:1", "control character"}}},
      {"TooLarge", std::string((16 << 20) + 1, '#'), {{"0:0", "larger than 16 MiB"}}},

      {"KeyTwice", "tenants: {}\ntenants: {}\n", {{"2:1", "\"tenants\" is given twice; first on line 1"}}},
      {"KeyTwiceInQuotes",
       "tenants:\n  a: {tiers: [{name: x}]}\n  'a': {tiers: [{name: x}]}\n",
       {{"3:3", "tenants.a: the key \"a\" is given twice; first on line 2"}}},
      {"KeyIsAList", "tenants:\n  ? [a]\n  : {}\n", {{"2:5", "expected a text as a key"}}},
      {"KeyIsNothing", "tenants:\n  ~: {tiers: [{name: x}]}\n", {{"2:3", "expected a text as a key"}}},
      {"MergeKey", "tenants:\n  t: {tiers: [{name: x}], <<: {}}\n", {{"2:27", "unknown key \"<<\""}}},
      {"BareWordInAMap", "tenants: {}\ngarbage\n", {{"2:1", "unknown key \"garbage\""}}},
  };
}

std::string NameOf(const ::testing::TestParamInfo<Case>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(NotOneMap, BadYaml, ::testing::ValuesIn(NotOneMap()), NameOf);
INSTANTIATE_TEST_SUITE_P(Refused, BadYaml, ::testing::ValuesIn(Refused()), NameOf);

TEST(GoodYaml, ByteOrderMarkIsNoColumn) {
  EXPECT_NE(MustLoad("\xEF\xBB\xBFtenants: {}\n"), nullptr);
  const LoadedDefinitions loaded = LoadDefinitions("\xEF\xBB\xBFtenant: {}\n");
  ExpectProblems(loaded.errors, {{"0:0", "missing"}, {"1:1", "unknown key"}}, "with a byte order mark");
}

TEST(GoodYaml, CarriageReturnsAndDocumentMarks) {
  MustLoad("---\r\ntenants:\r\n  t:\r\n    tiers: [{name: all}]\r\n...\r\n");
}

TEST(GoodYaml, JsonIsYaml) { MustLoad(R"({"tenants": {"t": {"tiers": [{"name": "all"}]}}})"); }

TEST(BadFile, ManyProblemsAreCut) {
  const LoadedDefinitions loaded = LoadDefinitions(Tenant("scoring: {reset_on: [" + Repeated("x,", 5000) + "]}"));
  ASSERT_EQ(loaded.errors.size(), 1001u);
  EXPECT_THAT(loaded.errors.back().message, ::testing::HasSubstr("more than 1000"));
}

TEST(BadFile, LongTextsInMessagesAreCut) {
  const LoadedDefinitions loaded = LoadDefinitions(Tenant("? " + Repeated("é", 50'000) + "\n: 1"));
  ASSERT_EQ(loaded.errors.size(), 1u);
  EXPECT_LT(loaded.errors[0].message.size() + loaded.errors[0].path.size(), 1000u);
}

TEST(BadFile, TooManyValues) {
  const LoadedDefinitions loaded = LoadDefinitions("tenants: [" + Repeated("a,", 4'100'000) + "]");
  ASSERT_EQ(loaded.errors.size(), 1u);
  EXPECT_THAT(loaded.errors[0].message, ::testing::HasSubstr("4,000,000 values"));
}

}  // namespace
}  // namespace leadpulse::config
