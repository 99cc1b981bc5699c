// Every key of a tenant: its type, bounds and combinations. A row is some lines of one tenant (from line 4, column 5)
// and the expected problems; rows without errors must load.
#include <string>
#include <vector>

#include "tests/unit/config/definitions_problems.h"

namespace leadpulse::config::definitions_values_test {

struct Row {
  std::string lines;
  std::vector<Expected> errors;
};

void Check(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    const std::string yaml = Tenant(row.lines);
    const LoadedDefinitions loaded = LoadDefinitions(yaml);
    ExpectProblems(loaded.errors, row.errors, yaml);
    EXPECT_EQ(loaded.definitions != nullptr, row.errors.empty()) << yaml;
  }
}

std::string Rule(std::string_view rule) { return "scoring: {rules: [" + std::string(rule) + "]}"; }

TEST(DefinitionsValues, UnknownKeysNameTheNearest) {
  Check({
      {"segment: []", {{"4:5", "tenants.t.segment: unknown key \"segment\"; did you mean \"segments\"?"}}},
      {"Scoring: {}", {{"4:5", "did you mean \"scoring\"?"}}},
      {"colour: red", {{"4:5", "unknown key \"colour\"; expected timezone, fields, "}}},
      {"scoring: {rulez: []}", {{"4:15", "tenants.t.scoring.rulez: unknown key \"rulez\"; did you mean \"rules\"?"}}},
      {"lifecycle: {engagedon: []}", {{"4:17", "did you mean \"engaged_on\"?"}}},
      {"identity: {by_mail: false}", {{"4:16", "unknown key \"by_mail\"; did you mean \"by_email\"?"}}},
      {"identity: {by_email: no}", {{"4:26", "expected true or false"}}},
      {"identity: true", {{"4:15", "expected a map with by_email"}}},
      {"identity: {}", {}},
      {"journal: {max_entry: 5}", {{"4:15", "unknown key \"max_entry\"; did you mean \"max_entries\"?"}}},
      {"quality: {sources: {}}", {{"4:15", "did you mean \"source\"?"}}},
      {"quality: {engagement: {weight: 1, full_at: 1, fullat: 1}}", {{"4:51", "did you mean \"full_at\"?"}}},
      {Rule("{event: open, points: 1, expire_after: 3d}"), {{"4:48", "did you mean \"expires_after\"?"}}},
      {Rule("{event: open, points: 1, limit: {count: 1, per: day, by: day}}"), {{"4:76", "unknown key \"by\""}}},
      {Rule("{event: open, points: 1, decay: {percent: 1, every: 1d, from: 1d}}"), {{"4:79", "unknown key \"from\""}}},
      {"segments: [{id: a, rule: 'opens > 1', title: A}]", {{"4:43", "unknown key \"title\""}}},
  });
}

TEST(DefinitionsValues, SuppressedDomains) {
  Check({
      {"suppress: {domains: [a.example, '*.a.example', localhost]}", {}},
      {"suppress: {}", {}},
      {"suppress: {domains: ~}", {}},
      {"suppress: [a.example]", {{"4:15", "expected a map with domains"}}},
      {"suppress: {domains: a.example}", {{"4:25", "expected a list of domains"}}},
      {"suppress: {domain: [a.example]}", {{"4:16", "did you mean \"domains\"?"}}},
      {"suppress: {domains: [5]}", {}},
      {"suppress: {domains: ['*@A.example']}",
       {{"4:26", "\"*@A.example\" is an address or a pattern of addresses; write `a.example` for the domain"}}},
      {"suppress: {domains: ['@*.a.example', ann@a.example]}",
       {{"4:26", "write `*.a.example` for the domain"}, {"4:42", "write `a.example` for the domain"}}},
      {"suppress: {domains: ['', ' ', '*', '*.', .a.example, a..example, a.*.example, 'a b.example']}",
       {{"4:26", "\"\" is no domain; write `competitor.example`, or `*.competitor.example` for the domains below it"},
        {"4:30", "is no domain"},
        {"4:35", "is no domain"},
        {"4:40", "is no domain"},
        {"4:46", "is no domain"},
        {"4:58", "is no domain"},
        {"4:70", "is no domain"},
        {"4:83", "is no domain"}}},
      {"suppress: {domains: [' a.example']}", {{"4:26", "\" a.example\" is no domain; write `a.example`"}}},
  });
}

