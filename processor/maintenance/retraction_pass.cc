#include "processor/maintenance/retraction_pass.h"

#include <optional>
#include <utility>

#include "processor/files/lead_scan.h"

namespace leadpulse::maintenance {
namespace {

struct RetractedLead {
  std::string lead;
  LeadRetraction retraction;
};

using Pass = files::LeadScan<RetractedLead>;

// What is made of the leads that the rule holds for.
Pass PassOver(const config::Definitions& definitions, const RetractionAsked& asked,
              std::function<LeadRetraction(const query::EvaluatedLead&)> retract) {
  Pass pass;
  pass.tenant = asked.tenant;
  pass.make = [&, retract = std::move(retract)](PartitionId, state::Lead lead) -> Result<std::optional<RetractedLead>> {
    const query::EvaluatedLead evaluated(std::move(lead), definitions.For(asked.tenant), asked.query.clock);
    if (asked.where != nullptr && !asked.where->Holds(evaluated)) return std::optional<RetractedLead>();
    return std::optional(RetractedLead{evaluated.lead().key.lead, retract(evaluated)});
  };
  return pass;
}

void Include(RetractedLead lead, RetractionTotals* totals) {
  LeadRetraction& retraction = lead.retraction;
  totals->leads += !retraction.events.empty();
  totals->entries += retraction.events.size();
  totals->already += retraction.already;
  totals->folded += retraction.folded;
  totals->leads_with_folded += retraction.folded > 0;
  totals->leads_changed += !retraction.published.changes.empty();
  for (size_t kind = 0; kind < totals->changes.size(); ++kind) {
    totals->changes[kind] += retraction.published.counters.changes[kind];
  }
  if (retraction.moved.empty() || totals->samples.size() == RetractionTotals::kMostSamples) return;
  totals->samples.push_back({std::move(lead.lead), retraction.events.size(), std::move(retraction.moved)});
}

}  // namespace

Result<RetractionTotals> PreviewRetractions(const state::LeadStore& store, const config::Definitions& definitions,
                                            const RetractionAsked& asked, WorkerPool* pool) {
  RetractionTotals totals;
  Pass pass = PassOver(definitions, asked,
                       [&](const query::EvaluatedLead& lead) { return PreviewRetraction(lead, asked.query); });
  pass.take = [&](RetractedLead lead) -> Result<bool> {
    Include(std::move(lead), &totals);
    return true;
  };
  LP_RETURN_IF_ERROR(files::PassOverLeads(store, pass, pool));
  return totals;
}

Status MakeRetractions(const state::LeadStore& store, const config::Definitions& definitions,
                       const RetractionAsked& asked, WorkerPool* pool,
                       const std::function<Status(const codec::Event&)>& take) {
  Pass pass = PassOver(definitions, asked, [&](const query::EvaluatedLead& lead) {
    return SelectRetraction(lead.lead(), lead.definitions(), asked.query);
  });
  pass.take = [&](const RetractedLead& lead) -> Result<bool> {
    for (const codec::Event& event : lead.retraction.events) LP_RETURN_IF_ERROR(take(event));
    return true;
  };
  return files::PassOverLeads(store, pass, pool);
}

}  // namespace leadpulse::maintenance
