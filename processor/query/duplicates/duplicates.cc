#include "processor/query/duplicates/duplicates.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "processor/base/json_object.h"
#include "processor/files/lead_scan.h"
#include "processor/query/leads/leads_query.h"
#include "processor/query/state_access.h"
#include "processor/view/email_status.h"
#include "processor/view/view.h"

namespace leadpulse::query {
namespace {

// Returns the ids of the leads that have the address, ascending.
std::vector<std::string> LeadsOf(const state::Lead& mailbox) {
  std::vector<std::string> leads = UsersOf(mailbox);
  const bool has_other_address = mailbox.identity && !mailbox.identity->mailbox.empty();
  if (mailbox.is_lead() && !has_other_address)
    leads.insert(std::ranges::upper_bound(leads, mailbox.key.lead), mailbox.key.lead);
  return leads;
}

// Whether the lead came after the first 1,000 of its address.
bool IsWithoutRoom(const state::Lead& row) {
  return row.is_lead() && row.identity && row.identity->registration == state::Registration::kRefused;
}

bool IsSendable(state::Lead lead, const config::TenantDefinitions& definitions, Instant at) {
  view::ConvertProfile(definitions, &lead.profile);
  return view::EvaluateView(lead, definitions, at).published.sendable;
}

// Returns the shared address of a mailbox; nullopt if it is not shared.
Result<std::optional<SharedAddress>> SharedAddressOf(const state::LeadReader& store, state::Lead mailbox,
                                                     const config::TenantDefinitions& definitions, Instant at,
                                                     const std::optional<std::string>& visible_to) {
  const std::vector<std::string> leads = LeadsOf(mailbox);
  if (leads.size() < 2) return std::optional<SharedAddress>();
  SharedAddress address{.mailbox = std::move(mailbox.key)};
  address.is_suppressed = !definitions.suppressed_domains.EntryOf(address.mailbox.lead).empty();
  for (const std::string& id : leads) {
    LP_ASSIGN_OR_RETURN(std::optional<state::Lead> lead, FindLead(store, {address.mailbox.tenant, id}));
    if (visible_to && (!lead || !IsVisibleTo(*visible_to, *lead))) continue;
    ++address.leads;
    if (!lead) address.absent.push_back(id);
    address.sendable += lead && IsSendable(*std::move(lead), definitions, at);
    if (address.first.size() < SharedAddress::kMostNamed) address.first.push_back(id);
  }
  return address.leads < 2 ? std::optional<SharedAddress>() : std::optional(std::move(address));
}

struct FoundInRow {
  std::optional<SharedAddress> shared;
  std::optional<LeadKey> full;  // the mailbox of a lead without room
};

}  // namespace

Result<std::optional<bool>> IsSendable(const state::LeadReader& store, const LeadKey& key,
                                       const config::TenantDefinitions& definitions, Instant at) {
  LP_ASSIGN_OR_RETURN(std::optional<state::Lead> lead, FindLead(store, key));
  return lead ? std::optional(IsSendable(*std::move(lead), definitions, at)) : std::nullopt;
}

bool ComesFirst(const SharedAddress& a, const SharedAddress& b) {
  return std::tie(b.leads, a.mailbox.lead, a.mailbox.tenant) < std::tie(a.leads, b.mailbox.lead, b.mailbox.tenant);
}

void AppendSharedAddress(const SharedAddress& shared, std::string* out) {
  JsonObject object(out);
  object.Text("tenantId", shared.mailbox.tenant);
  object.Text("address", shared.mailbox.lead);
  object.Number("leads", shared.leads);
  object.Number("sendable", shared.sendable);
  if (shared.is_suppressed) object.Boolean("suppressed", true);
  object.Texts("firstLeads", shared.first);
}

Result<std::vector<SharedAddress>> FindSharedAddresses(const state::LeadReader& store,
                                                       const config::Definitions& definitions,
                                                       const std::string& tenant, Instant at, WorkerPool* pool,
                                                       const std::optional<std::string>& visible_to) {
  std::vector<SharedAddress> shared;
  std::set<LeadKey> full;  // mailboxes of leads without room
  files::LeadScan<FoundInRow> scan;
  scan.tenant = tenant;
  scan.mailboxes = true;
  scan.make = [&](PartitionId, state::Lead row) -> Result<std::optional<FoundInRow>> {
    FoundInRow found;
    if (IsWithoutRoom(row)) found.full = LeadKey{row.key.tenant, row.identity->mailbox};
    const config::TenantDefinitions& of_tenant = definitions.For(row.key.tenant);
    LP_ASSIGN_OR_RETURN(found.shared, SharedAddressOf(store, std::move(row), of_tenant, at, visible_to));
    return found.full || found.shared ? std::optional(std::move(found)) : std::nullopt;
  };
  scan.take = [&](FoundInRow found) -> Result<bool> {
    if (found.full) full.insert(*std::move(found.full));
    if (found.shared) shared.push_back(*std::move(found.shared));
    return true;
  };
  LP_RETURN_IF_ERROR(files::PassOverLeads(store, scan, pool));
  for (SharedAddress& address : shared) address.has_more = full.contains(address.mailbox);
  std::ranges::sort(shared, ComesFirst);
  return shared;
}

AddressCounts& AddressCounts::operator+=(const AddressCounts& other) {
  shared += other.shared;
  sharing += other.sharing;
  sendable += other.sendable;
  absent += other.absent;
  without_room += other.without_room;
  suppressed += other.suppressed;
  hidden_mailboxes += other.hidden_mailboxes;
  return *this;
}

Result<AddressCounts> CountAddressOf(const state::LeadReader& store, const state::Lead& row,
                                     const config::TenantDefinitions& definitions, Instant at) {
  AddressCounts counts;
  counts.suppressed = row.is_lead() && !view::SuppressedDomainOf(row, definitions).empty();
  if (!row.identity) return counts;
  counts.without_room = IsWithoutRoom(row);
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
