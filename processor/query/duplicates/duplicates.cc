#include "processor/query/duplicates/duplicates.h"

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

#include "processor/base/assign_or_return.h"
#include "processor/files/lead_scan.h"
#include "processor/query/state_access.h"
#include "processor/view/view.h"

namespace leadpulse::query {
namespace {

// The ids of the leads that have the address, ascending.
std::vector<std::string> LeadsOf(const state::Lead& mailbox) {
  std::vector<std::string> leads = UsersOf(mailbox);
  if (mailbox.is_lead()) leads.insert(std::ranges::upper_bound(leads, mailbox.key.lead), mailbox.key.lead);
  return leads;
}

Result<bool> IsSendable(const state::LeadStore& store, const LeadKey& key, const config::TenantDefinitions& definitions,
                        Instant at) {
  LP_ASSIGN_OR_RETURN(std::optional<state::Lead> lead, FindLead(store, key));
  if (!lead) return false;  // erased while the state was read
  view::ConvertProfile(definitions, &lead->profile);
  return view::EvaluateView(*lead, definitions, at).published.sendable;
}

bool ComesFirst(const SharedAddress& a, const SharedAddress& b) {
  return std::tie(b.leads, a.mailbox.lead, a.mailbox.tenant) < std::tie(a.leads, b.mailbox.lead, b.mailbox.tenant);
}

}  // namespace

Result<std::vector<SharedAddress>> FindSharedAddresses(const state::LeadStore& store,
                                                       const config::Definitions& definitions,
                                                       const std::string& tenant, Instant at, WorkerPool* pool) {
  std::vector<SharedAddress> shared;
  files::LeadScan<SharedAddress> scan;
  scan.tenant = tenant;
  scan.mailboxes = true;
  scan.make = [&](PartitionId, state::Lead mailbox) -> Result<std::optional<SharedAddress>> {
    std::vector<std::string> leads = LeadsOf(mailbox);
    if (leads.size() < 2) return std::optional<SharedAddress>();
    SharedAddress address{std::move(mailbox.key), leads.size(), 0, {}};
    const config::TenantDefinitions& of_tenant = definitions.For(address.mailbox.tenant);
    for (const std::string& id : leads) {
      LP_ASSIGN_OR_RETURN(const bool is_sendable, IsSendable(store, {address.mailbox.tenant, id}, of_tenant, at));
      address.sendable += is_sendable;
    }
    leads.resize(std::min(leads.size(), SharedAddress::kMostNamed));
    address.first = std::move(leads);
    return std::optional(std::move(address));
  };
  scan.take = [&](SharedAddress address) -> Result<bool> {
    shared.push_back(std::move(address));
    return true;
  };
  LP_RETURN_IF_ERROR(files::PassOverLeads(store, scan, pool));
  std::ranges::sort(shared, ComesFirst);
  return shared;
}

}  // namespace leadpulse::query
