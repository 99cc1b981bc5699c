// Edits of one tenant or segment in a definitions file: everything else stays as written.
#include "config/definitions_edit.h"

#include <string>
#include <utility>
#include <vector>

#include "tests/unit/config/definitions_problems.h"

namespace leadpulse::config::definitions_edit_test {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kTwoTenants[] =
    "# Everybody's definitions.\n"
    "tenants:\n"
    "  # The large one.\n"
    "  acme:\n"
    "    tiers: [{name: all}]   # one\n"
    "    segments:\n"
    "    # Who wrote.\n"
    "    - id: writers\n"
    "      rule: >\n"
    "        DID\n"
    "        reply\n"
    "\n"
    "    # Who is gone.\n"
    "    - {id: gone, name: Gone, rule: 'NOT DID open'}\n"
    "    timezone: Europe/Berlin\n"
    "\n"
    "  # The small one.\n"
    "  blue:\n"
    "    tiers: [{name: \"x # y\"}]\n"
    "# The end.\n";

std::string MustEdit(const Result<std::string>& edited) {
  EXPECT_TRUE(edited.ok()) << edited.status().message();
  return edited.ok() ? *edited : "";
}

std::string EditSegment(const std::string& yaml, const SegmentText& segment, const std::string& tenant = "acme") {
  return MustEdit(WithSegment(*MustLoad(yaml), tenant, segment));
}

// Returns what the tenant's definitions say without the segment `id`.
std::string ShowOthers(const TenantDefinitions& tenant, const std::string& id) {
  const auto alone = MustLoad(ShowTenant("x", tenant));
  return ShowTenant("x", MustLoad(MustEdit(WithoutSegment(*alone, "x", id)))->For("x"));
}

// Returns the text with its only occurrence of `before` replaced.
std::string But(std::string text, const std::string& before, const std::string& after) {
  EXPECT_EQ(text.find(before), text.rfind(before));
  return text.replace(text.find(before), before.size(), after);
}

TEST(TextOfTenant, IsWhatIsWrittenWithItsComments) {
  const auto definitions = MustLoad(kTwoTenants);
  EXPECT_EQ(TextOfTenant(*definitions, "blue"),
            "tenants:\n  # The small one.\n  blue:\n    tiers: [{name: \"x # y\"}]\n");
  const std::string acme = TextOfTenant(*definitions, "acme");
  EXPECT_THAT(acme, HasSubstr("# The large one.\n"));
  EXPECT_THAT(acme, HasSubstr("# Who wrote.\n"));
  EXPECT_THAT(acme, Not(HasSubstr("small")));
  EXPECT_THAT(acme, Not(HasSubstr("Everybody")));
}

TEST(TextOfTenant, IsInFullForATenantWithoutAnEntry) {
  const auto definitions = MustLoad("tenants: {'*': {tiers: [{name: all}]}, acme: {tiers: [{name: one}]}}");
  EXPECT_EQ(TextOfTenant(*definitions, "red"), ShowTenant("red", *definitions->fallback));
  EXPECT_EQ(TextOfTenant(*definitions, "acme"), ShowTenant("acme", definitions->For("acme")));
}

TEST(TextOfTenant, DoesNotShowWhatAnotherTenantHasAnchored) {
  const auto definitions = MustLoad("tenants:\n  acme:\n    tiers: &t [{name: all}]\n  blue:\n    tiers: *t\n");
  EXPECT_EQ(TextOfTenant(*definitions, "blue"), ShowTenant("blue", definitions->For("blue")));
}

TEST(WithTenant, ReplacesTheLinesOfOneTenant) {
  const auto whole = MustLoad(kTwoTenants);
  const auto entry = MustLoad("tenants:\n    # New.\n    blue:\n        tiers:\n          - {name: cold}\n");
  EXPECT_EQ(MustEdit(WithTenant(*whole, "blue", *entry)),
            But(kTwoTenants, "  # The small one.\n  blue:\n    tiers: [{name: \"x # y\"}]\n",
                "  # New.\n  blue:\n      tiers:\n        - {name: cold}\n"));
}

TEST(WithTenant, AddsATenantBehindTheOthers) {
  const auto entry = MustLoad("tenants: {red: {tiers: [{name: all}]}}");
  const std::string text = MustEdit(WithTenant(*MustLoad(kTwoTenants), "red", *entry));
  EXPECT_THAT(text, HasSubstr("y\"}]\n  red:\n    timezone: UTC\n"));
  EXPECT_TRUE(text.ends_with("    segments: []\n# The end.\n"));
}

TEST(WithTenant, WritesAFileOnOneLineAnewIfItHasNoComments) {
  const auto entry = MustLoad("tenants: {acme: {tiers: [{name: new}]}}");
  const std::string json = R"({"tenants": {"acme": {"tiers": [{"name": "old"}]}, "blue": {"tiers": [{"name": "b"}]}}})";
  const auto after = MustLoad(MustEdit(WithTenant(*MustLoad(json), "acme", *entry)));
  EXPECT_EQ(after->For("acme").tiers[0].name, "new");
  EXPECT_EQ(after->For("blue").tiers[0].name, "b");
  const Result<std::string> refused = WithTenant(*MustLoad(json + " # mine"), "acme", *entry);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.status().kind(), ErrorKind::kRejected);
  EXPECT_THAT(refused.status().message(), HasSubstr("without their comments"));
}