TEST(DefinitionsValues, Flags) {
  Check({
      {"strict_fields: true", {}},
      {"publish_score_changes: false", {}},
      {"strict_fields: yes", {{"4:20", "tenants.t.strict_fields: expected true or false, found \"yes\""}}},
      {"strict_fields: 'true'", {{"4:20", "expected true or false"}}},
      {"strict_fields: True", {{"4:20", "expected true or false"}}},
      {"publish_score_changes: 1", {{"4:28", "expected true or false"}}},
      {"publish_score_changes:", {}},
      {"publish_score_changes: []", {{"4:28", "expected true or false, found a list"}}},
  });
}

TEST(DefinitionsValues, NullIsAsIfTheKeyWereNotThere) {
  Check({
      {"timezone: null\nstrict_fields: ~\npublish_score_changes: Null\nlifecycle: NULL", {}},
      {"scoring: {rules: ~, exclude: null, reset_on: ~, min: ~, max: ~}", {}},
      {"lifecycle: {engaged_on: ~, auto_qualify_at: null, auto_qualify_requires_engagement: ~, soft_bounce_limit: ~, "
       "resubscribe_lifts_complaint: ~}",
       {}},
      {"quality: {attributes: ~, source: null, engagement: ~}\nsegments: ~\nfields: ~\nevent_properties: ~", {}},
      {"segments: [{id: a, name: ~, rule: 'opens > 1'}]", {}},
      {Rule("{event: open, match: ~, when: ~, name: ~, campaign: ~, bounce: ~, points: 1, limit: ~, decay: ~, "
            "expires_after: ~}"),
       {}},
      {Rule("{event: open, points: null}"), {{"4:23", "a scoring rule needs `points`"}}},
      {Rule("{event: ~, points: 1}"), {{"4:23", "needs one of `event`, `match` and `when`"}}},
      {Rule("{event: open, points: 1, limit: {count: ~, per: day}}"), {{"4:55", "needs both `count` and `per`"}}},
      {"quality: {engagement: {weight: 5, full_at: ~}}", {{"4:27", "needs both `weight` and `full_at`"}}},
      {"segments: [{id: ~, rule: ~}]", {{"4:16", "needs an `id`"}, {"4:16", "needs a `rule`"}}},
      {"colour: ~", {{"4:5", "unknown key \"colour\""}}},
      {"journal: {max_entries: ~, max_entries: 5}", {{"4:31", "given twice"}}},
      {"fields: {a: ~}", {{"4:14", "expected a type"}}},
      {"scoring: {reset_on: [~]}", {{"4:26", "expected an event type"}}},
      {"tiers: null", {{"4:5", "given twice"}}},
  });
  const auto definitions = MustLoad(Tenant("lifecycle: {engaged_on: ~, soft_bounce_limit: ~, auto_qualify_at: ~}"));
  EXPECT_TRUE(definitions->For("t").lifecycle.engaged_on.Contains(EventType::kClick));
  EXPECT_EQ(definitions->For("t").lifecycle.soft_bounce_limit, 5u);
  EXPECT_FALSE(definitions->For("t").lifecycle.auto_qualify_at);
}

