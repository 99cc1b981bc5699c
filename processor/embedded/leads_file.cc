#include "processor/embedded/leads_file.h"

#include <array>
#include <map>
#include <memory>
#include <utility>

#include "processor/base/engagement.h"
#include "processor/embedded/lead_pass.h"
#include "processor/embedded/output_file.h"
#include "processor/engine/lead_row.h"
#include "processor/view/view.h"

namespace leadpulse::embedded {
namespace {

constexpr size_t kStageCount = static_cast<size_t>(Stage::kArchived) + 1;

struct TenantCounts {
  uint64_t leads = 0;
  std::map<uint32_t, uint64_t> tiers;  // by index
  std::map<uint32_t, uint64_t> segments;
  std::array<uint64_t, kStageCount> stages{};

  void Count(const state::PublishedView& view) {
    ++leads;
    ++tiers[view.tier];
    ++stages[static_cast<size_t>(view.stage)];
    for (uint32_t segment : view.segments) ++segments[segment];
  }
  void Add(const TenantCounts& other) {
    leads += other.leads;
    for (auto [index, count] : other.tiers) tiers[index] += count;
    for (auto [index, count] : other.segments) segments[index] += count;
    for (size_t i = 0; i < kStageCount; ++i) stages[i] += other.stages[i];
  }
};
using CountsByTenant = std::map<std::string, TenantCounts, std::less<>>;

TenantSummary Summarize(const std::string& tenant, const TenantCounts& counts,
                        const config::TenantDefinitions& definitions) {
  TenantSummary summary;
  summary.tenant = tenant;
  summary.leads = counts.leads;
  for (uint32_t i = 0; i < definitions.tiers.size(); ++i) {
    auto found = counts.tiers.find(i);
    summary.tiers.emplace_back(definitions.tiers[i].name, found == counts.tiers.end() ? 0 : found->second);
  }
  for (size_t i = 1; i < kStageCount; ++i) {
    if (counts.stages[i] > 0) summary.stages.emplace_back(StageName(static_cast<Stage>(i)), counts.stages[i]);
  }
  for (uint32_t i = 0; i < definitions.segments.size(); ++i) {
    auto found = counts.segments.find(i);
    summary.segments.emplace_back(definitions.segments[i].id, found == counts.segments.end() ? 0 : found->second);
  }
  return summary;
}

std::vector<TenantSummary> SummarizeAll(const std::vector<CountsByTenant>& partitions,
                                        const config::Definitions& definitions) {
  CountsByTenant all;
  for (const CountsByTenant& by_tenant : partitions) {
    for (const auto& [tenant, counts] : by_tenant) all[tenant].Add(counts);
  }
  std::vector<TenantSummary> summaries;
  for (const auto& [tenant, counts] : all) summaries.push_back(Summarize(tenant, counts, definitions.For(tenant)));
  return summaries;
}

}  // namespace

Result<std::optional<std::vector<TenantSummary>>> WriteLeadsFile(const state::LeadStore& store,
                                                                 const config::Definitions& definitions,
                                                                 const LeadsFileOptions& options,
                                                                 const std::atomic<bool>& stop, WorkerPool* pool) {
  Result<std::unique_ptr<ReplacedFile>> file = ReplacedFile::Create(options.path, options.sync);
  if (!file.ok()) return file.status();
  std::vector<CountsByTenant> counts(store.partition_count());
  bool stopped = stop;
  size_t taken = 0;
  LeadPass<std::string> pass;
  pass.make = [&](PartitionId partition, state::Lead lead) -> Result<std::optional<std::string>> {
    const config::TenantDefinitions& tenant = definitions.For(lead.key.tenant);
    view::ConvertProfile(tenant, &lead.profile);
    const view::View view = view::EvaluateView(lead, tenant, options.now);
    counts[partition.value][lead.key.tenant].Count(view.published);
    std::string row;
    engine::AppendLeadRow(lead, view, tenant, &row);
    return std::optional(std::move(row));
  };
  pass.take = [&](const std::string& row) -> Result<bool> {
    stopped = stop;
    if (stopped) return false;
    if (options.now_and_then != nullptr && taken++ % kLeadsAtOnce == 0) options.now_and_then();
    LP_RETURN_IF_ERROR((*file)->Append(row));
    return true;
  };
  LP_RETURN_IF_ERROR(PassOverLeads(store, pass, pool));
  if (stopped) return std::optional<std::vector<TenantSummary>>();
  LP_RETURN_IF_ERROR((*file)->Commit());
  return std::optional(SummarizeAll(counts, definitions));
}

}  // namespace leadpulse::embedded
