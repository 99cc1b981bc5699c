#include "processor/files/leads_file.h"

#include <algorithm>
#include <memory>
#include <tuple>
#include <utility>

#include "processor/engine/lead_row.h"
#include "processor/files/lead_scan.h"
#include "processor/files/output_file.h"
#include "processor/view/view.h"

namespace leadpulse::files {
namespace {

struct LeadRow {
  std::string tenant;
  std::string line;
  state::PublishedView view;
};

}  // namespace

Result<std::optional<TenantSummaries>> WriteLeadsFile(const state::LeadReader& store,
                                                      const config::Definitions& definitions,
                                                      const LeadsFileOptions& options, const std::atomic<bool>& stop,
                                                      WorkerPool* pool) {
  LP_ASSIGN_OR_RETURN(std::unique_ptr<ReplacedFile> file, ReplacedFile::Create(options.path, options.sync));
  TenantTally tally(definitions);
  bool stopped = stop;
  size_t taken = 0;
  LeadScan<LeadRow> scan;
  scan.make = [&](PartitionId, state::Lead lead) -> Result<std::optional<LeadRow>> {
    const config::TenantDefinitions& tenant = definitions.For(lead.key.tenant);
    view::ConvertProfile(tenant, &lead.profile);
    view::View view = view::EvaluateView(lead, tenant, options.now);
    LeadRow row;
    engine::AppendLeadRow(lead, view, tenant, &row.line);
    row.tenant = std::move(lead.key.tenant);
    row.view = std::move(view.published);
    return std::optional(std::move(row));
  };
  scan.take = [&](const LeadRow& row) -> Result<bool> {
    stopped = stop;
    if (stopped) return false;
    if (options.now_and_then != nullptr && taken++ % kLeadsAtOnce == 0) options.now_and_then();
    tally.Count(row.tenant, row.view);
    LP_RETURN_IF_ERROR(file->Append(row.line));
    return true;
  };
  LP_RETURN_IF_ERROR(PassOverLeads(store, scan, pool));
  if (stopped) return std::optional<TenantSummaries>();
  LP_RETURN_IF_ERROR(file->Commit());
  return std::optional(tally.Finish());
}

void TenantTally::Count(std::string_view tenant, const state::PublishedView& view) {
  if (current_.name != tenant) {
    EndTenant();
    current_.name = tenant;
  }
  ++current_.leads;
  ++current_.tiers[view.tier];
  ++current_.stages[static_cast<size_t>(view.stage)];
  for (uint32_t segment : view.segments) ++current_.segments[segment];
}

void TenantTally::EndTenant() {
  if (current_.leads == 0) return;
  new_counts_ += current_.tiers.size() + current_.segments.size();
  kept_.push_back(std::exchange(current_, {}));
  if (kept_.size() >= 2 * limits_.tenants || new_counts_ >= limits_.counts) Prune();
}

// Prunes the tenants beyond the limits. Exact although called in between: a tenant beyond the limits now is beyond them
// later, too.
void TenantTally::Prune() {
  std::ranges::sort(
      kept_, [](const Tenant& a, const Tenant& b) { return std::tie(b.leads, a.name) < std::tie(a.leads, b.name); });
  size_t counts = 0;
  for (size_t i = 0; i < kept_.size(); ++i) {
    Tenant& tenant = kept_[i];
    if (i >= limits_.tenants) {
      ++summaries_.other_tenants;
      summaries_.other_leads += tenant.leads;
      continue;
    }
    const config::TenantDefinitions& definitions = definitions_.For(tenant.name);
    counts += definitions.tiers.size() + definitions.segments.size();
    if (counts <= limits_.counts) continue;
    tenant.in_full = false;
    tenant.tiers.clear();
    tenant.segments.clear();
  }
  kept_.resize(std::min(kept_.size(), limits_.tenants));
  new_counts_ = 0;
}

TenantSummaries TenantTally::Finish() {
  EndTenant();
  Prune();
  std::ranges::sort(kept_, {}, &Tenant::name);
  for (const Tenant& tenant : kept_) summaries_.tenants.push_back(Describe(tenant));
  return std::move(summaries_);
}

TenantSummary TenantTally::Describe(const Tenant& tenant) const {
  TenantSummary summary;
  summary.tenant = tenant.name;
  summary.leads = tenant.leads;
  summary.in_full = tenant.in_full;
  if (!tenant.in_full) return summary;
  const config::TenantDefinitions& definitions = definitions_.For(tenant.name);
  const auto count_of = [](const std::map<uint32_t, uint64_t>& counts, uint32_t index) {
    const auto found = counts.find(index);
    return found == counts.end() ? 0 : found->second;
  };
  for (uint32_t i = 0; i < definitions.tiers.size(); ++i) {
    summary.tiers.emplace_back(definitions.tiers[i].name, count_of(tenant.tiers, i));
  }
  for (size_t i = 1; i < tenant.stages.size(); ++i) {
    if (tenant.stages[i] > 0) summary.stages.emplace_back(StageName(static_cast<Stage>(i)), tenant.stages[i]);
  }
  for (uint32_t i = 0; i < definitions.segments.size(); ++i) {
    summary.segments.emplace_back(definitions.segments[i].id, count_of(tenant.segments, i));
  }
  return summary;
}

}  // namespace leadpulse::files
