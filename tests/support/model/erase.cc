// What an erasure removes, and what remains.

#include <algorithm>
#include <iterator>
#include <set>

#include "tests/support/model/addresses.h"
#include "tests/support/model/check.h"
#include "tests/support/model/model.h"

namespace leadpulse::model {
namespace {

bool Suppresses(const Command& command) { return command.actions.Find<Erase>()->suppress; }

Millis TimeOfErasure(const Lead& lead, Millis issued_at) {
  Millis at = std::max(issued_at, lead.newest_command.value_or(issued_at));
  for (const Entry& entry : lead.journal) at = std::max(at, entry.at);
  return at;
}

std::vector<StatusEvent> WhatIsLeft(const Lead& lead) {
  std::vector<StatusEvent> events = StatusEventsOf(lead);
  for (StatusEvent& event : events) {
    if (event.type != EventType::kBounce) continue;
    event.is_of_old_address = event.is_of_old_address || !IsLater(event.at, lead.address_changed_at);
  }
  return events;
}

}  // namespace

void Model::Forget(const LeadKey& key, std::optional<Millis> issued_at, bool suppress) {
  const Lead lead = LeadOf(key);
  Erased& erased = erased_[key];
  if (issued_at) erased.at = std::max(erased.at, TimeOfErasure(lead, *issued_at));
  erased.facts = WhatIsLeft(lead);
  erased.do_not_contact = lead.do_not_contact;
  if (suppress) {
    std::set<std::string> addresses = {MailAddressOf(lead)};
    if (lead.id.find('@') != std::string::npos) addresses.insert(NormalAddress(lead.id));
    for (const std::string& address : addresses) {
      erased.facts.push_back({EventType::kUnsubscribe, erased.at, kEverything, {address, false, false}, lead.id});
    }
  }
  leads_.erase(key);
  mailboxes_[key].routed.clear();
}

std::optional<LeadKey> Model::UsedMailbox(const LeadKey& key) const {
  const auto held = leads_.find(key);
  if (held == leads_.end() || !held->second.is_registered) return std::nullopt;
  return LeadKey{key.first, held->second.uses};
}

void Model::ForgetUnused(const std::optional<LeadKey>& mailbox, const Command& command) {
  if (!mailbox || !UsersOf(*mailbox).empty() || IsLead(*mailbox)) return;
  Forget(*mailbox, TimeOf(command.issued_at), Suppresses(command));
}

void Model::EraseById(const LeadKey& key, const Command& command) {
  const Cause cause{"COMMAND", command.id, command.backfill};
  const auto used = UsedMailbox(key);
  Forget(key, TimeOf(command.issued_at), Suppresses(command));
  Publish(key, cause, "LEAD_ERASED");
  ForgetUnused(used, command);
  Refresh(key, false, cause);
}

void Model::WithdrawLead(const LeadKey& key, const Command& command) {
  const Lead lead = LeadOf(key);
  const auto is_own = [&](const Entry& entry) { return entry.origin == lead.id; };
  if (lead.oldest_folded_own || std::any_of(lead.journal.begin(), lead.journal.end(), is_own)) {
    return Reject("conflict");
  }
  if (!IsLead(key)) return;
  const Cause cause{"COMMAND", command.id, command.backfill};
  Forget(key, std::nullopt, false);
  Publish(key, cause, "LEAD_ERASED");
  Refresh(key, false, cause);
}

void Model::EraseByAddress(const LeadKey& mailbox, const Command& command) {
  const std::vector<LeadKey> users = UsersOf(mailbox);
  if (users.size() > limits_.erased) return Reject("invalid_value");
  Lead lead = LeadOf(mailbox);
  const Millis at = TimeOf(command.issued_at);
  if (ApplyCommand(lead, command, at, DefinitionsFor(mailbox)) == Outcome::kDuplicate) return;
  const Cause cause{"COMMAND", command.id, command.backfill};
  std::vector<LeadKey> published;
  std::copy_if(users.begin(), users.end(), std::back_inserter(published), [&](const LeadKey& user) {
    Lead copy = LeadOf(user);
    return !IsBeforeErasure(user, at) && ApplyCommand(copy, command, at, DefinitionsFor(user)) != Outcome::kDuplicate;
  });
  const std::vector<LeadKey> erased_users = published;
  if (IsLead(mailbox) || users.empty()) published.push_back(mailbox);
  const auto used = UsedMailbox(mailbox);
  Forget(mailbox, at, Suppresses(command));
  Erased& erased = erased_.at(mailbox);
  erased.by_address_at = erased.at;
  erased.suppresses_by_address = Suppresses(command);
  for (const LeadKey& user : erased_users) Forget(user, at, Suppresses(command));
  for (const LeadKey& key : published) Publish(key, cause, "LEAD_ERASED");
  ForgetUnused(used, command);
  Refresh(mailbox, false, cause);
}

bool Model::BeginsErased(const Lead& lead, Millis issued_at) const {
  const LeadKey key{lead.tenant, lead.id};
  const std::string uses = UsedAddressOf(lead);
  const auto held = leads_.find(key);
  if (!FollowsAddresses(key) || uses.empty() || (held != leads_.end() && held->second.uses == uses)) return false;
  const auto erased = erased_.find({lead.tenant, uses});
  return erased != erased_.end() && erased->second.by_address_at && issued_at <= *erased->second.by_address_at;
}

void Model::EraseAtOnce(const LeadKey& key, Lead lead, const Command& command) {
  const std::string mailbox = UsedAddressOf(lead);
  const Erased& erased = erased_.at({key.first, mailbox});
  const Cause cause{"COMMAND", command.id, command.backfill};
  const bool was_lead = IsLead(key);
  Store(key, std::move(lead));
  Forget(key, *erased.by_address_at, erased.suppresses_by_address);
  if (was_lead) Publish(key, cause, "LEAD_ERASED");
  Refresh(key, false, cause);
}

}  // namespace leadpulse::model
