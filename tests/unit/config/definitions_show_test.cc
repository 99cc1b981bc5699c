// `ShowDefinitions` writes everything out, and its output loads to the same definitions.
#include <string>
#include <vector>

#include "tests/unit/config/definitions_problems.h"

namespace leadpulse::config::definitions_show_test {

using ::testing::HasSubstr;

// Shows the text, and checks that showing the result again changes nothing.
std::string Show(const std::string& yaml) {
  const std::string shown = ShowDefinitions(*MustLoad(yaml));
  EXPECT_EQ(ShowDefinitions(*MustLoad(shown)), shown);
  return shown;
}

// Checks that two files have the same meaning.
void ExpectSame(const std::string& a, const std::string& b) { EXPECT_EQ(Show(Tenant(a)), Show(Tenant(b))); }

TEST(ShowDefinitions, WritesEveryDefault) {
  EXPECT_EQ(Show("tenants: {'*': {tiers: [{name: all}]}}"),
            "tenants:\n"
            "  '*':\n"
            "    timezone: UTC\n"
            "    fields:\n"
            "      follow_up_note: text\n"
            "      follow_up_on: day\n"
            "    strict_fields: false\n"
            "    event_properties: {}\n"
            "    publish_score_changes: false\n"
            "    publish_updates: false\n"
            "    scoring:\n"
            "      rules: []\n"
            "      reset_on: []\n"
            "    tiers:\n"
            "      - {name: all}\n"
            "    lifecycle:\n"
            "      engaged_on: [click, reply, page_visit]\n"
            "      auto_qualify_requires_engagement: true\n"
            "      soft_bounce_limit: 5\n"
            "      resubscribe_lifts_complaint: false\n"
            "    journal: {max_entries: 1000}\n"
            "    identity: {by_email: true}\n"
            "    quality:\n"
            "      attributes: {}\n"
            "      source: {}\n"
            "    segments: []\n");
}

TEST(ShowDefinitions, WritesTheFallbackOfAFileWithoutAStar) {
  const std::string shown = Show("tenants: {}");
  EXPECT_EQ(shown, Show(std::string(DefaultDefinitionsText())));
  EXPECT_EQ(Show("tenants: {acme: {tiers: [{name: all}]}}").substr(0, shown.size()), shown);
}

TEST(ShowDefinitions, KeepsTheTemplates) {
  for (const std::string& name : TemplateNames()) Show(std::string(*TemplateText(name)));
}

TEST(ShowDefinitions, KeepsEveryKey) {
  const std::string shown = Show(Tenant(
      "name: Acme\nlocale: de\nbrand: {color: '#fff', text: A}\nlists: [{id: l}]\ncampaigns: [{id: c, active: false}]\n"
      "timezone: Europe/Berlin\nstrict_fields: true\nfields: {Job Title: text, Größe: number}\n"
      "event_properties: {total: number}\npublish_score_changes: true\npublish_updates: true\n"
      "scoring:\n"
      "  rules:\n"
      "  - {event: bounce, bounce: soft, name: it's, campaign: 'a: b', points: -1, limit: {count: 3, per: day}}\n"
      "  - {match: 'machine bounce', bounce: hard, points: 2, decay: {percent: 3, every: 90m}, expires_after: 2w}\n"
      "  - {match: 'custom \"order\" where (total>=50 and total<60)', points: 2}\n"
      "  - {when: 'job title is \"x\"', points: 2}\n"
      "  exclude: 'email contains \"@x\"'\n"
      "  reset_on: [custom]\n"
      "  min: -1\n"
      "  max: 1\n"
      "lifecycle: {engaged_on: [open], auto_qualify_at: 3, auto_qualify_requires_engagement: false,\n"
      " soft_bounce_limit: 9, resubscribe_lifts_complaint: true}\n"
      "suppress: {domains: [B.example, '*.a.example', b.example]}\njournal: {max_entries: 12}\nidentity: {by_email: "
      "false}\n"
      "quality: {attributes: {a: 1}, source: {Web FORM: 2}, engagement: {weight: 3, full_at: 4}}\n"
      "topics: [{id: news, name: 'a: b'}, {id: '7'}]\n"
      "segments: [{id: b, rule: 'not opens>1'}, {id: a, name: A, rule: 'in segment \"b\"'}]"));
  for (const char* part : {"name: Acme\n    locale: de\n    brand:\n      color: '#fff'\n      text: A\n",
                           "lists:\n      - id: l\n",
                           "campaigns:\n      - id: c\n        name: c\n        active: false\n",
                           "timezone: Europe/Berlin",
                           "strict_fields: true",
                           "'größe': number",
                           "job_title: text",
                           "total: number",
                           "publish_score_changes: true",
                           "publish_updates: true",
                           "event: bounce\n          name: 'it''s'\n          campaign: 'a: b'\n          bounce: soft",
                           "limit: {count: 3, per: day}",
                           "bounce: hard",
                           "decay: {percent: 3, every: 90m}",
                           "expires_after: 14d",
                           "exclude: ",
                           "reset_on: [custom]",
                           "min: -1",
                           "max: 1",
                           "engaged_on: [open]",
                           "auto_qualify_at: 3",
                           "auto_qualify_requires_engagement: false",
                           "soft_bounce_limit: 9",
                           "resubscribe_lifts_complaint: true",
                           "suppress:\n      domains:\n        - '*.a.example'\n        - 'b.example'\n    scoring",
                           "max_entries: 12",
                           "identity: {by_email: false}",
                           "a: 1",
                           "'web form': 2",
                           "engagement: {weight: 3, full_at: 4}",
                           "topics:\n      - id: '7'\n        name: '7'\n      - id: news\n",
                           "rule: 'NOT opens > 1'"}) {
    EXPECT_THAT(shown, HasSubstr(part));
  }
}

TEST(ShowDefinitions, IsTheSameForTheSameMeaning) {
  ExpectSame("scoring: {rules: [{event: click, name: a, points: 1}]}",
             "scoring: {rules: [{match: 'click \"a\"', points: 1}]}");
  ExpectSame("scoring: {rules: [{event: open, points: 1, expires_after: 2w}]}",
             "scoring: {rules: [{points: 1, expires_after: 14 days, event: 'open'}]}");
  ExpectSame("segments: [{id: a, name: a, rule: 'lead  score>5'}]", "segments:\n- rule: |\n    score > 5\n  id: \"a\"");
  ExpectSame("lifecycle: {soft_bounce_limit: 5}", "journal:");
}

TEST(ShowDefinitions, KeepsTextsThatYamlWouldReadAsSomethingElse) {
  std::string lines = "segments:";
  const std::vector<std::string> names = {"null", "~",   "true", "No",   "5",   "0x1", "1e3", "- a",        "a: b",
                                          "a #b", "#",   "*x",   "&x",   "!x",  "|",   ">",   "@",          "`",
                                          "%",    " a ", "a'b",  "a\"b", "\\",  "{a}", "[a]", "a,b",        "?",
                                          "? a",  "é",   "日本", "---",  "...", "=",   "<<",  "2026-01-01", "y"};
  for (const std::string& name : names) {
    std::string quoted;
    for (char c : name) quoted += c == '\'' ? std::string("''") : std::string(1, c);
    lines += "\n- {id: '" + quoted + "', rule: 'opens > 1'}";
  }
  const auto definitions = MustLoad(ShowDefinitions(*MustLoad(Tenant(lines))));
  std::vector<std::string> kept;
  for (const Segment& segment : definitions->For("t").segments) kept.push_back(segment.id);
  EXPECT_THAT(kept, ::testing::UnorderedElementsAreArray(names));
  Show(Tenant(lines));
}

TEST(ShowDefinitions, EscapesLineBreaksAndMarks) {
  const std::string yaml = Tenant(
      "scoring: {rules: [{event: open, name: \"a\\nb\\t\\0\\x7f\\u0085\\u2028\\u2029\\uFEFF\\\"\\\\ é\", points: 1}]}\n"
      "fields: {\"a\\nb\": text}\nsegments: [{id: a, rule: \"tags = \\\"x\\ny\\\"\"}]");
  const std::string shown = Show(yaml);
  EXPECT_THAT(shown, HasSubstr(R"("a\x0Ab\x09\x00\x7F\x85\u2028\u2029\"\\ é")"));
  const auto again = MustLoad(shown);
  EXPECT_EQ(std::get<rules::Text>(again->For("t").scoring->at(0).step->name).text,
            std::get<rules::Text>(MustLoad(yaml)->For("t").scoring->at(0).step->name).text);
}

TEST(ShowDefinitions, KeepsKeysThatAreLong) {
  Show(Tenant("fields: {'" + std::string(512, '\'') + "': text}"));
  std::string escapes;
  for (int i = 0; i < 250; ++i) escapes += "\\x01";
  Show(Tenant("fields:\n  ? \"" + escapes + "\"\n  : text"));
}

TEST(ShowDefinitions, KeepsRulesThatGrowBeyondTheBound) {
  std::string rule = "opens>1";
  while (rule.size() < 16'000) rule += " or opens>1";
  Show(Tenant("segments: [{id: a, rule: '" + rule + "'}]"));
}

}  // namespace leadpulse::config::definitions_show_test
