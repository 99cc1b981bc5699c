#include "processor/query/report/collect.h"

#include <algorithm>
#include <map>
#include <utility>

#include "processor/base/assign_or_return.h"
#include "processor/files/lead_scan.h"
#include "processor/query/report/change_files.h"
#include "processor/query/report/history.h"
#include "processor/query/report/lead_facts.h"
#include "processor/query/report/tenant_collector.h"
#include "schemas/codec/change_line_reader.h"

namespace leadpulse::report {
namespace {

using Collectors = std::vector<std::unique_ptr<TenantCollector>>;

// Leads of one tenant come one after the other: one tenant is added up at a time, and the largest are kept.
class TenantsCollector {
 public:
  TenantsCollector(const config::Definitions& definitions, Report* report)
      : definitions_(definitions), report_(report) {}

  void Add(const LeadFacts& lead) {
    if (tenants_.empty() || last_ != lead.tenant) {
      if (tenants_.size() >= 2 * kMaxTenants) Prune();
      tenants_.push_back(std::make_unique<TenantCollector>(lead.tenant, definitions_.For(lead.tenant)));
      last_ = lead.tenant;
    }
    tenants_.back()->Add(lead);
  }

  Collectors Finish() {
    Prune();
    return std::move(tenants_);
  }

 private:
  // They stay in ascending order.
  void Prune() {
    while (tenants_.size() > kMaxTenants) {
      const auto leads = [](const auto& tenant) { return tenant->leads(); };
      const auto smallest = std::ranges::min_element(tenants_, {}, leads);
      ++report_->other_tenants;
      report_->other_leads += (*smallest)->leads();
      tenants_.erase(smallest);
    }
  }

  const config::Definitions& definitions_;
  Report* report_;
  Collectors tenants_;
  std::string last_;
};

Result<Collectors> CollectLeads(const state::LeadStore& store, const config::Definitions& definitions,
                                const ReportQuery& query, WorkerPool* pool, Report* report) {
  const std::optional<Instant> clock = query.change_files.empty() ? std::nullopt : std::optional(query.clock);
  TenantsCollector tenants(definitions, report);
  files::LeadScan<LeadFacts> pass;
  pass.tenant = query.tenant;
  pass.make = [&](PartitionId, state::Lead lead) -> Result<std::optional<LeadFacts>> {
    const config::TenantDefinitions& tenant = definitions.For(lead.key.tenant);
    return std::optional(MakeLeadFacts(std::move(lead), tenant, query.at, clock));
  };
  pass.take = [&](const LeadFacts& lead) -> Result<bool> {
    tenants.Add(lead);
    return true;
  };
  LP_RETURN_IF_ERROR(files::PassOverLeads(store, pass, pool));
  return tenants.Finish();
}

// Parses only lines that may be of an erasure. Lines that are no changes are reported by the pass that reads all.
Result<ErasedLeads> FindErased(const std::vector<std::string>& files) {
  ErasedLeads erased;
  codec::ChangeLineReader reader;
  const TakeLine take = [&](std::string_view line) {
    if (line.find("LEAD_ERASED") == line.npos) return Status::Ok();
    const Result<codec::Change> change = reader.Read(line);
    if (change.ok() && change->kind == codec::ChangeKind::kLeadErased) erased.insert(EncodeLeadKey(change->key));
    return Status::Ok();
  };
  for (const std::string& file : files) LP_RETURN_IF_ERROR(ForEachLine(file, take));
  return erased;
}

Status CollectHistories(const ReportQuery& query, const Collectors& tenants, std::vector<TenantReport>* reports) {
  LP_ASSIGN_OR_RETURN(ErasedLeads erased, FindErased(query.change_files));
  std::vector<std::unique_ptr<HistoryCollector>> histories;
  std::map<std::string, HistoryCollector*, std::less<>> by_tenant;
  for (size_t i = 0; i < tenants.size(); ++i) {
    histories.push_back(std::make_unique<HistoryCollector>(tenants[i]->definitions(), query.period, erased));
    by_tenant[(*reports)[i].tenant] = histories.back().get();
  }
  LP_RETURN_IF_ERROR(ForEachChange(query.change_files, [&](const codec::Change& change) {
    const auto history = by_tenant.find(change.key.tenant);
    return history == by_tenant.end() ? Status::Ok() : history->second->Take(change);
  }));
  for (size_t i = 0; i < tenants.size(); ++i) {
    histories[i]->Finish(tenants[i]->at_clock(), query.clock, &(*reports)[i]);
  }
  return Status::Ok();
}

}  // namespace

Result<Report> CollectReport(const state::LeadStore& store, const config::Definitions& definitions,
                             const ReportQuery& query, WorkerPool* pool) {
  Report report;
  report.at = query.at;
  report.clock = query.clock;
  report.period = query.period;
  report.change_files = query.change_files;
  LP_ASSIGN_OR_RETURN(Collectors tenants, CollectLeads(store, definitions, query, pool, &report));
  for (const auto& tenant : tenants) report.tenants.push_back(tenant->Finish());
  if (!query.change_files.empty()) LP_RETURN_IF_ERROR(CollectHistories(query, tenants, &report.tenants));
  return report;
}

}  // namespace leadpulse::report
