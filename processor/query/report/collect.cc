#include "processor/query/report/collect.h"

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <utility>

#include "processor/base/text.h"
#include "processor/files/input/byte_source.h"
#include "processor/files/input/input_format.h"
#include "processor/files/lead_scan.h"
#include "processor/query/leads/leads_query.h"
#include "processor/query/report/history.h"
#include "processor/query/report/tenant_collector.h"
#include "schemas/codec/change_line_reader.h"

namespace leadpulse::report {
namespace {

constexpr size_t kReadAtOnce = 256 << 10;
// A change has two names of a definition, a lead's key and ids: a few KiB if all have their maximum length.
constexpr size_t kMaxLine = 1 << 20;

using Collectors = std::vector<std::unique_ptr<TenantCollector>>;

// A collector of leads that come tenant by tenant: adds up one tenant at a time, and stores only the largest tenants.
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
  // Removes the smallest tenants beyond the limit; the rest stay in ascending order.
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

Result<Collectors> CollectLeads(const state::LeadReader& store, const config::Definitions& definitions,
                                const ReportQuery& query, WorkerPool* pool, Report* report) {
  const std::optional<Instant> clock = query.change_files.empty() ? std::nullopt : std::optional(query.clock);
  TenantsCollector tenants(definitions, report);
  files::LeadScan<LeadFacts> pass;
  pass.tenant = query.tenant;
  pass.mailboxes = true;
  pass.make = [&](PartitionId, state::Lead lead) -> Result<std::optional<LeadFacts>> {
    const config::TenantDefinitions& tenant = definitions.For(lead.key.tenant);
    LP_ASSIGN_OR_RETURN(LeadFacts facts, MakeLeadFacts(store, std::move(lead), tenant, query.at, clock));
    return std::optional(std::move(facts));
  };
  pass.take = [&](const LeadFacts& lead) -> Result<bool> {
    tenants.Add(lead);
    return true;
  };
  LP_RETURN_IF_ERROR(files::PassOverLeads(store, pass, pool));
  return tenants.Finish();
}

// Finds erased and merged leads. Parses only lines that may be of an erasure or a merge; the pass that reads all lines
// reports those that are no changes.
Result<ErasedLeads> FindErased(const std::vector<std::string>& files) {
  ErasedLeads erased;
  codec::ChangeLineReader reader;
  const TakeLine take = [&](std::string_view line) {
    if (line.find("LEAD_ERASED") == line.npos && line.find("LEAD_MERGED") == line.npos) return Status::Ok();
    const Result<codec::Change> change = reader.Read(line);
    if (!change.ok()) return Status::Ok();
    const bool ends = change->kind == codec::ChangeKind::kLeadErased || change->kind == codec::ChangeKind::kLeadMerged;
    if (ends) erased.insert(EncodeLeadKey(change->key));
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
  for (size_t i = 0; i < tenants.size(); ++i) histories[i]->Finish(tenants[i]->at_clock(), query.clock, &(*reports)[i]);
  return Status::Ok();
}

}  // namespace

Status ForEachLine(const std::string& path, const TakeLine& take) {
  LP_ASSIGN_OR_RETURN(auto source, input::OpenInput(path, input::CompressionOf(path), STDIN_FILENO));
  std::string line;  // the part read so far
  uint64_t number = 1;
  const auto at_line = [&](const std::string& what) {
    return Status::Rejected("changes " + path + ", line " + std::to_string(number) + ": " + what);
  };
  const auto end_line = [&] {
    Status status = TrimAsciiSpace(line).empty() ? Status::Ok() : take(line);
    if (!status.ok()) return at_line(status.message());
    line.clear();
    ++number;
    return status;
  };
  const std::unique_ptr<char[]> buffer(new char[kReadAtOnce]);
  while (true) {
    const Result<size_t> count = source->Read(buffer.get(), kReadAtOnce);
    if (!count.ok()) return Status::Rejected("changes " + path + ": " + count.status().message());
    if (*count == 0) return end_line();
    std::string_view bytes(buffer.get(), *count);
    for (size_t end = bytes.find('\n'); end != bytes.npos; end = bytes.find('\n')) {
      line += bytes.substr(0, end);
      bytes.remove_prefix(end + 1);
      LP_RETURN_IF_ERROR(end_line());
    }
    line += bytes;
    if (line.size() > kMaxLine) return at_line("is longer than any change");
  }
}

Status ForEachChange(const std::vector<std::string>& paths, const std::function<Status(const codec::Change&)>& take) {
  codec::ChangeLineReader reader;
  const TakeLine take_line = [&](std::string_view line) -> Status {
    const Result<codec::Change> change = reader.Read(line);
    if (!change.ok()) return Status::Rejected("this is no change: " + change.status().message());
    return take(*change);
  };
  for (const std::string& path : paths) LP_RETURN_IF_ERROR(ForEachLine(path, take_line));
  return Status::Ok();
}

Result<Report> CollectReport(const state::LeadReader& store, const config::Definitions& definitions,
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

Result<TenantReport> CountTenant(const state::LeadReader& store, const config::Definitions& definitions,
                                 const CountQuery& query, WorkerPool* pool) {
  const config::TenantDefinitions& of_tenant = definitions.For(query.tenant);
  TenantCollector collector(query.tenant, of_tenant);
  files::LeadScan<LeadFacts> scan;
  scan.tenant = query.tenant;
  scan.make = [&](PartitionId partition, state::Lead lead) -> Result<std::optional<LeadFacts>> {
    if (query.visible_to && !query::IsVisibleTo(*query.visible_to, lead)) return std::optional<LeadFacts>();
    const query::ViewFrom from = query.stored_views.SourceOf(partition, lead, query.at);
    return std::optional(FactsOfLead(query::EvaluatedLead(std::move(lead), of_tenant, query.at, from), std::nullopt));
  };
  scan.take = [&](const LeadFacts& lead) -> Result<bool> {
    collector.Add(lead);
    return true;
  };
  LP_RETURN_IF_ERROR(files::PassOverLeads(store, scan, pool));
  return collector.Finish();
}

}  // namespace leadpulse::report