TEST(DefinitionsValues, Integers) {
  Check({
      {"journal: {max_entries: 1}", {}},
      {"journal: {max_entries: 1000000}", {}},
      {"journal: {max_entries: 0}", {{"4:28", "expected an integer from 1 to 1000000, found 0"}}},
      {"journal: {max_entries: 1000001}", {{"4:28", "found 1000001"}}},
      {"journal: {max_entries: 99999999999999999999}", {{"4:28", "found 99999999999999999999"}}},
      {"journal: {max_entries: -99999999999999999999}", {{"4:28", "expected an integer"}}},
      {"journal: {max_entries: 5.0}", {{"4:28", "fractions are not taken"}}},
      {"journal: {max_entries: '5'}", {{"4:28", "take the quotes away"}}},
      {"journal: {max_entries: 0x10}", {{"4:28", "expected an integer"}}},
      {"journal: {max_entries: 1e3}", {{"4:28", "expected an integer"}}},
      {"journal: {max_entries: 010}", {{"4:28", "leading zeros"}}},
      {"journal: {max_entries: +5}", {{"4:28", "without a plus"}}},
      {"journal: {max_entries: 1_000}", {{"4:28", "without separators"}}},
      {"journal: {max_entries: many}", {{"4:28", "found \"many\""}}},
      {"journal: {max_entries: }", {}},
      {"journal: {max_entries: {}}", {{"4:28", "found a map"}}},
      {"journal: 5", {{"4:14", "expected a map with max_entries, found \"5\""}}},
      {"journal:", {}},
  });
}

TEST(DefinitionsValues, TimeZones) {
  Check({
      {"timezone: Europe/Berlin", {}},
      {"timezone: 'America/Argentina/Buenos_Aires'", {}},
      {"timezone: Europe/Berln", {{"4:15", "tenants.t.timezone: unknown time zone \"Europe/Berln\""}}},
      {"timezone: America/NewYork", {{"4:15", "did you mean \"America/New_York\"?"}}},
      {"timezone: [UTC]", {{"4:15", "expected a time zone"}}},
      {"timezone:", {}},
  });
}

TEST(DefinitionsValues, Fields) {
  Check({
      {"fields: {Company Name: text, n: number, b: boolean, d: date, e: day}", {}},
      {"fields:", {}},
      {"fields: {a: string}", {{"4:17", "tenants.t.fields.a: expected a type (text, number, boolean, date or day)"}}},
      {"fields: {a: Number}", {{"4:17", "did you mean \"number\"?"}}},
      {"fields: {a: }", {{"4:14", "found nothing"}}},
      {"fields: [a]", {{"4:13", "expected a map from fields to types, found a list"}}},
      {"fields: {Company Name: text, company__name: text}",
       {{"4:34", "\"company__name\" is the same name as \"Company Name\""}}},
      {"fields: {a: text, a: text}", {{"4:23", "the key \"a\" is given twice"}}},
      {"fields: {'': text}", {{"4:14", "an empty name"}}},
      {"fields: {' _ ': text}", {{"4:14", "an empty name"}}},
      {"fields: {'" + std::string(257, 'a') + "': text}", {{"4:14", "longer than 256 bytes"}}},
  });
}

TEST(DefinitionsValues, EventProperties) {
  std::string sixteen = "event_properties: {p1: text";
  for (int i = 2; i <= 16; ++i) sixteen += ", p" + std::to_string(i) + ": text";
  Check({
      {sixteen + "}", {}},
      {sixteen + ", x: text}", {{"4:191", "tenants.t.event_properties.x: more than 16 event properties"}}},
      {"event_properties: {Total Price: number, total_price: text}", {{"4:45", "is the same name as"}}},
      {"event_properties: {score: number}", {}},
      {"event_properties: {a: money}", {{"4:27", "expected a type"}}},
  });
}

