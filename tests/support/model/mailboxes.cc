// Mailboxes, the leads that use them, and their shared facts.

#include <algorithm>

#include "tests/support/model/addresses.h"
#include "tests/support/model/check.h"
#include "tests/support/model/model.h"

namespace leadpulse::model {
namespace {

constexpr size_t kRoutedCommands = 256;

// Whether a command by address applies to every lead with the address.
bool IsForAll(const Command& command) {
  const auto* set = command.actions.Find<SetDoNotContact>();
  const auto* record = command.actions.Find<RecordConsent>();
  return (set != nullptr && set->value) || (record != nullptr && !record->granted);
}

}  // namespace

std::vector<LeadKey> Model::UsersOf(const LeadKey& mailbox) const {
  std::vector<LeadKey> users;
  for (const auto& [key, held] : leads_) {
    const bool uses = key.first == mailbox.first && held.uses == mailbox.second;
    if (uses && held.is_registered) users.push_back(key);
  }
  return users;
}

bool Model::HasCommand(const LeadKey& key) const {
  const auto held = leads_.find(key);
  return held != leads_.end() && held->second.lead.newest_command.has_value();
}

bool Model::IsLead(const LeadKey& key) const {
  const auto held = leads_.find(key);
  return held != leads_.end() && held->second.is_lead;
}

bool Model::IsGhost(const LeadKey& key) const {
  return FollowsAddresses(key) && IsMailbox(key.second) && !HasCommand(key) && !UsersOf(key).empty();
}

void Model::UpdateUse(const LeadKey& key, bool sets_email) {
  Held& held = leads_.at(key);
  const std::string uses = FollowsAddresses(key) ? UsedAddressOf(held.lead) : "";
  const bool is_new = uses != held.uses;
  if (!is_new && (held.is_registered || !sets_email)) return;
  const LeadKey mailbox{key.first, uses};
  held.uses = uses;
  held.is_registered = false;
  if (uses.empty()) return;
  if (UsersOf(mailbox).size() >= limits_.registered) return KeepWithAddress(key, StatusEventsOf(held.lead));
  held.is_registered = true;
  const auto found = leads_.find(mailbox);
  if (found == leads_.end() || UsersOf(mailbox).size() > limits_.passed_on) return;
  std::vector<Entry> own = found->second.lead.journal;
  std::erase_if(own, [&](const Entry& entry) { return entry.origin != mailbox.second; });
  Receive(key, own);
}

void Model::Receive(const LeadKey& user, const std::vector<Entry>& entries) {
  std::vector<Entry> received;
  for (const Entry& entry : entries) {
    if (!IsBeforeErasure(user, entry.at)) received.push_back(entry);
  }
  ReceiveEntries(leads_.at(user).lead, received, DefinitionsFor(user).max_entries);
}

void Model::PassOn(const LeadKey& mailbox, const Entry& entry) {
  const std::vector<LeadKey> users = UsersOf(mailbox);
  if (!IsMailbox(mailbox.second) || users.size() > limits_.passed_on) return;
  for (const LeadKey& user : users) Receive(user, {entry});
}

void Model::KeepWithAddress(const LeadKey& key, const std::vector<StatusEvent>& events) {
  const Held& held = leads_.at(key);
  if (held.uses.empty() || held.is_registered) return;
  for (const StatusEvent& event : events) {
    if (event.belonging.address != held.uses || event.sent_for != key.second) continue;
    mailboxes_[{key.first, held.uses}].of_unregistered.push_back(event);
  }
}

void Model::ReadByAddress(const LeadKey& mailbox, const Command& command) {
  if (IsBeforeErasure(mailbox, TimeOf(command.issued_at))) return;
  auto& routed = mailboxes_[mailbox].routed;
  const auto first =
      std::find_if(routed.begin(), routed.end(), [&](const auto& row) { return row.first == command.id; });
  if (first == routed.end() && command.actions.Find<Erase>() != nullptr) return EraseByAddress(mailbox, command);
  const bool is_new = first == routed.end();
  const std::vector<LeadKey> targets = is_new ? TargetsOf(mailbox, command) : first->second;
  if (is_new) {
    routed.emplace_back(command.id, targets);
    if (routed.size() > kRoutedCommands) routed.pop_front();
  }
  const std::vector<LeadKey> users = UsersOf(mailbox);
  for (const LeadKey& target : targets) {
    // A mailbox forgets who has left it.
    const bool is_known = target == mailbox || std::find(users.begin(), users.end(), target) != users.end();
    if (is_known || is_new) ApplyTo(target, command);
  }
}

std::vector<LeadKey> Model::TargetsOf(const LeadKey& mailbox, const Command& command) const {
  const std::vector<LeadKey> users = UsersOf(mailbox);
  std::vector<LeadKey> targets;
  if (HasCommand(mailbox)) targets.push_back(mailbox);
  if (IsForAll(command)) {
    targets.insert(targets.end(), users.begin(), users.end());
  } else if (targets.empty() && users.size() == 1) {
    targets = users;
  }
  if (targets.empty()) targets.push_back(mailbox);
  return targets;
}

AddressStanding Model::StandingOf(const LeadKey& key) const {
  AddressStanding standing;
  const Held& held = leads_.at(key);
  if (!FollowsAddresses(key)) return standing;
  standing.is_beyond_limit = !held.uses.empty() && !held.is_registered;
  const std::string address = MailAddressOf(held.lead);
  if (address.empty() || standing.is_beyond_limit) return standing;
  // Each event counts once, for the lead that it was sent for.
  const auto add = [&](const std::string& tenant, const std::string& lead, const std::vector<StatusEvent>& events) {
    for (const StatusEvent& event : events) {
      const bool is_own = event.sent_for == lead && event.belonging.address == address;
      if (tenant == key.first && is_own) standing.events.push_back(event);
    }
  };
  for (const auto& [other, of_other] : leads_) add(other.first, other.second, StatusEventsOf(of_other.lead));
  for (const auto& [other, erased] : erased_) {
    if (!leads_.contains(other)) add(other.first, other.second, erased.facts);
  }
  const auto mailbox = mailboxes_.find({key.first, address});
  if (mailbox == mailboxes_.end()) return standing;
  for (const StatusEvent& event : mailbox->second.of_unregistered) standing.events.push_back(event);
  return standing;
}

}  // namespace leadpulse::model
