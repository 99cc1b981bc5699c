// The contents of loaded definitions: tenants and the fallback, versions, defaults, scoring in computable form.
#include <functional>
#include <string>
#include <vector>

#include "tests/unit/config/definitions_problems.h"

namespace leadpulse::config::definitions_loader_test {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

TEST(Tenants, FallBackToTheStar) {
  const auto definitions = MustLoad("tenants:\n  '*': {tiers: [{name: star}]}\n  acme: {tiers: [{name: own}]}\n");
  EXPECT_EQ(definitions->For("acme").tiers[0].name, "own");
  EXPECT_EQ(definitions->For("other").tiers[0].name, "star");
  EXPECT_EQ(definitions->For("*").tiers[0].name, "star");
  EXPECT_EQ(&definitions->For("other"), definitions->fallback.get());
}

TEST(Tenants, FallBackToTheBuiltInDefaultsWithoutAStar) {
  for (const char* yaml : {"tenants: {}", "tenants: {acme: {tiers: [{name: own}]}}"}) {
    const auto definitions = MustLoad(yaml);
    EXPECT_EQ(definitions->For("other").tiers[0].name, "hot") << yaml;
    EXPECT_EQ(definitions->For("other").segments.size(), 3u) << yaml;
    EXPECT_FALSE(definitions->tenants.contains("*")) << yaml;
  }
}

TEST(Tenants, ShareScoringThatMeansTheSame) {
  const std::string tiers = ", tiers: [{name: x}]}\n";
  const std::string rules = "scoring: {rules: [{event: open, points: 1}, {when: 'size > 3', points: 2}]}";
  const auto definitions = MustLoad("tenants:\n  a: {" + rules + tiers +
                                    "  b: {scoring: {rules: [{event: open, points: 1}, {when: '( SIZE > 3 )', "
                                    "points: 2}], max: 9}" +
                                    tiers + "  other_points: {scoring: {rules: [{event: open, points: 2}]}" + tiers +
                                    "  other_type: {fields: {size: number}, " + rules + tiers +
                                    "  other_days: {timezone: Europe/Berlin, " + rules + tiers);
  const auto scoring = [&](const char* tenant) { return definitions->For(tenant).scoring.get(); };
  EXPECT_EQ(scoring("a"), scoring("b"));
  EXPECT_EQ(definitions->For("b").score_max, 9);
  EXPECT_EQ(definitions->For("a").score_max, std::nullopt);
  for (const char* other : {"other_points", "other_type", "other_days"})
    EXPECT_NE(scoring("a"), scoring(other)) << other;
}

TEST(Tenants, AreNamedByIds) {
  const std::string body = ": {tiers: [{name: x}]}\n";
  for (const std::string id : {"a", "A-1_2.b", "123", "true", "'*'", "x.y"}) MustLoad("tenants:\n  " + id + body);
  MustLoad("tenants:\n  " + std::string(128, 'x') + body);
  for (const std::string id : {"a b", "ü", "a/b", "''", "a*", "'**'"}) {
    const std::string yaml = "tenants:\n  " + id + body;
    ExpectProblems(LoadDefinitions(yaml).errors, {{"2:3", "a tenant is \"*\" or 1 to 128 characters"}}, yaml);
  }
  const std::string yaml = "tenants:\n  " + std::string(129, 'x') + body;
  ExpectProblems(LoadDefinitions(yaml).errors, {{"2:3", "a tenant is"}}, yaml);
}

TEST(Tenants, NeedTiers) {
  const auto errors = [](const std::string& yaml, const std::vector<Expected>& expected) {
    ExpectProblems(LoadDefinitions(yaml).errors, expected, yaml);
  };
  errors("tenants:\n  t:\n", {{"2:3", "tenants.t: `tiers` is missing"}});
  errors("tenants:\n  t: {}\n", {{"2:3", "tenants.t: `tiers` is missing"}});
  errors("tenants:\n  t: {segments: []}\n  u:\n", {{"2:3", "`tiers` is missing"}, {"3:3", "`tiers` is missing"}});
  errors("tenants:\n  t: []\n", {{"2:6", "expected a map with the tenant's definitions"}});
}

TEST(Errors, AllInOnePassInTheOrderOfTheFile) {
  const std::string yaml =
      "tenants:\n"
      "  a:\n"
      "    segments: [{id: x, rule: 'oops'}]\n"
      "    timezone: Nowhere\n"
      "    tiers: [{name: all, at_least: x}]\n"
      "    scoring: {rules: [{event: opn, points: 1}], min: 2, max: 1}\n"
      "  b!: {tiers: []}\n"
      "other: 1\n";
  ExpectProblems(LoadDefinitions(yaml).errors,
                 {{"3:35", "tenants.a.segments[0].rule"},
                  {"4:15", "timezone"},
                  {"5:25", "the last tier"},
                  {"5:35", "expected an integer"},
                  {"6:31", "did you mean \"open\"?"},
                  {"6:62", "above `max`"},
                  {"7:3", "a tenant is"},
                  {"7:15", "at least one tier"},
                  {"8:1", "unknown key \"other\""}},
                 yaml);
}

TEST(Errors, LeaveNoDefinitionsButKeepTheWarnings) {
  const LoadedDefinitions loaded = LoadDefinitions(Tenant("fields: {tags: text}\njournal: 5"));
  EXPECT_EQ(loaded.definitions, nullptr);
  EXPECT_THAT(loaded.errors, SizeIs(1));
  EXPECT_THAT(loaded.warnings, SizeIs(1));
}

// Writes everything on one line, as json.dumps does. Ten thousand segments on one line of 14 MB take seconds; with a
// quadratic cost they would take minutes, longer than this program's time limit (config.cmake).
std::string OneLine(int segments, const std::function<std::string(int)>& rule) {
  std::string yaml = R"({"tenants": {"t": {"tiers": [{"name": "all"}], "fields": {"location": "text"}, "segments": [)";
  for (int i = 0; i < segments; ++i) {
    yaml += (i > 0 ? ", " : "") + std::string(R"({"id": "segment-)") + std::to_string(i) + R"(", "rule": ")" + rule(i) +
            R"("})";
  }
  return yaml + "]}}}";
}

