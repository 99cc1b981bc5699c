#include "processor/query/report/lead_facts.h"

#include <span>
#include <utility>

#include "processor/base/text.h"
#include "processor/rules/evaluation/evaluator.h"
#include "processor/view/view.h"

namespace leadpulse::report {
namespace {

using Measures = std::span<const Measure>;

// Counts an entry that was not retracted.
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
      return kReply;
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

}  // namespace

LeadCampaigns CampaignsOfEntries(const state::Journal& journal) {
  LeadCampaigns campaigns;
  for (const state::JournalEntry& entry : journal.entries()) {
    const Measures measures = entry.retracted || entry.campaign_id().empty() ? Measures() : MeasuresOf(entry);
    if (!measures.empty()) CountInCampaign(entry, measures, {}, &campaigns);
  }
  return campaigns;
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
