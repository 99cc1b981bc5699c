// Rules inside definitions: the positions of their errors in the file, the names they may use, and the order of
// segments that refer to each other.
#include <string>
#include <vector>

#include "tests/support/address_spellings.h"
#include "tests/support/rule_lead.h"
#include "tests/unit/config/definitions_problems.h"

namespace leadpulse::config::definitions_rules_test {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string Segments(const std::vector<std::pair<std::string, std::string>>& segments) {
  std::string text = "segments:";
  for (const auto& [id, rule] : segments) text += "\n- {id: " + id + ", rule: '" + rule + "'}";
  return Tenant(text);
}

void ExpectErrors(const std::string& yaml, const std::vector<Expected>& errors) {
  ExpectProblems(LoadDefinitions(yaml).errors, errors, yaml);
}

// Expects an error at the exact position of the word `oops`, which stands for a value in the rule of a segment.
void ExpectAtOops(const std::string& rule) {
  const std::string yaml = Tenant("segments:\n- id: a\n  rule: " + rule);
  const rules::LineColumn place = rules::LocateOffset(yaml, static_cast<uint32_t>(yaml.find("oops")));
  ExpectErrors(yaml, {{std::to_string(place.line) + ":" + std::to_string(place.column), "not \"oops\""}});
}

TEST(RulePlaces, FollowEveryWayToWriteAText) {
  ExpectAtOops("score > oops");
  ExpectAtOops("'score > oops'");
  ExpectAtOops("'tags = \"it''s\" OR score > oops'");
  ExpectAtOops("\"tags = \\\"x\\\" OR score > oops\"");
  ExpectAtOops("\"tags = \\\"\\u00e9\\x41\\U0001F600\\L\\P\\\" OR\\tscore >\\ oops\"");
  ExpectAtOops("\"tags = \\\"\\x7f\\x80\\u07ff\\u0800\\uffff\\U00010000\\\" OR score > oops\"");
  ExpectAtOops("\"tags = \\\"\\ud83d\\ude00\\uD83D\\uDE00\\\" OR score > oops\"");
  ExpectAtOops("!!str score > oops");
  ExpectAtOops("!!str 'score > oops'");
  ExpectAtOops("&x  # comment\n    \"score >\\u0020oops\"");
  ExpectAtOops("&x !<tag:yaml.org,2002:str> |\n    score > oops\n");
  ExpectAtOops("'tags = \"ééé\" OR score > oops'");
  ExpectAtOops("'tags = \"a  b\"   OR   score > oops'");
}

// Sequences are dear, each that is new; the limit names the dearest rule.
TEST(RuleTime, OfATenantIsBounded) {
  const auto sequences = [](int from, int to) {
    std::string rule;
    for (int i = from; i < to; ++i) {
      rule += (rule.empty() ? "" : " OR ") + std::string("DID open THEN click WITHIN ") + std::to_string(i) + " days";
    }
    return rule;
  };
  std::vector<std::pair<std::string, std::string>> segments = {{"few", sequences(1, 3)}};
  for (int i = 0; i < 20; ++i) segments.push_back({"s" + std::to_string(i), sequences(1000 + 300 * i, 1300 + 300 * i)});
  const std::string good = Segments(segments);
  EXPECT_EQ(MustLoad(good)->For("t").rule_time, std::chrono::nanoseconds{150} * 1000 * 6002);
  for (int i = 0; i < 1000; ++i) segments.push_back({"again" + std::to_string(i), sequences(1, 3)});
  EXPECT_EQ(MustLoad(Segments(segments))->For("t").rule_time, MustLoad(good)->For("t").rule_time);
  segments.push_back({"dearest", sequences(20'000, 20'370)});
  segments.push_back({"more", sequences(30'000, 30'300)});
  const std::string bad = Segments(segments);
  const rules::LineColumn place =
      rules::LocateOffset(bad, static_cast<uint32_t>(bad.find("'DID open THEN click WITHIN 20000 ")));
  const std::vector<Expected> problems = {
      {std::to_string(place.line) + ":" + std::to_string(place.column), "may take 1,001 ms"}};
  ExpectProblems(LoadDefinitions(bad, RulesInForce()).errors, problems, "segments");
  ExpectProblems(LoadDefinitions(bad, RulesInForce::Perhaps()).errors, problems, "segments");
  ExpectProblems(LoadDefinitions(bad).warnings, problems, "segments");
  const std::string scoring =
      Tenant("scoring: {exclude: '" + sequences(1, 400) + "'}\njournal: {max_entries: 1000000}");
  ExpectProblems(LoadDefinitions(scoring, RulesInForce()).errors, {{"", "t.scoring: the tenant's rules may take"}},
                 "scoring");
}

TEST(RuleNames, TextsThatAFieldNeverIsAreWarnedOf) {
  const std::string yaml =
      "tenants:\n  t:\n    strict_fields: true\n    tiers: [{name: Hot, at_least: 5}, {name: cold}]\n" +
      std::string("    segments:\n    - id: a\n      rule: ");
  for (const auto& [rule, part] : std::vector<std::pair<std::string, std::string>>{
           {"lead status IS \"Follow up\"", "\"lead status\" is never \"Follow up\" (did you mean \"follow_up\"?)"},
           {"stage IN (\"NEW\", \"won\")",
            "\"stage\" is never \"won\" (it may be new, contacted, engaged, qualifying, "
            "qualified, follow_up, converted, lost, archived)"},
           {"NOT tier IS NOT \"hott\"", "\"tier\" is never \"hott\" (did you mean \"hot\"?)"},
           {"email_status = \"actve\"", "\"email_status\" is never \"actve\" (did you mean \"active\"?)"}}) {
    const LoadedDefinitions loaded = LoadDefinitions(yaml + "'" + rule + "'\n");
    EXPECT_THAT(loaded.errors, IsEmpty()) << rule;
    ExpectProblems(loaded.warnings, {{"", part}}, rule);
  }
  for (const char* rule :
       {"tier IS \"hot\" OR tier = \"COLD\"", "status IS \"unsubscribed\"", "stage STARTS WITH \"f\"", "tier IS SET",
        "email_status NOT IN (\"active\", \"complained\")"}) {
    EXPECT_THAT(LoadDefinitions(yaml + "'" + rule + "'\n").warnings, IsEmpty()) << rule;
  }
}

constexpr const char* kTyped =
    "tenants:\n  t:\n    tiers: [{name: hot, at_least: 5}, {name: cold}]\n"
    "    fields: {size: text, budget: number, vip: boolean, since: date, born: day}\n"
    "    event_properties: {total: number, plan: text}\n    segments:\n    - id: a\n      rule: ";

// Every kind of test with every kind of field: those of another type, and with an empty string, never hold.
TEST(NeverTrue, IsWhatTheTypesAndValuesOfFieldsExclude) {
  for (const auto& [rule, part] : std::vector<std::pair<std::string, std::string>>{
           {"size = 200", "\"size\" is a text, never 200 (write \"200\")"},
           {"size IS NOT true", "never true (write \"true\")"},
           {"size >= 200", "\"size\" is a text, never a number"},
           {"size BETWEEN 1 AND 5", "\"size\" is a text, never a number"},
           {"budget NOT BETWEEN 5 AND -1.5", "\"budget\" is never between 5 and -1.5 (write BETWEEN -1.5 AND 5)"},
           {"since BETWEEN \"2026-03-10\" AND \"2026-03-09\"", "there is no time between these"},
           {"since NOT BETWEEN TODAY AND YESTERDAY", "there is no time between these"},
           {"DID open BETWEEN 1 day AGO AND 2 days AGO", "(write the earlier one first)"},
           {"DID open THEN click WITHIN 1 day BETWEEN \"2026-03-10T00:00:00Z\" AND \"2026-03-10T00:00:00Z\"",
            "the first is not before the second"},
           {"size < \"2026-01-01\"", "\"size\" is a text, never a time"},
           {"size > 30 days ago", "\"size\" is a text, never a time"},
           {"size NOT IN THIS WEEK", "\"size\" is a text, never a time"},
           {"size ANNIVERSARY TODAY", "\"size\" is a text, never a time"},
           {"size = \"\"", "\"size\" is never \"\" (write IS NOT SET)"},
           {"email != \"\"", "is never \"\" (write IS SET)"},
           {"email IN (\"a\", \"\")", "is never \"\" (write IS NOT SET)"},
           {"budget = \"200\"", "\"budget\" is a number, never \"200\" (write 200)"},
           {"budget = \"much\"", "never \"much\" (write a number)"},
           {"budget CONTAINS \"2\"", "\"budget\" is a number, never a text (compare it with a number)"},
           {"budget BEFORE TODAY", "\"budget\" is a number, never a time"},
           {"vip IS \"true\"", "\"vip\" is true or false, never \"true\" (write true)"},
           {"vip = 1", "never 1 (write true or false)"},
           {"vip > 0", "\"vip\" is true or false, never a number"},
           {"since = \"new\"", "\"since\" is a time, never \"new\" (write a day"},
           {"since IN (true)", "\"since\" is a time, never true"},
           {"since >= 5", "\"since\" is a time, never a number"},
           {"born = \"\"", "\"born\" is never \"\" (write IS NOT SET)"},
           {"born > 5", "\"born\" is a day, never a number (write < 30 days ago"},
           {"born = 5", "\"born\" is a day, never 5 (write a day in quotes"},
           {"born = \"soon\"", "\"born\" is a day, never \"soon\" (write a day in quotes"},
           {"born IN (\"1985-12-10\", \"1985-12-10T09:30:00Z\")", "never \"1985-12-10T09:30:00Z\" (write a day"},
           {"born CONTAINS \"1985\"", "\"born\" is a day, never a text"},
           {"since STARTS WITH \"2026\"", "\"since\" is a time, never a text (write < 30 days ago"},
           {"score = \"5\"", "\"score\" is a number, never \"5\" (write 5)"},
           {"tier = 5", "\"tier\" is a text, never 5"},
           {"tags > 5", "\"tags\" is a text, never a number"},
           {"sendable = \"yes\"", "\"sendable\" is true or false"},
           {"last_opened = \"never\"", "\"last_opened\" is a time"},
           {"DID click WHERE total = \"5\"", "\"total\" is a number, never \"5\" (write 5)"},
           {"DID open THEN click WHERE plan >= 5 WITHIN 1 day", "\"plan\" is a text, never a number"},
           {"profile.email = \"ann@bücher.example\"",
            "is never \"ann@bücher.example\" (addresses are compared in normal form: write "
            "\"ann@xn--bcher-kva.example\")"},
           {"email NOT IN (\"ann@x.example\", \"ann@ｘ.example\")",
            "(addresses are compared in normal form: "
            "write \"ann@x.example\")"},
           {"email ENDS WITH \"@Straße.example\"",
            "\"email\" never ends with \"@Straße.example\" (domains are compared in their ASCII form: write ENDS "
            "WITH \"@xn--strae-oqa.example\")"},
           {"NOT email NOT CONTAINS \"@bü\"", "\"email\" never contains \"@bü\""}}) {
    const std::string yaml = kTyped + ("'" + rule + "'\n");
    ExpectProblems(LoadDefinitions(yaml, RulesInForce()).errors, {{"", part}}, rule);
    ExpectProblems(LoadDefinitions(yaml).warnings, {{"", part}}, rule);
    const std::string other = kTyped + ("'NOT (" + rule + ") OR score > 5'\n");
    EXPECT_EQ(LoadDefinitions(other, RulesInForce(*MustLoad(yaml))).errors.size(), 1u) << rule;
    EXPECT_THAT(LoadDefinitions(yaml, RulesInForce(*MustLoad(yaml))).errors, IsEmpty()) << rule;
  }
}

TEST(NeverTrue, IsNothingThatSomeLeadMayHold) {
  for (const char* rule : {"size = \"200\"",
                           "size CONTAINS \"\"",
                           "budget > 5",
                           "budget = 1234567890",
                           "vip = true",
                           "since > 5 days ago",
                           "since = \"2026-01-01\"",
                           "since IN (\"2026-01-01T00:00:00Z\")",
                           "born = \"1985-12-10\"",
                           "born != \"1985-12-10T00:00:00Z\"",
                           "born >= \"1985-12-10T09:30:00Z\"",
                           "born ANNIVERSARY TODAY",
                           "born < 9 days ago",
                           "undeclared = 5",
                           "undeclared > 5",
                           "undeclared IS true",
                           "undeclared BEFORE TODAY",
                           "email > 5",
                           "email = \" Ann@XN--Bcher-KVA.example \"",
                           "email IS \"JÖRG@x.example\"",
                           "email IS \"not given\"",
                           "email IN (\"ann@Üb�.Example\")",
                           "email ENDS WITH \"@Our-Company.example\"",
                           "email ENDS WITH \"bücher.example\"",
                           "email CONTAINS \"@xn--b\"",
                           "email STARTS WITH \"jörg@\"",
                           "size = \"ann@bücher.example\"",
                           "tags = \"vip\"",
                           "agent CONTAINS \"kim\"",
                           "quality BETWEEN 60 AND 100",
                           "budget BETWEEN 5 AND 5",
                           "since BETWEEN \"2026-03-10\" AND \"2026-03-10\"",
                           "since BETWEEN TODAY AND TODAY",
                           "since BETWEEN TODAY AND 5 days AGO",
                           "DID open BETWEEN 2 days AGO AND 1 day AGO",
                           "created IN THIS YEAR",
                           "DID click WHERE (total > 5 AND plan = \"a\")"}) {
    EXPECT_THAT(Lines(LoadDefinitions(kTyped + ("'" + std::string(rule) + "'\n"), RulesInForce()).errors), IsEmpty())
        << rule;
  }
}

// Whatever the spelling of the address of a lead: a rule with it finds the lead, or is refused with one that does.
TEST(NeverTrue, IsEachSpellingOfAnAddressThatFindsNoLead) {
  constexpr uint64_t kSeed = 20261128;
  leadpulse::testing::AddressSpellings random(kSeed);
  size_t refused = 0;
  for (int i = 0; i < 2'000; ++i) {
    const auto [normal, spelled] = random.Make();
    leadpulse::testing::RuleLead lead;
    lead.lead().key.lead = normal;
    const std::string domain = spelled.substr(spelled.rfind('@'));
    for (const std::string& rule : {"email = \"" + spelled + "\"", "email IN (\"a\", \"" + spelled + "\")",
                                    "email ENDS WITH \"" + domain + "\"", "email CONTAINS \"" + domain + "\""}) {
      const std::vector<std::string> errors =
          Lines(LoadDefinitions(kTyped + ("|-\n        " + rule + "\n"), RulesInForce()).errors);
      const bool holds = lead.Ask(rule, Instant::DistantPast()).holds;
      ASSERT_EQ(errors.empty(), holds) << rule << " of seed " << kSeed << ", " << normal;
      if (holds) continue;
      ++refused;
      const bool is_part = rule.find("WITH") != std::string::npos || rule.find("CONTAINS") != std::string::npos;
      const std::string written = "write " + std::string(is_part ? "ENDS WITH " : "") + "\"" +
                                  (is_part ? normal.substr(normal.rfind('@')) : normal) + "\"";
      ASSERT_THAT(errors, ElementsAre(HasSubstr(written))) << rule;
    }
  }
  EXPECT_GT(refused, 1'000u);
}

TEST(RulePlaces, FollowLinesThatAreJoined) {
  ExpectAtOops("score > 1\n    AND score > oops");
  ExpectAtOops("'score > 1\n\n    AND score > oops'");
  ExpectAtOops("\"score > 1 \\\n    AND score > oops\"");
  ExpectAtOops("score > 1  \r\n    AND score > oops\r");
}

TEST(RulePlaces, FollowBlocks) {
  ExpectAtOops("|\n    score > 1\n      AND score > oops");
  ExpectAtOops(">-  # folded\n    score > 1\n\n    AND score > oops");
  ExpectAtOops("|2+\n    score > 1 AND\n\n\n    score > oops\n\n");
}

TEST(RulePlaces, AnEndIsAPlaceToo) {
  ExpectErrors(Tenant("segments:\n- id: a\n  rule: 'score >'"), {{"6:21", "not the end of the rule"}});
  ExpectErrors(Tenant("segments:\n- id: a\n  rule: ''"), {{"6:13", "the rule is empty"}});
}

TEST(RulePlaces, TheExcerptShowsTheRuleAndACaret) {
  const LoadedDefinitions loaded = LoadDefinitions(Tenant("segments:\n- id: a\n  rule: 'score > oops'"));
  ASSERT_EQ(loaded.errors.size(), 1u);
  EXPECT_EQ(loaded.errors[0].excerpt, "score > oops\n        ^");
  const std::string rendered = RenderProblem("defs.yaml", "error", loaded.errors[0]);
  EXPECT_TRUE(rendered.starts_with("defs.yaml:6:22: error: tenants.t.segments[0].rule: ")) << rendered;
  EXPECT_TRUE(rendered.ends_with("\nscore > oops\n        ^")) << rendered;
  EXPECT_EQ(RenderProblem("f", "warning", {0, 0, "", "m", ""}), "f: warning: m");
}

TEST(RulePlaces, MatchWhenAndExclude) {
  ExpectErrors(Tenant("scoring: {rules: [{match: 'jump', points: 1}]}"), {{"4:32", "rules[0].match: "}});
  ExpectErrors(Tenant("scoring: {rules: [{match: 'open WHERE x = 1', points: 1}]}"), {{"4:43", "is not declared"}});
  ExpectErrors(Tenant("scoring: {rules: [{when: 'tags = x', points: 1}]}"), {{"4:38", "rules[0].when: "}});
  ExpectErrors(Tenant("scoring: {exclude: 'tags = x'}"), {{"4:32", "scoring.exclude: "}});
  ExpectErrors(Tenant("scoring: {exclude: }"), {});
  ExpectErrors(Tenant("scoring: {rules: [{match: 5, points: 1}, {when: [], points: 1}]}"),
               {{"4:31", "match: "}, {"4:53", "expected a rule"}});
}

// A step keeps no source, so its printed length counts: `x=1` is printed as `x = 1`.
TEST(RulePlaces, AStepThatGrowsBeyondTheBoundIsRefused) {
  std::string step = "custom \"order\" WHERE (x=1";
  while (step.size() < 16'000) step += " AND x=1";
  ExpectErrors(Tenant("event_properties: {x: number}\nscoring: {rules: [{match: '" + step + ")', points: 1}]}"),
               {{"5:31", "written out it takes more than 16 KiB"}});
}

TEST(RuleScopes, WhatMakesTheScoreMayNotAskForIt) {
  for (const std::string field : {"score", "tier", "quality", "qualification", "stage", "status"}) {
    ExpectErrors(Tenant("scoring: {rules: [{when: '" + field + " IS SET', points: 1}]}"),
                 {{"4:31", "depends on the score"}});
    ExpectErrors(Tenant("scoring: {exclude: '" + field + " IS SET'}"), {{"4:25", "depends on the score"}});
    ExpectErrors(Tenant("segments: [{id: a, rule: '" + field + " IS SET'}]"), {});
  }
  ExpectErrors(Tenant("scoring: {exclude: 'IN SEGMENT \"a\"'}\nsegments: [{id: a, rule: 'opens > 1'}]"),
               {{"4:36", "depends on the score"}});
}

TEST(RuleScopes, UndeclaredAttributesAreWarnings) {
  const LoadedDefinitions loaded =
      LoadDefinitions(Tenant("fields: {industry: text}\nsegments: [{id: a, rule: 'NOT Indutsry IS \"x\"'}]"));
  EXPECT_NE(loaded.definitions, nullptr);
  ExpectProblems(loaded.warnings, {{"5:35", "did you mean \"industry\"?"}}, "a mistyped field");
}

TEST(RuleScopes, AndErrorsWithStrictFields) {
  const std::string yaml = Tenant(
      "segments: [{id: a, rule: 'opens > 1 AND mood = \"x\"'}]\nstrict_fields: true\n"
      "scoring: {exclude: 'mood = \"x\"', rules: [{when: 'mood = \"x\"', points: 1}]}");
  const LoadedDefinitions loaded = LoadDefinitions(yaml);
  ExpectProblems(loaded.errors, {{"4:45", "\"mood\" is not declared"}, {"6:25", "mood"}, {"6:54", "mood"}}, yaml);
  EXPECT_THAT(loaded.warnings, IsEmpty());
}

TEST(RuleScopes, EmailIsAlwaysKnown) {
  ExpectErrors(Tenant("strict_fields: true\nsegments: [{id: a, rule: 'email ENDS WITH \"@x\"'}]"), {});
}

TEST(RuleScopes, AFieldNamedLikeABuiltInIsAWarning) {
  const LoadedDefinitions loaded = LoadDefinitions(Tenant("fields: {Lead Score: number, tags: text, mood: text}"));
  EXPECT_NE(loaded.definitions, nullptr);
  ExpectProblems(
      loaded.warnings,
      {{"4:14", "\"lead_score\" is the lead's own score; this attribute is profile.lead_score"}, {"4:34", "\"tags\""}},
      "fields");
}

TEST(RuleScopes, PropertiesMustBeDeclared) {
  ExpectErrors(
      Tenant("event_properties: {total: number}\nsegments: [{id: a, rule: 'DID custom \"o\" WHERE totl > 1'}]"),
      {{"5:52", "did you mean \"total\"?"}});
}

TEST(Topics, WhatTheyNeed) {
  ExpectErrors(Tenant("topics: [{}]"), {{"4:14", "a topic needs an `id`"}});
  ExpectErrors(Tenant("topics: [news]"), {{"4:14", "expected a topic {id, name}"}});
  ExpectErrors(Tenant("topics: {id: news}"), {{"4:13", "expected a list of topics"}});
  ExpectErrors(Tenant("topics: [{id: ''}]"), {{"4:19", "expected a topic's id, found an empty text"}});
  ExpectErrors(Tenant("topics: [{id: a, name: ''}]"), {{"4:28", "expected a topic's name"}});
  ExpectErrors(Tenant("topics: [{id: News}, {id: NEWS}]"),
               {{"4:26", "is given twice (ids are the same without case)"}});
  ExpectErrors(Tenant("topics: [{id: " + std::string(128, 'a') + "}]"), {});
  ExpectErrors(Tenant("topics: [{id: " + std::string(129, 'a') + "}]"), {{"4:19", "longer than 128 bytes"}});
  std::string topics = "topics: [";
  for (size_t i = 0; i < kMaxTopics; ++i) topics += "{id: t" + std::to_string(i) + "}, ";
  ExpectErrors(Tenant(topics + "]"), {});
  ExpectErrors(Tenant(topics + "{id: one more}]"), {{"4:13", "more than 100 topics"}});
}

TEST(Topics, RulesNameDeclaredOnes) {
  const std::string topics = "topics: [{id: tips}, {id: News, name: The letter}]\n";
  const auto definitions = MustLoad(Tenant(topics + "segments: [{id: a, rule: 'SENDABLE FOR \"NEWS\"'}]"));
  const TenantDefinitions& tenant = *definitions->tenants.at("t");
  ASSERT_EQ(tenant.topics.size(), 2u);
  EXPECT_EQ(tenant.topics[0].name, "The letter");
  EXPECT_EQ(tenant.topics[1].name, "tips");
  const auto& rule = std::get<rules::SendableFor>(tenant.segments[0].rule.root->kind);
  EXPECT_EQ(rule.index, 0u);
  ExpectErrors(Tenant(topics + "segments: [{id: a, rule: 'SENDABLE FOR \"newz\"'}]"),
               {{"5:44", "did you mean \"news\"?"}});
  ExpectErrors(Tenant("segments: [{id: a, rule: 'SENDABLE FOR \"news\"'}]"),
               {{"4:44", "is not declared under topics"}});
  ExpectErrors(Tenant(topics + "scoring: {rules: [{when: 'SENDABLE FOR \"news\"', points: 1}]}"), {});
}

TEST(Segments, WhatTheyNeed) {
  ExpectErrors(Tenant("segments: [{}]"), {{"4:16", "needs an `id`"}, {"4:16", "needs a `rule`"}});
  ExpectErrors(Tenant("segments: [a]"), {{"4:16", "expected a segment {id, name, rule}"}});
  ExpectErrors(Tenant("segments: {a: b}"), {{"4:15", "expected a list of segments"}});
  ExpectErrors(Tenant("segments: [{id: '', rule: 'opens > 1'}]"),
               {{"4:21", "expected a segment's id, found an empty text"}});
  ExpectErrors(Tenant("segments: [{id: a, name: '', rule: 'opens > 1'}]"), {{"4:30", "expected a segment's name"}});
  ExpectErrors(Tenant("segments: [{id: " + std::string(128, 'a') + ", rule: 'opens > 1'}]"), {});
  ExpectErrors(Tenant("segments: [{id: " + std::string(129, 'a') + ", rule: 'opens > 1'}]"),
               {{"4:21", "longer than 128 bytes"}});
  ExpectErrors(Tenant("segments: [{id: a, rule: }]"), {{"4:16", "needs a `rule`"}});
  ExpectErrors(Tenant("segments:"), {});
}

TEST(Segments, IdsAreUniqueAndExact) {
  ExpectErrors(Segments({{"a", "opens > 1"}, {"A", "opens > 1"}}), {});
  ExpectErrors(Segments({{"a", "opens > 1"}, {"b", "opens > 1"}, {"a", "opens > oops"}}),
               {{"7:12", "the segment id \"a\" is given twice; first on line 5"}, {"7:30", "oops"}});
}

TEST(Segments, StandByAscendingIdWithTheirNames) {
  const auto definitions =
      MustLoad(Tenant("segments:\n- {id: b, rule: 'opens > 1'}\n- {id: a, name: First, rule: 'opens > 1'}"));
  const std::vector<Segment>& segments = definitions->For("t").segments;
  ASSERT_EQ(segments.size(), 2u);
  EXPECT_EQ(segments[0].id, "a");
  EXPECT_EQ(segments[0].name, "First");
  EXPECT_EQ(segments[1].id, "b");
  EXPECT_EQ(segments[1].name, "b");
  EXPECT_EQ(segments[1].rule.source, "opens > 1");
}

TEST(Segments, AreOrderedByWhatTheyReferTo) {
  const auto definitions = MustLoad(Segments({{"a", "IN SEGMENT \"c\" OR IN SEGMENT \"b\""},
                                              {"b", "NOT (IN SEGMENT \"c\")"},
                                              {"c", "opens > 1"},
                                              {"d", "opens > 1"}}));
  const TenantDefinitions& tenant = definitions->For("t");
  EXPECT_THAT(tenant.segment_order, ElementsAre(2, 1, 0, 3));
  const auto& either = std::get<rules::Or>(tenant.segments[0].rule.root->kind);
  EXPECT_EQ(std::get<rules::InSegment>(either.children[0]->kind).index, 2u);
  EXPECT_EQ(std::get<rules::InSegment>(either.children[1]->kind).index, 1u);
}

TEST(Segments, UnknownOnesAreErrors) {
  ExpectErrors(Segments({{"hot-leads", "opens > 1"}, {"b", "IN SEGMENT \"hot-lead\""}}),
               {{"6:33", "did you mean \"hot-leads\"?"}});
}

TEST(Segments, CirclesAreNamed) {
  ExpectErrors(Segments({{"a", "opens > 1 OR IN SEGMENT \"a\""}}), {{"5:46", "in a circle: a → a"}});
  ExpectErrors(Segments({{"z", "IN SEGMENT \"m\""}, {"m", "IN SEGMENT \"a\""}, {"a", "IN SEGMENT \"z\""}}),
               {{"5:33", "in a circle: z → m → a → z"}});
  ExpectErrors(Segments({{"a", "(opens > 1 OR clicks > 1) AND IN SEGMENT \"a\""}}), {{"5:63", "in a circle: a → a"}});
  ExpectErrors(
      Segments({{"a", "IN SEGMENT \"b\""}, {"b", "IN SEGMENT \"a\" OR IN SEGMENT \"c\""}, {"c", "IN SEGMENT \"b\""}}),
      {{"5:33", "a → b → a"}, {"6:51", "b → c → b"}});
}

TEST(Segments, TenThousandInOneChain) {
  std::string yaml = "segments:\n- {id: s0, rule: 'opens > 1'}";
  for (int i = 1; i < 10'000; ++i) {
    yaml += "\n- {id: s" + std::to_string(i) + ", rule: 'IN SEGMENT \"s" + std::to_string(i - 1) + "\"'}";
  }
  const auto definitions = MustLoad(Tenant(yaml));
  EXPECT_EQ(definitions->For("t").segment_order.size(), 10'000u);
  ExpectErrors(Tenant(yaml + "\n- {id: more, rule: 'opens > 1'}"), {{"10005:7", "more than 10,000 segments"}});
  const size_t start = yaml.find("opens > 1");
  yaml.replace(start, 9, "IN SEGMENT \"s9999\"");
  const LoadedDefinitions loaded = LoadDefinitions(Tenant(yaml));
  ASSERT_EQ(loaded.errors.size(), 1u);
  EXPECT_THAT(loaded.errors[0].message, HasSubstr("s0 → s9999 → s9998"));
  EXPECT_THAT(loaded.errors[0].message, HasSubstr("(9980 more) → s0"));
}

}  // namespace leadpulse::config::definitions_rules_test
