// The part of a report that comes from leads: campaigns, scores, and the sums over tenants.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/definitions_loader.h"
#include "processor/query/report/report.h"
#include "processor/query/report/tenant_collector.h"
#include "tests/support/lead_examples.h"
#include "tests/support/memory_lead_store.h"
#include "tools/report/wording.h"

namespace leadpulse::report::report_campaigns_test {

using leadpulse::testing::AtMinute;
using leadpulse::testing::Entry;
using leadpulse::testing::OwnedEntry;
using leadpulse::testing::Retract;

std::shared_ptr<const config::Definitions> Loaded() {
  return config::LoadDefinitions(R"(
tenants:
  "*":
    scoring: {rules: [{event: open, points: 10}]}
    tiers: [{name: hot, at_least: 10}, {name: cold}]
    segments: [{id: openers, name: Openers, rule: 'opens > 0'}]
)")
      .definitions;
}

OwnedEntry Mail(EventType type, int64_t minute, const std::string& id, const std::string& campaign = "Spring") {
  OwnedEntry entry = Entry(type, minute, id);
  entry.campaign_id = campaign;
  return entry;
}

class ReportLead {
 public:
  explicit ReportLead(const std::string& id = "ann@example.com") { lead_.key = {"acme", id}; }
  ReportLead& Add(const OwnedEntry& entry, size_t max_entries = 100) {
    lead_.journal.Add(entry, max_entries);
    return *this;
  }
  ReportLead& Machine(OwnedEntry entry) {
    entry.machine = true;
    return Add(entry);
  }
  ReportLead& Assign(const std::string& campaign) {
    lead_.profile.extras.Get().campaigns.Add(campaign);
    return *this;
  }
  LeadFacts Facts(Instant at = AtMinute(1000)) const {
    static const auto definitions = Loaded();
    return *MakeLeadFacts(*state::MakeMemoryLeadStore(1), lead_, definitions->For("acme"), at, std::nullopt);
  }

