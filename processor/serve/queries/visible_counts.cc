#include "processor/serve/queries/visible_counts.h"

#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "processor/base/text.h"
#include "processor/base/worker_pool.h"
#include "processor/query/report/collect.h"
#include "processor/query/report/tenant_collector.h"
#include "processor/serve/index/lead_index.h"
#include "processor/serve/index/lead_terms.h"
#include "processor/serve/queries/indexed_query.h"

namespace leadpulse::serve {
namespace {

using report::CampaignReport;
using report::CountedLeads;
using report::Measure;

// A counter of the certain leads that reads none.
class IndexCounter {
 public:
  IndexCounter(const IndexedLeads& leads, bool sees_all) : index_(*leads.index), leads_(leads.certain) {
    if (sees_all) others_ = index_.all() - leads_;
  }

  CountedLeads Count(const config::TenantDefinitions& definitions, const WantedCounts& wanted) const {
    CountedLeads counted;
    counted.leads = leads_.cardinality();
    for (size_t i = static_cast<size_t>(Stage::kNew); i < report::kStageCount; ++i) {
      counted.stages[i] = With(TermOf(TermKind::kStage, StageName(static_cast<Stage>(i))));
    }
    for (const config::Tier& tier : definitions.tiers) {
      counted.tiers.push_back(With(TermOf(TermKind::kTier, FoldCase(tier.name))));
    }
    for (size_t i = 0; wanted.segments && i < definitions.segments.size(); ++i) {
      counted.segments.push_back(With(TermOf(TermKind::kSegment, std::to_string(i))));
    }
    if (wanted.campaigns) CountCampaigns(&counted);
    if (wanted.scores) CountScores(&counted);
    return counted;
  }

 private:
  // Counts the caller's leads with a term. A caller who sees all leads lacks few, so it takes less to count those.
  uint64_t With(const std::string& term) const {
    return others_ ? index_.CountWith(term) - index_.CountWith(term, *others_) : index_.CountWith(term, leads_);
  }

  uint64_t WithBoth(const std::string& term, const std::string& other) const {
    return (index_.WithTerm(term) & index_.WithTerm(other)).and_cardinality(leads_);
  }

  void CountCampaigns(CountedLeads* counted) const {
    for (const auto& [folded, spelling] : index_.campaigns()) {
      CampaignReport& campaign = counted->campaigns[folded];
      campaign.id = spelling;
      const std::string assigned = TermOf(TermKind::kCampaign, folded), events = TermOf(TermKind::kEvents, folded);
      campaign.counts.assigned = With(assigned);
      campaign.counts.leads = campaign.counts.assigned + With(events) - WithBoth(assigned, events);
      if (campaign.counts.assigned > 0) CountAssigned(folded, &campaign.counts);
      for (size_t i = 0; campaign.counts.leads > 0 && i < report::kMeasureCount; ++i) {
        campaign.counts.tallies[i].leads = With(MeasureTerm(static_cast<Measure>(i), folded));
      }
    }
  }

  void CountAssigned(const std::string& folded_campaign, report::CampaignCounts* counts) const {
    const Roaring assigned = index_.WithTerm(TermOf(TermKind::kCampaign, folded_campaign)) & leads_;
    counts->assigned_mailed = assigned.and_cardinality(index_.WithTerm(MeasureTerm(Measure::kMailed, folded_campaign)));
    counts->assigned_sendable = (assigned & index_.WithTerm(TermOf(TermKind::kSendable)))
                                    .andnot_cardinality(index_.WithTerm(TermOf(TermKind::kNoAddress)));
  }

  void CountScores(CountedLeads* counted) const {
    absl::flat_hash_map<int64_t, uint64_t> leads;
    for (const uint32_t number : leads_) ++leads[index_.score(number)];
    counted->scores.insert(leads.begin(), leads.end());
  }

  const TenantIndex& index_;
  const Roaring& leads_;
  std::optional<Roaring> others_;  // not certain
};

// Makes the report from the index, which it releases; nullopt if a scan of all leads is better.
Result<std::optional<report::TenantReport>> FromIndex(const Snapshot& snapshot, const v1::Caller& caller,
                                                      const WantedCounts& wanted) {
  const std::string& tenant = caller.tenant_id();
  const config::TenantDefinitions& definitions = snapshot.definitions.For(tenant);
  const std::optional<std::string> agent = AgentOf(caller);
  std::optional<IndexedLeads> leads = FindIndexed(snapshot, tenant, agent);
  const bool uses_index = leads && leads->index->campaigns().size() <= report::kMaxCampaigns;
  report::TenantCollector collector(tenant, definitions);
  if (uses_index) collector.AddCounted(IndexCounter(*leads, !agent).Count(definitions, wanted));
  if (snapshot.index != nullptr) snapshot.index->Release();
  if (!uses_index) return std::optional<report::TenantReport>();
  query::LeadsQuery query{
      .tenant = tenant, .visible_to = agent, .at = snapshot.clock, .stored_views = snapshot.stored_views};
  query.describe = [&collector](const query::EvaluatedLead& lead, v1::LeadRow* /*row*/) {
    collector.Add(report::FactsOfLead(lead, std::nullopt));
  };
  LP_RETURN_IF_ERROR(CountAmong(snapshot, query, std::move(leads->uncertain)).status());
  report::TenantReport counts = collector.Finish();
  // Which campaigns are among the others depends on the order of the leads.
  return counts.other_campaigns > 0 ? std::nullopt : std::optional(std::move(counts));
}

}  // namespace

Result<report::TenantReport> CountVisible(const Snapshot& snapshot, const v1::Caller& caller,
                                          const WantedCounts& wanted) {
  LP_ASSIGN_OR_RETURN(std::optional<report::TenantReport> indexed, FromIndex(snapshot, caller, wanted));
  if (indexed) return *std::move(indexed);
  if (snapshot.index != nullptr) snapshot.index->NotePass();
  WorkerPool alone(1);
  return report::CountTenant(snapshot.rows, snapshot.definitions,
                             {caller.tenant_id(), AgentOf(caller), snapshot.clock, snapshot.stored_views}, &alone);
}

}  // namespace leadpulse::serve