TEST(DefinitionsValues, ScoringRulesSayWhatTheyMatch) {
  Check({
      {Rule("{event: page_visit, name: pricing, campaign: spring, points: 5}"), {}},
      {Rule("{match: 'ANY open', points: 5}"), {}},
      {Rule("{match: bounce, bounce: soft, points: -5}"), {}},
      {Rule("{when: 'email_status IS \"bounced\"', points: -5}"), {}},
      {Rule("{points: 1}"),
       {{"4:23", "tenants.t.scoring.rules[0]: a scoring rule needs one of `event`, `match` and `when`"}}},
      {Rule("{event: open}"), {{"4:23", "a scoring rule needs `points`"}}},
      {Rule("{event: open, match: open, points: 1}"), {{"4:37", "`match` beside `event`"}}},
      {Rule("{when: 'opens > 1', event: open, points: 1}"), {{"4:24", "`when` beside `event`"}}},
      {Rule("{match: open, when: 'opens > 1', points: 1}"), {{"4:37", "`when` beside `match`"}}},
      {Rule("{match: click, name: a, campaign: b, points: 1}"),
       {{"4:38", "`name` beside `match`"}, {"4:47", "`campaign` beside `match`"}}},
      {Rule("{when: 'opens > 1', points: 1, name: a, campaign: b}"),
       {{"4:54", "`name` beside `when`"}, {"4:63", "`campaign` beside `when`"}}},
      {Rule("{when: 'opens > 1', points: 1, bounce: hard, expires_after: 1d}"),
       {{"4:54", "`bounce` beside `when`"}, {"4:68", "`expires_after` beside `when`"}}},
      {Rule("{when: 'opens > 1', points: 1, limit: {count: 1, per: day}, decay: {percent: 1, every: 1d}}"),
       {{"4:54", "`limit` beside `when`"}, {"4:83", "`decay` beside `when`"}}},
      {Rule("{event: open, bounce: hard, points: 1}"), {{"4:37", "`bounce` beside the event open"}}},
      {Rule("{match: open, bounce: hard, points: 1}"), {{"4:37", "`bounce` beside the event open"}}},
      {Rule("{event: bounce, bounce: medium, points: 1}"), {{"4:47", "expected a kind of bounce (hard or soft)"}}},
      {Rule("{event: opened, points: 1}"), {{"4:31", "expected an event type"}}},
      {Rule("{event: Click, points: 1}"), {{"4:31", "did you mean \"click\"?"}}},
      {Rule("{event: retract, points: 1}"), {{"4:31", "expected an event type"}}},
      {Rule("{event: unspecified, points: 1}"), {{"4:31", "expected an event type"}}},
      {Rule("{event: open, name: '', points: 1}"), {{"4:43", "expected a name, found an empty text"}}},
      {Rule("{event: open, campaign: '', points: 1}"), {{"4:47", "expected a campaign's id, found an empty text"}}},
      {Rule("{event: open, name: [a], points: 1}"), {{"4:43", "expected a name, found a list"}}},
      {Rule("open"), {{"4:23", "expected a scoring rule"}}},
      {"scoring: {rules: {event: open}}", {{"4:22", "expected a list of scoring rules, found a map"}}},
      {"scoring: {rules: }", {}},
      {"scoring:", {}},
  });
}