 private:
  state::Lead lead_;
};

CampaignCounts Counted(const std::vector<LeadInCampaign>& leads) {
  CampaignCounts counts;
  for (const LeadInCampaign& lead : leads) counts.Add(lead);
  return counts;
}

TEST(ReportLeadTest, EventsAreCountedByCampaignWithoutCase) {
  const LeadFacts facts = ReportLead()
                              .Assign("SPRING")
                              .Add(Mail(EventType::kSent, 1, "1", "spring"))
                              .Add(Mail(EventType::kDelivered, 2, "2"))
                              .Add(Mail(EventType::kOpen, 3, "3"))
                              .Add(Mail(EventType::kOpen, 4, "4"))
                              .Machine(Mail(EventType::kOpen, 5, "5"))
                              .Machine(Mail(EventType::kClick, 6, "6"))
                              .Add(Mail(EventType::kPageVisit, 7, "7", "visits-only"))
                              .Add(Entry(EventType::kReply, 8, "8"))
                              .Machine(Entry(EventType::kReply, 9, "9"))
                              .Facts();
  ASSERT_EQ(facts.campaigns.size(), 1U);
  const auto& [folded, campaign] = *facts.campaigns.begin();
  EXPECT_EQ(folded, "spring");
  EXPECT_EQ(campaign.spelling, "SPRING");
  EXPECT_TRUE(campaign.lead.assigned && campaign.lead.reachable && campaign.lead.sendable);
  EXPECT_EQ(campaign.lead[Measure::kMailed], 2U);
  EXPECT_EQ(campaign.lead[Measure::kSent], 1U);
  EXPECT_EQ(campaign.lead[Measure::kOpened], 2U);
  EXPECT_EQ(campaign.lead[Measure::kOpenedAny], 3U);
  EXPECT_EQ(campaign.lead[Measure::kClicked], 0U);
  EXPECT_EQ(campaign.lead[Measure::kClickedAny], 1U);
  EXPECT_EQ(campaign.lead[Measure::kReplied], 0U);
  ASSERT_TRUE(facts.without_campaign.has_value());
  EXPECT_EQ((*facts.without_campaign)[Measure::kReplied], 1U);
  EXPECT_EQ(facts.all_mail[Measure::kReplied], 1U);
  EXPECT_EQ(facts.all_mail[Measure::kOpened], 2U);
}

TEST(ReportLeadTest, WhatWasTakenBackCountsNowhere) {
  const LeadFacts facts = ReportLead().Machine(Mail(EventType::kClick, 1, "1")).Add(Retract(2, "2", "1")).Facts();
  EXPECT_TRUE(facts.campaigns.empty());
  EXPECT_EQ(facts.all_mail[Measure::kClickedAny], 0U);
}

TEST(ReportLeadTest, ABouncedAddressAndNone) {
  OwnedEntry soft = Mail(EventType::kBounce, 1, "1");
  soft.bounce_kind = BounceKind::kSoft;
  const LeadFacts bounced = ReportLead().Assign("Spring").Add(soft).Add(Mail(EventType::kBounce, 2, "2")).Facts();
  const LeadInCampaign& lead = bounced.campaigns.at("spring").lead;
  EXPECT_FALSE(lead.reachable || lead.sendable);
  EXPECT_EQ(lead[Measure::kBounced], 2U);
  EXPECT_EQ(lead[Measure::kBouncedHard], 1U);
  EXPECT_EQ(lead[Measure::kBouncedSoft], 1U);
  EXPECT_EQ(lead[Measure::kMailed], 2U);
  const LeadFacts without_address = ReportLead("crm-7").Assign("Spring").Facts();
  EXPECT_FALSE(without_address.has_address);
  EXPECT_FALSE(without_address.campaigns.at("spring").lead.reachable);
  const LeadFacts unsubscribed = ReportLead().Assign("Spring").Add(Mail(EventType::kUnsubscribe, 1, "1")).Facts();
  EXPECT_TRUE(unsubscribed.campaigns.at("spring").lead.reachable);
  EXPECT_FALSE(unsubscribed.campaigns.at("spring").lead.sendable);
}

TEST(ReportLeadTest, FoldedEventsAreInNoCampaign) {
  ReportLead lead;
  for (int i = 0; i < 5; ++i) lead.Add(Mail(EventType::kOpen, i, std::to_string(i)), 2);
  const LeadFacts facts = lead.Facts();
  EXPECT_EQ(facts.folded.leads, 1U);
  EXPECT_EQ(facts.folded.events[static_cast<size_t>(EventType::kOpen)], 3U);
  EXPECT_EQ(facts.campaigns.at("spring").lead[Measure::kOpened], 2U);
  EXPECT_TRUE(facts.campaigns.at("spring").lead.folded);
}

LeadInCampaign Part(std::initializer_list<std::pair<Measure, uint32_t>> events, bool assigned = false) {
  LeadInCampaign lead;
  lead.assigned = assigned;
  for (const auto& [measure, count] : events) lead[measure] = count;
  return lead;
}

TEST(CampaignCountsTest, RatesAreOfLeadsOverThoseDeliveredTo) {
  const CampaignCounts counts = Counted({
      Part({{Measure::kMailed, 2},
            {Measure::kSent, 1},
            {Measure::kDelivered, 1},
            {Measure::kOpened, 7},
            {Measure::kOpenedAny, 9},
            {Measure::kClicked, 1},
            {Measure::kClickedAny, 1}},
           true),
      Part({{Measure::kMailed, 2}, {Measure::kSent, 1}, {Measure::kDelivered, 1}, {Measure::kOpenedAny, 1}}),
      Part({{Measure::kMailed, 2}, {Measure::kSent, 1}, {Measure::kBounced, 1}}),
      Part({{Measure::kMailed, 1}, {Measure::kSent, 1}}),
      Part({}, true),
  });
  EXPECT_EQ(counts.assigned, 2U);
  EXPECT_EQ(counts.assigned_mailed, 1U);
  EXPECT_EQ(counts[Measure::kOpened], (Tally{1, 7}));
  EXPECT_EQ(counts[Measure::kOpenedAny], (Tally{2, 10}));
  EXPECT_EQ(RateBaseOf(counts), RateBase::kDelivered);
  EXPECT_DOUBLE_EQ(*RateOf(counts, Rate::kDelivery), 0.5);
  EXPECT_DOUBLE_EQ(*RateOf(counts, Rate::kBounce), 0.25);
  EXPECT_DOUBLE_EQ(*RateOf(counts, Rate::kOpen), 0.5);
  EXPECT_DOUBLE_EQ(*RateOf(counts, Rate::kOpenAny), 1.0);
  EXPECT_DOUBLE_EQ(*RateOf(counts, Rate::kClickToOpen), 1.0);
  EXPECT_DOUBLE_EQ(*RateOf(counts, Rate::kClickToOpenAny), 0.5);
}

TEST(CampaignCountsTest, WithoutDeliveriesRatesAreOverSentAndWithoutMailThereAreNone) {
  const CampaignCounts sent = Counted({Part({{Measure::kMailed, 1}, {Measure::kSent, 1}, {Measure::kOpened, 1}}),
                                       Part({{Measure::kMailed, 1}, {Measure::kSent, 1}})});
  EXPECT_EQ(RateBaseOf(sent), RateBase::kSent);
  EXPECT_DOUBLE_EQ(*RateOf(sent, Rate::kOpen), 0.5);
  EXPECT_FALSE(RateOf(sent, Rate::kDelivery).has_value());
  const CampaignCounts none = Counted({Part({{Measure::kOpened, 1}})});
  EXPECT_EQ(RateBaseOf(none), RateBase::kNone);
  EXPECT_FALSE(RateOf(none, Rate::kOpen).has_value());
  EXPECT_FALSE(RateOf(none, Rate::kBounce).has_value());
}

TEST(CampaignCountsTest, ThereIsNoRateOfMailThatWasNotReported) {
  const CampaignCounts counts = Counted({Part({{Measure::kMailed, 1}, {Measure::kSent, 1}, {Measure::kClicked, 1}}),
                                         Part({{Measure::kOpened, 1}, {Measure::kOpenedAny, 1}}),
                                         Part({{Measure::kOpenedAny, 1}, {Measure::kClicked, 1}})});
  EXPECT_DOUBLE_EQ(*RateOf(counts, Rate::kOpen), 1.0);
  for (const Rate rate : {Rate::kOpenAny, Rate::kClick, Rate::kClickToOpen}) {
    EXPECT_FALSE(RateOf(counts, rate).has_value()) << RateName(rate);
  }
}

TEST(TenantCollectorTest, AddsUpAndSortsCampaignsByMail) {
  const auto definitions = Loaded();
  TenantCollector collector("acme", definitions->For("acme"));
  collector.Add(ReportLead("a@x").Assign("idle").Add(Mail(EventType::kOpen, 1, "1")).Facts());
  collector.Add(ReportLead("b@x").Add(Mail(EventType::kSent, 1, "1", "Autumn")).Facts());
  const TenantReport report = collector.Finish();
  EXPECT_EQ(report.leads, 2U);
  EXPECT_EQ(report.tiers[0].leads, 1U);
  EXPECT_EQ(report.segments[0].leads, 1U);
  EXPECT_EQ(report.stages[static_cast<size_t>(Stage::kContacted)], 2U);
  EXPECT_EQ(report.Reached(Stage::kNew), 2U);
  EXPECT_DOUBLE_EQ(*report.ConversionToNext(Stage::kNew), 1.0);
  EXPECT_DOUBLE_EQ(*report.ConversionToNext(Stage::kContacted), 0.0);
  EXPECT_FALSE(report.ConversionToNext(Stage::kEngaged).has_value());
  EXPECT_FALSE(report.ConversionToNext(Stage::kConverted).has_value());
  ASSERT_EQ(report.campaigns.size(), 3U);
  EXPECT_EQ(report.campaigns[0].id, "Autumn");
  EXPECT_EQ(report.campaigns[1].id, "Spring");
}

TEST(TenantCollectorTest, CampaignsBeyondTheBoundAreSummed) {
  const auto definitions = Loaded();
  TenantCollector collector("acme", definitions->For("acme"));
  ReportLead many;
  for (size_t i = 0; i < kMaxCampaigns + 3; ++i) many.Assign("campaign-" + std::to_string(100'000 + i));
  collector.Add(many.Facts());
  collector.Add(many.Facts());
  const TenantReport report = collector.Finish();
  EXPECT_EQ(report.campaigns.size(), kMaxCampaigns);
  EXPECT_EQ(report.other_campaigns, 6U);
  EXPECT_EQ(report.of_other_campaigns.assigned, 6U);
  EXPECT_THAT(NotesOn(report), ::testing::Contains(::testing::HasSubstr("more than 5,000 campaigns")));
}

TEST(ScoreHistogramTest, BarsAreRoundAndComplete) {
  ScoreHistogram scores;
  for (int64_t score = -7; score <= 30; ++score) scores.Add(score);
  const Histogram histogram = scores.Finish();
  EXPECT_EQ(histogram.bars.front().from, -10);
  EXPECT_EQ(histogram.bars.front().to, -5);
  EXPECT_EQ(histogram.bars.front().leads, 2U);
  EXPECT_EQ(histogram.bars.back().to, 35);
  EXPECT_EQ(histogram.median, 11);
  uint64_t leads = 0;
  for (const HistogramBar& bar : histogram.bars) leads += bar.leads;
  EXPECT_EQ(leads, 38U);
}

TEST(ScoreHistogramTest, OutliersGoIntoAnOpenBarAndManyScoresIntoSpans) {
  ScoreHistogram scores;
  for (int i = 0; i < 1000; ++i) scores.Add(i % 10);
  scores.Add(5'000'000);
  Histogram histogram = scores.Finish();
  EXPECT_EQ(histogram.bars.size(), 10U);
  EXPECT_FALSE(histogram.bars.back().to.has_value());
  EXPECT_EQ(histogram.bars.back().leads, 101U);
  for (int64_t score = 0; score < 50'000; ++score) scores.Add(-score);
  histogram = scores.Finish();
  EXPECT_EQ(histogram.width_counted, 100);
  EXPECT_EQ(histogram.min, -49'999);
  EXPECT_EQ(histogram.max, 5'000'000);
  EXPECT_LE(histogram.bars.size(), ScoreHistogram::kMaxBars);
}

TEST(ScoreHistogramTest, NobodyAndOne) {
  EXPECT_TRUE(ScoreHistogram().Finish().bars.empty());
  ScoreHistogram one;
  one.Add(7);
  ASSERT_EQ(one.Finish().bars.size(), 1U);
  EXPECT_EQ(one.Finish().bars[0].from, 7);
}

}  // namespace leadpulse::report::report_campaigns_test
