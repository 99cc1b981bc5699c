// The templates load without warnings, and the first of them is the one in the specification.
#include <string>

#include "tests/unit/config/definitions_problems.h"

namespace leadpulse::config::definitions_templates_test {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// The specification's text, without the template's comments.
constexpr std::string_view kSpecifiedDefaults = R"(
tenants:
  "*":
    timezone: UTC
    fields: {industry: text, location: text, job_title: text, company_size: text, budget: number, vip_status: boolean, subscription_date: day}
    strict_fields: false
    event_properties: {}
    publish_score_changes: false
    publish_updates: false
    suppress: {domains: []}
    scoring:
      rules:
        - {event: open, points: 1}
        - {event: click, points: 5}
        - {event: reply, points: 10}
        - {event: page_visit, name: pricing, points: 20}
        - {event: bounce, bounce: hard, points: -50}
      reset_on: [unsubscribe, complaint]
    tiers:
      - {name: hot, at_least: 50}
      - {name: warm, at_least: 20}
      - {name: cold}
    lifecycle: {engaged_on: [click, reply, page_visit], auto_qualify_at: 80, auto_qualify_requires_engagement: true, soft_bounce_limit: 5, resubscribe_lifts_complaint: false}
    journal: {max_entries: 1000}
    quality:
      attributes: {email: 15, phone: 10, first_name: 5, last_name: 5, job_title: 5, company_name: 10, industry: 5, company_size: 5}
      source: {referral: 20, inbound: 15, import: 10, discovery: 5}
      engagement: {weight: 20, full_at: 50}
    segments:
      - {id: tech-usa, name: Technology in the USA, rule: 'Industry IS "Technology" AND Location IS "USA"'}
      - {id: recently-opened, name: Opened in the last 30 days, rule: 'Last Opened Email < 30 days ago'}
      - {id: high-value, name: Score above 50, rule: 'Lead Score > 50'}
)";

TEST(Templates, AreThree) {
  EXPECT_THAT(TemplateNames(), ElementsAre("seed", "b2b", "newsletter"));
  EXPECT_EQ(TemplateText("seed"), DefaultDefinitionsText());
  EXPECT_EQ(TemplateText("Seed"), std::nullopt);
  EXPECT_EQ(TemplateText(""), std::nullopt);
}

TEST(Templates, LoadWithoutErrorsOrWarnings) {
  for (const std::string& name : TemplateNames()) {
    const LoadedDefinitions loaded = LoadDefinitions(*TemplateText(name));
    EXPECT_THAT(Lines(loaded.errors), IsEmpty()) << name;
    EXPECT_THAT(Lines(loaded.warnings), IsEmpty()) << name;
    ASSERT_NE(loaded.definitions, nullptr) << name;
    EXPECT_TRUE(loaded.definitions->tenants.contains("*")) << name;
  }
}

TEST(Templates, SeedIsTheSpecifiedDefaults) {
  EXPECT_EQ(ShowDefinitions(*MustLoad(DefaultDefinitionsText())), ShowDefinitions(*MustLoad(kSpecifiedDefaults)));
}

TEST(Templates, TheOthersLimitOpensDecayAndTakeTheBouncePenaltyBack) {
  for (const std::string name : {"b2b", "newsletter"}) {
    bool decays = false;
    bool penalty = false;
    const auto definitions = MustLoad(*TemplateText(name));
    for (const ScoringRule& rule : *definitions->For("any").scoring) {
      if (rule.step && rule.step->type == EventType::kOpen) {
        ASSERT_TRUE(rule.limit) << name;
        EXPECT_EQ(rule.limit->count, 1u);
        EXPECT_EQ(rule.limit->per, LimitPer::kMessage);
      }
      EXPECT_FALSE(rule.step && rule.step->type == EventType::kBounce) << name;
      if (rule.decay) decays = true;
      if (rule.when && rule.points < 0 && rule.when->source == "email_status IS \"bounced\"") penalty = true;
    }
    EXPECT_TRUE(decays) << name;
    EXPECT_TRUE(penalty) << name;
  }
}

TEST(DefaultDefinitions, ServeEveryTenant) {
  const auto defaults = DefaultDefinitions();
  EXPECT_EQ(defaults->text, "");
  EXPECT_EQ(defaults->version, MustLoad(DefaultDefinitionsText())->version);
  EXPECT_EQ(defaults->For("anyone").tiers.size(), 3u);
  EXPECT_EQ(&defaults->For("anyone"), defaults->fallback.get());
}

}  // namespace leadpulse::config::definitions_templates_test
