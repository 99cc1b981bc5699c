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
  const bool has_other_address = mailbox.identity && !mailbox.identity->mailbox.empty();
  if (mailbox.is_lead() && !has_other_address)
    leads.insert(std::ranges::upper_bound(leads, mailbox.key.lead), mailbox.key.lead);
  return leads;
}

// nullopt: the store does not hold it. It was erased while the state was read, or another process of the live mode has
// its partition.
Result<std::optional<bool>> IsSendable(const state::LeadReader& store, const LeadKey& key,
                                       const config::TenantDefinitions& definitions, Instant at) {
  LP_ASSIGN_OR_RETURN(std::optional<state::Lead> lead, FindLead(store, key));
  if (!lead) return std::optional<bool>();
  view::ConvertProfile(definitions, &lead->profile);
  return std::optional(view::EvaluateView(*lead, definitions, at).published.sendable);
}

bool ComesFirst(const SharedAddress& a, const SharedAddress& b) {
  return std::tie(b.leads, a.mailbox.lead, a.mailbox.tenant) < std::tie(a.leads, b.mailbox.lead, b.mailbox.tenant);
}

}  // namespace

Result<std::vector<SharedAddress>> FindSharedAddresses(const state::LeadReader& store,
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
      LP_ASSIGN_OR_RETURN(const std::optional<bool> is_sendable,
                          IsSendable(store, {address.mailbox.tenant, id}, of_tenant, at));
      address.sendable += is_sendable.value_or(false);
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

AddressCounts& AddressCounts::operator+=(const AddressCounts& other) {
  shared += other.shared;
  sharing += other.sharing;
  sendable += other.sendable;
  absent += other.absent;
  without_room += other.without_room;
  hidden_mailboxes += other.hidden_mailboxes;
  return *this;
}

Result<AddressCounts> CountAddressOf(const state::LeadReader& store, const state::Lead& row,
                                     const config::TenantDefinitions& definitions, Instant at) {
  AddressCounts counts;
  if (!row.identity) return counts;
  counts.without_room = row.is_lead() && row.identity->registration == state::Registration::kRefused;
  counts.hidden_mailboxes = row.identity->is_no_lead && row.identity->users() > 0;
  const std::vector<std::string> leads = LeadsOf(row);
  if (leads.size() < 2) return counts;
  counts.shared = 1;
  counts.sharing = leads.size();
  for (const std::string& id : leads) {
    LP_ASSIGN_OR_RETURN(const std::optional<bool> is_sendable,
                        IsSendable(store, {row.key.tenant, id}, definitions, at));
    counts.sendable += is_sendable.value_or(false);
    counts.absent += !is_sendable.has_value();
  }
  return counts;
}

Result<AddressCounts> CountAddresses(const state::LeadReader& store, const config::Definitions& definitions, Instant at,
                                     WorkerPool* pool) {
  AddressCounts all;
  files::LeadScan<AddressCounts> scan;
  scan.mailboxes = true;
  scan.make = [&](PartitionId, const state::Lead& row) -> Result<std::optional<AddressCounts>> {
    LP_ASSIGN_OR_RETURN(AddressCounts counts, CountAddressOf(store, row, definitions.For(row.key.tenant), at));
    return counts == AddressCounts() ? std::optional<AddressCounts>() : std::optional(counts);
  };
  scan.take = [&](const AddressCounts& counts) -> Result<bool> {
    all += counts;
    return true;
  };
  LP_RETURN_IF_ERROR(files::PassOverLeads(store, scan, pool));
  return all;
}

}  // namespace leadpulse::query