TEST(DefinitionsValues, ScoringNumbers) {
  Check({
      {Rule("{event: open, points: 1000000}, {event: open, points: -1000000}"), {}},
      {Rule("{event: open, points: 1000001}"), {{"4:45", "expected an integer from -1000000 to 1000000"}}},
      {Rule("{event: open, points: -1000001}"), {{"4:45", "points: expected an integer"}}},
      {Rule("{event: open, points: 1.5}"), {{"4:45", "fractions are not taken"}}},
      {Rule("{event: open, points: 1, limit: {count: 1, per: lifetime}, decay: {percent: 100, every: 2 weeks}}"), {}},
      {Rule("{event: open, points: 1, decay: {percent: 0, every: 36500d}, expires_after: '36500 days'}"), {}},
      {Rule("{event: open, points: 1, limit: {count: 0, per: day}}"), {{"4:63", "from 1 to"}}},
      {Rule("{event: open, points: 1, limit: {count: 1, per: week}}"),
       {{"4:71", "(message, campaign, day or lifetime), found \"week\""}}},
      {Rule("{event: open, points: 1, limit: {count: 1}}"), {{"4:55", "needs both `count` and `per`"}}},
      {Rule("{event: open, points: 1, limit: 3}"), {{"4:55", "expected a limit {count, per}"}}},
      {Rule("{event: open, points: 1, limit: }"), {}},
      {Rule("{event: open, points: 1, decay: {percent: 101, every: 1d}}"), {{"4:65", "from 0 to 100"}}},
      {Rule("{event: open, points: 1, decay: {percent: -1, every: 1d}}"), {{"4:65", "from 0 to 100"}}},
      {Rule("{event: open, points: 1, decay: {percent: 5, every: 0d}}"), {{"4:75", "more than 0"}}},
      {Rule("{event: open, points: 1, decay: {percent: 5, every: 36501d}}"), {{"4:75", "at most 36500 days"}}},
      {Rule("{event: open, points: 1, decay: {percent: 5}}"), {{"4:55", "needs both `percent` and `every`"}}},
      {Rule("{event: open, points: 1, expires_after: 30}"), {{"4:63", "expected a duration"}}},
      {Rule("{event: open, points: 1, expires_after: -1d}"), {{"4:63", "expected a duration"}}},
      {Rule("{event: open, points: 1, expires_after: 1.5d}"), {{"4:63", "expected a duration"}}},
      {Rule("{event: open, points: 1, expires_after: 1 month}"), {{"4:63", "found \"1 month\""}}},
      {"scoring: {min: -1000000, max: 1000000}", {}},
      {"scoring: {min: 5, max: 5}", {}},
      {"scoring: {min: 6, max: 5}", {{"4:28", "tenants.t.scoring.max: `min` (6) is above `max` (5)"}}},
      {"scoring: {max: 5, min: 6}", {{"4:28", "tenants.t.scoring.min: `min` (6) is above `max` (5)"}}},
      {"scoring: {min: 1000001}", {{"4:20", "from -1000000"}}},
      {"scoring: {min: }", {}},
  });
}

TEST(DefinitionsValues, AtMostFiveHundredScoringRules) {
  std::string rules = "{event: open, points: 1}";
  for (int i = 1; i < 500; ++i) rules += ",\n{event: open, points: 1}";
  Check({{Rule(rules), {}},
         {Rule(rules + ",\n{event: open, points: 1}"), {{"504:5", "rules[500]: more than 500 scoring rules"}}}});
}

TEST(DefinitionsValues, EventTypes) {
  Check({
      {"scoring: {reset_on: [sent, delivered, open, click, reply, bounce, unsubscribe, resubscribe, complaint, "
       "page_visit, "
       "custom]}",
       {}},
      {"scoring: {reset_on: []}\nlifecycle: {engaged_on: []}", {}},
      {"scoring: {reset_on: }", {}},
      {"scoring: {reset_on: unsubscribe}", {{"4:25", "expected a list of event types"}}},
      {"scoring: {reset_on: [unsubscribed, retract]}",
       {{"4:26", "scoring.reset_on[0]: expected an event type"}, {"4:40", "reset_on[1]"}}},
      {"lifecycle: {engaged_on: [visit]}", {{"4:30", "lifecycle.engaged_on[0]: expected an event type"}}},
      {"lifecycle: {engaged_on: }", {}},
  });
}

TEST(DefinitionsValues, Lifecycle) {
  Check({
      {"lifecycle: {auto_qualify_at: 80, auto_qualify_requires_engagement: false, soft_bounce_limit: 1, "
       "resubscribe_lifts_complaint: true}",
       {}},
      {"lifecycle:", {}},
      {"lifecycle: {auto_qualify_at: 1000001}", {{"4:34", "expected an integer"}}},
      {"lifecycle: {auto_qualify_at: off}", {{"4:34", "expected an integer"}}},
      {"lifecycle: {soft_bounce_limit: 0}", {{"4:36", "from 1 to 1000000, found 0"}}},
      {"lifecycle: {auto_qualify_requires_engagement: maybe}", {{"4:51", "true or false"}}},
      {"lifecycle: {resubscribe_lifts_complaint: 0}", {{"4:46", "true or false"}}},
      {"lifecycle: [click]", {{"4:16", "expected a map of lifecycle settings"}}},
  });
}