TEST(OneLongLine, IsReadAsFastAsMany) {
  const std::string filler(1'300, 'x');
  const std::string yaml = OneLine(10'000, [&](int) { return R"(location = \")" + filler + R"(\")"; });
  EXPECT_THAT(LoadDefinitions(yaml).errors, IsEmpty());
}

TEST(OneLongLine, PlacesAreExactBehindAMegabyte) {
  const std::string yaml = OneLine(10'000, [](int i) { return i < 9'999 ? R"(location = \"é😀\")" : "opens > oops"; });
  const LoadedDefinitions loaded = LoadDefinitions(yaml);
  const rules::LineColumn place = rules::LocateOffset(yaml, static_cast<uint32_t>(yaml.find("oops")));
  ASSERT_THAT(loaded.errors, SizeIs(1));
  EXPECT_EQ(loaded.errors[0].line, 1);
  EXPECT_EQ(loaded.errors[0].column, place.column);
}

TEST(OneLongLine, OfMistakesToo) {
  EXPECT_THAT(LoadDefinitions(OneLine(10'000, [](int) { return "opens > oops"; })).errors, SizeIs(1001));
  EXPECT_THAT(LoadDefinitions(OneLine(10'000, [](int) { return "locatoin IS SET"; })).warnings, SizeIs(1001));
}

TEST(Hints, AreGivenToTheFirstOfThousandsOfProblems) {
  const std::string yaml = OneLine(10'000, [](int i) {
    return i < 9'000 ? std::string("opens > 1") : R"(IN SEGMENT \"segmnet-)" + std::to_string(i - 9'000) + R"(\")";
  });
  const LoadedDefinitions loaded = LoadDefinitions(yaml);
  ASSERT_THAT(loaded.errors, SizeIs(1000));
  EXPECT_THAT(loaded.errors[0].message, HasSubstr("did you mean \"segment-0\"?"));
  EXPECT_THAT(loaded.errors[999].message, HasSubstr("there is no segment \"segmnet-999\""));
  EXPECT_THAT(loaded.errors[999].message, Not(HasSubstr("did you mean")));
}

TEST(Hints, DoWithoutWhereTheyWouldTakeTooLong) {
  std::string fields = "fields:\n  known: text";
  for (int i = 0; i < 10'000; ++i) fields += "\n  custom_field_" + std::to_string(i) + ": text";
  std::string rule = "known IS SET";
  for (int i = 0; i < 1'000; ++i) rule += " OR f" + std::to_string(i) + " = 1";
  const std::string segments = "\nsegments: [{id: a, rule: '" + rule + "'}, {id: b, rule: '" + rule + "'}]";
  EXPECT_THAT(LoadDefinitions(Tenant(fields + segments)).warnings, SizeIs(1001));
  EXPECT_THAT(LoadDefinitions(Tenant("strict_fields: true\n" + fields + segments)).errors, SizeIs(1001));
  const LoadedDefinitions loaded = LoadDefinitions(Tenant(fields + "\nsegments: [{id: a, rule: '" + rule + "'}]"));
  ASSERT_THAT(loaded.warnings, SizeIs(1000));  // all but `known`
  EXPECT_THAT(loaded.warnings[0].message, HasSubstr("\"f0\" is not declared"));
}

TEST(Versions, AreEqualForEqualTextsOnly) {
  const std::string yaml = "tenants: {}\n";
  const std::string version = MustLoad(yaml)->version;
  EXPECT_THAT(version, SizeIs(16));
  EXPECT_THAT(
      version,
      Each(::testing::Truly([](char c) { return std::string("0123456789abcdef").find(c) != std::string::npos; })));
  EXPECT_EQ(MustLoad(std::string(yaml))->version, version);
  EXPECT_NE(MustLoad(yaml + "# a comment\n")->version, version);
  EXPECT_EQ(MustLoad(yaml)->text, yaml);
}

ScoringRule OneRule(const std::string& rule) {
  const LoadedDefinitions loaded =
      LoadDefinitions(Tenant("event_properties: {total: number}\nscoring:\n  rules:\n  - {" + rule + "}"));
  EXPECT_THAT(Lines(loaded.errors), IsEmpty());
  const TenantDefinitions& tenant = loaded.definitions->For("t");
  return std::move(const_cast<ScoringRule&>(tenant.scoring->at(0)));
}

TEST(ScoringRules, BecomeSteps) {
  const ScoringRule visit = OneRule("event: page_visit, name: Pricing, campaign: Spring, points: 20");
  EXPECT_EQ(visit.step->scope, rules::Scope::kPeople);
  EXPECT_EQ(visit.step->type, EventType::kPageVisit);
  EXPECT_EQ(std::get<rules::Text>(visit.step->name).text, "Pricing");
  EXPECT_EQ(std::get<rules::Text>(visit.step->name).folded, "pricing");
  EXPECT_EQ(visit.step->campaign->folded, "spring");
  EXPECT_FALSE(visit.step->bounce);
  EXPECT_EQ(OneRule("event: bounce, bounce: soft, points: 1").step->bounce, BounceKind::kSoft);
  EXPECT_EQ(OneRule("match: ANY bounce, bounce: hard, points: 1").step->bounce, BounceKind::kHard);
  EXPECT_EQ(OneRule("event: custom, points: 1").step->type, EventType::kCustom);
  EXPECT_EQ(OneRule("event: open, name: 5, points: 1").step->name.index(), 1u);
  EXPECT_TRUE(OneRule("when: 'opens > 1', points: 1").when);
  EXPECT_FALSE(OneRule("when: 'opens > 1', points: 1").step);
}

TEST(ScoringRules, DescribeThemselves) {
  EXPECT_EQ(OneRule("event: open, points: 1, limit: {count: 1, per: message}").description,
            "open +1, limit 1 per message");
  EXPECT_EQ(OneRule("event: bounce, bounce: hard, points: -50").description, "hard bounce -50");
  EXPECT_EQ(OneRule("event: page_visit, name: pricing, points: 20, decay: {percent: 5, every: 90s}, expires_after: 36h")
                .description,
            "page_visit \"pricing\" +20, decay 5% every 90s, expires after 36h");
  EXPECT_EQ(OneRule("match: 'custom \"o\" where total>=5', points: 0").description, "custom \"o\" WHERE total >= 5 +0");
  EXPECT_EQ(OneRule("when: 'opens>1', points: 3").description, "while opens > 1: +3");
}

TEST(PointsByAge, ShrinkInIntegersTowardZero) {
  const auto by_age = [](const std::string& rule) { return OneRule("event: open, " + rule).points_by_age; };
  EXPECT_THAT(by_age("points: 5"), ElementsAre(5));
  EXPECT_THAT(by_age("points: 0, decay: {percent: 10, every: 1d}"), ElementsAre(0));
  EXPECT_THAT(by_age("points: 5, decay: {percent: 0, every: 1d}"), ElementsAre(5));
  EXPECT_THAT(by_age("points: 5, decay: {percent: 100, every: 1d}"), ElementsAre(5, 0));
  EXPECT_THAT(by_age("points: 20, decay: {percent: 50, every: 1d}"), ElementsAre(20, 10, 5, 2, 1, 0));
  EXPECT_THAT(by_age("points: -20, decay: {percent: 50, every: 1d}"), ElementsAre(-20, -10, -5, -2, -1, 0));
  // 10, 9, 8.1, 7.29, 6.561, …: the millionths remain between the steps.
  EXPECT_THAT(by_age("points: 10, decay: {percent: 10, every: 1d}"),
              ElementsAre(10, 9, 8, 7, 6, 5, 5, 4, 4, 3, 3, 3, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 0));
}

TEST(PointsByAge, AreBounded) {
  const std::vector<int64_t> points =
      OneRule("event: open, points: 1000000, decay: {percent: 1, every: 1d}").points_by_age;
  EXPECT_LT(points.size(), 1500u);
  EXPECT_EQ(points[1], 990'000);
  EXPECT_EQ(points.back(), 0);
  EXPECT_EQ(points[points.size() - 2], 1);
}

}  // namespace leadpulse::config::definitions_loader_test
