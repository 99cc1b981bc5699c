// The checks of a file before its contents: one YAML document in UTF-8 without tricks.
#include <string>
#include <vector>

#include "tests/unit/config/definitions_problems.h"

namespace leadpulse::config::definitions_yaml_test {

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

// Returns lists, each with two aliases of the list above: two to the power of `levels` in all.
std::string Laughs(int levels) {
  std::string text = "a0: &a0 [x]\n";
  for (int i = 1; i <= levels; ++i) {
    const std::string above = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + above + "," + above + "]\n";
  }
  return text;
}

// Makes lists, each around the line above.
std::string Nested(int levels) {
  std::string text = "- &a0 [x]\n";
  for (int i = 1; i < levels; ++i) {
    text += "- &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) + "]\n";
  }
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
       {{"1:1", "`tenants` is missing; unknown key \"tenant\"; did you mean \"tenants\"?"}}},
      {"NoTenantsButOthers", "acme: {}\nTenants: {}\ntenant: {}\n", {{"2:1", "unknown key \"Tenants\""}}},
      {"NoTenantsAndNothingNear", "acme: {}\nother: {}\n", {{"0:0", "`tenants` is missing"}}},
      {"TenantsNull", "tenants:\n", {{"0:0", "`tenants` is missing"}}},
      {"TenantsNullBesideAnother", "tenants:\ntenant: {}\n", {{"2:1", "did you mean \"tenants\"?"}}},
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
      {"LoneLowSurrogate", "tenants: \"\\ude00\"\n", {{"1:17", "invalid unicode"}}},
      {"SurrogatesTheWrongWayRound", "tenants: \"\\ude00\\ud83d\"\n", {{"1:17", "invalid unicode"}}},
      {"LoneSurrogateBesideAPair", "tenants: \"\\ud83d\\ude00 \\ud83d\"\n", {{"1:30", "invalid unicode"}}},
      {"EscapedBackslashBeforeASurrogate", "tenants: \"\\\\ud83d\\ude00\"\n", {{"1:24", "invalid unicode"}}},
      {"NewerYaml", "%YAML 2.0\n---\ntenants: {}\n", {{"1:1", "version"}}},
      {"SecondDocument", "tenants: {}\n---\ntenants: {}\n", {{"2:1", "second document"}}},
      {"EmptySecondDocument", "tenants: {}\n---\n", {{"2:1", "second document"}}},
      {"AfterTheEndMark", "tenants: {}\n...\nmore: 1\n", {{"3:1", "second document"}}},
  };
}

std::vector<Case> Refused() {
  return {
      {"UnknownAlias", "tenants:\n  a: *x\n", {{"2:6", "anchor is not defined"}}},
      {"AliasBeforeItsAnchor", "tenants:\n  a: *x\n  b: &x {}\n", {{"2:6", "anchor is not defined"}}},
      {"AliasInsideOfItself", "tenants: &x\n  a: *x\n", {{"2:6", "inside of what it stands for"}}},
      {"AliasInsideOfItselfInAList", "tenants: &x [a, [*x]]\n", {{"1:18", "inside of what it stands for"}}},
      {"AliasInsideOfItselfAsKey", "tenants: &a\n  *a : 1\n", {{"2:3", "inside of what it stands for"}}},
      {"BillionLaughs", Laughs(30), {{"", "with its aliases the file holds more than 4,000,000 values"}}},
      {"NestedByAliases", Nested(40), {{"32:9", "with its aliases the file is nested more than 32 deep"}}},
      {"MuchTextByAliases",
       "a: &a " + std::string(1 << 20, 'x') + "\nb: [" + Repeated("*a,", 65) + "]\n",
       {{"2:197", "the aliases of the file make more than 64 MiB of text"}}},
      {"MuchTextOfListsByAliases",
       "a: &a [" + std::string(1 << 20, 'x') + "]\nb: [" + Repeated("*a,", 65) + "]\n",
       {{"2:197", "the aliases of the file make more than 64 MiB of text"}}},

      {"Tag", "tenants: !!set {}\n", {{"1:10", "a tag that does not fit"}}},
      {"TagOfAScalar", "tenants:\n  t: !secret x\n", {{"2:6", "no tags (`!name`) of a program's own"}}},
      {"TagsThatDoNotAgree",
       "[!!int x, !!bool 1, !!float x, !!null x, !!map [], !!seq {}, !!str [], !!map x, !!int 5.5, !<!x> y]\n",
       {{"1:2", "tag"},
        {"1:11", "tag"},
        {"1:21", "tag"},
        {"1:32", "tag"},
        {"1:42", "tag"},
        {"1:52", "tag"},
        {"1:62", "tag"},
        {"1:72", "tag"},
        {"1:81", "tag"},
        {"1:92", "tag"}}},

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
      {"MergeKey", "tenants:\n  t: {tiers: [{name: x}], <<: {}}\n", {{"2:27", "merge keys (`<<`) are not taken"}}},
      {"MergeKeyOfTenants",
       "tenants:\n  a: &a {tiers: [{name: x}]}\n  b: {<<: *a, tiers: [{name: x}]}\n",
       {{"3:7", "tenants.b: merge keys (`<<`) are not taken; write the keys out"}}},
      {"BareWordInAMap", "tenants: {}\ngarbage\n", {{"2:1", "unknown key \"garbage\""}}},
  };
}