// The lines of acme have an anchor that blue needs: they cannot be replaced alone.
TEST(WithTenant, DoesNotTakeAnAnchorFromAnotherTenant) {
  const auto whole = MustLoad("tenants:\n  acme:\n    tiers: &t [{name: all}]\n  blue:\n    tiers: *t\n");
  const auto entry = MustLoad("tenants:\n  acme:\n    tiers: [{name: new}]\n");
  const auto after = MustLoad(MustEdit(WithTenant(*whole, "acme", *entry)));
  EXPECT_EQ(after->For("acme").tiers[0].name, "new");
  EXPECT_EQ(after->For("blue").tiers[0].name, "all");
}

std::string EditKeys(const std::string& yaml, const std::vector<KeyText>& keys) {
  return MustEdit(WithKeys(yaml, "acme", keys));
}

TEST(WithKeys, ReplacesAddsAndRemovesKeysAndKeepsAllOtherLines) {
  const std::string acme = TextOfTenant(*MustLoad(kTwoTenants), "acme");
  EXPECT_EQ(EditKeys(acme, {{{"tiers"}, "- {name: hot, at_least: 5}\n- {name: cold}\n"}}),
            But(acme, "    tiers: [{name: all}]   # one\n",
                "    tiers:\n      - {name: hot, at_least: 5}\n      - {name: cold}\n"));
  EXPECT_EQ(EditKeys(acme, {{{"timezone"}, "UTC"}}), But(acme, "Europe/Berlin", "UTC"));
  EXPECT_EQ(EditKeys(acme, {{{"timezone"}, ""}}), But(acme, "    timezone: Europe/Berlin\n", ""));
  EXPECT_EQ(EditKeys(acme, {{{"suppress", "domains"}, "- rival.example\n"}}),
            But(acme, "    timezone: Europe/Berlin\n",
                "    timezone: Europe/Berlin\n    suppress:\n      domains:\n        - rival.example\n"));
}

TEST(WithKeys, ReplacesAKeyWithinAMap) {
  const std::string text =
      "tenants:\n  acme:\n    tiers: [{name: all}]\n    scoring:\n      # Opens.\n      rules: []\n      min: 0   # "
      "none\n";
  EXPECT_EQ(EditKeys(text, {{{"scoring", "rules"}, "- {event: open, points: 1}\n"}}),
            But(text, "      rules: []\n", "      rules:\n        - {event: open, points: 1}\n"));
  EXPECT_EQ(EditKeys(text, {{{"scoring", "min"}, ""}}), But(text, "      min: 0   # none\n", ""));
}

