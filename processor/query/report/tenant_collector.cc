#include "processor/query/report/tenant_collector.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace leadpulse::report {
namespace {

void AddFolded(const FoldedCounts& lead, FoldedCounts* sum) {
  sum->leads += lead.leads;
  for (size_t type = 0; type < sum->events.size(); ++type) sum->events[type] += lead.events[type];
}

// The most mailed first, then the most assigned.
bool IsMoreImportant(const CampaignReport& a, const CampaignReport& b) {
  const auto rank = [](const CampaignReport& one) {
    return std::tuple(one.counts[Measure::kMailed].leads, one.counts.leads);
  };
  return rank(a) != rank(b) ? rank(a) > rank(b) : a.id < b.id;
}

}  // namespace

TenantCollector::TenantCollector(std::string tenant, const config::TenantDefinitions& definitions)
    : definitions_(definitions) {
  report_.tenant = std::move(tenant);
  report_.time_zone = definitions.calendar.zone_name();
  for (const config::Tier& tier : definitions.tiers) report_.tiers.push_back({tier.name, 0});
  for (const config::Segment& segment : definitions.segments) {
    report_.segments.push_back({segment.id, segment.name, true, 0, {}});
  }
  at_clock_.tiers.resize(definitions.tiers.size());
  at_clock_.segments.resize(definitions.segments.size());
}

void TenantCollector::Add(const LeadFacts& lead) {
  report_.addresses += lead.addresses;
  if (!lead.is_lead) return;
  ++report_.leads;
  report_.with_address += lead.has_address;
  report_.sendable += lead.has_address && lead.view.sendable;
  ++report_.by_email_status[static_cast<size_t>(lead.view.email_status)];
  ++report_.stages[static_cast<size_t>(lead.view.stage)];
  ++report_.tiers[lead.view.tier].leads;
  for (uint32_t segment : lead.view.segments) ++report_.segments[segment].leads;
  scores_.Add(lead.view.score);
  AddFolded(lead.folded, &report_.folded);
  Stand(lead.view_at_clock ? *lead.view_at_clock : lead.view);
  AddCampaigns(lead);
}

void TenantCollector::AddCounted(CountedLeads counted) {
  report_.leads += counted.leads;
  for (size_t i = 0; i < kStageCount; ++i) report_.stages[i] += counted.stages[i];
  for (size_t i = 0; i < counted.tiers.size(); ++i) report_.tiers[i].leads += counted.tiers[i];
  for (size_t i = 0; i < counted.segments.size(); ++i) report_.segments[i].leads += counted.segments[i];
  for (const auto& [score, leads] : counted.scores) scores_.Add(score, leads);
  campaigns_.merge(counted.campaigns);
}

void TenantCollector::Stand(const state::PublishedView& view) {
  ++at_clock_.leads;
  ++at_clock_.stages[static_cast<size_t>(view.stage)];
  ++at_clock_.tiers[view.tier];
  for (uint32_t segment : view.segments) ++at_clock_.segments[segment];
}

void TenantCollector::AddCampaigns(const LeadFacts& lead) {
  report_.all_mail.Add(lead.all_mail);
  if (lead.without_campaign) report_.without_campaign.Add(*lead.without_campaign);
  for (const auto& [folded, campaign] : lead.campaigns) {
    auto place = campaigns_.find(folded);
    if (place == campaigns_.end() && campaigns_.size() < kMaxCampaigns) {
      place = campaigns_.emplace(folded, CampaignReport{campaign.spelling, {}}).first;
    }
    if (place != campaigns_.end()) {
      place->second.counts.Add(campaign.lead);
    } else {
      ++report_.other_campaigns;
      report_.of_other_campaigns.Add(campaign.lead);
    }
  }
}

TenantReport TenantCollector::Finish() {
  report_.scores = scores_.Finish();
  for (auto& [folded, campaign] : campaigns_) {
    if (campaign.counts.leads > 0) report_.campaigns.push_back(std::move(campaign));
  }
  campaigns_.clear();
  std::ranges::sort(report_.campaigns, IsMoreImportant);
  return std::move(report_);
}

}  // namespace leadpulse::report
