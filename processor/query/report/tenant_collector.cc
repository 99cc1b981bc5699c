#include "processor/query/report/tenant_collector.h"

#include <algorithm>
#include <span>
#include <tuple>
#include <utility>

#include "processor/base/text.h"
#include "processor/rules/evaluation/evaluator.h"
#include "processor/view/view.h"

namespace leadpulse::report {
namespace {

using Measures = std::span<const Measure>;

// Returns the measures that count an entry, which was not retracted.
Measures MeasuresOf(const state::JournalEntry& entry) {
  static constexpr std::array kSentTo = {Measure::kMailed, Measure::kSent};
  static constexpr std::array kDeliveredTo = {Measure::kMailed, Measure::kDelivered};
  static constexpr std::array kOpen = {Measure::kOpenedAny, Measure::kOpened};
  static constexpr std::array kClick = {Measure::kClickedAny, Measure::kClicked};
  static constexpr std::array kReply = {Measure::kReplied};
  static constexpr std::array kHard = {Measure::kMailed, Measure::kBounced, Measure::kBouncedHard};
  static constexpr std::array kSoft = {Measure::kMailed, Measure::kBounced, Measure::kBouncedSoft};
  static constexpr std::array kUnsubscribe = {Measure::kUnsubscribed};
  static constexpr std::array kComplaint = {Measure::kComplained};
  switch (entry.type) {
    case EventType::kSent:
      return kSentTo;
    case EventType::kDelivered:
      return kDeliveredTo;
    case EventType::kOpen:
      return entry.machine ? Measures(kOpen).first(1) : kOpen;
    case EventType::kClick:
      return entry.machine ? Measures(kClick).first(1) : kClick;
    case EventType::kReply:
      return entry.machine ? Measures() : kReply;
    case EventType::kBounce:
      return entry.bounce_kind == BounceKind::kSoft ? Measures(kSoft) : Measures(kHard);
    case EventType::kUnsubscribe:
      return kUnsubscribe;
    case EventType::kComplaint:
      return kComplaint;
    default:
      return {};
  }
}

void Count(Measures measures, LeadInCampaign* lead) {
  for (Measure measure : measures) ++(*lead)[measure];
}

// Sets the members that are the same in all campaigns of the lead.
LeadInCampaign NothingYet(const LeadFacts& facts) {
  LeadInCampaign lead;
  lead.reachable = facts.has_address && facts.view.email_status != EmailStatus::kBounced;
  lead.sendable = facts.has_address && facts.view.sendable;
  lead.folded = facts.folded.leads > 0;
  return lead;
}

void CountInCampaign(const state::JournalEntry& entry, Measures measures, const LeadInCampaign& nothing_yet,
                     LeadCampaigns* campaigns) {
  LeadCampaign campaign{std::string(entry.campaign_id()), nothing_yet};
  const auto [place, is_new] = campaigns->try_emplace(FoldCase(entry.campaign_id()), std::move(campaign));
  Count(measures, &place->second.lead);
}

void CountEntries(const state::Journal& journal, const LeadInCampaign& nothing_yet, LeadFacts* facts) {
  for (const state::JournalEntry& entry : journal.entries()) {
    const Measures measures = entry.retracted ? Measures() : MeasuresOf(entry);
    if (measures.empty()) continue;
    Count(measures, &facts->all_mail);
    if (entry.campaign_id().empty()) {
      if (!facts->without_campaign) facts->without_campaign = nothing_yet;
      Count(measures, &*facts->without_campaign);
      continue;
    }
    CountInCampaign(entry, measures, nothing_yet, &facts->campaigns);
  }
}

FoldedCounts FoldedOf(const state::FoldedEntries& folded) {
  FoldedCounts counts;
  counts.leads = folded.newest_at != Instant::DistantPast();
  for (size_t type = 0; type < counts.events.size(); ++type) counts.events[type] = folded.totals.by_type[type].count;
  return counts;
}

void AddFolded(const FoldedCounts& lead, FoldedCounts* sum) {
  sum->leads += lead.leads;
  for (size_t type = 0; type < sum->events.size(); ++type) sum->events[type] += lead.events[type];
}

// Whether `a` comes first: the most mailed, then the most assigned.
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

MeasureSet MeasuresOfEntry(const state::JournalEntry& entry) {
  MeasureSet set;
  if (entry.retracted) return set;
  for (const Measure measure : MeasuresOf(entry)) set.set(static_cast<size_t>(measure));
  return set;
}

Result<LeadFacts> MakeLeadFacts(const state::LeadReader& store, state::Lead lead,
                                const config::TenantDefinitions& definitions, Instant at,
                                std::optional<Instant> clock) {
  LP_ASSIGN_OR_RETURN(const query::AddressCounts addresses, query::CountAddressOf(store, lead, definitions, at));
  LeadFacts facts;
  if (lead.is_lead()) {
    facts = FactsOfLead(query::EvaluatedLead(std::move(lead), definitions, at), clock);
  } else {
    facts.is_lead = false;
    facts.tenant = std::move(lead.key.tenant);
  }
  facts.addresses = addresses;
  return facts;
}

LeadFacts FactsOfLead(const query::EvaluatedLead& evaluated, std::optional<Instant> clock) {
  LeadFacts facts;
  const state::Lead& lead = evaluated.lead();
  facts.view = evaluated.view().published;
  if (clock && *clock != evaluated.facts().now) {
    facts.view_at_clock = view::EvaluateView(lead, evaluated.definitions(), *clock).published;
  }
  facts.has_address = rules::HasEmail(lead);
  facts.folded = FoldedOf(lead.journal.folded());
  const LeadInCampaign nothing_yet = NothingYet(facts);
  facts.all_mail = nothing_yet;
  facts.all_mail.assigned = lead.profile.extras->campaigns.size() > 0;
  for (const auto& [folded, spelling] : lead.profile.extras->campaigns.names()) {
    LeadCampaign campaign{spelling, nothing_yet};
    campaign.lead.assigned = true;
    facts.campaigns.emplace(folded, std::move(campaign));
  }
  CountEntries(lead.journal, nothing_yet, &facts);
  facts.tenant = lead.key.tenant;
  return facts;
}

}  // namespace leadpulse::report