TEST(WithKeys, WritesAMapOnOneLineWithAnEntryALine) {
  const std::string text =
      "tenants:\n  acme:\n    # Ours.\n    tiers: [{name: all}]\n    lifecycle: {engaged_on: [click]}\n    timezone: "
      "UTC # here\n";
  EXPECT_EQ(EditKeys(text, {{{"lifecycle", "engaged_on"}, "[reply]"}}),
            But(text, "    lifecycle: {engaged_on: [click]}\n",
                "    lifecycle:\n      engaged_on: [reply]\n      auto_qualify_requires_engagement: true\n"
                "      soft_bounce_limit: 5\n      resubscribe_lifts_complaint: false\n"));
}

TEST(WithKeys, WritesAllWhereLinesCannotBeReplacedAlone) {
  const std::string text = "tenants: {acme: {tiers: [{name: all}], scoring: {rules: [], min: 0}}}\n";
  const std::vector<KeyText> keys = {{{"scoring", "rules"}, "- {event: open, points: 7}\n"}};
  const auto edited = MustLoad(EditKeys(text, keys));
  EXPECT_EQ(edited->For("acme").scoring->at(0).points, 7);
  EXPECT_EQ(edited->For("acme").score_min, 0);
  EXPECT_TRUE(IsNotEditable(WithKeys(text + "# a comment\n", "acme", keys).status()));
}

TEST(WithSegment, ReplacesTheLinesOfOneSegment) {
  EXPECT_EQ(EditSegment(kTwoTenants, {"gone", "Gone: now", "NOT DID click"}),
            But(kTwoTenants, "    - {id: gone, name: Gone, rule: 'NOT DID open'}\n",
                "    - id: gone\n      name: 'Gone: now'\n      rule: 'NOT DID click'\n"));
}

TEST(WithSegment, AddsASegmentBehindTheOthers) {
  EXPECT_EQ(
      EditSegment(kTwoTenants, {"new", "", "score > 1"}),
      But(kTwoTenants, "rule: 'NOT DID open'}\n", "rule: 'NOT DID open'}\n    - id: new\n      rule: 'score > 1'\n"));
  EXPECT_EQ(EditSegment(kTwoTenants, {"new", "", "score > 1"}, "blue"),
            But(kTwoTenants, "y\"}]\n", "y\"}]\n    segments:\n      - id: new\n        rule: 'score > 1'\n"));
}

TEST(WithSegment, GivesATenantWithoutAnEntryItsOwn) {
  const auto after = MustLoad(EditSegment(kTwoTenants, {"new", "", "score > 1"}, "red"));
  EXPECT_EQ(ShowOthers(after->For("red"), "new"), ShowTenant("x", *DefaultDefinitions()->fallback));
  EXPECT_EQ(after->For("red").segments.size(), after->For("other").segments.size() + 1);
}

TEST(WithSegment, TellsWhatIsWrongWithTheSegment) {
  for (const auto& [segment, said] :
       std::vector<std::pair<SegmentText, std::string>>{{{"a", "", "IN SEGMENT \"a\""}, "circle"},
                                                        {{"writers", "", "IN SEGMENT \"gone\" AND"}, "expected"},
                                                        {{"", "", "score > 1"}, "id"},
                                                        {{"a", "", "IN SEGMENT \"b\""}, "\"b\""}}) {
    const Result<std::string> edited = WithSegment(*MustLoad(kTwoTenants), "acme", segment);
    ASSERT_FALSE(edited.ok()) << segment.rule;
    EXPECT_THAT(edited.status().message(), HasSubstr(said));
  }
}

