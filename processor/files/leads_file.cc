#include "processor/files/leads_file.h"

#include <memory>
#include <utility>

#include "processor/engine/lead_row.h"
#include "processor/files/lead_scan.h"
#include "processor/files/output_file.h"
#include "processor/files/tenant_tally.h"
#include "processor/view/view.h"

namespace leadpulse::files {
namespace {

struct Row {
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
  LeadScan<Row> pass;
  pass.make = [&](PartitionId, state::Lead lead) -> Result<std::optional<Row>> {
    const config::TenantDefinitions& tenant = definitions.For(lead.key.tenant);
    view::ConvertProfile(tenant, &lead.profile);
    view::View view = view::EvaluateView(lead, tenant, options.now);
    Row row;
    engine::AppendLeadRow(lead, view, tenant, &row.line);
    row.tenant = std::move(lead.key.tenant);
    row.view = std::move(view.published);
    return std::optional(std::move(row));
  };
  pass.take = [&](const Row& row) -> Result<bool> {
    stopped = stop;
    if (stopped) return false;
    if (options.now_and_then != nullptr && taken++ % kLeadsAtOnce == 0) options.now_and_then();
    tally.Count(row.tenant, row.view);
    LP_RETURN_IF_ERROR(file->Append(row.line));
    return true;
  };
  LP_RETURN_IF_ERROR(PassOverLeads(store, pass, pool));
  if (stopped) return std::optional<TenantSummaries>();
  LP_RETURN_IF_ERROR(file->Commit());
  return std::optional(tally.Finish());
}

}  // namespace leadpulse::files
