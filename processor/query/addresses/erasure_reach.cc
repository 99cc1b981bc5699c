#include "processor/query/addresses/erasure_reach.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "processor/engine/lead_address.h"
#include "processor/query/state_access.h"

namespace leadpulse::query {
namespace {

using state::Lead;

bool Erases(const ErasureReach& reach, const std::string& id) {
  return std::ranges::find(reach.leads, id, &ErasedLead::id) != reach.leads.end();
}

// Adds the mailbox that the lead uses if it is erased with the lead. All leads are in `reach`.
Status AddEmptied(const Lead& lead, const state::LeadReader& store, ErasureReach* reach) {
  if (!lead.identity || lead.identity->mailbox.empty()) return Status::Ok();
  const std::string& address = lead.identity->mailbox;
  if (Erases(*reach, address) || std::ranges::find(reach->emptied, address) != reach->emptied.end()) {
    return Status::Ok();
  }
  LP_ASSIGN_OR_RETURN(const std::optional<Lead> mailbox, FindRow(store, {lead.key.tenant, address}));
  if (!mailbox || mailbox->is_lead() || mailbox->waits()) return Status::Ok();
  const std::vector<std::string> users = UsersOf(*mailbox);
  const bool is_emptied = std::ranges::all_of(users, [&](const std::string& user) { return Erases(*reach, user); });
  if (is_emptied && !users.empty()) reach->emptied.insert(std::ranges::upper_bound(reach->emptied, address), address);
  return Status::Ok();
}

}  // namespace

Result<ErasureReach> ReachOfErasure(const codec::Command& erase, const state::LeadReader& store) {
  LP_ASSIGN_OR_RETURN(std::optional<Lead> own, FindRow(store, erase.key));
  ErasureReach reach;
  if (own) (erase.by_address ? reach.users : reach.staying) = UsersOf(*own);
  reach.is_refused = reach.users.size() > engine::kMaxErasedByAddress;
  if (reach.is_refused) return reach;
  const bool is_lead = own && own->is_lead();
  reach.leads.push_back({erase.key.lead, is_lead, is_lead || reach.users.empty()});
  std::vector<Lead> held;
  if (own) held.push_back(*std::move(own));
  for (const std::string& user : reach.users) {
    LP_ASSIGN_OR_RETURN(std::optional<Lead> lead, FindRow(store, {erase.key.tenant, user}));
    const bool is_user_lead = lead && lead->is_lead();
    reach.leads.push_back({user, is_user_lead, is_user_lead});
    if (lead) held.push_back(*std::move(lead));
  }
  for (const Lead& lead : held) LP_RETURN_IF_ERROR(AddEmptied(lead, store, &reach));
  return reach;
}

}  // namespace leadpulse::query