TEST(DefinitionsValues, Quality) {
  Check({
      {"quality: {attributes: {Job Title: 5, tags: -5}, source: {Web Form: 3}, engagement: {weight: 0, full_at: 1}}",
       {}},
      {"quality: {attributes: , source: }", {}},
      {"quality:", {}},
      {"quality: {attributes: [email]}", {{"4:27", "expected a map from attributes to points"}}},
      {"quality: {attributes: {Job Title: 5, job_title: 6}}", {{"4:42", "is the same name as \"Job Title\""}}},
      {"quality: {attributes: {email: 1000001}}", {{"4:35", "attributes.email: expected an integer"}}},
      {"quality: {source: {Web: 1, WEB: 2}}", {{"4:32", "is the same name as \"Web\""}}},
      {"quality: {source: {web: many}}", {{"4:29", "expected an integer"}}},
      {"quality: {engagement: {weight: -1, full_at: 50}}", {{"4:36", "from 0 to 1000000, found -1"}}},
      {"quality: {engagement: {weight: 5, full_at: 0}}", {{"4:48", "from 1 to 1000000, found 0"}}},
      {"quality: {engagement: {weight: 5}}", {{"4:27", "needs both `weight` and `full_at`"}}},
      {"quality: {engagement: {full_at: 5}}", {{"4:27", "needs both `weight` and `full_at`"}}},
      {"quality: {engagement: }", {}},
  });
}

TEST(DefinitionsValues, Tiers) {
  const auto errors = [](const std::string& tiers, const std::vector<Expected>& expected) {
    const std::string yaml = "tenants:\n  t:\n    tiers: " + tiers + "\n";
    ExpectProblems(LoadDefinitions(yaml).errors, expected, yaml);
  };
  errors("[{name: all}]", {});
  errors("[{name: a, at_least: 2}, {name: b, at_least: -1}, {name: c}]", {});
  errors("[]", {{"3:12", "needs at least one tier"}});
  errors("", {{"2:3", "`tiers` is missing"}});
  errors("[{name: a, at_least: 2}, {name: b, at_least: null}]", {});
  errors("[{name: a, at_least: ~}, {name: b}]", {{"3:13", "a tier needs `at_least`"}});
  errors("[{name: ~}]", {{"3:13", "a tier needs a `name`"}});
  errors("{name: a}", {{"3:12", "expected a list of tiers"}});
  errors("[a]", {{"3:13", "expected a tier"}});
  errors("[{}]", {{"3:13", "a tier needs a `name`"}});
  errors("[{name: ''}]", {{"3:20", "expected a tier's name, found an empty text"}});
  errors("[{name: a, at_least: 2}, {name: a}]", {{"3:37", "the tier \"a\" is given twice"}});
  errors("[{name: a, at_least: 2}, {name: A}]", {{"3:37", "same without case"}});
  errors("[{name: a, at_least: 2}, {name: b, at_least: 2}, {name: c}]", {{"3:37", "2 is not below 2"}});
  errors("[{name: a, at_least: 2}, {name: b, at_least: 3}, {name: c}]", {{"3:37", "3 is not below 2"}});
  errors("[{name: a, at_least: 2}]", {{"3:23", "the last tier takes every score"}});
  errors("[{name: a}, {name: b}]", {{"3:13", "a tier needs `at_least`"}});
  errors("[{name: a, at_least: 1000001}, {name: b}]", {{"3:33", "expected an integer"}});
  errors("[{name: a, least: 1}]", {{"3:23", "unknown key \"least\""}});
  errors("[{name: \"a\\n\"}]", {{"3:20", "control character"}});
}

}  // namespace leadpulse::config::definitions_values_test