std::string NameOf(const ::testing::TestParamInfo<Case>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(NotOneMap, BadYaml, ::testing::ValuesIn(NotOneMap()), NameOf);
INSTANTIATE_TEST_SUITE_P(Refused, BadYaml, ::testing::ValuesIn(Refused()), NameOf);

TEST(GoodYaml, ByteOrderMarkIsNoColumn) {
  EXPECT_NE(MustLoad("\xEF\xBB\xBFtenants: {}\n"), nullptr);
  const LoadedDefinitions loaded = LoadDefinitions("\xEF\xBB\xBFtenant: {}\n");
  ExpectProblems(loaded.errors, {{"1:1", "unknown key"}}, "with a byte order mark");
}

TEST(GoodYaml, CarriageReturnsAndDocumentMarks) {
  MustLoad("---\r\ntenants:\r\n  t:\r\n    tiers: [{name: all}]\r\n...\r\n");
}

TEST(GoodYaml, JsonIsYaml) { MustLoad(R"({"tenants": {"t": {"tiers": [{"name": "all"}]}}})"); }

TEST(GoodYaml, AliasesStandForWhatIsAnchored) {
  const auto definitions = MustLoad(
      "tenants:\n"
      "  a: &id001\n"
      "    tiers: &id002\n"
      "    - {name: &n hot, at_least: 5}\n"
      "    - {name: cold}\n"
      "    fields: &id003 {industry: text}\n"
      "    segments: [{id: *n , name: *n , rule: &r 'industry IS \"x\"'}, {id: b, rule: *r}]\n"
      "  b: *id001\n"
      "  c: {tiers: *id002, fields: *id003, lifecycle: &empty , journal: *empty }\n"
      "  &k d: {tiers: [{name: *k }]}\n");
  EXPECT_EQ(definitions->For("b").tiers[0].name, "hot");
  EXPECT_EQ(definitions->For("b").segments[1].name, "hot");
  EXPECT_EQ(definitions->For("b").segments[0].rule.source, "industry IS \"x\"");
  EXPECT_EQ(definitions->For("c").tiers[0].at_least, 5);
  EXPECT_TRUE(definitions->For("c").fields.contains("industry"));
  EXPECT_EQ(definitions->For("d").tiers[0].name, "d");
}

TEST(GoodYaml, AnAnchorMayBeGivenAnew) {
  const auto definitions =
      MustLoad("tenants:\n  a: {tiers: &x [{name: one}]}\n  b: {tiers: &x [{name: two}]}\n  c: {tiers: *x}\n");
  EXPECT_EQ(definitions->For("c").tiers[0].name, "two");
}

TEST(GoodYaml, MistakesInAliasesStandWhereTheyAreWritten) {
  const std::string yaml =
      "tenants:\n  a: {tiers: &x [{name: one}], segments: [{id: s, rule: &r 'score > oops'}]}\n"
      "  b: {tiers: *x, segments: [{id: s, rule: *r }]}\n";
  ExpectProblems(LoadDefinitions(yaml).errors,
                 {{"2:69", "tenants.a.segments[0].rule: "}, {"2:69", "tenants.b.segments[0].rule: "}}, yaml);
}

TEST(GoodYaml, StandardTagsThatAgree) {
  const auto definitions = MustLoad(
      "tenants: !!map\n"
      "  t:\n"
      "    tiers: !!seq [{name: !!str 5, at_least: !!int 5}, {name: !<tag:yaml.org,2002:str> \"x\", at_least: "
      "!!null}]\n"
      "    strict_fields: !!bool true\n"
      "    journal: {max_entries: !!int \"7\"}\n"
      "    lifecycle: !!null ~\n");
  EXPECT_EQ(definitions->For("t").tiers[0].name, "5");
  EXPECT_EQ(definitions->For("t").tiers[1].name, "x");
  EXPECT_TRUE(definitions->For("t").strict_fields);
  EXPECT_EQ(definitions->For("t").journal_max_entries, 7u);
  const std::string yaml = Tenant("journal: {max_entries: !!str 5}\nlifecycle: {auto_qualify_at: !!float 5.5}");
  ExpectProblems(LoadDefinitions(yaml).errors, {{"4:34", "take the quotes away"}, {"5:42", "fractions"}}, yaml);
}

TEST(GoodYaml, AnUnclosedQuoteBehindATagOrAnchor) {
  for (const std::string value : {"!!str \"UTC", "&x 'UTC", "!!str \"", "&x !!str\n    \"UTC"}) {
    const std::string yaml = Tenant("timezone: " + value);
    ExpectProblems(LoadDefinitions(yaml).errors, {{"4:15", "never closed"}}, yaml);
  }
}

std::string NameOfTier(const std::string& scalar) {
  return MustLoad("tenants: {t: {tiers: [{name: " + scalar + "}]}}")->For("t").tiers[0].name;
}

TEST(GoodYaml, SurrogatePairsAreOneCharacter) {
  EXPECT_EQ(NameOfTier(R"("\ud83d\ude00")"), "😀");
  EXPECT_EQ(NameOfTier(R"("a\uD83D\uDE00b\ud83d\ude01 \ud800\udc00\uDBFF\uDFFF")"), "a😀b😁 \U00010000\U0010FFFF");
  EXPECT_EQ(NameOfTier(R"("\ufffd\ufffd\ufffd\ud83d\ude00\ufffd\ufffd�\ud83d\ude00�")"),
            "\uFFFD\uFFFD\uFFFD😀\uFFFD\uFFFD\uFFFD😀\uFFFD");
  EXPECT_EQ(NameOfTier("\"a\n  \\ud83d\\ude00   \\\n  \\ud83d\\ude01\""), "a 😀   😁");
  EXPECT_EQ(NameOfTier(R"(!!str "\\\ud83d\ude00\\")"), "\\😀\\");
  EXPECT_EQ(NameOfTier(R"("a\/b")"), "a/b");
}

TEST(GoodYaml, SurrogatesOutsideOfDoubleQuotesAreNoEscapes) {
  EXPECT_EQ(NameOfTier(R"('\ud83d\ude00 \ufffd\ufffd')"), R"(\ud83d\ude00 \ufffd\ufffd)");
  EXPECT_EQ(NameOfTier(R"(\ufffd\ufffd\ud83d\ude00)"), R"(\ufffd\ufffd\ud83d\ude00)");
  EXPECT_EQ(NameOfTier(R"('\ud83d it''s \ud83d\ude00')"), R"(\ud83d it's \ud83d\ude00)");
  const auto definitions =
      MustLoad(Tenant("segments:\n- id: a\n  rule: >-  # \\ud83d\\ude00\n    tags = \"\\\\ud83d\\\\ude00\" OR\n\n    "
                      "lists = \"x\\\\ud83d\""));
  EXPECT_EQ(definitions->For("t").segments[0].rule.source, "tags = \"\\\\ud83d\\\\ude00\" OR\nlists = \"x\\\\ud83d\"");
}

TEST(GoodYaml, PlacesBehindSurrogatePairsAreExact) {
  const std::string yaml = R"({"tenants": {"t": {"tiers": [{"name": "\ud83d\ude00"}], "journal": 5}}})";
  ExpectProblems(LoadDefinitions(yaml).errors, {{"1:68", "tenants.t.journal: expected a map"}}, yaml);
}

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

}  // namespace leadpulse::config::definitions_yaml_test