TEST(WithSegment, LosesNoCommentOfAListThatItCannotCut) {
  const std::string inside =
      "tenants:\n  acme:\n    tiers: [{name: all}]\n    segments: [{id: a, rule: 'score > 1'}]\n";
  EXPECT_EQ(MustLoad(EditSegment(inside, {"b", "", "score > 2"}))->For("acme").segments.size(), 2U);
  EXPECT_FALSE(WithSegment(*MustLoad(inside + "    # why\n    timezone: UTC\n"), "acme", {"b", "", "score > 2"}).ok());
}

// Every template, and names that need quotes.
TEST(WithSegment, KeepsAllElseInEveryTemplate) {
  std::vector<std::string> files = {kTwoTenants};
  for (const std::string& name : TemplateNames()) files.emplace_back(*TemplateText(name));
  for (const std::string& file : files) {
    const auto before = MustLoad(file);
    for (const char* id : {"plain", "yes", "a: b # c", "'\"\\", "é\u2028x", "-", "123"}) {
      for (const std::string& tenant : {std::string("acme"), std::string("red")}) {
        const auto after = MustLoad(EditSegment(file, {id, id, "score > 7 OR tags = \"#1\""}, tenant));
        EXPECT_NE(FindSegment(after->For(tenant), id), nullptr) << id;
        for (const char* each : {"acme", "blue", "red", "third"}) {
          EXPECT_EQ(ShowOthers(after->For(each), each == tenant ? id : ""), ShowOthers(before->For(each), "")) << id;
        }
      }
    }
  }
}

TEST(WithoutSegment, RemovesItsLinesAlone) {
  const auto whole = MustLoad(kTwoTenants);
  EXPECT_EQ(MustEdit(WithoutSegment(*whole, "acme", "gone")),
            But(kTwoTenants, "    - {id: gone, name: Gone, rule: 'NOT DID open'}\n", ""));
  const std::string one = MustEdit(WithoutSegment(*whole, "acme", "writers"));
  const std::string none = MustEdit(WithoutSegment(*MustLoad(one), "acme", "gone"));
  EXPECT_THAT(none, Not(HasSubstr("segments")));
  EXPECT_THAT(none, HasSubstr("# The end."));
}

TEST(WithoutSegment, IsRejectedIfARuleRefersToIt) {
  const auto whole = MustLoad(
      "tenants:\n  acme:\n    tiers: [{name: all}]\n    segments:\n    - {id: a, rule: score > 1}\n"
      "    - {id: b, rule: 'IN SEGMENT \"a\"'}\n");
  const Result<std::string> edited = WithoutSegment(*whole, "acme", "a");
  EXPECT_FALSE(edited.ok());
  EXPECT_FALSE(IsNotEditable(edited.status()));
}

TEST(WithList, AddsRenamesAndRemoves) {
  const std::string added = MustEdit(WithList(*MustLoad(kTwoTenants), "acme", {"vip", "Our \"best\""}));
  EXPECT_EQ(added, But(kTwoTenants, "    timezone: Europe/Berlin\n",
                       "    timezone: Europe/Berlin\n    lists:\n      - id: vip\n        name: 'Our \"best\"'\n"));
  const std::string renamed = MustEdit(WithList(*MustLoad(added), "acme", {"VIP", "The few"}));
  EXPECT_EQ(MustLoad(renamed)->For("acme").names.lists.all().size(), 1U);
  EXPECT_EQ(MustLoad(renamed)->For("acme").names.lists.NameOf("vip"), "The few");
  EXPECT_EQ(MustEdit(WithoutList(*MustLoad(renamed), "acme", "Vip")), kTwoTenants);
}

TEST(WithList, GivesATenantWithoutAnEntryItsOwn) {
  const auto whole = MustLoad("tenants: {'*': {tiers: [{name: all}]}}");
  const auto after = MustLoad(MustEdit(WithList(*whole, "red", {"vip", "vip"})));
  EXPECT_EQ(after->For("red").names.lists.all().size(), 1U);
  EXPECT_TRUE(after->For("blue").names.lists.empty());
}

}  // namespace leadpulse::config::definitions_edit_test
